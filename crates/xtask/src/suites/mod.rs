//! The suites, and the line that adds them up.

mod android;
mod bench;
mod c;
mod count;
mod cpp;
mod csharp;
mod deploy;
mod dist;
mod examples;
mod excerpt;
mod fuzz;
mod go;
mod kotlin;
mod language;
mod linear;
mod links;
mod local_paths;
mod node;
mod packages;
mod php;
pub(crate) mod platforms;
mod python;
mod ruby;
mod rust;
mod sanitizers;
mod sdk;
mod side_by_side;
mod supply;
mod swift;
mod vectors;
mod web;

use std::num::NonZero;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use wotnot_conformance::MarkedVectors;

use self::language as chats;
use crate::run::Result;

/// How many tests of a suite passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Those that passed.
    pub passed: u64,
    /// Those that failed.
    pub failed: u64,
}

impl Tally {
    /// One test of its own: what it is called, and how it went.
    pub fn note(&mut self, name: &str, outcome: Result<()>) {
        match outcome {
            Ok(()) => {
                self.passed += 1;
                println!("ok    {name}");
            }
            Err(why) => {
                self.failed += 1;
                println!("FAILED {name}: {why}");
            }
        }
    }

    /// One test: a language's run of the marked vectors shows none of the marks.
    pub fn shows_no_secret(
        &mut self,
        language: &str,
        marked: &MarkedVectors,
        runner: &mut Command,
    ) {
        self.note(
            &format!("{language} shows no secret in what it prints and logs"),
            marked.check(runner),
        );
    }

    /// Adds another count to this one.
    pub fn add(&mut self, other: Tally) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// Whether this is CI, whose time is bounded: there what takes minutes and is tested on another platform is left out.
fn is_short() -> bool {
    let is_short = std::env::var_os("CI").is_some_and(|value| value == "true");
    if is_short {
        println!("CI=true: the short form of this suite");
    }
    is_short
}

/// Whether a program with a fault on purpose fails, and says so: a clean run proves nothing unless a dirty one is reported.
fn is_reported(broken: &mut Command, report: &str) -> Result<()> {
    let output = broken.output().map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&output.stderr);
    match !output.status.success() && said.contains(report) {
        true => Ok(()),
        false => Err(format!("{}: {said}", output.status)),
    }
}

/// What several suites use, and is made once for all of them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Uses {
    Programs,
    /// The SDK archive too.
    Sdk,
    /// The npm package with the addon of another platform too.
    Npm,
}

/// A suite of tests: what it is called on the command line, what runs it (`Err` when it could not run at all), and
/// what it uses.
type Suite = (&'static str, fn() -> Result<Tally>, Uses);

/// In the order in which they start. The long ones come first, so that none is left to run alone at the end.
const SUITES: [Suite; 25] = [
    ("rust", rust::run, Uses::Programs),
    ("swift", swift::run, Uses::Sdk),
    ("python", python::run, Uses::Programs),
    ("vectors", vectors::run, Uses::Sdk),
    ("node", node::run, Uses::Programs),
    ("arm64", platforms::arm64::run, Uses::Npm),
    ("musl", platforms::musl::run, Uses::Npm),
    ("windows", platforms::windows::run, Uses::Npm),
    ("macos-check", platforms::macos::run, Uses::Programs),
    ("web", web::run, Uses::Programs),
    ("kotlin", kotlin::run, Uses::Sdk),
    ("fuzz", fuzz::run, Uses::Programs),
    ("sanitizers", sanitizers::run, Uses::Programs),
    ("go", go::run, Uses::Programs),
    ("examples", examples::run, Uses::Programs),
    ("csharp", csharp::run, Uses::Programs),
    ("ruby", ruby::run, Uses::Programs),
    ("php", php::run, Uses::Programs),
    ("c", c::run, Uses::Programs),
    ("cpp", cpp::run, Uses::Programs),
    ("dist", dist::run, Uses::Sdk),
    ("bench", bench::run, Uses::Programs),
    ("linear", linear::run, Uses::Programs),
    ("supply", supply::run, Uses::Programs),
    ("deploy", deploy::run, Uses::Programs),
];

/// The names of all suites.
pub fn names() -> String {
    let names: Vec<&str> = SUITES.iter().map(|suite| suite.0).collect();
    names.join(" ")
}

/// How one suite went.
struct Report {
    name: &'static str,
    tally: Tally,
    took: Duration,
}

impl Report {
    fn of(name: &'static str, suite: impl FnOnce() -> Result<Tally>) -> Self {
        let since = Instant::now();
        let tally = match suite() {
            Ok(tally) if tally != Tally::default() => tally,
            Ok(_) => failed(name, "no test ran"),
            Err(why) => failed(name, &why),
        };
        Self {
            name,
            tally,
            took: since.elapsed(),
        }
    }
}

/// Runs these suites, or all of them. The last line is `N passed, N failed`.
///
/// Several run side by side, one a core; `--jobs 1` runs them one after the other.
pub fn run(arguments: &[&str]) -> Result<()> {
    let (jobs, wanted) = match arguments {
        ["--jobs", number, wanted @ ..] => (number.parse(), wanted),
        wanted => (
            Ok(thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN)),
            wanted,
        ),
    };
    let jobs: NonZero<usize> = jobs.map_err(|_| "--jobs takes a number from 1".to_owned())?;
    let is_known = |name: &str| SUITES.iter().any(|suite| suite.0 == name);
    if let Some(unknown) = wanted.iter().find(|name| !is_known(name)) {
        return Err(format!("no suite is called {unknown}; known: {}", names()));
    }
    let is_wanted = |suite: &Suite| wanted.is_empty() || wanted.contains(&suite.0);
    let suites: Vec<Suite> = SUITES.into_iter().filter(is_wanted).collect();
    let reports = match suites.as_slice() {
        [(name, run, _)] => vec![Report::of(name, run)],
        suites => side_by_side::run(suites, jobs.get())?,
    };
    sum_up(&reports)
}

fn sum_up(reports: &[Report]) -> Result<()> {
    let mut total = Tally::default();
    println!();
    for Report { name, tally, took } in reports {
        total.add(*tally);
        println!(
            "{name:<11} {:>6} passed {:>4} failed {:>6.0} s",
            tally.passed,
            tally.failed,
            took.as_secs_f64()
        );
    }
    println!("{} passed, {} failed", total.passed, total.failed);
    match total.failed {
        0 => Ok(()),
        failed => Err(format!("{failed} failed")),
    }
}

fn failed(name: &str, why: &str) -> Tally {
    println!("FAILED {name}: {why}");
    Tally {
        passed: 0,
        failed: 1,
    }
}
