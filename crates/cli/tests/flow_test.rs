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
    assert_eq!(said.matches("100 %  ").count(), 7, "{said}");
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
        said.contains("FAILED   ./a.no.chat:4: expected \"Bye\", but got"),
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

/// An emulator in the place of the service: it posts to an address that `--listen` gets.
fn service(flow: &Path) -> (wotnot_emulator::Emulator, String) {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap().to_string();
    drop(free);
    let emulator = wotnot_emulator::Emulator::builder()
        .flow_file(flow)
        .start()
        .unwrap();
    support::post_to(&emulator, &format!("http://{address}/wotnot/events"));
    (emulator, address)
}

#[test]
fn scripts_are_played_with_a_real_service_when_it_is_named_and_after_a_warning() {
    let flow = FLOW.replace("86400", "1");
    let folder = folder_with(&[
        ("a.yaml", &flow),
        ("a.chat", YES),
        ("a.no.chat", "> Hello\n< Well?\n> [No]\n< Good bye\n"),
        (
            "a.person.chat",
            "> Hello\n< Well?\n@ I am here\n< I am here\n",
        ),
    ]);
    let (emulator, address) = service(&folder.path().join("a.yaml"));
    let live = ["flow", "test", "--target", "live", "--listen", &address];
    let run = |arguments: &[&str]| {
        let mut command = support::wotnot(&emulator, &live);
        command.args(arguments).current_dir(folder.path());
        command.env_remove("WOTNOT_BOT_KEY").output().unwrap()
    };
    let output = run(&[]);
    let said = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{said}{}", stderr(&output));
    for line in [
        "ok       ./a.chat, 2 turns\n",
        "FAILED   ./a.no.chat:4: expected \"Good bye\", but got \"Good & bye\"\n",
        "skipped  ./a.person.chat: a person writes in it",
        "3 scripts, 1 failed",
    ] {
        assert!(said.contains(line), "{said} lacks {line}");
    }
    assert!(!said.contains(" %"), "a real service does not say: {said}");
    let warned = stderr(&output);
    assert!(
        warned.contains("3 scripts become real conversations at http://127.0.0.1:"),
        "{warned}"
    );
    let visitors: std::collections::HashSet<String> = emulator
        .transcripts()
        .into_iter()
        .map(|it| it.visitor_id)
        .collect();
    assert_eq!(visitors.len(), 2, "each script is another visitor");
    for refused in [&["--coverage", "1"][..], &["--update"]] {
        let output = run(refused);
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains("only "), "{}", stderr(&output));
    }
    assert_eq!(emulator.transcripts().len(), 2, "nothing more was said");
}

#[test]
fn what_flow_new_writes_holds_and_nothing_is_written_over() {
    for template in ["lead", "support", "booking", "shop"] {
        let folder = tempfile::tempdir().unwrap();
        let new = |name: &str| {
            let mut command = bare(&["flow", "new", name, "--template", template]);
            command.args(["--name", "Our bot", "--key", "our-bot"]);
            command.current_dir(folder.path()).output().unwrap()
        };
        let output = new("mine");
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert!(
            stdout(&output).starts_with("mine.yaml\nmine.chat\n"),
            "{}",
            stdout(&output)
        );
        let flow = std::fs::read_to_string(folder.path().join("mine.yaml")).unwrap();
        assert!(
            flow.contains(r#"bot: {name: "Our bot", key: "our-bot"}"#),
            "{flow}"
        );
        let tested = test(folder.path(), &["--coverage", "100"]);
        assert_eq!(tested.status.code(), Some(0), "{}", stdout(&tested));
        let again = new("mine");
        assert_eq!(again.status.code(), Some(1));
        assert!(
            stderr(&again).contains("mine.yaml is there already"),
            "{}",
            stderr(&again)
        );
        assert_eq!(new("mine.yaml").status.code(), Some(2));
        assert_eq!(new("nowhere/mine").status.code(), Some(1));
    }
}

#[test]
fn a_script_gives_the_conversation_back_to_the_bot() {
    let folder = folder_with(&[
        (
            "a.yaml",
            "bot: {name: A, key: a}\nstart: ask\nblocks:\n  ask: {type: talk_to_human, text: Wait, next: well}\n  well: {type: input, text: Well?, next: bye}\n  bye: {type: end, text: Bye}\n",
        ),
        (
            "a.chat",
            "> Hello\n< Wait\n@ I am Ravi\n< I am Ravi\n@back\n< Well?\n> Fine\n< Bye\n",
        ),
    ]);
    let output = test(folder.path(), &["--coverage", "100"]);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
}

#[test]
fn a_bot_is_played_with_the_bots_that_it_jumps_to_and_counts_its_own_exits() {
    let first = "bot: {name: A, key: a}\nstart: go\nblocks: {go: {type: jump, bot: b}}\n";
    let second = "bot: {name: B, key: b}\nstart: ask\nblocks:\n  ask: {type: input, text: Well?, next: on}\n  on: {type: jump, bot: c, to: bye}\n";
    let third = "bot: {name: C, key: c}\nstart: bye\nblocks: {bye: {type: end, text: Bye}}\n";
    let script = "> Hello\n< Well?\n> Yes\n< Bye\n";
    let folder = folder_with(&[
        ("a.yaml", first),
        ("a.chat", script),
        ("b.yaml", second),
        ("c.yaml", third),
        // Its key is the first one's: the two cannot be deployed together, and need not be.
        ("other.yaml", &third.replace("key: c", "key: a")),
    ]);
    let output = test(folder.path(), &["--coverage", "0"]);
    let said = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(
        said.contains("100 %  ./a.yaml: 1 of 1 blocks, 1 of 1 exits\n"),
        "{said}"
    );
    assert!(
        said.contains("  0 %  ./b.yaml: 0 of 2 blocks, 0 of 2 exits\n"),
        "{said}"
    );

    std::fs::write(folder.path().join("a.chat"), "> Hello\n< Really?\n> Yes\n").unwrap();
    let output = test(folder.path(), &["--update"]);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    let updated = std::fs::read_to_string(folder.path().join("a.chat")).unwrap();
    assert_eq!(updated, script, "what the other bots say is written too");
}
