//! `wotnot demo` as a newcomer runs it: no account, no network, and often no terminal.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail the test"
)]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn flow(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../flows")
        .join(name)
}

fn demo(arguments: &[&str], input: Option<&str>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wotnot"));
    run(command.arg("demo").args(arguments), input)
}

fn run(command: &mut Command, input: Option<&str>) -> Output {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    if input.is_some() {
        command.stdin(Stdio::piped());
    }
    let mut child = command.spawn().unwrap();
    if let Some(input) = input {
        child
            .stdin
            .take()
            .unwrap()
            .write_all(input.as_bytes())
            .unwrap();
    }
    child.wait_with_output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn complained(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn with_neither_terminal_nor_input_the_sample_conversation_is_played() {
    let output = demo(&[], None);
    let text = said(&output);
    assert!(output.status.success(), "{text}{}", complained(&output));
    for line in [
        "> Hello",
        "< Hi Asha",
        "> [Sales]",
        "    18 to 99 years",
        "< Thank you",
    ] {
        assert!(text.lines().any(|each| each == line), "{line}: {text}");
    }
    assert!(
        text.contains("as flows/demo.chat expects: 3 turns"),
        "{text}"
    );
}

#[test]
fn every_sample_flow_holds_its_conversation_through_the_real_client() {
    let flows = std::fs::read_dir(flow("")).unwrap();
    let mut played = 0;
    for script in flows.map(|entry| entry.unwrap().path()) {
        if script.extension().is_none_or(|kind| kind != "chat") {
            continue;
        }
        // NAME.chat and NAME.*.chat are scripts of NAME.yaml.
        let name = script.file_name().unwrap().to_str().unwrap();
        let bot = flow(&format!("{}.yaml", name.split('.').next().unwrap()));
        let output = demo(
            &[
                "--flow",
                bot.to_str().unwrap(),
                "--script",
                script.to_str().unwrap(),
            ],
            None,
        );
        assert!(
            output.status.success(),
            "{}: {}{}",
            script.display(),
            said(&output),
            complained(&output)
        );
        played += 1;
    }
    assert!(played >= 6, "only {played} scripts were found");
}

#[test]
fn lines_from_a_pipe_answer_by_number_and_by_label() {
    for answer in ["1", "sales"] {
        let output = demo(&["--name", "Ravi"], Some(&format!("Hello\n{answer}\n30\n")));
        let text = said(&output);
        assert!(output.status.success(), "{text}{}", complained(&output));
        assert!(text.contains("< Hi Ravi"), "{text}");
        assert!(text.contains("> [Sales]"), "{text}");
        assert!(
            text.ends_with("< Thank you\n-- the conversation has ended\n"),
            "{text}"
        );
        assert!(!text.contains('\u{1b}'), "no colour in a pipe: {text:?}");
    }
}

#[test]
fn a_form_is_filled_in_line_by_line_and_says_which_field_is_next() {
    let bot = flow("appointment.yaml");
    let answers = "Hello\nAsha\nasha@example.com\nHaircut\n\n31/12/2098\nyes\n";
    let output = demo(&["--flow", bot.to_str().unwrap()], Some(answers));
    let text = said(&output);
    assert!(
        text.contains("  E-mail:\n  Treatment (Haircut, Colour):\n  Note (may be left empty):\n"),
        "{text}"
    );
    assert!(
        text.contains(
            "> form: Name = Asha; E-mail = asha@example.com; Treatment = Haircut; Note ="
        ),
        "{text}"
    );
    assert!(
        text.contains("< Booked. A mail goes to asha@example.com."),
        "{text}"
    );
}

#[test]
fn what_is_not_offered_is_asked_for_again() {
    let output = demo(&[], Some("Hello\n7\nOur site\n1\nmany\n30\n"));
    let text = said(&output);
    assert!(text.contains("! Pick 1 to 2 or type a label."), "{text}");
    assert!(text.contains("! Type a number."), "{text}");
    assert!(text.contains("< Thank you"), "{text}");
}

#[test]
fn a_person_takes_over_and_the_bot_is_silent() {
    let output = demo(&[], Some("Hello\n1\n70\nIs anybody there?\n"));
    let text = said(&output);
    assert!(output.status.success(), "{text}{}", complained(&output));
    assert!(
        text.ends_with("-- a person takes over and answers when they can\n> Is anybody there?\n"),
        "{text}"
    );
}

#[test]
fn a_bot_that_says_something_else_fails_with_the_line_and_both_texts() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("wrong.chat");
    for (text, problem) in [
        (
            "> Hello\n< Hi there\n< What is it about?\n> [Sales]\n< How old?\n",
            ":2: expected \"Hi there\", but got \"Hi \"",
        ),
        (
            "> Hello\n< Hi\n< What is it about?\n> [Sales]\n< How old?\n",
            ":5: expected \"How old?\", but got \"How old are you?\"",
        ),
        (
            "> Hello\n< Hi\n< What is it about?\n< And more?\n",
            ":4: expected \"And more?\", but the bot said nothing more",
        ),
        (
            "> Hello\n< Hi\n< What is it about?\n> [Buy]\n",
            ":4: [Buy] is not offered: [Sales] [Our site]",
        ),
        (
            "> Hello\n< Hi\n",
            ":2: expected nothing more, but got \"What is it about? [Sales] [Our site]\"",
        ),
    ] {
        std::fs::write(&script, text).unwrap();
        let output = demo(&["--script", script.to_str().unwrap()], None);
        assert_eq!(output.status.code(), Some(1), "{}", said(&output));
        let complaint = complained(&output);
        let problem = problem.replace("\"Hi \"", "\"Hi\"");
        assert!(complaint.contains(&problem), "{complaint} lacks {problem}");
    }
}

#[test]
fn a_script_or_flow_that_cannot_be_used_ends_with_2() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("none.chat");
    std::fs::write(&script, "Hello\n").unwrap();
    let wrong_flow = folder.path().join("wrong.yaml");
    std::fs::write(&wrong_flow, "bot: {name: A}\nstart: nowhere\nblocks: {}\n").unwrap();
    for (arguments, problem) in [
        (
            ["--script", script.to_str().unwrap()],
            "line 1: a line starts with",
        ),
        (["--script", "no-such-file.chat"], "no-such-file.chat"),
        (
            ["--flow", "no-such-file.yaml"],
            "no input to answer this bot with",
        ),
        (["--flow", wrong_flow.to_str().unwrap()], "wrong.yaml"),
    ] {
        let input = arguments[1].contains("wrong").then_some("Hello\n");
        let output = demo(&arguments, input);
        assert_eq!(output.status.code(), Some(2), "{}", complained(&output));
        assert!(
            complained(&output).contains(problem),
            "{}",
            complained(&output)
        );
    }
}

#[test]
fn a_bot_that_jumps_to_those_beside_it_is_demonstrated_with_them() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write(
        "a.yaml",
        "bot: {name: A, key: a}\nstart: go\nblocks: {go: {type: jump, bot: b}}\n",
    );
    write(
        "b.yml",
        "bot: {name: B, key: b}\nstart: ask\nblocks:\n  ask: {type: input, text: Well?, next: on}\n  on: {type: jump, bot: c}\n",
    );
    write("unrelated.yaml", "services: {web: {image: nginx}}\n");
    let demo = |flow: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wotnot"));
        command.current_dir(folder.path());
        run(command.args(["demo", "--flow", flow]), Some("Hello\nYes\n"))
    };

    let missing = demo("a.yaml");
    let expected = "wotnot demo: a.yaml: a jump leads to the bot `c`, which no flow beside it has; the bot is silent from there on\n";
    assert_eq!(complained(&missing), expected);
    assert!(said(&missing).contains("< Well?\n"), "{}", said(&missing));

    write(
        "c.yaml",
        "bot: {name: C, key: c}\nstart: bye\nblocks: {bye: {type: end, text: Bye}}\n",
    );
    for flow in ["a.yaml", "./a.yaml"] {
        let whole = demo(flow);
        assert_eq!(
            (whole.status.code(), complained(&whole).as_str()),
            (Some(0), "")
        );
        assert!(
            said(&whole).contains("the bot \"A\" runs") && said(&whole).contains("< Bye\n"),
            "{}",
            said(&whole)
        );
    }
}

#[test]
fn a_transcript_is_a_script_that_plays_again() {
    let folder = tempfile::tempdir().unwrap();
    let transcript = folder.path().join("talk.chat");
    let transcript = transcript.to_str().unwrap();
    let talked = demo(
        &["--transcript", transcript],
        Some("Hello [you]\nsales\n17\n30\n"),
    );
    assert!(talked.status.success(), "{}", complained(&talked));
    let text = std::fs::read_to_string(transcript).unwrap();
    assert!(
        text.starts_with("$ contact.name = there\n> Hello \\[you\\]\n< Hi there\n"),
        "{text}"
    );
    let replayed = demo(&["--script", transcript], None);
    assert!(replayed.status.success(), "{text}{}", complained(&replayed));
}

#[cfg(unix)]
#[test]
fn a_closed_input_is_no_input_and_a_reader_that_leaves_is_no_failure() {
    let binary = env!("CARGO_BIN_EXE_wotnot");
    for (shell, expected) in [
        (format!("'{binary}' demo <&-"), "as flows/demo.chat expects"),
        (
            format!("{{ '{binary}' demo </dev/null; echo \"ended with $?\" >&2; }} | true"),
            "ended with 0",
        ),
    ] {
        let output = Command::new("sh").args(["-c", &shell]).output().unwrap();
        let text = said(&output) + &complained(&output);
        assert!(text.contains(expected), "{text}");
    }
}
