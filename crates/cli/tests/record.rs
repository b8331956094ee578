//! `wotnot record`, `wotnot replay` and `wotnot doctor --drift`: a conversation written down, played as a
//! stand-in, and compared with what the library knows.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail the test"
)]

mod support;

use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};
use support::{Running, bare, emulator, post_to, record_talk, stderr, stdout, wotnot};
use wotnot_emulator::Emulator;

/// An emulator that posts to an address which is free for `--listen`.
fn service(flow_name: &str) -> (Emulator, String) {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap().to_string();
    drop(free);
    let emulator = emulator(flow_name);
    post_to(&emulator, &format!("http://{address}/wotnot/events"));
    (emulator, address)
}

/// Records the sample conversation into a folder, as `talk.chat` and `talk.wire.json`.
fn record(folder: &Path) -> (Emulator, Value, String) {
    let (emulator, address) = service("demo.yaml");
    // Events of others come to the same webhook, and are nobody's business.
    let other = wotnot(&emulator, &["send", "--visitor", "somebody-else", "Hello"]).output();
    assert!(other.unwrap().status.success());
    let mut command = wotnot(
        &emulator,
        &[
            "record",
            "talk",
            "--listen",
            &address,
            "--visitor",
            "asha@firm.example",
        ],
    );
    command
        .args(["--set", "contact.name=Asha Rao", "--plain"])
        .current_dir(folder);
    let (fixture, script) = record_talk(command, folder);
    (emulator, fixture, script)
}

#[test]
fn a_conversation_is_recorded_without_secrets_and_personal_data() {
    let folder = tempfile::tempdir().unwrap();
    let (emulator, fixture, script) = record(folder.path());
    let calls = fixture["calls"].as_array().unwrap();
    let kinds: Vec<&Value> = calls.iter().map(|call| &call["call"]).collect();
    assert_eq!(kinds, ["start", "send", "send"]);
    assert_eq!(calls[0]["request"]["from"]["user_external_id"], "visitor-1");
    assert_eq!(
        calls[0]["answer"]["body"]["conversation"]["id"],
        "conversation-1"
    );
    assert_eq!(calls[1]["request"]["conversation_id"], "conversation-1");
    let events: Vec<&Value> = calls
        .iter()
        .flat_map(|call| call["events"].as_array().unwrap())
        .collect();
    let mine = emulator
        .transcripts()
        .into_iter()
        .find(|it| it.visitor_id == "asha@firm.example")
        .unwrap();
    assert_eq!(
        events.len(),
        mine.entries.len(),
        "every event, and no other"
    );
    assert!(
        events
            .iter()
            .all(|event| event["conversation"]["key"] == "conversation-1")
    );
    let all = fixture.to_string() + &script;
    for secret in [
        emulator.token(),
        support::WEBHOOK_TOKEN,
        "Asha",
        "firm.example",
        "somebody-else",
        &mine.conversation,
    ] {
        assert!(!all.contains(secret), "{secret} is in {all}");
    }
    assert!(
        script.contains("$ contact.name = Visitor Name\n> Hello\n< Hi Visitor Name\n"),
        "{script}"
    );
}

#[test]
fn what_was_recorded_is_a_script_that_holds() {
    let folder = tempfile::tempdir().unwrap();
    record(folder.path());
    let flow = support::flow("demo.yaml");
    let mut command = bare(&["demo", "--script", "talk.chat", "--flow"]);
    let output = command
        .arg(flow)
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}{}",
        stdout(&output),
        stderr(&output)
    );
}

#[test]
fn a_recording_stands_in_for_the_service() {
    let folder = tempfile::tempdir().unwrap();
    let (_, fixture, _) = record(folder.path());
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap().to_string();
    drop(free);
    let mut command = bare(&["replay", "talk.wire.json", "--once", "--json", "--webhook"]);
    command
        .arg(format!("http://{address}/wotnot/events"))
        .env("WOTNOT_WEBHOOK_TOKEN", "another-token")
        .stderr(Stdio::piped())
        .current_dir(folder.path());
    let mut replay = Running::start(command);
    let ready: Value = serde_json::from_str(&replay.line()).unwrap();
    assert_eq!(
        (&ready["event"], &ready["calls"]),
        (&json!("ready"), &json!(3))
    );
    let mut chat = bare(&["chat", "--plain", "--listen", &address, "--visitor", "v9"]);
    chat.args(["--set", "contact.name=Ravi"])
        .env("WOTNOT_BASE_URL", ready["base_url"].as_str().unwrap())
        .env("WOTNOT_TOKEN", "any")
        .env("WOTNOT_BOT_KEY", "lead-bot")
        .env("WOTNOT_WEBHOOK_TOKEN", "another-token");
    let mut chat = Running::start(chat);
    for (said, heard) in [("Hello", "Our site"), ("1", "How old"), ("30", "Thank you")] {
        chat.type_line(said);
        chat.await_line(heard);
    }
    assert_eq!(chat.end().0, Some(0));
    let mut complaints = replay.child.stderr.take().unwrap();
    let (code, _) = replay.end();
    let mut said = String::new();
    std::io::Read::read_to_string(&mut complaints, &mut said).unwrap();
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(said, "", "{fixture}");
}

#[test]
fn a_call_that_differs_from_the_recorded_one_is_reported_without_its_words() {
    let folder = tempfile::tempdir().unwrap();
    record(folder.path());
    let mut command = bare(&["replay", "talk.wire.json", "--json"]);
    command.stderr(Stdio::piped()).current_dir(folder.path());
    let mut replay = Running::start(command);
    let ready: Value = serde_json::from_str(&replay.line()).unwrap();
    let base_url = ready["base_url"].as_str().unwrap();
    let send = |arguments: &[&str]| {
        let mut command = bare(&["send"]);
        command
            .args(arguments)
            .env("WOTNOT_BASE_URL", base_url)
            .env("WOTNOT_TOKEN", "any")
            .env("WOTNOT_BOT_KEY", "lead-bot");
        command.output().unwrap()
    };
    let early = send(&["--conversation", "conversation-1", "hush"]);
    assert_eq!(early.status.code(), Some(4), "{}", stderr(&early));
    assert!(
        stderr(&early).contains("call 1 of the recording"),
        "{}",
        stderr(&early)
    );
    let started = send(&["--visitor", "v", "hush"]);
    assert_eq!(started.status.code(), Some(0), "{}", stderr(&started));
    assert_eq!(stdout(&started), "conversation conversation-1\n");
    let mut complaints = replay.child.stderr.take().unwrap();
    assert_eq!(support::stop(&mut replay.child, "INT"), Some(1));
    let mut said = String::new();
    std::io::Read::read_to_string(&mut complaints, &mut said).unwrap();
    assert!(
        said.contains("call 1: message.data.body: another value than was recorded"),
        "{said}"
    );
    assert!(
        said.contains("call 1: the body: `variables` is missing"),
        "{said}"
    );
    assert!(!said.contains("hush"), "{said}");
}

#[test]
fn nothing_is_recorded_over_and_no_message_sent_then() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("talk.wire.json"), "").unwrap();
    let (emulator, address) = service("demo.yaml");
    let mut command = wotnot(&emulator, &["record", "talk", "--listen", &address]);
    let output = command
        .args(["--say", "Hello"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("talk.wire.json is there already"),
        "{}",
        stderr(&output)
    );
    assert!(emulator.transcripts().is_empty());
}

#[test]
fn the_emulators_wire_has_no_drift_and_what_is_added_or_gone_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (_, mut fixture, _) = record(folder.path());
    let drift = |fixture: &Value| {
        let file = folder.path().join("x.wire.json");
        std::fs::write(&file, fixture.to_string()).unwrap();
        let mut command = bare(&["doctor", "--drift"]);
        let output = command.arg(&file).output().unwrap();
        (output.status.code(), stdout(&output) + &stderr(&output))
    };
    let (code, said) = drift(&fixture);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("3 calls and"), "{said}");
    let start = &mut fixture["calls"][0];
    start["answer"]["body"]["conversation"]["hush_region"] = json!("hush value");
    start["answer"]["body"]["conversation"]["id"] = Value::Null;
    start["events"][0]["event"]["payload"]["brand"] = json!({"name": "hush value"});
    let (code, said) = drift(&fixture);
    assert_eq!(code, Some(1), "{said}");
    for line in [
        "unknown  answer of the start: conversation.hush_region (1 time)",
        "missing  answer of the start: conversation.id (1 time)",
        "unknown  event conversation_create: brand (1 time)",
    ] {
        assert!(said.lines().any(|each| each == line), "{said} lacks {line}");
    }
    assert!(!said.contains("hush value"), "{said}");
    let (code, said) = drift(&json!({"fixture": 1, "calls": "hush value"}));
    assert_eq!(code, Some(2));
    assert!(
        said.contains("x.wire.json:1:") && !said.contains("hush value"),
        "{said}"
    );
}

/// Every kind of block and event that the emulator knows is one that `--drift` knows.
#[test]
fn all_that_the_emulator_posts_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let kinds = ["label", "note", "sla_breached", "message_status"];
    for (flow, script) in [
        ("feedback.yaml", "feedback.chat"),
        ("appointment.yaml", "appointment.chat"),
        ("order-status.yaml", "order-status.chat"),
        ("hand-over.yaml", "hand-over.chat"),
        ("shop.yaml", "shop.chat"),
    ] {
        let sink = emulator(flow);
        let text = std::fs::read_to_string(support::flow(script)).unwrap();
        let mut command = wotnot(&sink, &["send", "--visitor", "v", "--json", "Hello"]);
        let started: Value = serde_json::from_str(&stdout(&command.output().unwrap())).unwrap();
        let id = started["value"]["conversation"]["id"].as_str().unwrap();
        for line in text
            .lines()
            .filter_map(|line| line.strip_prefix("> "))
            .skip(1)
        {
            let said = line.trim_matches(['[', ']']);
            // Whatever the bot makes of it, it says something.
            let _ = wotnot(&sink, &["send", "--conversation", id, said]).output();
        }
        for kind in kinds {
            let url = format!("{}/conversations/{id}/events", sink.control_url());
            let (base, path) = url.split_at(sink.base_url().len());
            let answer =
                support::emulating::post(base, path, "", &json!({"type": kind}).to_string());
            assert!(answer.contains("200 OK"), "{answer}");
        }
        let transcript = sink.transcript(id).unwrap();
        let events: Vec<Value> = transcript.entries.into_iter().map(|it| it.event).collect();
        let mut call = json!({"call": "start", "request": {}, "events": events});
        call["answer"] = json!({"status": 200, "body": {"conversation": {"id": id}, "contact": {"visitor_key": "v"}}});
        let file = folder.path().join("all.wire.json");
        std::fs::write(&file, json!({"fixture": 1, "calls": [call]}).to_string()).unwrap();
        let mut command = bare(&["doctor", "--json", "--drift"]);
        let output = command.arg(&file).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{flow}: {}", stdout(&output));
    }
}

#[test]
fn every_command_has_a_man_page() {
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("man");
    let output = bare(&["man"]).arg(&pages).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let help = stdout(&bare(&["--help"]).output().unwrap());
    let commands = help.split("Commands:\n").nth(1).unwrap();
    let names: Vec<&str> = commands
        .lines()
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next())
        .filter(|name| !name.is_empty() && *name != "help")
        .collect();
    assert!(names.len() > 12, "{names:?}");
    for name in names {
        let page = std::fs::read_to_string(pages.join(format!("wotnot-{name}.1"))).unwrap();
        assert!(
            page.contains("Exit codes") || name == "gateway",
            "{name}: {page}"
        );
    }
    let test = std::fs::read_to_string(pages.join("wotnot-flow-test.1")).unwrap();
    assert!(test.contains("coverage"), "{test}");
}
