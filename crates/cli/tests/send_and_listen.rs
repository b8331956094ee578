//! `wotnot send` and `wotnot listen` as scripts use them: exit codes and JSON.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail the test"
)]

mod support;

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use serde_json::{Value, json};
use support::{Running, bare, emulator, post_to, stderr, stdout, wotnot};
use wotnot_emulator::Emulator;

#[test]
fn a_conversation_is_started_answered_and_listened_to() {
    let emulator = emulator("demo.yaml");
    let mut listener = Running::start(wotnot(&emulator, &["listen", "--json", "--count", "5"]));
    let listening: Value = serde_json::from_str(&listener.line()).unwrap();
    assert_eq!(listening["type"], "listening");
    post_to(&emulator, listening["webhook_url"].as_str().unwrap());

    let arguments = [
        "send",
        "--visitor",
        "v1",
        "--set",
        "contact.name=Asha",
        "--json",
        "Hello",
    ];
    let started = wotnot(&emulator, &arguments).output().unwrap();
    assert_eq!(started.status.code(), Some(0), "{}", stderr(&started));
    let started: Value = serde_json::from_str(&stdout(&started)).unwrap();
    let id = started["value"]["conversation"]["id"].as_str().unwrap();
    listener.await_line("\"text\":\"Hi Asha\"");

    let answer = json!({"type": "text", "data": {"body": "Sales"}}).to_string();
    let arguments = ["send", "--conversation", id, "--message", &answer];
    let sent = wotnot(&emulator, &arguments).output().unwrap();
    assert_eq!(sent.status.code(), Some(0), "{}", stderr(&sent));
    assert!(stdout(&sent).starts_with("message "), "{}", stdout(&sent));
    let echo: Value = serde_json::from_str(&listener.await_line("\"by\":\"visitor\"")).unwrap();
    assert_eq!(echo["conversation_id"], id);
    let (code, _) = listener.end();
    assert_eq!(code, Some(0), "five events were printed");
}

#[test]
fn a_send_waits_for_the_bots_whole_turn() {
    let emulator = emulator("demo.yaml");
    let started = wotnot(&emulator, &["send", "--visitor", "v1", "--json", "Hello"]).output();
    let started: Value = serde_json::from_str(&stdout(&started.unwrap())).unwrap();
    let id = started["value"]["conversation"]["id"].as_str().unwrap();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap().to_string();
    drop(free);
    post_to(&emulator, &format!("http://{address}/wotnot/events"));
    let arguments = ["send", "--conversation", id, "--wait", "--listen", &address];
    let output = wotnot(&emulator, &arguments)
        .args(["--json", "Sales"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let turn: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(turn["value"]["ended"], "prompt", "{turn}");
    assert!(turn["value"]["message_id"].is_string(), "{turn}");
    let shown = wotnot(&emulator, &arguments).arg("30").output().unwrap();
    assert_eq!(shown.status.code(), Some(0), "{}", stderr(&shown));
    assert!(!stdout(&shown).trim().is_empty());
}

#[test]
fn a_send_that_starts_a_conversation_waits_for_the_bots_first_turn() {
    let emulator = emulator("demo.yaml");
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap().to_string();
    drop(free);
    post_to(&emulator, &format!("http://{address}/wotnot/events"));
    let send = |visitor: &str, json: &[&str]| {
        let arguments = ["send", "--visitor", visitor, "--wait", "--listen", &address];
        let mut command = wotnot(&emulator, &arguments);
        let output = command
            .args(["--set", "contact.name=Asha", "Hello"])
            .args(json)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        stdout(&output)
    };
    let value: Value = serde_json::from_str(&send("v1", &["--json"])).unwrap();
    let turn = &value["value"]["turn"];
    assert_eq!(turn["ended"], "prompt", "{value}");
    assert!(turn["text"].as_str().unwrap().starts_with("Hi Asha\n"));
    assert_eq!(turn["prompt"]["kind"], "choice", "{value}");
    let events = turn["events"].as_array().unwrap();
    assert!(events.iter().all(|event| event.get("late").is_none()));
    let id = value["value"]["conversation"]["id"].as_str().unwrap();
    assert!(events.iter().all(|event| event["conversation_id"] == id));
    let shown = send("v2", &[]);
    let mut lines = shown.lines();
    assert!(
        lines.next().unwrap().starts_with("conversation "),
        "{shown}"
    );
    assert_eq!(lines.next(), Some("Hi Asha"), "{shown}");
}

#[test]
fn a_first_turn_that_never_comes_is_an_error_with_its_conversation() {
    let emulator = emulator("demo.yaml");
    let arguments = [
        "send",
        "--visitor",
        "v1",
        "--wait",
        "--listen",
        "127.0.0.1:0",
    ];
    let output = wotnot(&emulator, &arguments)
        .args(["--timeout", "1", "--json", "Hello"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let value: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(value["value"]["turn"]["ended"], "timeout", "{value}");
    assert!(value["value"]["conversation"]["id"].is_string(), "{value}");
}

#[test]
fn each_kind_of_failure_has_its_exit_code_and_no_secret_shows() {
    let emulator = emulator("demo.yaml");
    let base_url = emulator.base_url();
    let send = ["send", "--conversation", "c1", "--json", "Hello"];
    for (name, value, arguments, exit, delivery) in [
        ("WOTNOT_TOKEN", "hush.hush.hush", send, 4, "rejected"),
        ("WOTNOT_BASE_URL", "http://127.0.0.1:1", send, 3, "not_sent"),
        ("WOTNOT_BASE_URL", "http://example.com", send, 2, ""),
        ("WOTNOT_TOKEN", "", send, 2, ""),
        (
            "WOTNOT_BASE_URL",
            &base_url,
            ["send", "--conversation", "..", "--json", "Hi"],
            2,
            "not_sent",
        ),
        (
            "WOTNOT_BASE_URL",
            &base_url,
            ["send", "--conversation", "c1", "--json", " "],
            2,
            "",
        ),
    ] {
        let mut command = wotnot(&emulator, &arguments);
        command.env(name, value).args(["--timeout", "5"]);
        let output = command.output().unwrap();
        let said = stdout(&output) + &stderr(&output);
        assert_eq!(output.status.code(), Some(exit), "{name}={value}: {said}");
        assert!(said.contains(delivery), "{said} lacks {delivery}");
        assert!(
            !said.contains("hush") && !said.contains(emulator.token()),
            "{said}"
        );
    }
}

#[test]
fn an_answer_that_was_cut_off_ends_with_5_for_the_message_may_have_arrived() {
    let emulator = emulator("demo.yaml");
    emulator
        .set_faults_yaml("faults: [{fault: drop_answer, call: send}]")
        .unwrap();
    let arguments = ["send", "--visitor", "v1", "--json", "Hello"];
    let started = wotnot(&emulator, &arguments).output().unwrap();
    let started: Value = serde_json::from_str(&stdout(&started)).unwrap();
    let id = started["value"]["conversation"]["id"].as_str().unwrap();
    let arguments = ["send", "--conversation", id, "Sales"];
    let sent = wotnot(&emulator, &arguments).output().unwrap();
    assert_eq!(sent.status.code(), Some(5), "{}", stderr(&sent));
    assert!(
        stderr(&sent).contains("may have been delivered"),
        "{}",
        stderr(&sent)
    );
}

#[test]
fn the_token_comes_from_a_file_too_but_never_from_an_argument() {
    let emulator = emulator("demo.yaml");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, format!("{}\n", emulator.token())).unwrap();
    let mut command = bare(&[
        "send",
        "--visitor",
        "v",
        "--bot-key",
        "lead-bot",
        "Hello",
        "--base-url",
    ]);
    command
        .arg(emulator.base_url())
        .arg("--token-file")
        .arg(&file);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).starts_with("conversation "));
    let help = stdout(&bare(&["send", "--help"]).output().unwrap());
    assert!(!help.contains("--token "), "{help}");
}

#[test]
fn a_listener_that_hears_nothing_in_time_ends_with_6() {
    let emulator = emulator("demo.yaml");
    let output = wotnot(&emulator, &["listen", "--for", "1", "--count", "1"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(6), "{}", stdout(&output));
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut command = wotnot(&emulator, &["listen"]);
    command.env(
        "WOTNOT_WEBHOOK_LISTEN",
        taken.local_addr().unwrap().to_string(),
    );
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    for part in ["webhook.listen", "stop it, or choose another port"] {
        assert!(stderr(&output).contains(part), "{}", stderr(&output));
    }
}

/// Has the emulator post with another token than the command has.
fn post_wrongly_to(emulator: &Emulator, url: &str) {
    let webhook = wotnot_emulator::Webhook {
        url: url.to_owned(),
        token: Some("another-token".to_owned()),
        ..wotnot_emulator::Webhook::default()
    };
    emulator.set_webhook(Some(webhook)).unwrap();
}

fn start(emulator: &Emulator) {
    let started = wotnot(emulator, &["send", "--visitor", "v1", "Hello"]).output();
    assert!(started.unwrap().status.success());
}

#[test]
fn listen_says_at_once_that_posts_with_another_token_are_refused() {
    let emulator = emulator("demo.yaml");
    let mut command = wotnot(&emulator, &["listen", "--json"]);
    command.stderr(Stdio::piped());
    let mut listener = Running::start(command);
    let listening: Value = serde_json::from_str(&listener.line()).unwrap();
    post_wrongly_to(&emulator, listening["webhook_url"].as_str().unwrap());
    start(&emulator);
    let mut said = String::new();
    let complaints = listener.child.stderr.take().unwrap();
    BufReader::new(complaints).read_line(&mut said).unwrap();
    assert!(
        said.contains("refused") && said.contains("WOTNOT_WEBHOOK_TOKEN") && said.contains("401"),
        "{said}"
    );
    assert!(!said.contains("hush") && !said.contains("another-token"));
}

#[test]
fn chat_says_at_once_that_posts_with_another_token_are_refused() {
    let emulator = emulator("demo.yaml");
    let mut chat = Running::start(wotnot(&emulator, &["chat", "--plain", "--patience", "60"]));
    let line = chat.await_line("events are taken at");
    post_wrongly_to(&emulator, line.rsplit(' ').next().unwrap());
    chat.type_line("Hello");
    let said = chat.await_line("refused");
    assert!(said.contains("WOTNOT_WEBHOOK_TOKEN"), "{said}");
}

#[test]
fn a_wrong_bot_key_is_named() {
    let emulator = emulator("demo.yaml");
    for arguments in [
        &["send", "--visitor", "v", "--timeout", "1", "Hello"][..],
        &["chat", "--plain", "--say", "Hello", "--timeout", "1"],
    ] {
        let mut command = wotnot(&emulator, arguments);
        let output = command.env("WOTNOT_BOT_KEY", "no-such-bot").output();
        let output = output.unwrap();
        assert_eq!(output.status.code(), Some(4));
        let said = stderr(&output);
        assert!(said.contains("the bot key was `no-such-bot`"), "{said}");
        assert!(said.contains("no bot has this key"), "{said}");
    }
}

#[test]
fn a_listener_is_named_by_address_or_by_localhost() {
    let emulator = emulator("demo.yaml");
    let mut listener = Running::start(wotnot(
        &emulator,
        &["listen", "--json", "--listen", "localhost:0"],
    ));
    let line = listener.line();
    assert!(
        line.contains("\"webhook_url\":\"http://127.0.0.1:"),
        "{line}"
    );
    let output = wotnot(&emulator, &["listen", "--listen", "localhost"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("expected HOST:PORT"));
}
