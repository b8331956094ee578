//! `wotnot doctor` against services that are ill in one way each: it names the hop, and what to do.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail the test"
)]

mod support;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::process::Command;
use std::sync::Arc;
use std::thread::JoinHandle;

use rustls::pki_types::PrivateKeyDer;
use serde_json::Value;
use support::{WEBHOOK_TOKEN, bare, emulator, stdout, wotnot};
use wotnot_emulator::token::{Claims, sign};

fn examine(command: &mut Command) -> (Option<i32>, Value) {
    let output = command.arg("--json").output().unwrap();
    let text = stdout(&output);
    assert!(!text.contains("hush"), "no secret shows: {text}");
    let report = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}"));
    (output.status.code(), report)
}

fn hop<'a>(report: &'a Value, name: &str) -> &'a Value {
    let hops = report["hops"].as_array().unwrap();
    hops.iter()
        .find(|hop| hop["hop"] == name)
        .unwrap_or_else(|| panic!("no {name}: {report}"))
}

fn states(report: &Value) -> Vec<(&str, &str)> {
    let hops = report["hops"].as_array().unwrap();
    hops.iter()
        .map(|hop| (hop["hop"].as_str().unwrap(), hop["state"].as_str().unwrap()))
        .collect()
}

/// The doctor with a token of the right shape, sent to `base_url`.
fn doctor(base_url: &str) -> Command {
    let claims = Claims {
        account_id: 1,
        iat: 0,
        nbf: None,
        exp: None,
    };
    let mut command = bare(&["doctor", "--timeout", "20"]);
    command
        .env("WOTNOT_BASE_URL", base_url)
        .env("WOTNOT_TOKEN", sign(&claims, b"hush"));
    command
}

/// Answers one connection with `answer`, whatever it says.
fn server(answer: &'static str) -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 4096];
        let _ = stream.read(&mut request).unwrap();
        stream.write_all(answer.as_bytes()).unwrap();
    });
    (address, thread)
}

#[test]
fn a_healthy_way_there_and_back_is_reported_hop_by_hop_and_leaves_no_trace() {
    let emulator = emulator("demo.yaml");
    let (code, report) = examine(&mut wotnot(&emulator, &["doctor"]));
    assert_eq!(code, Some(0), "{report}");
    assert_eq!(report["ok"], true);
    assert_eq!(
        states(&report),
        [
            ("settings", "ok"),
            ("token", "ok"),
            ("dns", "ok"),
            ("tcp", "ok"),
            ("tls", "skipped"),
            ("api", "ok"),
            ("webhook", "ok")
        ]
    );
    assert!(emulator.transcripts().is_empty(), "nothing was started");
    assert!(!report.to_string().contains(emulator.token()));
    assert!(!report.to_string().contains(WEBHOOK_TOKEN));
}

#[test]
fn the_report_for_people_says_what_to_do() {
    let emulator = emulator("demo.yaml");
    let mut command = wotnot(&emulator, &["doctor"]);
    command.env("WOTNOT_TOKEN", "hush");
    let output = command.output().unwrap();
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text.contains("FAILED  token    not a JWT: it has 1 part"),
        "{text}"
    );
    assert!(text.contains("-> copy it again"), "{text}");
    assert!(
        text.contains("401: the service does not take the token (JWT_SIGNATURE_EXCEPTION)"),
        "{text}"
    );
    assert!(!text.contains("hush"), "{text}");
}

#[test]
fn a_token_is_judged_by_its_shape_and_its_end() {
    let claims = |exp| Claims {
        account_id: 1,
        iat: 0,
        nbf: None,
        exp,
    };
    let ended = sign(&claims(Some(1_000)), b"hush");
    let unsigned = sign(&claims(None), b"hush");
    let unsigned = unsigned.rsplit_once('.').unwrap().0.to_owned() + ".";
    for (token, detail) in [
        ("hush", "it has 1 part,"),
        ("hush.hush", "it has 2 parts,"),
        ("h!sh.hush.hush", "first part is not base64url"),
        ("e30.hush.hush", "second part does not hold a JSON object"),
        (unsigned.as_str(), "third part is empty"),
        (ended.as_str(), "ended"),
        ("", "there is no token"),
    ] {
        let mut command = doctor("http://127.0.0.1:1");
        let (code, report) = examine(command.env("WOTNOT_TOKEN", token));
        assert_eq!(code, Some(1));
        let found = hop(&report, "token");
        assert_eq!(found["state"], "failed");
        assert!(
            found["detail"].as_str().unwrap().contains(detail),
            "{found} lacks {detail}"
        );
        assert!(found["advice"].is_string());
    }
}

#[test]
fn a_wrong_base_url_is_named_before_anything_is_sent() {
    for url in [
        "ftp://127.0.0.1",
        "127.0.0.1",
        "http://example.com",
        "https://u:hush@127.0.0.1",
    ] {
        let (code, report) = examine(&mut doctor(url));
        assert_eq!(code, Some(1));
        let found = hop(&report, "settings");
        assert!(
            found["detail"].as_str().unwrap().starts_with("base_url:"),
            "{found}"
        );
        assert_eq!(hop(&report, "dns")["state"], "skipped");
    }
}

#[test]
fn a_name_that_no_host_can_have_fails_at_dns() {
    // Names end their parts at 63 letters: this one is refused on this machine, and nobody is asked.
    let name = "a".repeat(64);
    let (code, report) = examine(&mut doctor(&format!("https://{name}.invalid")));
    assert_eq!(code, Some(1));
    assert_eq!(hop(&report, "dns")["state"], "failed", "{report}");
    assert_eq!(hop(&report, "tcp")["detail"], "needs `dns`");
    assert_eq!(hop(&report, "api")["state"], "skipped");
}

#[test]
fn a_closed_port_fails_at_tcp() {
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let (code, report) = examine(&mut doctor(&format!("https://{port}")));
    assert_eq!(code, Some(1));
    let found = hop(&report, "tcp");
    assert_eq!(found["state"], "failed", "{report}");
    assert!(
        found["detail"].as_str().unwrap().contains("refused"),
        "{found}"
    );
}

#[test]
fn a_self_signed_certificate_fails_at_tls_and_is_trusted_when_it_is_given() {
    let rcgen::CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let ca_file = folder.path().join("ca.pem");
    std::fs::write(&ca_file, cert.pem()).unwrap();
    let key = PrivateKeyDer::Pkcs8(signing_key.serialize_der().into());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let serving = std::thread::spawn(move || {
        for _ in 0..3 {
            let (socket, _) = listener.accept().unwrap();
            let connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = rustls::StreamOwned::new(connection, socket);
            let mut request = [0; 4096];
            if stream.read(&mut request).is_ok() {
                let body = r#"{"ok":false,"error":"Invalid request"}"#;
                let head = "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json";
                let length = body.len();
                let _ = write!(
                    stream,
                    "{head}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
                );
                stream.conn.send_close_notify();
                let _ = stream.flush();
            }
        }
    });

    let (code, report) = examine(&mut doctor(&format!("https://localhost:{port}")));
    assert_eq!(code, Some(1));
    let found = hop(&report, "tls");
    assert_eq!(found["state"], "failed", "{report}");
    assert!(
        found["advice"].as_str().unwrap().contains("--ca-file"),
        "{found}"
    );

    let mut trusting = doctor(&format!("https://localhost:{port}"));
    let (code, report) = examine(trusting.arg("--ca-file").arg(&ca_file));
    assert_eq!(code, Some(0), "{report}");
    assert!(
        hop(&report, "tls")["detail"]
            .as_str()
            .unwrap()
            .starts_with("TLSv1_3")
    );

    let mut elsewhere = doctor(&format!("https://127.0.0.1:{port}"));
    let (_, report) = examine(elsewhere.arg("--ca-file").arg(&ca_file));
    let found = hop(&report, "tls");
    assert!(
        found["advice"]
            .as_str()
            .unwrap()
            .contains("for another host"),
        "{found}"
    );
    serving.join().unwrap();
}

#[test]
fn a_port_without_tls_fails_at_tls() {
    let (address, serving) = server("HTTP/1.1 400 Bad Request\r\n\r\n");
    let (_, report) = examine(&mut doctor(&format!("https://{address}")));
    let found = hop(&report, "tls");
    assert_eq!(found["state"], "failed", "{report}");
    assert!(
        found["advice"]
            .as_str()
            .unwrap()
            .contains("does not speak TLS"),
        "{found}"
    );
    serving.join().unwrap();
}

#[test]
fn what_answers_but_is_not_the_api_is_recognised() {
    for (answer, detail) in [
        (
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>Welcome</html>",
            "a page for people",
        ),
        (
            "HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\n\r\n<h1>Bad</h1>",
            "502 with text/html",
        ),
        (
            "HTTP/1.1 301 Moved\r\nLocation: https://www.example.com/\r\n\r\n",
            "301, which leads to https://www.example.com/",
        ),
        (
            "HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\n\r\n{}",
            "404 for /api/v1/conversations",
        ),
        (
            "HTTP/1.1 500 Oops\r\nContent-Type: application/json\r\n\r\n{\"code\":\"DOWN\"}",
            "in trouble (DOWN)",
        ),
        ("SSH-2.0-OpenSSH_9.2\r\n", "what came is not HTTP"),
        ("", "without an answer"),
    ] {
        let (address, serving) = server(answer);
        let (code, report) = examine(&mut doctor(&format!("http://{address}")));
        assert_eq!(code, Some(1));
        let found = hop(&report, "api");
        assert_eq!(found["state"], "failed", "{report}");
        assert!(
            found["detail"].as_str().unwrap().contains(detail),
            "{found} lacks {detail}"
        );
        serving.join().unwrap();
    }
}

#[test]
fn a_listener_whose_address_is_taken_fails_at_the_webhook() {
    let emulator = emulator("demo.yaml");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut command = wotnot(&emulator, &["doctor"]);
    command.env(
        "WOTNOT_WEBHOOK_LISTEN",
        taken.local_addr().unwrap().to_string(),
    );
    let (code, report) = examine(&mut command);
    assert_eq!(code, Some(1));
    let found = hop(&report, "webhook");
    assert_eq!(found["state"], "failed");
    assert!(
        found["advice"].as_str().unwrap().contains("--listen"),
        "{found}"
    );
}

#[test]
fn a_service_with_another_webhook_token_is_found_while_it_posts() {
    let emulator = emulator("demo.yaml");
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap().to_string();
    drop(free);
    for (token, code, state, says) in [
        ("another-token", 1, "failed", "WOTNOT_WEBHOOK_TOKEN"),
        (WEBHOOK_TOKEN, 0, "ok", "an event of the service came"),
    ] {
        let webhook = wotnot_emulator::Webhook {
            url: format!("http://{address}/wotnot/events"),
            token: Some(token.to_owned()),
            ..wotnot_emulator::Webhook::default()
        };
        emulator.set_webhook(Some(webhook)).unwrap();
        let sent = wotnot(&emulator, &["send", "--visitor", token, "Hello"]).output();
        assert!(sent.unwrap().status.success());
        // The emulator tries again every few seconds.
        let mut command = wotnot(&emulator, &["doctor", "--wait", "60", "--listen", &address]);
        let (ended, report) = examine(&mut command);
        let found = hop(&report, "webhook");
        assert_eq!(
            (ended, &found["state"]),
            (Some(code), &Value::from(state)),
            "{found}"
        );
        assert!(found["detail"].as_str().unwrap().contains(says), "{found}");
        emulator.reset();
    }
}
