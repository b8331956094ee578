//! What runs in browsers. The browser client: its package is packed, installed elsewhere and tested there by its own
//! `npm test`, in Node, Chromium and Firefox, and behind real proxies. The emulator's page: in Chromium, by `tests/ui`.

use std::process::Command;

use super::Tally;
use crate::build;
use crate::run::{Result, captured, check, command, need, npm_install, root};

const FOLDER: &str = "bindings/web";

/// Set where [`prepare`] was done for all suites.
pub const BUILT_VARIABLE: &str = "WOTNOT_XTASK_WEB";

/// Builds the package, and the widget's files that the gateway's crate takes in when it is compiled.
pub fn prepare() -> Result<()> {
    let folder = root().join(FOLDER);
    npm_install(&folder)?;
    check(
        command("npm")
            .current_dir(folder)
            .args(["run", "--silent", "build"]),
    )
}

pub fn run() -> Result<Tally> {
    if std::env::var_os(BUILT_VARIABLE).is_none() {
        prepare()?;
    }
    let folder = root().join(FOLDER);
    for program in ["chromium", "firefox-esr", "nginx", "haproxy"] {
        need(program, program)?;
    }
    let wotnot = build::program("wotnot-cli", "wotnot")?;
    let mut tally = counted(
        command("npm")
            .current_dir(&folder)
            .args(["test", "--silent"])
            .env("WOTNOT_BIN", &wotnot),
    )?;
    let mut ui = command("node");
    ui.arg("tests/ui/run.mjs").env("WOTNOT_BIN", &wotnot);
    tally.add(counted(&mut ui)?);
    Ok(tally)
}

/// The counts that these tests end with.
fn counted(tests: &mut Command) -> Result<Tally> {
    let (text, success) = captured(&mut *tests)?;
    print!("{text}");
    let tally = text.lines().rev().find_map(counts);
    match tally {
        Some(tally) if success == (tally.failed == 0) => Ok(tally),
        _ => Err(format!("{tests:?} ended without its counts")),
    }
}

/// Reads `N passed, N failed`.
fn counts(line: &str) -> Option<Tally> {
    let (passed, failed) = line.strip_suffix(" failed")?.split_once(" passed, ")?;
    Some(Tally {
        passed: passed.parse().ok()?,
        failed: failed.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_of_npm_test_is_read() {
        let expected = Tally {
            passed: 160,
            failed: 2,
        };
        assert_eq!(counts("160 passed, 2 failed"), Some(expected));
        assert_eq!(counts("ok 12 passed"), None);
    }
}
