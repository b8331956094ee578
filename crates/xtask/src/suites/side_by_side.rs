//! Runs suites side by side: each in a process of its own, whose output is kept apart and shown when it is done.

use std::ffi::OsString;
use std::fs::File;
use std::path::Path;
use std::process::Stdio;
use std::sync::Mutex;
use std::thread;

use super::sdk::SDK_VARIABLE;
use super::{Report, Suite, Tally, Uses, count, excerpt, sdk, web};
use crate::build::{self, PROGRAMS_VARIABLE};
use crate::npm::{PORTABLE_VARIABLE, Portable};
use crate::run::{Result, command, forget_xtask, scratch};

/// Runs these suites, at most `jobs` at a time, in their order. Their reports come in the order in which they end.
/// What failed is shown once more after all of them.
pub fn run(suites: &[Suite], jobs: usize) -> Result<Vec<Report>> {
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
                    let Some((name, ..)) = next else { return };
                    let output = folder.join(format!("{name}.txt"));
                    let report = Report::of(name, || run_apart(name, &shared, &output));
                    if let Ok(mut reports) = reports.lock() {
                        print!("\n=== {name}\n{}", shown(&output));
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
fn prepare(suites: &[Suite]) -> Result<Vec<(&'static str, OsString)>> {
    // Before anything is compiled: the gateway's crate takes the widget in. The suite itself reports what is wrong.
    let web = suites.iter().any(|suite| suite.0 == "web") && web::prepare().is_ok();
    let is_used = |what: Uses| suites.iter().any(|suite| suite.2 == what);
    thread::scope(|scope| {
        // It needs npm alone, and the others cargo.
        let npm = is_used(Uses::Npm).then(|| scope.spawn(Portable::get));
        let mut shared = vec![(PROGRAMS_VARIABLE, build::shared_programs()?.into())];
        if is_used(Uses::Sdk) {
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
    match count::last(&shown(output)) {
        Some(tally) if status.success() == (tally.failed == 0) => Ok(tally),
        _ => Err(format!("the suite ended with {status}")),
    }
}

fn shown(output: &Path) -> String {
    std::fs::read(output)
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .unwrap_or_default()
}
