//! The benchmarks. Each compares its subjects in one run, in turns, because machines are noisy.

mod client;
mod cpu_latency;
mod emulator;
mod gateway;
mod java;
mod memory;
mod node;
mod plot;
mod program;
mod python;
mod report;
mod runs;
mod server;
mod size;
pub mod soak;
mod waiters;
mod webhook;

use std::time::Instant;

use crate::run::Result;

use cpu_latency::CpuLatency;
use report::Pace;

pub use report::divert;

/// A benchmark: its name on the command line, and what runs it.
type Benchmark = (&'static str, fn(Pace) -> Result<()>);

const BENCHMARKS: &[Benchmark] = &[
    ("client", client::run),
    ("memory", memory::run),
    ("webhook", webhook::run),
    ("emulator", emulator::run),
    ("gateway-memory", gateway::memory),
    ("gateway-hook", gateway::hook),
    ("gateway-delay", gateway::delay),
    ("gateway-send", gateway::send),
    ("gateway-storm", gateway::storm),
    ("gateway-start", gateway::start),
    ("gateway-kill", gateway::proof::kills),
    ("gateway-faults", gateway::proof::faults),
    ("python", python::run),
    ("node", node::run),
    ("java", java::run),
    ("waiters", waiters::run),
    ("size", size::run),
    ("soak", soak::run),
];

/// Names that stand for several: all that is measured of the gateway, without its proofs.
const GROUPS: &[(&str, &[&str])] = &[(
    "gateway",
    &[
        "gateway-memory",
        "gateway-hook",
        "gateway-delay",
        "gateway-send",
        "gateway-storm",
        "gateway-start",
    ],
)];

/// The names of all benchmarks.
pub fn names() -> String {
    let groups = GROUPS.iter().map(|(name, _)| *name);
    let names: Vec<&str> = BENCHMARKS
        .iter()
        .map(|(name, _)| *name)
        .chain(groups)
        .collect();
    names.join(" ")
}

/// One benchmark in its shortest form, for the tests.
pub fn trial(name: &str) -> Result<()> {
    BENCHMARKS
        .iter()
        .find(|(known, _)| *known == name)
        .ok_or_else(|| format!("no benchmark is called {name}"))
        .and_then(|(_, benchmark)| benchmark(Pace::Trial))
}

/// Runs the named benchmarks, or all of them with `--all`; fewer rounds with `--quick`, and on cores
/// that sleep when they are idle with `--may-sleep`.
pub fn run(words: &[&str]) -> Result<()> {
    let (options, wanted): (Vec<&str>, Vec<&str>) =
        words.iter().partition(|word| word.starts_with("--"));
    let wanted: Vec<&str> = wanted
        .into_iter()
        .flat_map(
            |name| match GROUPS.iter().find(|(group, _)| *group == name) {
                Some((_, names)) => names.to_vec(),
                None => vec![name],
            },
        )
        .collect();
    let known = |name: &&str| BENCHMARKS.iter().any(|(known, _)| known == name);
    let option = |name: &&str| ["--all", "--quick", "--may-sleep"].contains(name);
    if let Some(unknown) = wanted
        .iter()
        .find(|name| !known(name))
        .or_else(|| options.iter().find(|name| !option(name)))
    {
        return Err(format!(
            "no benchmark is called {unknown}; known: {} --all --quick --may-sleep",
            names()
        ));
    }
    let pace = match options.contains(&"--quick") {
        true => Pace::Quick,
        false => Pace::Full,
    };
    let _awake = match options.contains(&"--may-sleep") {
        true => None,
        false => Some(CpuLatency::keep()?),
    };
    // One that fails, such as for want of a network, takes no other's numbers with it.
    let mut failed = Vec::new();
    for (name, benchmark) in BENCHMARKS {
        if options.contains(&"--all") || wanted.contains(name) {
            println!("\n=== {name}");
            let since = Instant::now();
            if let Err(why) = benchmark(pace) {
                failed.push(format!("{name}: {why}"));
            }
            println!("{name} took {:.0} s", since.elapsed().as_secs_f64());
        }
    }
    match failed.is_empty() {
        true => Ok(()),
        false => Err(failed.join("\n")),
    }
}
