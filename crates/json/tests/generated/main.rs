//! What is written once and generated elsewhere: the error codes in every language and the table of
//! the configuration. `cargo xtask generate` rewrites it, `cargo xtask generate --check` and the tests
//! compare it. A generated region stands between lines with `generated: NAME` and `generated: end`;
//! everything around it is written by hand.

#![allow(clippy::unwrap_used)]

use std::path::PathBuf;

mod codes;
mod configuration;
mod defaults;
mod names;

/// A region of a file, and the lines that belong into it.
struct Region {
    file: &'static str,
    name: &'static str,
    lines: String,
}

fn path(file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(file)
}

fn read(file: &str) -> String {
    std::fs::read_to_string(path(file)).unwrap()
}

/// The file's text with what belongs into the region.
fn filled(text: &str, region: &Region) -> Result<String, String> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let marker = format!("generated: {}", region.name);
    let is_open = |line: &&str| {
        line.split_once(&marker).is_some_and(|(_, rest)| {
            !rest.starts_with(|next: char| next.is_alphanumeric() || next == '-')
        })
    };
    let open = lines
        .iter()
        .position(is_open)
        .ok_or_else(|| format!("{}: no line says `{marker}`", region.file))?;
    let close = lines[open..]
        .iter()
        .position(|line| line.contains("generated: end"))
        .ok_or_else(|| format!("{}: `{marker}` has no end", region.file))?;
    Ok(lines[..=open].concat() + &region.lines + &lines[open + close..].concat())
}

#[test]
fn every_generated_region_is_fresh() {
    let mut regions = codes::regions();
    regions.push(Region {
        file: "docs/configuration.md",
        name: "configuration",
        lines: configuration::table(),
    });
    let update = std::env::var("WOTNOT_GENERATE").is_ok_and(|value| value == "1");
    let mut stale = Vec::new();
    for region in &regions {
        let text = read(region.file);
        match filled(&text, region) {
            Ok(fresh) if fresh == text => {}
            Ok(fresh) if update => std::fs::write(path(region.file), fresh).unwrap(),
            Ok(_) => stale.push(format!("{}: `{}` is stale", region.file, region.name)),
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
    let region = |name| Region {
        file: "f",
        name,
        lines: "new\n".into(),
    };
    let text = "a\n# generated: codes-all\nold\n# generated: end\n# generated: codes, by xtask\nold\n# generated: end\nz\n";
    assert_eq!(
        filled(text, &region("codes")).unwrap(),
        "a\n# generated: codes-all\nold\n# generated: end\n# generated: codes, by xtask\nnew\n# generated: end\nz\n"
    );
    assert!(filled(text, &region("kinds")).is_err());
}
