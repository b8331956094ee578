//! Ten thousand readers who are silent, in a process of their own.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::harness::{DEADLINE, ORIGIN, call};
use crate::kill::{Process, Upstream, with_many_files};
use crate::streams::{get, line, until};

/// Streams that one process opens and says nothing on.
const CROWD: usize = 10_000;
const CROWD_SETTINGS: &str = "WOTNOT_GATEWAY_CROWD";
const TO_EVERYBODY: &str = "to everybody";

/// The process that reads: its sockets and the gateway's together are more than one process may have.
#[test]
#[ignore = "the process that reads"]
fn crowd() {
    let settings: Value = serde_json::from_str(&std::env::var(CROWD_SETTINGS).unwrap()).unwrap();
    let text = |name: &str| settings[name].as_str().unwrap();
    let request = get(
        &format!("{}/events", text("path")),
        text("token"),
        "text/event-stream",
    );
    let mut readers: Vec<_> = (0..CROWD)
        .map(|_| {
            let mut socket = TcpStream::connect(text("address")).unwrap();
            socket.set_read_timeout(Some(DEADLINE)).unwrap();
            socket.write_all(request.as_bytes()).unwrap();
            let mut reader = BufReader::with_capacity(512, socket);
            until(&mut reader, "event: hello");
            reader
        })
        .collect();
    println!("\nopen");
    for reader in &mut readers {
        while !line(reader).contains(TO_EVERYBODY) {}
    }
    println!("\nall");
}

#[test]
fn ten_thousand_idle_streams_hold_nobody_up_and_all_get_the_next_message() {
    let upstream = Upstream::start();
    let _gateway = Process::start(&upstream.settings);
    let url = format!("http://{}", upstream.address);
    let post = |token: &str, path: &str, body: Value| {
        let bearer = format!("Bearer {token}");
        let mut headers = vec![("origin", ORIGIN)];
        if !token.is_empty() {
            headers.push(("authorization", &bearer));
        }
        let answer = call(
            "POST",
            &format!("{url}{path}"),
            &headers,
            Some(&body.to_string()),
        );
        assert!(answer.status < 300, "{path}: {}", answer.body);
        answer.body
    };
    let begin = || {
        let session = post("", "/v1/sessions", json!({"site": "shop"}));
        let token = session["token"].as_str().unwrap().to_owned();
        let begun = post(
            &token,
            "/v1/conversations",
            json!({"client_id": "m1", "text": "Hello"}),
        );
        let id = begun["conversation"]["id"].as_str().unwrap();
        (format!("/v1/conversations/{id}"), token)
    };
    let (path, token) = begin();
    let settings = json!({"address": upstream.address, "path": path, "token": token});
    let mut crowd = with_many_files("crowd::crowd")
        .env(CROWD_SETTINGS, settings.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(crowd.stdout.take().unwrap()).lines();
    let mut says = |wanted: &str| {
        let said = lines.find(|line| line.as_ref().unwrap() == wanted);
        assert!(said.is_some(), "the readers ended before `{wanted}`");
    };
    says("open");
    // Another visitor is served, and the one who has so many readers too.
    let (other, other_token) = begin();
    post(
        &other_token,
        &format!("{other}/messages"),
        json!({"client_id": "m2", "text": "served"}),
    );
    post(
        &token,
        &format!("{path}/messages"),
        json!({"client_id": "m2", "text": TO_EVERYBODY}),
    );
    says("all");
    assert!(crowd.wait().unwrap().success());
}
