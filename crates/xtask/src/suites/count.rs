//! Reads how many tests of a run passed and failed, from JUnit's XML where the runner writes it, else from its output.
//! A test that was skipped counts as failed.

use std::borrow::BorrowMut;
use std::path::Path;
use std::process::Command;

use super::Tally;
use crate::run::{Result, at, captured, check, entries, read};

/// Runs tests whose output ends with `N passed, N failed`, or that and more.
pub fn counted(tests: impl BorrowMut<Command>) -> Result<Tally> {
    printed(tests, last)
}

/// Runs tests and reads their count from what they print.
pub fn printed(
    tests: impl BorrowMut<Command>,
    count: impl FnOnce(&str) -> Option<Tally>,
) -> Result<Tally> {
    let (text, success) = captured(tests)?;
    print!("{text}");
    agreed(count(&text), success)
}

/// Runs tests that write a report of JUnit's.
pub fn reported(tests: impl BorrowMut<Command>, report: &Path) -> Result<Tally> {
    let ended = check(tests);
    agreed(Some(self::report(report)?), ended.is_ok())
}

/// Counts the tests of one report of JUnit's.
pub fn report(report: &Path) -> Result<Tally> {
    junit(&read(report)?).map_err(at(report))
}

/// Adds up JUnit's reports in a folder.
pub fn reports(folder: &Path) -> Result<Tally> {
    let mut tally = Tally::default();
    for report in entries(folder)? {
        if report.extension().is_some_and(|end| end == "xml") {
            tally.add(self::report(&report)?);
        }
    }
    Ok(tally)
}

/// The count, unless the run failed and it knows of no failure.
fn agreed(tally: Option<Tally>, success: bool) -> Result<Tally> {
    match tally {
        Some(tally) if success || tally.failed > 0 => Ok(tally),
        Some(_) => Err("the tests ended with a failure of their own".into()),
        None => Err("the tests ended without their count".into()),
    }
}

fn junit(xml: &str) -> Result<Tally> {
    let document = roxmltree::Document::parse(xml).map_err(|error| error.to_string())?;
    let tests = document
        .descendants()
        .filter(|it| it.has_tag_name("testcase"));
    Ok(each(tests, |test| {
        let not_passed = ["failure", "error", "skipped"];
        Some(
            !test
                .children()
                .any(|it| not_passed.contains(&it.tag_name().name())),
        )
    }))
}

/// The last line with `N passed` and `N failed`, separated by a comma.
pub fn last(text: &str) -> Option<Tally> {
    let mut lines = text.lines().rev().filter(|line| line.contains(" passed, "));
    lines.find_map(|line| {
        let (passed, failed) = (number(line, "passed")?, number(line, "failed")?);
        Some(Tally { passed, failed })
    })
}

/// Adds up cargo's lines `test result: ok. 3 passed; 0 failed; ...`.
pub fn of_cargo(text: &str) -> Tally {
    let mut tally = Tally::default();
    let results = text.lines().filter(|it| it.starts_with("test result:"));
    for line in results {
        tally.passed += number(line, "passed").unwrap_or(0);
        tally.failed += number(line, "failed").unwrap_or(0);
    }
    tally
}

/// Counts those of which it can be said that they passed, or did not.
pub fn each<T>(
    all: impl Iterator<Item = T>,
    mut has_passed: impl FnMut(T) -> Option<bool>,
) -> Tally {
    let mut tally = Tally::default();
    for one in all {
        match has_passed(one) {
            Some(true) => tally.passed += 1,
            Some(false) => tally.failed += 1,
            None => {}
        }
    }
    tally
}

/// The number before this word.
pub fn number(line: &str, word: &str) -> Option<u64> {
    let words: Vec<&str> = line
        .split([' ', ',', ';', '.'])
        .filter(|it| !it.is_empty())
        .collect();
    let mut pairs = words.windows(2).filter(|pair| pair[1] == word);
    pairs.find_map(|pair| pair[0].parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn tally(passed: u64, failed: u64) -> Tally {
        Tally { passed, failed }
    }

    #[test]
    fn what_did_not_pass_counts_as_failed() {
        let report = r#"<?xml version="1.0"?><testsuites><testcase name="a"/><testsuite tests="9">
            <testcase name="b"><failure>no</failure></testcase><testcase name="c"><error/></testcase>
            <testcase name="d"><skipped/></testcase><testcase name="e"><system-out/></testcase>
            </testsuite></testsuites>"#;
        assert_eq!(junit(report), Ok(tally(2, 3)));
        assert!(junit("<testsuite>").is_err());
    }

    #[test]
    fn the_last_count_is_that_of_the_tests() {
        let text = "1 passed, 2 failed\nc   12 passed 1 failed\nvectors in C: 12 passed, 1 failed\nxtask: 1 failed\n";
        assert_eq!(last(text), Some(tally(12, 1)));
        assert_eq!(last("nothing ran, 12 passed"), None);
    }

    #[test]
    fn every_result_of_cargo_counts() {
        let text = "test a ... ok\ntest result: ok. 3 passed; 0 failed; 0 ignored; 0 measured\n\
                    test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured\n";
        assert_eq!(of_cargo(text), tally(5, 1));
    }

    #[test]
    fn a_failure_that_was_not_counted_is_an_error() {
        let run = |script: &str| counted(crate::sh!("sh -c {script}"));
        assert_eq!(run("echo 3 passed, 0 failed"), Ok(tally(3, 0)));
        assert_eq!(run("echo 3 passed, 1 failed; exit 1"), Ok(tally(3, 1)));
        assert!(run("echo 3 passed, 0 failed; exit 1").is_err());
        assert!(run("echo no count").is_err());
    }
}
