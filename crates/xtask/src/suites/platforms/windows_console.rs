//! The command at a console of Windows: Ctrl-C.

use std::process::Command;

use super::Platform;
use super::wine::in_windows;
use crate::c_program::STRICT;
use crate::run::{Result, check, command, root, write};
use crate::suites::Tally;

pub fn check_all(platform: &Platform, tally: &mut Tally) -> Result<()> {
    let console = platform.out.join("console.exe");
    check(
        command(platform.gcc)
            .args(STRICT)
            .arg("-o")
            .arg(&console)
            .arg("tests/windows/console.c"),
    )?;
    let play = |arguments: &str, steps: &[&str]| {
        let script = platform.out.join("console.txt");
        let program = in_windows(&platform.program("wotnot"));
        write(
            &script,
            &format!("\"{program}\" {arguments}\n{}\n", steps.join("\n")),
        )?;
        ends_well(platform.run(&console).arg(&script))
    };
    let flow = in_windows(&root().join("flows/demo.yaml"));
    let data = in_windows(&platform.out.join("console gateway"));
    for (arguments, ready) in [
        (format!("emulate --flow \"{flow}\""), "expect base URL"),
        (
            format!("gateway --dev --port 0 --data \"{data}\""),
            "expect http://",
        ),
    ] {
        let name = arguments.split(' ').next().unwrap_or_default();
        tally.note(
            &format!("Ctrl-C ends wotnot {name} with 0"),
            play(&arguments, &[ready, "ctrl-c"]),
        );
    }
    Ok(())
}

/// Fails with what the console showed, unless the program ended with 0.
fn ends_well(run: &mut Command) -> Result<()> {
    let output = run.output().map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    match output.status.success() {
        true => Ok(()),
        false => Err(format!(
            "{}: {text}{}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        )),
    }
}
