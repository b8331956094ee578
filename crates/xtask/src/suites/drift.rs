//! One table of statuses, events, methods and one version, in every language.
//!
//! The Rust source is the truth. Names are compared without case and underscores, so that
//! `rate_limited`, `RATE_LIMITED` and `rateLimited` are the same.

use std::collections::BTreeSet;

use super::Tally;
use crate::run::{Result, root};

/// Where each language keeps its status table and its event types.
const TABLES: [(&str, &str, &str); 4] = [
    (
        "Python",
        "bindings/python/python/wotnot/_errors.py",
        "bindings/python/python/wotnot/_events.py",
    ),
    (
        "TypeScript",
        "bindings/node/src/errors.ts",
        "bindings/node/src/events.ts",
    ),
    (
        "Kotlin",
        "bindings/kotlin/src/main/kotlin/io/github/libwotnot/Code.kt",
        "bindings/kotlin/src/main/kotlin/io/github/libwotnot/Event.kt",
    ),
    (
        "Swift",
        "bindings/swift/Sources/Wotnot/Code.swift",
        "bindings/swift/Sources/Wotnot/Event.swift",
    ),
];

/// Files that state the version, and what stands before it there. The Python packages take theirs
/// from the crates, and those from the root manifest.
const VERSIONS: [(&str, &str); 2] = [
    ("bindings/node/package.json", "\"version\": \""),
    ("bindings/kotlin/pom.xml", "<version>"),
];

pub fn run() -> Result<Tally> {
    let mut tally = Tally::default();
    let codes = codes()?;
    let events = quoted(&between(
        &read("crates/core/src/event/mod.rs")?,
        "pub const fn name",
        "}\n    }",
    )?);
    let methods = quoted(&between(
        &read("crates/json/src/methods.rs")?,
        "METHODS: [&str",
        "];",
    )?);
    tally.note(
        "the header has every status under its number",
        header(&codes),
    );
    // The two that are no errors have no class or name of their own everywhere.
    let errors = codes.iter().filter(|(_, number)| *number > 1);
    let names: Vec<&str> = errors.map(|(name, _)| name.as_str()).collect();
    // These languages log what comes as `log`: it never is an event there.
    let typed = events.iter().filter(|name| *name != "log");
    for (language, statuses, kinds) in TABLES {
        tally.note(
            &format!("{language} knows every status"),
            has_all(statuses, names.iter().copied()),
        );
        tally.note(
            &format!("{language} knows every type of event"),
            has_all(kinds, typed.clone().map(String::as_str)),
        );
    }
    tally.note(
        "the pages know every type of event and every method",
        has_all("docs/events.md", events.iter().map(String::as_str))
            .and_then(|()| has_all("include/wotnot.h", methods.iter().map(String::as_str))),
    );
    tally.note("there is one version", versions());
    Ok(tally)
}

/// Names and numbers, from the lines `Variant = 35, "rate_limited";`.
fn codes() -> Result<Vec<(String, i32)>> {
    let source = read("crates/core/src/code.rs")?;
    let codes: Vec<(String, i32)> = source
        .lines()
        .filter_map(|line| {
            let (_, rest) = line.split_once(" = ")?;
            let (number, name) = rest.strip_suffix("\";")?.split_once(", \"")?;
            Some((name.to_owned(), number.parse().ok()?))
        })
        .collect();
    match codes.len() {
        0..20 => Err("crates/core/src/code.rs is not laid out as it was".into()),
        _ => Ok(codes),
    }
}

fn header(codes: &[(String, i32)]) -> Result<()> {
    let header = read("include/wotnot.h")?;
    let wanted: BTreeSet<String> = codes
        .iter()
        .map(|(name, number)| format!("#define WOTNOT_{} {number}", name.to_uppercase()))
        .collect();
    match wanted
        .iter()
        .find(|line| !header.lines().any(|found| found == line.as_str()))
    {
        Some(line) => Err(format!("include/wotnot.h lacks {line}")),
        None => Ok(()),
    }
}

fn has_all<'a>(path: &str, names: impl Iterator<Item = &'a str>) -> Result<()> {
    let text = read(path)?;
    let words: BTreeSet<String> = text
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .map(fold)
        .collect();
    let missing: Vec<&str> = names.filter(|name| !words.contains(&fold(name))).collect();
    match missing.is_empty() {
        true => Ok(()),
        false => Err(format!("{path} lacks {}", missing.join(", "))),
    }
}

fn fold(name: &str) -> String {
    name.replace('_', "").to_ascii_lowercase()
}

fn versions() -> Result<()> {
    let version = between(
        &read("Cargo.toml")?,
        "[workspace.package]\nversion = \"",
        "\"",
    )?;
    for (path, before) in VERSIONS {
        if !read(path)?.contains(&format!("{before}{version}")) {
            return Err(format!("{path} does not say {before}{version}"));
        }
    }
    Ok(())
}

/// Every string literal of a piece of source.
fn quoted(source: &str) -> Vec<String> {
    source
        .split('"')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

fn between(text: &str, open: &str, close: &str) -> Result<String> {
    let found = text
        .split_once(open)
        .and_then(|(_, rest)| rest.split_once(close));
    found
        .map(|(inside, _)| inside.to_owned())
        .ok_or_else(|| format!("nothing stands between {open} and {close}"))
}

fn read(path: &str) -> Result<String> {
    std::fs::read_to_string(root().join(path)).map_err(|error| format!("{path}: {error}"))
}
