//! The benchmarks, called by `cargo xtask bench`. Each compares its subjects in one run, in turns, because machines
//! are noisy.

#![forbid(unsafe_code)]

mod client;
mod cpu_latency;
mod emulator;
mod gateway;
mod java;
mod languages;
mod memory;
mod node;
mod page;
mod plot;
mod program;
mod proofs;
mod python;
mod report;
mod runs;
mod scale;
mod server;
mod size;
mod soak;
mod waiters;
mod web;
mod web_paint;
mod webhook;

use std::process::ExitCode;
use std::time::Instant;

use xtask::run::Result;

use cpu_latency::CpuLatency;
use languages::Languages;
use report::Pace;

/// A benchmark: its name on the command line, and what runs it.
type Benchmark = (&'static str, Measure);

/// What runs a benchmark.
#[derive(Clone, Copy)]
enum Measure {
    Whole(fn(Pace) -> Result<()>),
    /// Of those languages that are named.
    ByLanguage(fn(Pace, &Languages) -> Result<()>),
}

use Measure::{ByLanguage, Whole};

const BENCHMARKS: &[Benchmark] = &[
    ("client", Whole(client::run)),
    ("memory", Whole(memory::run)),
    ("webhook", Whole(webhook::run)),
    ("emulator", Whole(emulator::run)),
    ("state-kill", Whole(proofs::state_kills)),
    ("gateway-memory", Whole(gateway::memory)),
    ("gateway-hook", Whole(gateway::hook)),
    ("gateway-delay", Whole(gateway::delay)),
    ("gateway-send", Whole(gateway::send)),
    ("gateway-storm", Whole(gateway::storm)),
    ("gateway-start", Whole(gateway::start)),
    ("gateway-cpu", Whole(gateway::cpu::run)),
    ("gateway-scale", Whole(scale::run)),
    ("gateway-kill", Whole(gateway::proof::kills)),
    ("gateway-nodes", Whole(gateway::proof::nodes)),
    ("gateway-faults", Whole(gateway::proof::faults)),
    ("gateway-breaks", Whole(gateway::proof::link_breaks)),
    ("python", Whole(python::run)),
    ("node", Whole(node::run)),
    ("java", Whole(java::run)),
    ("web", Whole(web::run)),
    ("web-walks", Whole(web::walks)),
    ("waiters", ByLanguage(waiters::run)),
    ("size", Whole(size::run)),
    ("soak", ByLanguage(soak::run)),
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
        "gateway-cpu",
        "gateway-scale",
    ],
)];

/// The names of all benchmarks.
fn names() -> String {
    let groups = GROUPS.iter().map(|(name, _)| *name);
    let names: Vec<&str> = BENCHMARKS
        .iter()
        .map(|(name, _)| *name)
        .chain(groups)
        .collect();
    names.join(" ")
}

impl Measure {
    fn run(self, name: &str, pace: Pace, languages: Option<&Languages>) -> Result<()> {
        match (self, languages) {
            (Whole(run), None) => run(pace),
            (Whole(_), Some(_)) => Err(format!("{name} is not measured by language")),
            (ByLanguage(run), languages) => run(pace, languages.unwrap_or(&Languages::ALL)),
        }
    }
}

const OPTIONS: &str = "  --all                   all of them
  --quick                 fewer rounds
  --may-sleep             on cores that sleep when they are idle
  --languages=NAME,NAME   some rows of waiters and soak
  --trial=FOLDER          one round of the dev build, with the page in this folder: for the tests
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if words.is_empty() {
        print!(
            "cargo xtask bench NAME...\n\nbenchmarks: {}\n\n{OPTIONS}",
            names()
        );
        return ExitCode::from(2);
    }
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("xtask bench: {why}");
            ExitCode::FAILURE
        }
    }
}

/// Runs the named benchmarks, as the options say.
fn run(words: &[&str]) -> Result<()> {
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
    let value = |name: &str| options.iter().find_map(|option| option.strip_prefix(name));
    let (languages, trial) = (value("--languages="), value("--trial="));
    let option = |name: &&str| {
        ["--all", "--quick", "--may-sleep"].contains(name)
            || ["--languages=", "--trial="]
                .iter()
                .any(|known| name.starts_with(known))
    };
    if let Some(unknown) = wanted
        .iter()
        .find(|name| !known(name))
        .or_else(|| options.iter().find(|name| !option(name)))
    {
        return Err(format!(
            "no benchmark is called {unknown}; known: {}; options:\n{OPTIONS}",
            names()
        ));
    }
    let pace = match (trial, options.contains(&"--quick")) {
        (Some(_), _) => Pace::Trial,
        (None, true) => Pace::Quick,
        (None, false) => Pace::Full,
    };
    if let Some(folder) = trial {
        page::divert(folder.into())?;
    }
    let languages = languages.map(Languages::named);
    let _awake = match pace == Pace::Trial || options.contains(&"--may-sleep") {
        true => None,
        false => Some(CpuLatency::keep()?),
    };
    // One that fails, such as for want of a network, takes no other's numbers with it.
    let mut failed = Vec::new();
    for (name, measure) in BENCHMARKS {
        if options.contains(&"--all") || wanted.contains(name) {
            println!("\n=== {name}");
            let since = Instant::now();
            if let Err(why) = measure.run(name, pace, languages.as_ref()) {
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
