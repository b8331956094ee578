//! The benchmarks. Each compares its subjects in one run, in turns, because machines are noisy.

mod client;
mod emulator;
mod node;
mod python;
pub mod report;
pub mod server;
mod size;
pub mod soak;

use crate::run::Result;

/// A benchmark: its name on the command line, and what runs it.
type Benchmark = (&'static str, fn() -> Result<()>);

const BENCHMARKS: &[Benchmark] = &[
    ("client", client::run),
    ("emulator", emulator::run),
    ("python", python::run),
    ("node", node::run),
    ("size", size::run),
    ("soak", soak::run),
];

/// The names of all benchmarks.
pub fn names() -> String {
    let names: Vec<&str> = BENCHMARKS.iter().map(|(name, _)| *name).collect();
    names.join(" ")
}

/// Runs the named benchmarks, or all of them with `--all`.
pub fn run(wanted: &[&str]) -> Result<()> {
    let all = wanted == ["--all"];
    if !all
        && let Some(unknown) = wanted
            .iter()
            .find(|name| !BENCHMARKS.iter().any(|(known, _)| known == *name))
    {
        return Err(format!(
            "no benchmark is called {unknown}; known: {}",
            names()
        ));
    }
    for (name, benchmark) in BENCHMARKS {
        if all || wanted.contains(name) {
            println!("\n=== {name}");
            benchmark()?;
        }
    }
    Ok(())
}
