//! A bounded form of the benchmarks: those of the C library fill their sections on a copy of the page.

use std::path::Path;

use super::Tally;
use crate::run::{Result, cargo, check, scratch};

pub fn run() -> Result<Tally> {
    let folder = scratch("bench")?;
    let mut tally = Tally::default();
    for name in ["client", "memory", "webhook"] {
        tally.note(
            &format!("the benchmark `{name}` fills its section"),
            trial(name, &folder)
                .and_then(|()| is_filled(name, &folder))
                .and_then(|()| is_plotted(name, &folder)),
        );
    }
    tally.note(
        "thousands of calls of every kind leave the memory flat",
        trial("soak", &folder).and_then(|()| is_filled("soak", &folder)),
    );
    tally.note(
        "a million streams are reckoned from the figures of the page",
        trial("gateway-scale", &folder).and_then(|()| is_reckoned(&folder)),
    );
    Ok(tally)
}

/// A benchmark in its shortest form, with its page in this folder.
fn trial(name: &str, folder: &Path) -> Result<()> {
    check(
        cargo()
            .args(["run", "--quiet", "--package", "wotnot-bench", "--"])
            .arg(format!("--trial={}", folder.display()))
            .arg(name),
    )
}

fn read(folder: &Path, file: &str) -> Result<String> {
    crate::run::read(&folder.join(file))
}

fn is_filled(name: &str, folder: &Path) -> Result<()> {
    let page = read(folder, "performance.md")?;
    let section = page
        .split_once(&format!("<!-- begin {name} -->"))
        .and_then(|(_, rest)| rest.split_once(&format!("<!-- end {name} -->")))
        .map(|(section, _)| section)
        .ok_or("the page has no such section")?;
    match section.contains("A trial of the dev build") && section.contains("| ---") {
        true => Ok(()),
        false => Err(format!("the section was not written:\n{section}")),
    }
}

fn is_reckoned(folder: &Path) -> Result<()> {
    let page = read(folder, "scaling.md")?;
    for name in ["inputs", "nodes", "breaks", "costs", "storms"] {
        let (open, close) = (
            format!("<!-- begin scale-{name} -->"),
            format!("<!-- end scale-{name} -->"),
        );
        let section = page
            .split_once(&open)
            .and_then(|(_, rest)| rest.split_once(&close));
        if !section.is_some_and(|(section, _)| section.contains("| ---")) {
            return Err(format!("the section scale-{name} has no table"));
        }
    }
    Ok(())
}

fn is_plotted(name: &str, folder: &Path) -> Result<()> {
    let plot = read(folder, &format!("performance/{name}.svg"))?;
    match plot.ends_with("</svg>\n") {
        true => Ok(()),
        false => Err("the plot is cut".into()),
    }
}
