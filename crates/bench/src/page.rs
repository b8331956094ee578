//! The pages that benchmarks fill: each writes its own sections and leaves the others alone.

use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;

use xtask::run::{Result, make_folder, root};

/// Where the pages go in place of `docs`, once [`divert`] was called.
static DIVERTED: OnceLock<PathBuf> = OnceLock::new();

const PAGES: [&str; 2] = ["performance.md", "scaling.md"];

/// From here on the pages are written in `folder`, which begins with a copy of the project's.
pub fn divert(folder: PathBuf) -> Result<()> {
    make_folder(&folder.join("performance"))?;
    for page in PAGES {
        fs::copy(docs().join(page), folder.join(page))
            .map_err(|error| format!("docs/{page}: {error}"))?;
    }
    DIVERTED
        .set(folder)
        .map_err(|_| "the pages are diverted already".to_owned())
}

/// The folder of the pages; plots are in `performance` beside them.
pub fn docs() -> PathBuf {
    DIVERTED
        .get()
        .cloned()
        .unwrap_or_else(|| root().join("docs"))
}

/// What the section of `name` says, between its two markers.
pub fn read(name: &str) -> Result<String> {
    Section::find(name).map(|section| section.text().to_owned())
}

/// Replaces the section of `name` and prints it.
pub fn write(name: &str, text: &str) -> Result<()> {
    println!("\n{text}");
    let Section {
        page,
        all,
        from,
        to,
    } = Section::find(name)?;
    let all = format!("{}\n\n{}\n\n{}", &all[..from], text.trim(), &all[to..]);
    fs::write(docs().join(page), all).map_err(|error| format!("docs/{page}: {error}"))
}

/// The number in a table of the section of `name`: in the column of this head, and in the row whose first cells are these.
pub fn number(name: &str, row: &[&str], column: &str) -> Result<f64> {
    let text = read(name)?;
    let found = find_number(&text, row, column);
    found.ok_or_else(|| {
        format!(
            "the section {name} has no number under `{column}` in the row `{}`; measure it: cargo xtask bench {name}",
            row.join(" | ")
        )
    })
}

fn find_number(text: &str, row: &[&str], column: &str) -> Option<f64> {
    let cells = |line: &str| -> Vec<String> {
        let inner = line.trim().trim_start_matches('|').trim_end_matches('|');
        inner
            .split('|')
            .map(|cell| cell.trim().to_owned())
            .collect()
    };
    let mut place = None;
    for (line, next) in text.lines().zip(text.lines().skip(1)) {
        if next.starts_with("| --") {
            place = cells(line).iter().position(|head| head == column);
        }
        let found = cells(next);
        if row.iter().zip(&found).all(|(wanted, cell)| wanted == cell)
            && let Some(number) = place.and_then(|place| found.get(place))
            && let Ok(number) = number.parse()
        {
            return Some(number);
        }
    }
    None
}

/// A section of a page: between two markers of its own.
struct Section {
    page: &'static str,
    all: String,
    from: usize,
    to: usize,
}

impl Section {
    fn find(name: &str) -> Result<Self> {
        let (open, close) = (
            format!("<!-- begin {name} -->"),
            format!("<!-- end {name} -->"),
        );
        for page in PAGES {
            let all = fs::read_to_string(docs().join(page))
                .map_err(|error| format!("docs/{page}: {error}"))?;
            if let (Some(from), Some(to)) = (all.find(&open), all.find(&close)) {
                let from = from + open.len();
                return Ok(Self {
                    page,
                    all,
                    from,
                    to,
                });
            }
        }
        Err(format!("no page has the markers {open} and {close}"))
    }

    fn text(&self) -> &str {
        &self.all[self.from..self.to]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_found_by_its_row_and_the_head_of_its_column() {
        let text = "words\n\n| streams | server | KB, open |\n| ---: | --- | ---: |\n| 10000 | gateway | 1.64 |\n| 19900 | gateway | 1.58 |\n\n\
                    | measure | ms |\n| --- | ---: |\n| start | 11 |\n| slow | **missed** |\n";
        for (row, column, number) in [
            (["19900", "gateway"].as_slice(), "KB, open", Some(1.58)),
            (&["10000"], "KB, open", Some(1.64)),
            (&["start"], "ms", Some(11.0)),
            (&["start"], "KB, open", None),
            (&["slow"], "ms", None),
            (&["19900", "Centrifugo"], "KB, open", None),
        ] {
            assert_eq!(find_number(text, row, column), number, "{row:?} {column}");
        }
    }
}
