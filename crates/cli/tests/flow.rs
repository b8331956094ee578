//! `wotnot flow` as a user runs it: the program itself, its output and its exit code.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail the test"
)]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

const FAULTY: &str = "bot: {name: A, key: b}\nstart: a\nblocks:\n  a: {type: message, text: Hi, next: bye}\n  by: {type: end}\n";

const FLOW: &str = "bot: {name: A, key: b}\nstart: a\nblocks:\n  a: {type: end, text: Bye}\n";

fn wotnot(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_wotnot"))
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn folder_with(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        std::fs::write(folder.path().join(name), content).unwrap();
    }
    folder
}

fn flows() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../flows")
}

#[test]
fn a_faulty_flow_is_shown_with_place_source_caret_and_hint_and_exit_code_1() {
    let folder = folder_with(&[("f.yaml", FAULTY.as_bytes())]);
    let output = wotnot(folder.path(), &["flow", "check", "f.yaml"]);
    assert_eq!(output.status.code(), Some(1));
    let shown = stdout(&output);
    assert!(
        shown.starts_with("error[unknown_target]: there is no block `bye`\n --> f.yaml:4:38\n"),
        "{shown}"
    );
    assert!(
        shown.contains("  |                                      ^^^\n"),
        "{shown}"
    );
    assert!(shown.contains("= help: did you mean `by`?"), "{shown}");
    assert!(shown.ends_with("1 error, 1 warning\n"), "{shown}");
    assert!(!shown.contains('\u{1b}'), "no colours in a pipe");
}

#[test]
fn json_has_every_finding_with_its_place() {
    let folder = folder_with(&[("f.yaml", FAULTY.as_bytes())]);
    let output = wotnot(folder.path(), &["flow", "check", "f.yaml", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["ok"], false);
    let finding = &report["files"][0]["findings"][0];
    assert_eq!(finding["code"], "unknown_target");
    assert_eq!(finding["severity"], "error");
    assert_eq!(
        (&finding["file"], &finding["line"], &finding["column"]),
        (&"f.yaml".into(), &4.into(), &38.into())
    );
    assert_eq!(finding["hint"], "did you mean `by`?");
}

#[test]
fn every_sample_flow_is_clean_and_exit_code_0() {
    let mut samples: Vec<String> = std::fs::read_dir(flows())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".yaml"))
        .collect();
    samples.sort();
    assert!(samples.len() >= 6, "{samples:?}");
    let arguments: Vec<&str> = ["flow", "check"]
        .into_iter()
        .chain(samples.iter().map(String::as_str))
        .collect();
    let output = wotnot(&flows(), &arguments);
    assert_eq!(
        stdout(&output),
        format!("{} files: nothing wrong\n", samples.len())
    );
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn files_that_cannot_be_read_and_wrong_arguments_are_exit_code_2() {
    let folder = folder_with(&[
        ("latin.yaml", b"bot: {name: caf\xe9}"),
        ("f.yaml", FAULTY.as_bytes()),
    ]);
    for (arguments, said) in [
        (
            &["flow", "check", "gone.yaml", "f.yaml"][..],
            "gone.yaml: No such file",
        ),
        (
            &["flow", "check", "latin.yaml"],
            "latin.yaml: line 1, column 16 is not UTF-8 text",
        ),
        (&["flow", "check"], "required arguments"),
        (&["flow", "graph", "gone.yaml"], "gone.yaml: No such file"),
        (
            &["flow", "graph", "f.yaml", "--format", "png"],
            "invalid value 'png'",
        ),
    ] {
        let output = wotnot(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert!(complaint.contains(said), "{arguments:?}: {complaint}");
    }
}

#[test]
fn graph_draws_mermaid_unless_svg_is_asked_for() {
    let mermaid = wotnot(&flows(), &["flow", "graph", "demo.yaml"]);
    assert!(stdout(&mermaid).contains("flowchart TD\n"));
    let svg = wotnot(&flows(), &["flow", "graph", "demo.yaml", "--format", "svg"]);
    assert!(stdout(&svg).starts_with("<svg ") && stdout(&svg).ends_with("</svg>\n"));
    assert_eq!(
        (mermaid.status.code(), svg.status.code()),
        (Some(0), Some(0))
    );
}

#[test]
fn a_flow_that_cannot_be_read_is_not_drawn_and_the_first_reason_is_given() {
    let folder = folder_with(&[(
        "f.yaml",
        b"bot: {name: A, key: b}\nstart: a\nblocks: {a: {type: ed}}\n",
    )]);
    let output = wotnot(folder.path(), &["flow", "graph", "f.yaml"]);
    assert_eq!(output.status.code(), Some(2));
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(
        complaint.contains("f.yaml:3:20: error[unknown_type]: `ed` is not a block type"),
        "{complaint}"
    );
}

#[test]
fn the_examples_of_the_documentation_are_true() {
    let page = std::fs::read_to_string(flows().join("../docs/flows.md")).unwrap();
    let example = page
        .split("```yaml\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    let console = page
        .split("```console\n$ wotnot flow check my-flow.yaml\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    let folder = folder_with(&[
        ("good.yaml", example.as_bytes()),
        ("my-flow.yaml", FAULTY.as_bytes()),
    ]);
    assert_eq!(
        stdout(&wotnot(folder.path(), &["flow", "check", "good.yaml"])),
        "1 file: nothing wrong\n"
    );
    let shown = stdout(&wotnot(folder.path(), &["flow", "check", "my-flow.yaml"]));
    assert!(shown.starts_with(console.trim_end()), "{shown}");
}

#[test]
fn a_flow_that_cannot_run_is_drawn_and_what_is_wrong_is_said() {
    let folder = folder_with(&[("f.yaml", FAULTY.as_bytes())]);
    for arguments in [
        &["flow", "graph", "f.yaml"][..],
        &["flow", "graph", "f.yaml", "--json"],
    ] {
        let output = wotnot(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(1));
        let said = stdout(&output) + &String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("there is no block `bye`"), "{said}");
    }
}

#[test]
#[cfg(unix)]
fn an_endless_file_is_read_up_to_what_a_flow_may_have() {
    let folder = folder_with(&[]);
    for command in ["check", "graph"] {
        let output = wotnot(folder.path(), &["flow", command, "/dev/zero"]);
        assert_eq!(output.status.code(), Some(2));
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("a flow has at most"), "{said}");
    }
}

#[test]
fn folders_and_standard_input_are_checked_too() {
    let folder = folder_with(&[
        ("good.yaml", FLOW.as_bytes()),
        ("bad.yml", FAULTY.as_bytes()),
        ("x.txt", b"x"),
    ]);
    let inner = folder.path().join("inner");
    std::fs::create_dir(&inner).unwrap();
    std::fs::create_dir(folder.path().join("empty")).unwrap();
    std::fs::write(inner.join("latin.yaml"), b"bot: {name: caf\xe9}\n").unwrap();
    let output = wotnot(folder.path(), &["flow", "check", "--json", "."]);
    assert_eq!(output.status.code(), Some(2));
    let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let files = report["files"].as_array().unwrap();
    let names: Vec<&str> = files
        .iter()
        .map(|file| file["file"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["./bad.yml", "./good.yaml", "./inner/latin.yaml"]);
    let error = files[2]["error"].as_str().unwrap();
    assert!(
        error.starts_with("line 1, column 16 is not UTF-8"),
        "{error}"
    );
    let output = wotnot(folder.path(), &["flow", "check", "empty"]);
    assert_eq!(output.status.code(), Some(2));

    let piped = |text: &str, arguments: &[&str]| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_wotnot"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(text.as_bytes())
            .unwrap();
        child.wait_with_output().unwrap()
    };
    let output = piped(FAULTY, &["flow", "check", "-"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stdout(&output).contains("--> -:4:38"),
        "{}",
        stdout(&output)
    );
    assert_eq!(piped(FLOW, &["flow", "check", "-"]).status.code(), Some(0));
    assert!(stdout(&piped(FLOW, &["flow", "graph", "-"])).contains("flowchart"));
}

#[test]
fn jumps_between_files_that_are_checked_together_are_looked_up() {
    let flow = |key: &str, block: &str| {
        format!("bot: {{name: A, key: {key}}}\nstart: a\nblocks:\n  a: {block}\n")
    };
    let folder = folder_with(&[
        ("a.yaml", flow("a", "{type: jump, bot: bb}").as_bytes()),
        (
            "b.yaml",
            flow("b", "{type: jump, bot: a, to: x}").as_bytes(),
        ),
    ]);
    let output = wotnot(
        folder.path(),
        &["flow", "check", "a.yaml", "b.yaml", "--json"],
    );
    assert_eq!(output.status.code(), Some(1));
    let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let findings = |file: usize| report["files"][file]["findings"].clone();
    assert_eq!(findings(0)[0]["code"], "unknown_bot", "{report}");
    assert_eq!(
        (&findings(1)[0]["code"], &findings(1)[0]["column"]),
        (&Value::from("unknown_target"), &Value::from(31)),
        "{report}"
    );
    // Of a single file's neighbours nothing is known.
    let output = wotnot(folder.path(), &["flow", "check", "a.yaml"]);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
}
