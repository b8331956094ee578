//! Runs suites side by side: each in a process of its own, whose output is kept apart and shown when it is done.

use std::ffi::OsString;
use std::fs::File;
use std::path::Path;
use std::process::Stdio;
use std::sync::Mutex;
use std::thread;

use super::sdk::SDK_VARIABLE;
use super::{Report, Suite, Tally, excerpt, sdk, web};
use crate::build::{self, PROGRAMS_VARIABLE};
use crate::npm::{PORTABLE_VARIABLE, Portable};
use crate::run::{Result, command, forget_xtask, scratch};

/// Runs these suites, at most `jobs` at a time, in their order. Their reports come in the order in which they end.
/// What failed is shown once more after all of them.
pub fn run(suites: &[&'static Suite], jobs: usize) -> Result<Vec<Report>> {
    let folder = scratch("suites")?;
    let shared = prepare(suites)?;
    let queue = Mutex::new(suites.iter().copied());
    let reports = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                loop {
                    // Not in the loop's head, where the lock would be held while the suite runs.
                    let next = queue.lock().ok().and_then(|mut queue| queue.next());
                    let Some(suite) = next else { return };
                    let output = folder.join(format!("{}.txt", suite.name));
                    let report = Report::of(suite.name, || run_apart(suite.name, &shared, &output));
                    if let Ok(mut reports) = reports.lock() {
                        print!("\n=== {}\n{}", suite.name, shown(&output));
                        reports.push(report);
                        println!("{} of {} suites done", reports.len(), suites.len());
                    }
                }
            });
        }
    });
    let reports: Vec<Report> = reports.into_inner().map_err(|error| error.to_string())?;
    for Report { name, .. } in reports.iter().filter(|report| report.tally.failed > 0) {
        let output = shown(&folder.join(format!("{name}.txt")));
        println!("\n=== failures of {name}\n{}", excerpt::failures(&output));
    }
    Ok(reports)
}

/// Makes what several suites use, once and before: two processes would write the same files. Gives the variables by
/// which they find it.
fn prepare(suites: &[&'static Suite]) -> Result<Vec<(&'static str, OsString)>> {
    // Before anything is compiled: the gateway's crate takes the widget in. The suite itself reports what is wrong.
    let web = suites.iter().any(|suite| suite.name == "web") && web::prepare().is_ok();
    let uses_npm = suites.iter().any(|suite| suite.uses_npm);
    thread::scope(|scope| {
        // It needs npm alone, and the others cargo.
        let npm = uses_npm.then(|| scope.spawn(Portable::get));
        let mut shared = vec![(PROGRAMS_VARIABLE, build::shared_programs()?.into())];
        if suites.iter().any(|suite| suite.uses_sdk) {
            shared.push((SDK_VARIABLE, sdk::packed()?.to_variable().into()));
        }
        if let Some(npm) = npm {
            let made = npm.join().map_err(|_| "npm's packages: a panic")?;
            shared.push((PORTABLE_VARIABLE, made?.folder.into()));
        }
        if web {
            shared.push((web::BUILT_VARIABLE, "1".into()));
        }
        Ok(shared)
    })
}

/// Runs one suite by this program, and reads its last line.
fn run_apart(name: &str, shared: &[(&str, OsString)], output: &Path) -> Result<Tally> {
    let failed = |error: std::io::Error| format!("{}: {error}", output.display());
    let file = File::create(output).map_err(failed)?;
    let this = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut suite = command(this);
    forget_xtask(&mut suite);
    suite.envs(shared.iter().map(|(name, value)| (name, value)));
    let status = suite
        .args(["test", name])
        .stdin(Stdio::null())
        .stdout(file.try_clone().map_err(failed)?)
        .stderr(file)
        .status()
        .map_err(|error| error.to_string())?;
    match last_line(&shown(output)) {
        Some(tally) if status.success() == (tally.failed == 0) => Ok(tally),
        _ => Err(format!("the suite ended with {status}")),
    }
}

fn shown(output: &Path) -> String {
    std::fs::read(output)
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .unwrap_or_default()
}

/// Reads `N passed, N failed`.
fn last_line(text: &str) -> Option<Tally> {
    text.lines().rev().find_map(|line| {
        let (passed, rest) = line.split_once(" passed, ")?;
        Some(Tally {
            passed: passed.parse().ok()?,
            failed: rest.strip_suffix(" failed")?.parse().ok()?,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_count_is_that_of_the_suite() {
        let text =
            "1 passed, 2 failed\nc   12 passed 1 failed\n12 passed, 1 failed\nxtask: 1 failed\n";
        let expected = Tally {
            passed: 12,
            failed: 1,
        };
        assert_eq!(last_line(text), Some(expected));
        assert_eq!(last_line("nothing ran"), None);
    }
}
