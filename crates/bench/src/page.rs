//! `docs/performance.md`: each benchmark writes its own section and leaves the others alone.

use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;

use xtask::run::{Result, make_folder, root};

/// Where the page goes in place of `docs`, once [`divert`] was called.
static DIVERTED: OnceLock<PathBuf> = OnceLock::new();

/// From here on the page is written in `folder`, which begins with a copy of the project's.
pub fn divert(folder: PathBuf) -> Result<()> {
    make_folder(&folder.join("performance"))?;
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
    let (from, to) = section(&page, name)?;
    Ok(page[from..to].to_owned())
}

/// Replaces the section of `name` and prints it.
pub fn write(name: &str, text: &str) -> Result<()> {
    println!("\n{text}");
    let page = page()?;
    let (from, to) = section(&page, name)?;
    let page = format!("{}\n\n{}\n\n{}", &page[..from], text.trim(), &page[to..]);
    fs::write(docs().join(PAGE), page).map_err(|error| format!("docs/{PAGE}: {error}"))
}

const PAGE: &str = "performance.md";

fn page() -> Result<String> {
    fs::read_to_string(docs().join(PAGE)).map_err(|error| format!("docs/{PAGE}: {error}"))
}

/// Where a section begins and ends: between two markers of its own.
fn section(page: &str, name: &str) -> Result<(usize, usize)> {
    let (open, close) = (
        format!("<!-- begin {name} -->"),
        format!("<!-- end {name} -->"),
    );
    match (page.find(&open), page.find(&close)) {
        (Some(from), Some(to)) => Ok((from + open.len(), to)),
        _ => Err(format!("docs/{PAGE} lacks the markers {open} and {close}")),
    }
}
