//! `wotnot emulate` and `wotnot token` as a user runs them: the program, its output, its exit code.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail the test"
)]

mod support;

use std::io::BufRead;
use std::net::TcpStream;

use serde_json::Value;

use support::emulating::{FLOW, Running, START, flow, post, run, text};

#[test]
fn json_output_is_a_ready_line_and_then_one_object_for_each_call_and_event() {
    let (_folder, flow) = flow();
    let mut running = Running::start(&["emulate", "--flow", &flow, "--json", "--seed", "7"]);
    let ready = running.line();
    assert_eq!(ready["event"], "ready");
    assert_eq!(ready["bots"][0]["name"], "Test");
    assert_eq!(ready["bots"][0]["key"], "test-bot");
    let base_url = ready["base_url"].as_str().unwrap();
    assert_eq!(ready["control_url"], format!("{base_url}/_emulator"));
    let token = ready["token"].as_str().unwrap();
    let answer = post(base_url, "/api/v1/conversations", token, START);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let call = running.line();
    assert_eq!(call["event"], "request");
    assert_eq!(call["status"], 200);
    let kinds: Vec<Value> = (0..3).map(|_| running.line()["kind"].clone()).collect();
    assert_eq!(kinds, ["conversation_create", "message", "message"]);
    assert_eq!(running.stop("INT"), Some(0));
}

#[test]
fn it_stops_cleanly_when_it_is_asked_to() {
    let (_folder, flow) = flow();
    for signal in ["INT", "TERM"] {
        let mut running = Running::start(&["emulate", "--flow", &flow, "--json"]);
        let url = running.line()["base_url"].as_str().unwrap().to_owned();
        assert_eq!(running.stop(signal), Some(0), "{signal}");
        assert!(TcpStream::connect(url.strip_prefix("http://").unwrap()).is_err());
    }
}

#[test]
fn the_text_shows_the_urls_the_token_and_the_bot_keys() {
    let (_folder, flow) = flow();
    let mut running = Running::start(&["emulate", "--flow", &flow]);
    let mut said = String::new();
    while !said.contains("seed") {
        assert!(running.lines.read_line(&mut said).unwrap() > 0, "{said}");
    }
    for wanted in ["http://127.0.0.1:", "/_emulator", "test-bot", "eyJ"] {
        assert!(said.contains(wanted), "{said}");
    }
}

#[test]
fn what_is_printed_can_be_pasted_into_a_shell() {
    let (_folder, flow) = flow();
    let token = "it's a $(false) token";
    let webhook = "http://localhost:9/bots/events?x=1";
    let arguments = ["--webhook", webhook, "--webhook-token", token];
    let mut running = Running::start(&[&["emulate", "--flow", &flow], &arguments[..]].concat());
    let mut said = String::new();
    while !said.contains("WOTNOT_WEBHOOK_TOKEN") {
        assert!(running.lines.read_line(&mut said).unwrap() > 0, "{said}");
    }
    let pasted: String = said
        .lines()
        .filter(|line| line.starts_with("export "))
        .map(|line| format!("{line}\n"))
        .collect();
    let output = std::process::Command::new("sh")
        .args(["-c", &format!("{pasted}env")])
        .env_clear()
        .output()
        .unwrap();
    let set = text(&output.stdout);
    for wanted in [
        "WOTNOT_BASE_URL=http://127.0.0.1:",
        "WOTNOT_TOKEN=eyJ",
        "WOTNOT_BOT_KEY=test-bot",
        // By the name of the examples, and by that of `wotnot chat`.
        "WOTNOT_LISTEN=127.0.0.1:9\n",
        "WOTNOT_WEBHOOK_LISTEN=127.0.0.1:9\n",
        "WOTNOT_WEBHOOK_PATH=/bots/events\n",
        "WOTNOT_WEBHOOK_TOKEN=it's a $(false) token\n",
    ] {
        assert!(set.contains(wanted), "{wanted} is not in {set}");
    }
    drop(running);

    let shown = std::process::Command::new(env!("CARGO_BIN_EXE_wotnot"))
        .args(["emulate", "--flow", &flow, "--exec", "env"])
        .args(arguments)
        .output()
        .unwrap();
    let shown = text(&shown.stdout);
    for variable in [
        "WOTNOT_CONTROL_URL=http://",
        "WOTNOT_WEBHOOK_LISTEN=127.0.0.1:9\n",
    ] {
        assert!(shown.contains(variable), "--exec gets them too: {shown}");
    }
}

#[test]
fn a_webhook_that_is_not_reachable_is_named_with_its_url() {
    let (_folder, flow) = flow();
    let webhook = "http://127.0.0.1:9/wotnot/events";
    let mut running = Running::start(&["emulate", "--flow", &flow, "--webhook", webhook]);
    let mut said = String::new();
    while !said.contains("webhook test: ") {
        assert!(running.lines.read_line(&mut said).unwrap() > 0, "{said}");
    }
    assert!(
        said.contains(&format!("webhook test: {webhook}: no connection")),
        "{said}"
    );
}

#[test]
fn a_command_runs_beside_the_emulator_and_its_exit_code_is_given() {
    let (_folder, flow) = flow();
    let script = "echo \"$WOTNOT_BASE_URL $WOTNOT_BOT_KEY ${#WOTNOT_TOKEN}\"; exit 42";
    let output = run(&["emulate", "--flow", &flow, "--exec", script]);
    assert_eq!(output.status.code(), Some(42));
    let said = text(&output.stdout);
    let words: Vec<&str> = said.split_whitespace().collect();
    assert!(words[0].starts_with("http://127.0.0.1:"), "{said}");
    assert_eq!(words[1], "test-bot");
    assert!(words[2].parse::<u32>().unwrap() > 40);
    let code = |script: &str| {
        let output = run(&["emulate", "--flow", &flow, "--exec", script]);
        output.status.code()
    };
    assert_eq!(code("true"), Some(0));
    assert_eq!(code("kill -s TERM $$"), Some(128 + 15));
}

#[test]
fn a_flow_that_cannot_run_a_missing_file_and_a_taken_port_are_named() {
    let (folder, good) = flow();
    let broken = folder.path().join("broken.yaml");
    std::fs::write(&broken, FLOW.replace("next: bye", "next: nowhere")).unwrap();
    let refused = |arguments: &[&str], wanted: &str| {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        let said = text(&output.stderr);
        assert!(said.contains(wanted), "{said}");
    };
    refused(&["emulate", "--flow", &broken.to_string_lossy()], "nowhere");
    refused(&["emulate", "--flow", "no-such.yaml"], "no-such.yaml");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    refused(&["emulate", "--flow", &good, "--port", &port], &port);
}

#[test]
fn a_token_made_with_the_same_secret_is_taken_and_an_ended_one_is_not() {
    let (_folder, flow) = flow();
    let arguments = ["emulate", "--flow", &flow, "--json", "--secret", "a secret"];
    let mut running = Running::start(&arguments);
    let base_url = running.line()["base_url"].as_str().unwrap().to_owned();
    let make = |more: &[&str]| {
        let output = run(&[&["token", "--secret", "a secret"], more].concat());
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout).trim().to_owned()
    };
    let status = |token: &str| {
        let answer = post(&base_url, "/api/v1/conversations", token, START);
        answer.split(' ').nth(1).unwrap().to_owned()
    };
    assert_eq!(status(&make(&[])), "200");
    assert_eq!(status(&make(&["--expires-in", "600"])), "200");
    assert_eq!(status(&make(&["--expires-in", "-1"])), "401");
    let token = make(&[]);
    let read = text(&run(&["token", "--read", &token]).stdout);
    assert!(read.contains("account 777"), "{read}");
    assert!(!read.contains(token.rsplit('.').next().unwrap()));
    assert_eq!(run(&["token", "--read", "nonsense"]).status.code(), Some(1));
}
