//! A bounded form of the benchmarks: those of the C library fill their sections on a copy of the page.

use std::fs;
use std::path::Path;

use super::Tally;
use crate::bench;
use crate::run::{Result, scratch};

pub fn run() -> Result<Tally> {
    let folder = scratch("bench")?;
    bench::divert(folder.clone())?;
    let mut tally = Tally::default();
    for name in ["client", "memory", "webhook"] {
        tally.note(
            &format!("the benchmark `{name}` fills its section"),
            bench::trial(name).and_then(|()| is_filled(name, &folder)),
        );
    }
    Ok(tally)
}

fn is_filled(name: &str, folder: &Path) -> Result<()> {
    let read = |file: &str| {
        fs::read_to_string(folder.join(file)).map_err(|error| format!("{file}: {error}"))
    };
    let page = read("performance.md")?;
    let section = page
        .split_once(&format!("<!-- begin {name} -->"))
        .and_then(|(_, rest)| rest.split_once(&format!("<!-- end {name} -->")))
        .map(|(section, _)| section)
        .ok_or("the page has no such section")?;
    if !section.contains("A trial of the dev build") || !section.contains("| ---") {
        return Err(format!("the section was not written:\n{section}"));
    }
    match read(&format!("performance/{name}.svg"))?.ends_with("</svg>\n") {
        true => Ok(()),
        false => Err("the plot is cut".into()),
    }
}
