//! `docs/performance.md`: each benchmark writes its own section and leaves the others alone.

use std::fs;

use crate::run::{Result, command, output, root};

/// How much a benchmark measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// As much as numbers to rely on need.
    Full,
    /// Enough to see that it works, and the order of magnitude.
    Quick,
}

impl Pace {
    /// How many rounds, when a full benchmark does this many.
    pub fn rounds(self, full: usize) -> usize {
        match self {
            Pace::Full => full,
            Pace::Quick => full.min(3),
        }
    }
}

/// How a section opens: the command that made it, and the machine.
pub fn made_by(name: &str, pace: Pace) -> String {
    match pace {
        Pace::Full => format!("`cargo xtask bench {name}`, {}.", machine()),
        Pace::Quick => format!(
            "`cargo xtask bench --quick {name}`, {}; too few rounds to rely on.",
            machine()
        ),
    }
}

/// Replaces the section of `name`, which lies between two markers of its own, and prints it.
pub fn write(name: &str, text: &str) -> Result<()> {
    println!("\n{text}");
    let path = root().join("docs/performance.md");
    let page =
        fs::read_to_string(&path).map_err(|error| format!("docs/performance.md: {error}"))?;
    let (open, close) = (
        format!("<!-- begin {name} -->"),
        format!("<!-- end {name} -->"),
    );
    let (Some(from), Some(to)) = (page.find(&open), page.find(&close)) else {
        return Err(format!(
            "docs/performance.md lacks the markers {open} and {close}"
        ));
    };
    let page = format!(
        "{}{open}\n\n{}\n\n{}",
        &page[..from],
        text.trim(),
        &page[to..]
    );
    fs::write(&path, page).map_err(|error| format!("docs/performance.md: {error}"))
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
    format!("{cores} cores of {model}{memory}, {}", kernel.trim())
}

/// The middle of some numbers; 0 of none.
pub fn median(numbers: impl IntoIterator<Item = f64>) -> f64 {
    let mut numbers: Vec<f64> = numbers.into_iter().collect();
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(0.0)
}
