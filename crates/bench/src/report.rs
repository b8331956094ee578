//! `docs/performance.md`: each benchmark writes its own section and leaves the others alone.

use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;

use crate::cpu_latency::CpuLatency;
use crate::plot;
use crate::runs::Runs;
use xtask::build::Profile;
use xtask::run::{Result, command, output, root};

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

/// What the release profile was told beside: who repeats the run has to tell it too.
fn profile() -> String {
    let mut told: Vec<String> = std::env::vars()
        .filter(|(name, _)| name.starts_with("CARGO_PROFILE_RELEASE_"))
        .map(|(name, value)| format!("{name}={value} "))
        .collect();
    told.sort();
    told.concat()
}

/// Where the page goes in place of `docs`, once [`divert`] was called.
static DIVERTED: OnceLock<PathBuf> = OnceLock::new();

/// From here on the page is written in `folder`, which begins with a copy of the project's.
pub fn divert(folder: PathBuf) -> Result<()> {
    xtask::run::make_folder(&folder.join("performance"))?;
    fs::copy(docs().join("performance.md"), folder.join("performance.md"))
        .map_err(|error| format!("docs/performance.md: {error}"))?;
    DIVERTED
        .set(folder)
        .map_err(|_| "the page is diverted already".to_owned())
}

/// The folder of the page; its plots are in `performance` beside it.
pub fn docs() -> PathBuf {
    DIVERTED
        .get()
        .cloned()
        .unwrap_or_else(|| root().join("docs"))
}

/// What the section of `name` says, between its two markers.
pub fn read(name: &str) -> Result<String> {
    let page = page()?;
    let (from, to) = place(&page, name)?;
    Ok(page[from..to].to_owned())
}

/// Replaces the section of `name` and prints it.
pub fn write(name: &str, text: &str) -> Result<()> {
    println!("\n{text}");
    let page = page()?;
    let (from, to) = place(&page, name)?;
    let page = format!("{}\n\n{}\n\n{}", &page[..from], text.trim(), &page[to..]);
    fs::write(docs().join(PAGE), page).map_err(|error| format!("docs/{PAGE}: {error}"))
}

const PAGE: &str = "performance.md";

fn page() -> Result<String> {
    fs::read_to_string(docs().join(PAGE)).map_err(|error| format!("docs/{PAGE}: {error}"))
}

/// Where a section begins and ends: between two markers of its own.
fn place(page: &str, name: &str) -> Result<(usize, usize)> {
    let (open, close) = (
        format!("<!-- begin {name} -->"),
        format!("<!-- end {name} -->"),
    );
    match (page.find(&open), page.find(&close)) {
        (Some(from), Some(to)) => Ok((from + open.len(), to)),
        _ => Err(format!("docs/{PAGE} lacks the markers {open} and {close}")),
    }
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

/// The middle of some numbers; 0 of none.
pub fn median(numbers: impl IntoIterator<Item = f64>) -> f64 {
    let mut numbers: Vec<f64> = numbers.into_iter().collect();
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(0.0)
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
