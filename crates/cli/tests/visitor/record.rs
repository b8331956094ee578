//! `wotnot record --gateway`, `wotnot replay` and `wotnot doctor --drift` of what it wrote.

use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::{Running, bare, record_talk, stderr, stdout};
use crate::{Shop, identity};

const TALK: [(&str, &str); 3] = [("Hello", "Our site"), ("1", "How old"), ("30", "Thank you")];

/// Records the sample conversation into a folder, as `talk.chat` and `talk.wire.json`.
fn record(folder: &Path) -> (Shop, Value, String) {
    let shop = Shop::with("demo.yaml", |_| {});
    std::fs::write(folder.join("identity"), identity("asha@firm.example")).unwrap();
    let mut command = shop.command(&["record", "talk", "--identity-file", "identity"]);
    command
        .args(["--set", "contact.name=Asha Rao"])
        .current_dir(folder);
    let (fixture, script) = record_talk(command, folder);
    (shop, fixture, script)
}

#[test]
fn the_wire_of_a_visitor_is_recorded_without_secrets_and_personal_data() {
    let folder = tempfile::tempdir().unwrap();
    let (shop, fixture, script) = record(folder.path());
    assert_eq!(fixture["wire"], "gateway");
    let calls = fixture["calls"].as_array().unwrap();
    let kinds: Vec<&Value> = calls.iter().map(|call| &call["call"]).collect();
    assert_eq!(kinds, ["session", "start", "send", "send"]);
    assert_eq!(
        calls[0]["request"],
        json!({"app": "shop-app", "identity": "[secret]"})
    );
    assert_eq!(calls[0]["answer"]["body"]["token"], "[secret]");
    assert_eq!(calls[0]["answer"]["body"]["refresh"], "[secret]");
    assert_eq!(calls[0]["answer"]["body"]["visitor"]["id"], "visitor-1");
    assert_eq!(calls[1]["request"]["client_id"], "client-1");
    assert_eq!(calls[2]["request"]["option"], "o1");
    assert_eq!(
        calls[1]["answer"]["body"]["conversation"]["id"],
        "conversation-1"
    );
    let seqs: Vec<u64> = calls
        .iter()
        .flat_map(|call| call["events"].as_array().unwrap())
        .map(|entry| entry["seq"].as_u64().unwrap())
        .collect();
    let expected: Vec<u64> = (1..).take(seqs.len()).collect();
    assert_eq!(seqs, expected, "every entry, once and in order");
    let mine = &shop.emulator.transcripts()[0];
    let all = fixture.to_string() + &script;
    for secret in ["hush", "Asha", "firm.example", &mine.visitor_id, "eyJ"] {
        assert!(!all.contains(secret), "{secret} is in {all}");
    }
    assert!(
        script.contains("$ contact.name = Visitor Name\n> Hello\n< Hi Visitor Name\n"),
        "{script}"
    );
}

/// `wotnot replay` of the recording, and its URL.
fn replay(folder: &Path) -> (Running, String) {
    let mut command = bare(&["replay", "talk.wire.json", "--once", "--json"]);
    command.stderr(Stdio::piped()).current_dir(folder);
    let mut replay = Running::start(command);
    let ready: Value = serde_json::from_str(&replay.line()).unwrap();
    assert_eq!(ready["calls"], 4);
    let url = ready["base_url"].as_str().unwrap().to_owned();
    (replay, url)
}

fn errors(replay: &mut Running) -> String {
    let mut text = String::new();
    let mut stderr = replay.child.stderr.take().unwrap();
    std::io::Read::read_to_string(&mut stderr, &mut text).unwrap();
    text
}

fn chat(folder: &Path, url: &str) -> Running {
    std::fs::write(folder.join("identity"), identity("ravi")).unwrap();
    let mut command = bare(&["chat", "--gateway", url, "--app", "shop-app"]);
    command
        .args(["--identity-file", "identity", "--set", "contact.name=Ravi"])
        .current_dir(folder);
    Running::start(command)
}

#[test]
fn a_recording_stands_in_for_the_gateway() {
    let folder = tempfile::tempdir().unwrap();
    record(folder.path());
    let (mut replay, url) = replay(folder.path());
    let mut chat = chat(folder.path(), &url);
    for (said, heard) in TALK {
        chat.type_line(said);
        chat.await_line(heard);
    }
    assert_eq!(chat.end().0, Some(0));
    assert_eq!(errors(&mut replay), "");
    assert_eq!(replay.end().0, Some(0), "it ends by itself");
}

#[test]
fn another_answer_than_the_recorded_one_is_reported_by_its_field() {
    let folder = tempfile::tempdir().unwrap();
    record(folder.path());
    let (mut replay, url) = replay(folder.path());
    let mut chat = chat(folder.path(), &url);
    for (said, heard) in [("Hi", "Our site"), ("1", "How old"), ("31", "Thank you")] {
        chat.type_line(said);
        chat.await_line(heard);
    }
    assert_eq!(chat.end().0, Some(0));
    assert_eq!(
        errors(&mut replay),
        "wotnot replay: call 2: text: another value than was recorded\n\
         wotnot replay: call 4: value: another value than was recorded\n"
    );
    assert_eq!(replay.end().0, Some(1));
}

#[test]
fn a_gateway_of_this_version_has_no_drift_and_another_one_has() {
    let folder = tempfile::tempdir().unwrap();
    let (_shop, mut fixture, _) = record(folder.path());
    let drift = || {
        let mut command = bare(&["doctor", "--drift", "talk.wire.json"]);
        command.current_dir(folder.path()).output().unwrap()
    };
    let output = drift();
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    assert!(
        stdout(&output).starts_with("4 calls and "),
        "{}",
        stdout(&output)
    );
    fixture["calls"][1]["answer"]["body"]["message"]["mood"] = json!("good");
    let event = &mut fixture["calls"][1]["events"][0];
    event.as_object_mut().unwrap().remove("by");
    std::fs::write(folder.path().join("talk.wire.json"), fixture.to_string()).unwrap();
    let output = drift();
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert_eq!(
        stdout(&output),
        "unknown  answer of the start: message.mood (1 time)\nmissing  entry message: by (1 time)\n"
    );
}

#[test]
fn a_replay_of_a_gateway_has_no_webhook() {
    let folder = tempfile::tempdir().unwrap();
    record(folder.path());
    let mut command = bare(&[
        "replay",
        "talk.wire.json",
        "--webhook",
        "http://127.0.0.1:9/x",
    ]);
    let output = command.current_dir(folder.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("--webhook: this was recorded through a gateway"));
}
