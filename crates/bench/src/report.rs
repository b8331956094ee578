//! What a section of `docs/performance.md` says: how much was measured, where, and tables of rates.

use std::fs;

use crate::cpu_latency::CpuLatency;
use crate::plot;
use crate::runs::Runs;
use xtask::build::Profile;
use xtask::run::{Result, command, output};

/// How much a benchmark measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// As much as numbers to rely on need.
    Full,
    /// Enough to see that it works, and the order of magnitude.
    Quick,
    /// One round of the dev build, which the tests have made anyway.
    Trial,
}

impl Pace {
    /// How many rounds, when a full benchmark does this many.
    pub fn rounds(self, full: usize) -> usize {
        match self {
            Pace::Full => full,
            Pace::Quick => full.min(3),
            Pace::Trial => 1,
        }
    }

    /// How many calls or events a round has, when one to rely on has this many.
    pub fn amount(self, full: usize) -> usize {
        match self {
            Pace::Full | Pace::Quick => full,
            Pace::Trial => full / 10,
        }
    }

    /// The build that is measured.
    pub fn profile(self) -> Profile {
        match self {
            Pace::Full | Pace::Quick => Profile::Release,
            Pace::Trial => Profile::Dev,
        }
    }
}

/// How a section opens: the command that made it, and the machine.
pub fn made_by(name: &str, pace: Pace) -> String {
    match pace {
        Pace::Full => format!("`{}cargo xtask bench {name}`, {}.", profile(), machine()),
        Pace::Quick => format!(
            "`cargo xtask bench --quick {name}`, {}; too few rounds to rely on.",
            machine()
        ),
        Pace::Trial => format!("A trial of the dev build, {}.", machine()),
    }
}

/// The settings of the release profile that the environment has: a repeated run needs them too.
fn profile() -> String {
    let mut settings: Vec<String> = std::env::vars()
        .filter(|(name, _)| name.starts_with("CARGO_PROFILE_RELEASE_"))
        .map(|(name, value)| format!("{name}={value} "))
        .collect();
    settings.sort();
    settings.concat()
}

/// The machine, in a few words.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let about = |file: &str, field: &str| {
        fs::read_to_string(file).ok().and_then(|text| {
            let line = text.lines().find(|line| line.starts_with(field))?;
            Some(line.split_once(':')?.1.trim().to_owned())
        })
    };
    let model =
        about("/proc/cpuinfo", "model name").unwrap_or_else(|| "processor unknown".to_owned());
    let memory = about("/proc/meminfo", "MemTotal")
        .and_then(|text| text.trim_end_matches(" kB").parse::<f64>().ok())
        .map(|kilobytes| format!(", {:.0} GiB", kilobytes / 1_048_576.0))
        .unwrap_or_default();
    let kernel = output(command("uname").arg("-sr")).unwrap_or_default();
    format!(
        "{cores} cores of {model}{memory}, {}, {}",
        CpuLatency::how(),
        kernel.trim()
    )
}

/// A picture of every subject's `rate`, and a table for each number that `field` has, such as of threads.
pub fn rates(
    name: &str,
    title: &str,
    runs: &Runs,
    (field, numbers): (&str, &[u64]),
    columns: &[(&str, &str, usize)],
) -> Result<String> {
    let mut text = plot::rates(name, title, runs, (field, numbers))?;
    let what = field.replace('_', " ");
    for number in numbers {
        let of_number = runs.with(field, *number);
        text += &of_number.table(&format!("{what}: {number}"), columns);
    }
    Ok(text)
}
