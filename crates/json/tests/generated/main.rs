//! What is written once and generated elsewhere: the error codes and the typed configuration of every language, and
//! the table of the configuration. `cargo xtask generate` rewrites it, `cargo xtask generate --check` and the tests
//! compare it. A generated region stands between lines with `generated: NAME` and `generated: end`;
//! everything around it is written by hand.

#![allow(clippy::unwrap_used)]

use std::path::PathBuf;

mod codes;
mod configuration;
mod defaults;
mod names;
mod settings;

/// A region of a file, and the lines that belong into it.
struct Region {
    file: &'static str,
    bounds: Bounds,
    lines: String,
}

/// Where a region stands.
#[derive(Clone, Copy)]
enum Bounds {
    /// Between comments with `generated: NAME` and `generated: end`.
    Named(&'static str),
    /// Between the first line that begins so and the next one that begins so: where no comment can stand.
    Lines(&'static str, &'static str),
}

impl Region {
    fn named(file: &'static str, name: &'static str, lines: String) -> Self {
        Self {
            file,
            bounds: Bounds::Named(name),
            lines,
        }
    }

    fn between(
        file: &'static str,
        before: &'static str,
        after: &'static str,
        lines: String,
    ) -> Self {
        Self {
            file,
            bounds: Bounds::Lines(before, after),
            lines,
        }
    }
}

impl Bounds {
    fn opens(self, line: &str) -> bool {
        match self {
            Bounds::Named(name) => {
                line.split_once(&format!("generated: {name}"))
                    .is_some_and(|(_, rest)| {
                        !rest.starts_with(|next: char| next.is_alphanumeric() || next == '-')
                    })
            }
            Bounds::Lines(before, _) => line.starts_with(before),
        }
    }

    fn closes(self, line: &str) -> bool {
        match self {
            Bounds::Named(_) => line.contains("generated: end"),
            Bounds::Lines(_, after) => line.starts_with(after),
        }
    }
}

impl std::fmt::Display for Bounds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Bounds::Named(name) => write!(f, "generated: {name}"),
            Bounds::Lines(before, _) => f.write_str(before.trim()),
        }
    }
}

fn path(file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(file)
}

fn read(file: &str) -> String {
    std::fs::read_to_string(path(file)).unwrap()
}

/// Whether the tests write what is stale, for `cargo xtask generate`.
fn is_generating() -> bool {
    std::env::var("WOTNOT_GENERATE").is_ok_and(|value| value == "1")
}

/// The file's text with what belongs into the region.
fn filled(text: &str, region: &Region) -> Result<String, String> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let bounds = region.bounds;
    let open = lines
        .iter()
        .position(|line| bounds.opens(line))
        .ok_or_else(|| format!("{}: no line says `{bounds}`", region.file))?;
    let close = lines[open + 1..]
        .iter()
        .position(|line| bounds.closes(line))
        .ok_or_else(|| format!("{}: `{bounds}` has no end", region.file))?;
    Ok(lines[..=open].concat() + &region.lines + &lines[open + 1 + close..].concat())
}

#[test]
fn every_generated_region_is_fresh() {
    let mut regions = codes::regions();
    regions.extend(settings::regions());
    regions.push(Region::named(
        "docs/configuration.md",
        "configuration",
        configuration::table(),
    ));
    let update = is_generating();
    let mut stale = Vec::new();
    for region in &regions {
        let text = read(region.file);
        match filled(&text, region) {
            Ok(fresh) if fresh == text => {}
            Ok(fresh) if update => std::fs::write(path(region.file), fresh).unwrap(),
            Ok(_) => stale.push(format!("{}: `{}` is stale", region.file, region.bounds)),
            Err(why) => stale.push(why),
        }
    }
    assert!(
        stale.is_empty(),
        "run `cargo xtask generate`: {}",
        stale.join("; ")
    );
}

#[test]
fn a_region_is_found_by_its_whole_name() {
    let region = |name| Region::named("f", name, "new\n".into());
    let text = "a\n# generated: codes-all\nold\n# generated: end\n# generated: codes, by xtask\nold\n# generated: end\nz\n";
    assert_eq!(
        filled(text, &region("codes")).unwrap(),
        "a\n# generated: codes-all\nold\n# generated: end\n# generated: codes, by xtask\nnew\n# generated: end\nz\n"
    );
    assert!(filled(text, &region("kinds")).is_err());
    let between = Region::between("f", "# generated: codes-all", "# gen", "new\n".into());
    assert!(
        filled(text, &between)
            .unwrap()
            .starts_with("a\n# generated: codes-all\nnew\n# generated: end\n")
    );
}
