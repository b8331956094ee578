//! `wotnot listen`: endpoints that events are handed on to, the filter by bot, and events that are kept and replayed.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail the test"
)]

mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

use rcgen::{CertificateParams, KeyPair};
use serde_json::{Value, json};
use support::{Running, emulator, flow, post_to, stderr, stdout, wotnot};
use wotnot_emulator::Emulator;

fn listening(emulator: &Emulator, arguments: &[&str]) -> Running {
    let all = [&["listen", "--json"], arguments].concat();
    let mut listener = Running::start(wotnot(emulator, &all));
    let line: Value = serde_json::from_str(&listener.line()).unwrap();
    post_to(emulator, line["webhook_url"].as_str().unwrap());
    listener
}

fn start(emulator: &Emulator, arguments: &[&str]) {
    let all = [&["send"], arguments, &["Hello"]].concat();
    let output = wotnot(emulator, &all).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
}

/// An endpoint over TLS: its URL, its certificate, and the bodies that it gets.
fn tls_endpoint() -> (String, String, Receiver<String>) {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let pem = certificate.pem();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/hook", listener.local_addr().unwrap());
    let (sender, bodies) = channel();
    std::thread::spawn(move || {
        for tcp in listener.incoming() {
            let (config, sender) = (config.clone(), sender.clone());
            std::thread::spawn(move || {
                let server = rustls::ServerConnection::new(config).unwrap();
                let mut reader = BufReader::new(rustls::StreamOwned::new(server, tcp.unwrap()));
                // Until the other side leaves, which it may do without a word.
                loop {
                    let mut length = 0;
                    loop {
                        let mut line = String::new();
                        if reader.read_line(&mut line).unwrap_or(0) == 0 {
                            return;
                        }
                        let line = line.trim().to_lowercase();
                        if let Some(number) = line.strip_prefix("content-length:") {
                            length = number.trim().parse().unwrap();
                        }
                        if line.is_empty() {
                            break;
                        }
                    }
                    let mut body = vec![0; length];
                    reader.read_exact(&mut body).unwrap();
                    let _ = sender.send(String::from_utf8(body).unwrap());
                    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
                    reader.get_mut().write_all(answer).unwrap();
                }
            });
        }
    });
    (url, pem, bodies)
}

#[test]
fn events_are_handed_on_over_tls_to_who_is_trusted_alone() {
    let emulator = emulator("demo.yaml");
    let (url, pem, bodies) = tls_endpoint();
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, pem).unwrap();
    let ca = ca.to_str().unwrap();
    let arguments = ["--forward-to", &url, "--ca-file", ca, "--count", "1"];
    let listener = listening(&emulator, &arguments);
    start(&emulator, &["--visitor", "v1"]);
    let body: Value = serde_json::from_str(&bodies.recv().unwrap()).unwrap();
    assert_eq!(body["token"], support::WEBHOOK_TOKEN);
    assert_eq!(body["events"][0]["event"]["type"], "conversation_create");
    assert_eq!(listener.end().0, Some(0));

    let mut command = wotnot(&emulator, &["listen", "--json", "--count", "1"]);
    command.args(["--forward-to", &url]).stderr(Stdio::piped());
    let mut stranger = Running::start(command);
    let line: Value = serde_json::from_str(&stranger.line()).unwrap();
    post_to(&emulator, line["webhook_url"].as_str().unwrap());
    start(&emulator, &["--visitor", "v2"]);
    let mut said = String::new();
    let complaints = stranger.child.stderr.take().unwrap();
    BufReader::new(complaints).read_line(&mut said).unwrap();
    assert!(said.contains(&url) && said.contains("given up"), "{said}");
    assert!(bodies.try_recv().is_err(), "nothing went to a stranger");
}

#[test]
fn a_file_of_certificates_that_holds_none_is_named() {
    let emulator = emulator("demo.yaml");
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, "nothing").unwrap();
    let mut command = wotnot(
        &emulator,
        &["listen", "--forward-to", "https://127.0.0.1:1/"],
    );
    let output = command.arg("--ca-file").arg(&ca).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("holds no certificate"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn the_events_of_one_bot_are_printed_without_those_of_others() {
    let emulator = Emulator::builder()
        .flow_file(flow("demo.yaml"))
        .flow_file(flow("feedback.yaml"))
        .start()
        .unwrap();
    let keys = emulator.bot_keys();
    start(&emulator, &["--visitor", "before", "--bot-key", &keys[1]]);
    let before = emulator.transcripts();
    let bot = before[0].entries[0].event["event"]["payload"]["bot_id"].to_string();
    let mut listener = listening(&emulator, &["--bot", &bot]);
    start(&emulator, &["--visitor", "other", "--bot-key", &keys[0]]);
    start(&emulator, &["--visitor", "mine", "--bot-key", &keys[1]]);
    emulator
        .agent_says(
            &before[0].conversation,
            "of a conversation that began before",
        )
        .unwrap();
    let mine = emulator.transcripts().into_iter().last().unwrap();
    for entry in &mine.entries {
        let event: Value = serde_json::from_str(&listener.line()).unwrap();
        assert_eq!(event["raw"], entry.event);
    }
}

#[test]
fn kept_events_are_replayed_as_they_came_and_handed_on_again() {
    let emulator = emulator("demo.yaml");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("events.jsonl");
    let file = file.to_str().unwrap();
    let mut first = listening(&emulator, &["--keep", file, "--count", "4"]);
    start(&emulator, &["--visitor", "v1"]);
    let lines: Vec<String> = (0..4).map(|_| first.line()).collect();
    assert_eq!(first.end().0, Some(0));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    let mut end = Running::start(wotnot(&emulator, &["listen", "--json"]));
    let line: Value = serde_json::from_str(&end.line()).unwrap();
    let url = line["webhook_url"].as_str().unwrap();
    let arguments = ["listen", "--json", "--keep", file, "--replay", "2"];
    let mut command = wotnot(&emulator, &arguments);
    let output = command.args(["--count", "0", "--forward-to", url]).output();
    let output = output.unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let said = stdout(&output);
    let replayed: Vec<Value> = said
        .lines()
        .skip(1)
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(replayed.len(), 2, "{said}");
    for (replayed, line) in replayed.iter().zip(&lines[2..]) {
        let kept: Value = serde_json::from_str(line).unwrap();
        for field in [
            "type",
            "seq",
            "received_at",
            "conversation_id",
            "raw",
            "prompt",
        ] {
            assert_eq!(replayed[field], kept[field], "{field}");
        }
        let handed_on: Value = serde_json::from_str(&end.line()).unwrap();
        assert_eq!(handed_on["raw"], kept["raw"]);
    }
    let kept = std::fs::read_to_string(file).unwrap();
    assert_eq!(
        kept.lines().count(),
        4,
        "what is replayed is not kept twice"
    );
}

#[test]
fn a_line_that_is_no_kept_event_is_named_by_its_number() {
    let emulator = emulator("demo.yaml");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("events.jsonl");
    std::fs::write(&file, "{\"hush\": 1}\n").unwrap();
    let mut command = wotnot(&emulator, &["listen", "--replay", "1", "--keep"]);
    let output = command.arg(&file).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = stderr(&output);
    assert!(
        said.contains("events.jsonl:1: no event") && !said.contains("hush"),
        "{said}"
    );
    let output = wotnot(&emulator, &["listen", "--replay", "1"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2), "--replay needs --keep");
}

#[test]
fn events_are_handed_on_to_every_endpoint_in_their_order() {
    let emulator = emulator("demo.yaml");
    let mut ends: Vec<(Running, String)> = (0..2)
        .map(|_| {
            let mut end = Running::start(wotnot(&emulator, &["listen", "--json"]));
            let line: Value = serde_json::from_str(&end.line()).unwrap();
            let url = line["webhook_url"].as_str().unwrap().to_owned();
            (end, url)
        })
        .collect();
    let mut arguments = vec!["listen", "--json", "--visitor", "v2"];
    for (_, url) in &ends {
        arguments.extend(["--forward-to", url]);
    }
    let mut middle = Running::start(wotnot(&emulator, &arguments));
    let line: Value = serde_json::from_str(&middle.line()).unwrap();
    post_to(&emulator, line["webhook_url"].as_str().unwrap());
    for visitor in ["v1", "v2"] {
        let started = wotnot(&emulator, &["send", "--visitor", visitor, "Hello"]).output();
        assert!(started.unwrap().status.success());
    }
    let transcripts = emulator.transcripts();
    for (end, _) in &mut ends {
        for entry in &transcripts[1].entries {
            let event: Value = serde_json::from_str(&end.line()).unwrap();
            assert_eq!(event["raw"], entry.event);
        }
    }
}

#[test]
fn an_endpoint_that_takes_nothing_is_named_and_others_must_be_allowed() {
    let emulator = emulator("demo.yaml");
    let arguments = ["listen", "--forward-to", "http://web.example.com/hook"];
    let output = wotnot(&emulator, &arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("--allow-http"),
        "{}",
        stderr(&output)
    );

    let mut refusing = Running::start(wotnot(&emulator, &["listen", "--json"]));
    let line: Value = serde_json::from_str(&refusing.line()).unwrap();
    let wrong_path = format!("{}/nothing", line["webhook_url"].as_str().unwrap());
    let arguments = [
        "listen",
        "--json",
        "--count",
        "1",
        "--forward-to",
        &wrong_path,
    ];
    let mut command = wotnot(&emulator, &arguments);
    command.stderr(Stdio::piped());
    let mut middle = Running::start(command);
    let line: Value = serde_json::from_str(&middle.line()).unwrap();
    post_to(&emulator, line["webhook_url"].as_str().unwrap());
    start(&emulator, &["--visitor", "v"]);
    let mut said = String::new();
    let complaints = middle.child.stderr.take().unwrap();
    BufReader::new(complaints).read_line(&mut said).unwrap();
    assert!(
        said.contains(&wrong_path) && said.contains("HTTP 404"),
        "{said}"
    );
    assert!(!said.contains("hush"), "{said}");
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_listener_whose_endpoint_takes_nothing() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook", nobody.local_addr().unwrap());
    drop(nobody);
    let emulator = emulator("demo.yaml");
    let mut command = wotnot(&emulator, &["listen", "--json", "--forward-to", &url]);
    command.stderr(Stdio::piped());
    let mut listener = Running::start(command);
    let listening: Value = serde_json::from_str(&listener.line()).unwrap();
    let webhook = listening["webhook_url"].as_str().unwrap();
    // More than may wait for one endpoint.
    let note = |id: u32| json!({"event": {"type": "note", "payload": {"id": id}}});
    let events: Vec<Value> = (0..1_100).map(note).collect();
    let post = json!({"token": support::WEBHOOK_TOKEN, "events": events}).to_string();
    let base_url = webhook.strip_suffix("/wotnot/events").unwrap();
    let answer = support::emulating::post(base_url, "/wotnot/events", "", &post);
    assert!(answer.contains("200"), "{answer}");
    for _ in 0..1_024 {
        listener.line();
    }
    assert_eq!(support::stop(&mut listener.child, "INT"), Some(0));
    let mut said = String::new();
    let mut complaints = listener.child.stderr.take().unwrap();
    std::io::Read::read_to_string(&mut complaints, &mut said).unwrap();
    assert!(said.contains("events were not handed on"), "{said}");
}
