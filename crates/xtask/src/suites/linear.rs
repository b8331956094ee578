//! Whether the gateway's log is one list in one place: a history of appends and reads, recorded while the process is
//! killed, judged by Porcupine.

use std::path::Path;

use super::Tally;
use crate::run::{Result, at_least, cargo, check, command, need, output, root, scratch};

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
    let folder = scratch("linear")?;
    let mut tally = Tally::default();
    tally.note("gofmt has nothing to change", is_formatted());
    tally.note(
        "one order explains every append and read while the gateway is killed",
        has_one_order(&folder.join("one.jsonl"), &[]),
    );
    need("redis-server", "redis-server")?;
    tally.note(
        "one order explains every append and read while three gateways over one Redis are killed",
        has_one_order(
            &folder.join("nodes.jsonl"),
            &[("WOTNOT_GATEWAY_NODES", "3")],
        ),
    );
    Ok(tally)
}

/// Records a history, and has it judged.
fn has_one_order(history: &Path, settings: &[(&str, &str)]) -> Result<()> {
    let mut record = cargo();
    record.args(["test", "--quiet", "--package", "wotnot-gateway"]);
    record.args(["--test", "gateway", "--", "--exact", "--ignored"]);
    check(
        record
            .arg("history::record")
            .envs(settings.iter().copied())
            .env(HISTORY, history),
    )?;
    check(
        command("go")
            .current_dir(root().join(CHECKER))
            .args(["test", "-count=1", "-v", "./..."])
            .env(HISTORY, history),
    )
}

fn is_formatted() -> Result<()> {
    match output(command("gofmt").args(["-l", CHECKER]))?.as_str() {
        "" => Ok(()),
        files => Err(format!("run gofmt -w on {}", files.trim())),
    }
}
