//! Reads JUnit's XML, which every test runner can write, so that colours and wording of its output do not count.

use std::fs;
use std::path::Path;

use super::Tally;
use crate::run::Result;

/// Counts the tests of one report. A test that was skipped counts as failed.
pub fn count(report: &Path) -> Result<Tally> {
    let named = |why: &dyn std::fmt::Display| format!("{}: {why}", report.display());
    let text = fs::read_to_string(report).map_err(|error| named(&error))?;
    count_text(&text).map_err(|error| named(&error))
}

/// Adds up all reports of a folder.
pub fn count_folder(folder: &Path) -> Result<Tally> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut tally = Tally::default();
    for entry in entries.flatten() {
        if entry.path().extension().is_some_and(|end| end == "xml") {
            tally.add(count(&entry.path())?);
        }
    }
    Ok(tally)
}

fn count_text(xml: &str) -> Result<Tally> {
    let document = roxmltree::Document::parse(xml).map_err(|error| error.to_string())?;
    let mut tally = Tally::default();
    let tests = document
        .descendants()
        .filter(|node| node.has_tag_name("testcase"));
    for test in tests {
        let failed = test
            .children()
            .any(|child| matches!(child.tag_name().name(), "failure" | "error" | "skipped"));
        match failed {
            true => tally.failed += 1,
            false => tally.passed += 1,
        }
    }
    Ok(tally)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_did_not_pass_counts_as_failed() {
        let report = r#"<?xml version="1.0"?><testsuites><testcase name="a"/><testsuite tests="9">
            <testcase name="b"><failure>no</failure></testcase><testcase name="c"><error/></testcase>
            <testcase name="d"><skipped/></testcase><testcase name="e"><system-out/></testcase>
            </testsuite></testsuites>"#;
        let expected = Tally {
            passed: 2,
            failed: 3,
        };
        assert_eq!(count_text(report), Ok(expected));
        assert!(count_text("<testsuite>").is_err());
    }
}
