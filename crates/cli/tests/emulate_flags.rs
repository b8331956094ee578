//! Each flag of `wotnot emulate`, in a process of its own and through real HTTP.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail the test"
)]

mod support;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};

use support::emulating::{FLOW, Running, START, body, exchange, flow, post};

const CONVERSATIONS: &str = "/api/v1/conversations";

/// What is printed first, and the base URL and token in it.
fn ready(running: &mut Running) -> (Value, String, String) {
    let ready = running.line();
    let text = |name: &str| ready[name].as_str().unwrap().to_owned();
    let (base_url, token) = (text("base_url"), text("token"));
    (ready, base_url, token)
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap()
}

/// An endpoint that answers each POST 200 with the token it came with; gives heads and bodies.
fn endpoint() -> (String, Receiver<(String, Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/events", listener.local_addr().unwrap());
    let (sender, posts) = channel();
    std::thread::spawn(move || {
        for tcp in listener.incoming() {
            let (mut tcp, sender) = (tcp.unwrap(), sender.clone());
            std::thread::spawn(
                move || while take(&mut tcp).is_some_and(|it| sender.send(it).is_ok()) {},
            );
        }
    });
    (url, posts)
}

/// One POST; `None` when the other side has left.
fn take(tcp: &mut TcpStream) -> Option<(String, Value)> {
    let mut held = Vec::new();
    let mut byte = [0];
    while !held.ends_with(b"\r\n\r\n") {
        tcp.read_exact(&mut byte).ok()?;
        held.push(byte[0]);
    }
    let head = String::from_utf8(held).ok()?.to_ascii_lowercase();
    let length = head.split("content-length: ").nth(1)?.lines().next()?;
    let mut body = vec![0; length.parse().ok()?];
    tcp.read_exact(&mut body).ok()?;
    let body: Value = serde_json::from_slice(&body).ok()?;
    let answer = json!({"token": body["token"]}).to_string();
    let length = answer.len();
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{answer}");
    tcp.write_all(answer.as_bytes()).ok()?;
    Some((head, body))
}

#[test]
fn events_reach_the_webhook_with_the_token_in_the_body_and_in_the_header_when_asked() {
    let (_folder, flow) = flow();
    for (flag, in_header) in [(None, false), (Some("--webhook-authorization"), true)] {
        let (url, posts) = endpoint();
        let mut arguments = vec!["emulate", "--flow", &flow, "--json", "--quiet"];
        arguments.extend(["--webhook", &url, "--webhook-token", "hush"]);
        arguments.extend(flag);
        let mut running = Running::start(&arguments);
        let (_, base_url, token) = ready(&mut running);
        assert_eq!(
            status(&post(&base_url, CONVERSATIONS, &token, START)),
            "200"
        );
        let mut kinds = Vec::new();
        while kinds.len() < 3 {
            let (head, body) = posts.recv_timeout(Duration::from_secs(60)).unwrap();
            assert_eq!(body["token"], "hush");
            assert_eq!(head.contains("authorization: bearer hush"), in_header);
            // The service's test of the endpoint has no events.
            let events = body["events"].as_array().cloned().unwrap_or_default();
            kinds.extend(events.iter().map(|it| it["event"]["type"].clone()));
        }
        assert_eq!(kinds, ["conversation_create", "message", "message"]);
    }
}

#[test]
fn a_seed_repeats_token_ids_and_transcript_hash_in_another_process() {
    let (_folder, flow) = flow();
    let run = |seed: &str| {
        let mut running = Running::start(&["emulate", "--flow", &flow, "--json", "--seed", seed]);
        let (ready, base_url, token) = ready(&mut running);
        assert_eq!(ready["seed"].to_string(), seed);
        let started = body(&post(&base_url, CONVERSATIONS, &token, START));
        let listed = exchange(&base_url, "GET", "/_emulator/conversations", "", "");
        (token, started, body(&listed)["hash"].clone())
    };
    let first = run("4711");
    assert_eq!(first, run("4711"));
    assert_ne!(first.2, run("4712").2);
}

#[test]
fn a_service_profile_says_how_the_service_behaves_and_a_wrong_one_starts_nothing() {
    let (folder, flow) = flow();
    let profile = folder.path().join("profile.yaml");
    std::fs::write(
        &profile,
        "second_start: refused\nfailure_fields: no_status\n",
    )
    .unwrap();
    let path = profile.to_string_lossy().into_owned();
    let arguments = [
        "emulate",
        "--flow",
        &flow,
        "--json",
        "--service-profile",
        &path,
    ];
    let mut running = Running::start(&arguments);
    let (_, base_url, token) = ready(&mut running);
    assert_eq!(
        status(&post(&base_url, CONVERSATIONS, &token, START)),
        "200"
    );
    let refused = post(&base_url, CONVERSATIONS, &token, START);
    assert_eq!(status(&refused), "400");
    assert!(!body(&refused).to_string().contains("status"), "{refused}");
    drop(running);

    std::fs::write(&profile, "second_strat: refused\n").unwrap();
    let output = support::emulating::run(&arguments);
    assert_eq!(output.status.code(), Some(1));
    let problem = support::emulating::text(&output.stderr);
    assert!(
        problem.contains(&format!("the service profile is wrong: {path}: ")),
        "{problem}"
    );
    assert!(problem.contains("second_strat"), "{problem}");
}

#[test]
fn a_jump_to_a_bot_that_is_not_deployed_is_reported_on_standard_output() {
    let (folder, _) = flow();
    let path = folder.path().join("jump.yaml");
    let jump =
        "bot: {name: Test, key: test-bot}\nstart: a\nblocks: {a: {type: jump, bot: other}}\n";
    std::fs::write(&path, jump).unwrap();
    let path = path.to_string_lossy();
    let mut running = Running::start(&["emulate", "--flow", &path, "--json"]);
    let (_, base_url, token) = ready(&mut running);
    assert_eq!(
        status(&post(&base_url, CONVERSATIONS, &token, START)),
        "200"
    );
    let stopped = loop {
        let line = running.line();
        if line["event"] == "flow_stopped" {
            break line;
        }
    };
    assert_eq!(stopped["bot"], "test-bot");
    assert_eq!(
        stopped["reason"],
        "the block `a` jumps to the bot `other`, which is not deployed"
    );
}

#[test]
fn the_rules_of_a_faults_file_strike_and_are_named_in_the_output() {
    let (folder, flow) = flow();
    let faults = folder.path().join("faults.yaml");
    let rules = "faults:\n  - {fault: rate_limited, retry_after: soon, times: 1}\n";
    std::fs::write(&faults, rules).unwrap();
    let path = faults.to_string_lossy();
    let arguments = ["emulate", "--flow", &flow, "--json", "--faults", &path];
    let mut running = Running::start(&arguments);
    let (_, base_url, token) = ready(&mut running);
    let answer = post(&base_url, CONVERSATIONS, &token, START);
    assert_eq!(status(&answer), "429");
    assert!(
        answer
            .to_ascii_lowercase()
            .contains("retry-after: soon\r\n"),
        "{answer}"
    );
    let line = running.line();
    assert_eq!(
        (&line["status"], &line["faults"][0]),
        (&json!(429), &json!("rate_limited"))
    );
    assert_eq!(
        status(&post(&base_url, CONVERSATIONS, &token, START)),
        "200"
    );
    drop(running);

    std::fs::write(&faults, rules.replace("times: 1", "times: 0")).unwrap();
    let problem = support::emulating::text(&support::emulating::run(&arguments).stderr);
    let expected = format!("the fault rules are wrong: {path}: ");
    assert!(
        problem.contains(&expected) && problem.contains("`times` is 1 at least"),
        "{problem}"
    );
}

#[test]
fn the_printed_token_ends_after_its_lifetime() {
    let (_folder, flow) = flow();
    let mut running = Running::start(&[
        "emulate",
        "--flow",
        &flow,
        "--json",
        "--token-lifetime",
        "600",
    ]);
    let (_, base_url, token) = ready(&mut running);
    assert_eq!(
        status(&post(&base_url, CONVERSATIONS, &token, START)),
        "200"
    );
    let clock = post(
        &base_url,
        "/_emulator/clock",
        "",
        r#"{"advance_ms": 601000}"#,
    );
    assert_eq!(status(&clock), "200");
    assert_eq!(
        status(&post(&base_url, CONVERSATIONS, &token, START)),
        "401"
    );
}

#[test]
fn several_flows_are_several_bots_on_the_port_that_was_asked_for() {
    let (folder, flow) = flow();
    let other = folder.path().join("other.yaml");
    std::fs::write(&other, FLOW.replace("test-bot", "other-bot")).unwrap();
    let other = other.to_string_lossy();
    // Asked for, freed and taken again: somebody else may be quicker, so that another port is tried then.
    let (mut running, port) = loop {
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port()
            .to_string();
        let mut running = Running::start(&[
            "emulate", "--flow", &flow, "--flow", &other, "--json", "--port", &port,
        ]);
        if running.is_there() {
            break (running, port);
        }
    };
    let (ready, base_url, _) = ready(&mut running);
    assert_eq!(base_url, format!("http://127.0.0.1:{port}"));
    assert_eq!(
        (&ready["bots"][0]["key"], &ready["bots"][1]["key"]),
        (&json!("test-bot"), &json!("other-bot"))
    );
}

#[test]
fn a_changed_flow_is_deployed_and_a_broken_one_prints_its_findings_and_changes_nothing() {
    let (_folder, flow) = flow();
    let mut running = Running::start(&["emulate", "--flow", &flow, "--json"]);
    let (_, base_url, token) = ready(&mut running);
    std::fs::write(&flow, FLOW.replace("next: bye", "next: nowhere")).unwrap();
    let refused = running.line();
    assert_eq!(refused["event"], "deploy_failed");
    assert!(
        refused["findings"].to_string().contains("nowhere"),
        "{refused}"
    );
    assert_eq!(
        status(&post(&base_url, CONVERSATIONS, &token, START)),
        "200"
    );
    let lines: Vec<Value> = (0..4).map(|_| running.line()["event"].clone()).collect();
    assert_eq!(lines, ["request", "event", "event", "event"]);
    std::fs::write(&flow, FLOW.replace("Name?", "Your name?")).unwrap();
    let deployed = running.line();
    assert_eq!(
        (&deployed["event"], &deployed["version"]),
        (&json!("deployed"), &json!(2))
    );
}

#[test]
fn beyond_loopback_the_control_token_is_printed_and_asked_for() {
    let (_folder, flow) = flow();
    let mut running = Running::start(&["emulate", "--flow", &flow, "--json", "--host", "0.0.0.0"]);
    let (ready, base_url, token) = ready(&mut running);
    let base_url = base_url.replace("0.0.0.0", "127.0.0.1");
    let health = |token: &str| exchange(&base_url, "GET", "/_emulator/health", token, "");
    assert_eq!(status(&health(&token)), "401");
    assert_eq!(
        status(&health(ready["control_token"].as_str().unwrap())),
        "200"
    );
}

#[test]
fn a_webhook_token_in_the_environment_asks_for_no_webhook() {
    let (_folder, path) = flow();
    let mut command = support::emulating::command(&["emulate", "--flow", &path, "--json"]);
    command
        .args(["--exec", "true"])
        .env("WOTNOT_WEBHOOK_TOKEN", "hook");
    let output = command.output().unwrap();
    let said = support::emulating::text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");

    let arguments = [
        "emulate",
        "--flow",
        &path,
        "--webhook-token",
        "hook",
        "--exec",
        "true",
    ];
    let output = support::emulating::run(&arguments);
    assert_eq!(output.status.code(), Some(2), "on the command line it does");
}

#[test]
fn two_flows_with_one_key_are_refused() {
    let (folder, path) = flow();
    let other = folder.path().join("other.yaml");
    std::fs::copy(&path, &other).unwrap();
    let arguments = [
        "emulate",
        "--flow",
        &path,
        "--flow",
        other.to_str().unwrap(),
        "--exec",
        "true",
    ];
    let output = support::emulating::run(&arguments);
    let said = support::emulating::text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("test-bot"), "{said}");
    assert!(
        said.contains("bot.yaml") && said.contains("other.yaml"),
        "{said}"
    );
}

#[test]
fn an_emulator_without_a_webhook_says_where_replies_would_go() {
    let (_folder, path) = flow();
    let mut running = Running::start(&["emulate", "--flow", &path]);
    let mut said = String::new();
    // The last of the first lines.
    while !said.contains("seed ") {
        let before = said.len();
        std::io::BufRead::read_line(&mut running.lines, &mut said).unwrap();
        assert!(said.len() > before, "{said}");
    }
    assert!(
        said.contains("none: replies go nowhere; give --webhook"),
        "{said}"
    );
}
