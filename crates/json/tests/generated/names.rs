//! Names that hand-written types and pages must have: types of events, methods, error classes in
//! lists that a tool keeps sorted, and the version.

use std::collections::BTreeSet;

use wotnot_core::EventKind;
use wotnot_json::{Code, METHODS};

use crate::{is_generating, read};

/// The names without case and underscores: `rate_limited`, `RATE_LIMITED` and `rateLimited` are the same.
fn lacks<'a>(file: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let fold = |name: &str| name.replace('_', "").to_ascii_lowercase();
    let text = read(file);
    let words: BTreeSet<String> = text
        .split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'))
        .map(fold)
        .collect();
    names
        .into_iter()
        .filter(|name| !words.contains(&fold(name)))
        .map(|name| format!("{file} lacks {name}"))
        .collect()
}

#[test]
fn every_language_and_page_knows_every_type_of_event() {
    let all = || EventKind::ALL.iter().map(|kind| kind.name());
    // These languages give records of the log to their own logging: they are no events there.
    let typed = || all().filter(|name| *name != "log");
    let mut missing = lacks("docs/events.md", all());
    for file in [
        "bindings/python/python/wotnot/_events.py",
        "bindings/node/src/events.ts",
        "bindings/kotlin/src/main/kotlin/io/github/libwotnot/Event.kt",
        "bindings/swift/Sources/Wotnot/Event.swift",
        "bindings/go/event.go",
        "bindings/php/src/Event.php",
        "bindings/ruby/lib/wotnot/event.rb",
        "bindings/csharp/src/Types.cs",
    ] {
        missing.extend(lacks(file, typed()));
    }
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn the_header_names_every_method_and_status() {
    // It is written from what these tests write, after them.
    if is_generating() {
        return;
    }
    let header = read("include/wotnot.h");
    let mut missing = lacks("include/wotnot.h", METHODS);
    for code in Code::ALL {
        let line = format!(
            "#define WOTNOT_{} {}",
            code.name().to_uppercase(),
            code.number()
        );
        if !header.lines().any(|found| found == line) {
            missing.push(line);
        }
    }
    assert_eq!(missing, Vec::<String>::new(), "run `cargo xtask generate`");
}

#[test]
fn the_page_of_errors_has_a_row_for_each_code() {
    let page = read("docs/errors.md");
    for code in Code::ALL {
        let row = format!("| {} | `{}` |", code.number(), code.name());
        assert!(page.contains(&row), "docs/errors.md lacks a row `{row}`");
    }
}

#[test]
fn there_is_one_version() {
    // The Python packages take theirs from the crates, and those from the root manifest.
    for (file, before) in [
        ("bindings/node/package.json", "\"version\": \""),
        ("bindings/kotlin/pom.xml", "<version>"),
        ("bindings/csharp/src/Wotnot.csproj", "<Version>"),
        ("bindings/ruby/lib/wotnot/version.rb", "VERSION = \""),
    ] {
        let stated = format!("{before}{}", env!("CARGO_PKG_VERSION"));
        assert!(read(file).contains(&stated), "{file} does not say {stated}");
    }
}

/// A reader who comes from another language's page finds the same sections; a page may have more
/// below `Usage`.
#[test]
fn the_page_of_each_language_has_the_sections_that_all_have() {
    const SECTIONS: [&str; 4] = [
        "## Installation",
        "## Usage",
        "## Development",
        "## Testing",
    ];
    const USAGE: [&str; 7] = [
        "### A whole conversation",
        "### One conversation for each visitor",
        "### Through a gateway",
        "### Errors",
        "### Your own web server",
        "### Your own tests",
        "### Logging",
    ];
    for language in [
        "c", "cpp", "csharp", "go", "kotlin", "node", "php", "python", "ruby", "swift",
    ] {
        let page = read(&format!("bindings/{language}/README.md"));
        let headings = |level: &str| -> Vec<&str> {
            page.lines()
                .filter(|line| line.starts_with(level))
                .collect()
        };
        assert_eq!(headings("## "), SECTIONS, "{language}");
        for wanted in USAGE {
            assert!(
                headings("### ").contains(&wanted),
                "{language} lacks `{wanted}`"
            );
        }
    }
}
