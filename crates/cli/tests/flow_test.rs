//! `wotnot flow test` as a user runs it: which scripts hold, what is different, and what was never walked.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail the test"
)]

mod support;

use std::path::Path;
use std::process::Output;

use serde_json::Value;
use support::{bare, stderr, stdout};

const FLOW: &str = "bot: {name: A, key: a}
start: ask
blocks:
  ask: {type: buttons, text: Well?, buttons: [{title: Yes, next: wait}, {title: No, next: bye}]}
  wait: {type: delay, seconds: 86400, next: bye}
  bye: {type: end, text: 'Good & bye'}
";
const YES: &str = "# waits a day\n> Hello\n< Well? [Yes] [No]\n> [Yes]\n< Good & bye\n";

fn test(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = bare(&["flow", "test"]);
    command
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

fn folder_with(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

#[test]
fn every_exit_of_the_sample_flows_is_walked() {
    let flows = support::flow("");
    let output = test(&flows, &["--coverage", "100"]);
    let said = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert_eq!(said.matches("100 %  ").count(), 6, "{said}");
    assert!(!said.contains("never "), "{said}");
}

#[test]
fn what_was_never_walked_is_listed_and_can_fail() {
    let folder = folder_with(&[("a.yaml", FLOW), ("a.chat", YES)]);
    let output = test(folder.path(), &[]);
    let said = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("ok       ./a.chat, 2 turns\n"), "{said}");
    assert!(
        said.contains(
            " 66 %  ./a.yaml: 3 of 3 blocks, 2 of 3 exits\n         never ask: No -> bye\n"
        ),
        "{said}"
    );
    let output = test(folder.path(), &["--coverage", "67"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).contains("2 of 3 exits, less than 67 %"));
}

#[test]
fn a_difference_is_shown_line_by_line_in_every_form() {
    let wrong = "> Hello\n< Well? [Yes] [No]\n> [No]\n< Bye\n";
    let folder = folder_with(&[("a.yaml", FLOW), ("a.chat", YES), ("a.no.chat", wrong)]);
    let output = test(folder.path(), &[]);
    let said = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("FAILED   ./a.no.chat:4: expected \"Bye\", but was told"),
        "{said}"
    );
    assert!(
        said.contains("           - < Bye\n           + < Good & bye\n"),
        "{said}"
    );
    assert!(said.ends_with("2 scripts, 1 failed\n"), "{said}");

    let tap = stdout(&test(folder.path(), &["--format", "tap"]));
    assert!(
        tap.starts_with("TAP version 14\n1..2\nok 1 - ./a.chat\nnot ok 2 - ./a.no.chat\n  ---\n"),
        "{tap}"
    );
    assert!(tap.contains("    - \"- < Bye\"\n"), "{tap}");

    let junit = stdout(&test(folder.path(), &["--format", "junit"]));
    assert!(
        junit.contains("<testsuite name=\"./a.yaml\" tests=\"2\" failures=\"1\">"),
        "{junit}"
    );
    assert!(
        junit.contains("- &lt; Bye\n+ &lt; Good &amp; bye</failure>"),
        "{junit}"
    );

    let output = test(folder.path(), &["--json"]);
    let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let script = &report["flows"][0]["scripts"][1];
    assert_eq!(
        (&report["ok"], &script["line"]),
        (&Value::Bool(false), &Value::from(4))
    );
    assert_eq!(script["difference"][1], "+ < Good & bye");
    assert_eq!(report["flows"][0]["exits"]["percent"], 100);
}

#[test]
fn update_writes_what_the_bot_says_and_keeps_the_rest() {
    let old = "# kept\n> Hello\n< ... [Yes] [No]\n> [Yes]\n< Bye\n< and more\n";
    let folder = folder_with(&[("a.yaml", FLOW), ("a.chat", old)]);
    let output = test(folder.path(), &["--update"]);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    assert!(stdout(&output).contains("updated  ./a.chat\n"));
    let script = std::fs::read_to_string(folder.path().join("a.chat")).unwrap();
    assert_eq!(
        script,
        "# kept\n> Hello\n< ... [Yes] [No]\n> [Yes]\n< Good & bye\n"
    );
    let output = test(folder.path(), &["--update"]);
    assert!(stdout(&output).contains("ok       ./a.chat"));
}

#[test]
fn what_cannot_be_tested_is_said() {
    for (files, says) in [
        (&[("a.yaml", FLOW)][..], "no flow with a chat script"),
        (
            &[("a.yaml", FLOW), ("b.chat", YES)],
            "b.chat: there is no flow beside it",
        ),
    ] {
        let output = test(folder_with(files).path(), &[]);
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains(says), "{}", stderr(&output));
    }
    let folder = folder_with(&[
        ("a.yaml", "bot: 7\n"),
        ("a.chat", YES),
        ("a.x.chat", "nothing\n"),
    ]);
    let output = test(folder.path(), &[]);
    let said = stdout(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("FAILED   ./a.chat: ./a.yaml:1:"), "{said}");
    assert!(
        said.contains("FAILED   ./a.x.chat: line 1: a line starts with"),
        "{said}"
    );
}

#[test]
fn a_flow_without_a_script_that_cannot_run_is_said_too() {
    let folder = folder_with(&[("a.yaml", FLOW), ("a.chat", YES), ("b.yaml", "bot: 7\n")]);
    let output = test(folder.path(), &[]);
    let said = stdout(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("FAILED   ./b.yaml: ./b.yaml:1:"), "{said}");
    assert!(said.contains("  0 %  ./b.yaml"), "{said}");
}
