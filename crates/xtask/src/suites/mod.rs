//! The suites, and the line that adds them up.

mod abi;
mod android;
mod bench;
mod c;
mod chats;
mod cpp;
mod csharp;
mod deploy;
mod dist;
mod examples;
mod excerpt;
mod fuzz;
mod go;
mod junit;
mod kotlin;
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

/// A suite of tests.
struct Suite {
    /// What it is called on the command line.
    name: &'static str,
    /// `Err` when it could not run at all.
    run: fn() -> Result<Tally>,
    /// Whether it unpacks the SDK archive.
    uses_sdk: bool,
    /// Whether it installs the npm package with the addon of another platform.
    uses_npm: bool,
}

const fn suite(name: &'static str, run: fn() -> Result<Tally>) -> Suite {
    Suite {
        name,
        run,
        uses_sdk: false,
        uses_npm: false,
    }
}

const fn sdk_suite(name: &'static str, run: fn() -> Result<Tally>) -> Suite {
    Suite {
        uses_sdk: true,
        ..suite(name, run)
    }
}

const fn npm_suite(name: &'static str, run: fn() -> Result<Tally>) -> Suite {
    Suite {
        uses_npm: true,
        ..suite(name, run)
    }
}

/// In the order in which they start. The long ones come first, so that none is left to run alone at the end.
const SUITES: &[Suite] = &[
    suite("rust", rust::run),
    sdk_suite("swift", swift::run),
    suite("python", python::run),
    sdk_suite("vectors", vectors::run),
    suite("node", node::run),
    npm_suite("arm64", platforms::arm64::run),
    npm_suite("musl", platforms::musl::run),
    npm_suite("windows", platforms::windows::run),
    suite("macos-check", platforms::macos::run),
    suite("web", web::run),
    sdk_suite("kotlin", kotlin::run),
    suite("fuzz", fuzz::run),
    suite("sanitizers", sanitizers::run),
    suite("go", go::run),
    suite("examples", examples::run),
    suite("csharp", csharp::run),
    suite("ruby", ruby::run),
    suite("php", php::run),
    suite("c", c::run),
    suite("cpp", cpp::run),
    sdk_suite("dist", dist::run),
    suite("bench", bench::run),
    suite("linear", linear::run),
    suite("supply", supply::run),
    suite("deploy", deploy::run),
];

/// The names of all suites.
pub fn names() -> String {
    let names: Vec<&str> = SUITES.iter().map(|suite| suite.name).collect();
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
        ["--jobs", number, wanted @ ..] => {
            let jobs: NonZero<usize> = number
                .parse()
                .map_err(|_| format!("--jobs takes a number from 1, not {number}"))?;
            (jobs, wanted)
        }
        wanted => (
            thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN),
            wanted,
        ),
    };
    if let Some(unknown) = wanted
        .iter()
        .find(|name| !SUITES.iter().any(|suite| suite.name == **name))
    {
        return Err(format!("no suite is called {unknown}; known: {}", names()));
    }
    let suites: Vec<&Suite> = SUITES
        .iter()
        .filter(|suite| wanted.is_empty() || wanted.contains(&suite.name))
        .collect();
    let reports = match suites.as_slice() {
        [suite] => vec![Report::of(suite.name, suite.run)],
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
