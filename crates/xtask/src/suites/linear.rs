//! Whether the gateway's log is one list in one place: a history of appends and reads, recorded while the process is
//! killed, judged by Porcupine.

use super::Tally;
use crate::run::{Result, at_least, cargo, check, command, output, root, scratch};

const CHECKER: &str = "tests/linear";
const HISTORY: &str = "WOTNOT_GATEWAY_HISTORY";
/// What its go.mod asks for.
const OLDEST: (u32, u32) = (1, 23);

pub fn run() -> Result<Tally> {
    let version = &mut command("go");
    at_least(
        OLDEST,
        version.args(["env", "GOVERSION"]),
        "Go",
        " (https://go.dev)",
    )?;
    let history = scratch("linear")?.join("history.jsonl");
    let mut tally = Tally::default();
    tally.note("gofmt has nothing to change", is_formatted());
    tally.note(
        "one order explains every append and read while the gateway is killed",
        check(
            cargo()
                .args([
                    "test",
                    "--quiet",
                    "--package",
                    "wotnot-gateway",
                    "--test",
                    "gateway",
                ])
                .args(["--", "--exact", "--ignored", "history::record"])
                .env(HISTORY, &history),
        )
        .and_then(|()| {
            check(
                command("go")
                    .current_dir(root().join(CHECKER))
                    .args(["test", "-count=1", "-v", "./..."])
                    .env(HISTORY, &history),
            )
        }),
    );
    Ok(tally)
}

fn is_formatted() -> Result<()> {
    match output(command("gofmt").args(["-l", CHECKER]))?.as_str() {
        "" => Ok(()),
        files => Err(format!("run gofmt -w on {}", files.trim())),
    }
}
