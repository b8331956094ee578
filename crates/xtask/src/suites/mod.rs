//! The suites, and the line that adds them up.

mod android;
mod bench;
mod c;
mod cpp;
mod dist;
mod drift;
mod fuzz;
mod junit;
mod kotlin;
pub mod node;
mod python;
mod rust;
mod sanitizers;
mod sdk;
mod secrets;
mod supply;
mod swift;
mod vectors;

use std::time::Instant;

pub use c::{Link, compile, name_for_the_loader, with_library};

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

    /// Adds another count to this one.
    pub fn add(&mut self, other: Tally) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// A suite: its name on the command line, and what runs it. `Err` when it could not run at all.
type Suite = (&'static str, fn() -> Result<Tally>);

const SUITES: &[Suite] = &[
    ("rust", rust::run),
    ("c", c::run),
    ("cpp", cpp::run),
    ("dist", dist::run),
    ("drift", drift::run),
    ("supply", supply::run),
    ("vectors", vectors::run),
    ("python", python::run),
    ("kotlin", kotlin::run),
    ("swift", swift::run),
    ("node", node::run),
    ("sanitizers", sanitizers::run),
    ("fuzz", fuzz::run),
    ("bench", bench::run),
];

/// The names of all suites.
pub fn names() -> String {
    let names: Vec<&str> = SUITES.iter().map(|(name, _)| *name).collect();
    names.join(" ")
}

/// Runs these suites, or all of them. The last line is `N passed, N failed`.
pub fn run(wanted: &[&str]) -> Result<()> {
    if let Some(unknown) = wanted
        .iter()
        .find(|name| !SUITES.iter().any(|(known, _)| known == *name))
    {
        return Err(format!("no suite is called {unknown}; known: {}", names()));
    }
    let mut total = Tally::default();
    let mut lines = Vec::new();
    for (name, suite) in SUITES {
        if !wanted.is_empty() && !wanted.contains(name) {
            continue;
        }
        println!("\n=== {name}");
        let since = Instant::now();
        let tally = match suite() {
            Ok(tally) if tally != Tally::default() => tally,
            Ok(_) => failed(name, "no test ran"),
            Err(why) => failed(name, &why),
        };
        total.add(tally);
        lines.push(format!(
            "{name:<10} {:>6} passed {:>4} failed {:>6.0} s",
            tally.passed,
            tally.failed,
            since.elapsed().as_secs_f64()
        ));
    }
    println!("\n{}", lines.join("\n"));
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
