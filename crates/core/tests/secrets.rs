//! Marked secrets go through every path, and the marks are looked for in all that comes out.
//!
//! The logger of this process asks for everything, down to `trace`: ureq and rustls write to it.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::fmt::{Debug, Write as _};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Mutex;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use wotnot_core::{CallOptions, Client, Config, IfKnown, Message, Result, Start, TranscriptFormat};

/// Part of every secret here: both tokens, the password, what the visitor says and is.
const MARK: &str = "Mark7";

/// `clerk:Mark7-password`, and the same without its start, in base 64.
const ENCODED: [&str; 2] = ["Y2xlcms6TWFyazct", "TWFyazct"];

static LOGGED: Mutex<String> = Mutex::new(String::new());

struct Everything;

impl log::Log for Everything {
    fn enabled(&self, _: &log::Metadata) -> bool {
        true
    }

    fn log(&self, record: &log::Record) {
        let mut logged = LOGGED.lock().unwrap();
        let (level, target) = (record.level(), record.target());
        writeln!(logged, "{level} {target}: {}", record.args()).unwrap();
    }

    fn flush(&self) {}
}

fn clean(what: &str, text: &str) {
    for mark in [MARK].iter().chain(&ENCODED) {
        if let Some(at) = text.find(mark) {
            let from = text[..at].rfind('\n').map_or(0, |line| line + 1);
            panic!(
                "{what} shows a secret: {}",
                text[from..].lines().next().unwrap()
            );
        }
    }
}

fn clean_outcome<T: Debug>(what: &str, outcome: &Result<T>) {
    if let Err(error) = outcome {
        clean(what, &format!("{error} {error:?} {error:#?}"));
        clean(
            what,
            &format!("{:?} {:?}", error.message(), error.api_code()),
        );
        if let Some(reply) = error.reply() {
            clean(what, &format!("{reply:?}"));
        }
    }
}

fn config(base_url: &str, proxy: Value) -> Config {
    Config::from_value(json!({
        "token": "Mark7.token", "bot_key": "bot", "base_url": base_url, "proxy": proxy,
        "timeout_ms": 2000, "retry": {"max_attempts": 2, "base_delay_ms": 0}, "allow_http": true,
        "webhook": {"token": "Mark7-webhook", "listen": "127.0.0.1:0"},
        "tls": {"roots": "bundled"},
    }))
    .unwrap()
}

fn start() -> Start {
    let mut start = Start::text("Mark7-visitor", "Mark7 says the visitor");
    start.variables =
        serde_json::from_value(json!({"contact": {"email": "Mark7@example.com"}})).ok();
    start
}

fn both_calls(what: &str, config: Config) {
    clean(what, &format!("{config:?} {config:#?}"));
    let client = Client::new(config).unwrap();
    clean(what, &format!("{client:?} {client:#?}"));
    let options = CallOptions::default();
    clean_outcome(what, &client.start_conversation(&start(), &options));
    let message = Message::text("Mark7 says the visitor");
    clean_outcome(what, &client.send_message("3f0c", &message, &options));
    clean(what, &format!("{:?}", client.status().unwrap()));
}

/// Answers that repeat secrets to us, and ends without an answer.
const ANSWERS: [(&str, &str); 10] = [
    (
        "a message taken",
        "HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n{\"ok\":true,\"message_id\":\"abc\"}",
    ),
    (
        "the token as the service's word",
        "HTTP/1.1 401 Mark7\r\nContent-Length: 47\r\n\r\n{\"ok\":false,\"code\":\"Mark7.token\",\"error\":\"xx\"}",
    ),
    (
        "a failure that quotes the visitor",
        "HTTP/1.1 400 No\r\nContent-Length: 58\r\n\r\n{\"error\":\"Invalid request\",\"message\":\"Mark7 says\",\"x\":12345}",
    ),
    (
        "the token in the emulator's reason",
        "HTTP/1.1 400 No\r\nx-emulator-reason: Mark7.token\r\nContent-Length: 27\r\n\r\n{\"error\":\"Invalid request\"}",
    ),
    (
        "the visitor's words as the service's",
        "HTTP/1.1 400 No\r\nContent-Length: 44\r\n\r\n{\"ok\":false,\"code\":\"Mark7 says the visitor\"}",
    ),
    (
        "a page",
        "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n<p>Mark7.token</p>",
    ),
    (
        "an outage",
        "HTTP/1.1 503 Down\r\nRetry-After: 0\r\nConnection: close\r\n\r\nMark7.token",
    ),
    (
        "half an answer",
        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nMark7.token",
    ),
    ("no HTTP", "Mark7.token says the service\r\n\r\n"),
    ("silence", ""),
];

/// Reads a request and gives one answer, on every connection.
fn service(answer: &'static str) -> u16 {
    service_with(answer, "")
}

/// The same, but that sessions are answered for by what stands in `session`, where there is something.
fn service_with(answer: &'static str, session: &'static str) -> u16 {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = socket.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in socket.incoming().flatten() {
            let mut head = [0; 16 * 1024];
            let _ = stream.read(&mut head);
            let answer = match head.starts_with(b"POST /v1/sessions") && !session.is_empty() {
                true => session,
                false => answer,
            };
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    port
}

/// The visitor's token and the one that gets the next, from a gateway.
const SESSION: &str = "HTTP/1.1 201 Created\r\nConnection: close\r\n\r\n\
    {\"token\":\"Mark7.visitor\",\"expires_in\":900,\"refresh\":\"Mark7-refresh\",\"visitor\":{\"id\":\"v_1\"},\
    \"conversation\":{\"id\":\"c_1\",\"cursor\":\"e.0\"},\"capabilities\":{}}";

/// What a visitor calls, with a signed text of the site's; gives the state file as it was before and after another
/// user came.
fn through_a_gateway(what: &str, answer: &'static str, key: Option<&str>) -> String {
    let port = service_with(answer, SESSION);
    let folder = std::env::temp_dir().join(format!("wotnot-secrets-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let state = folder.join("state");
    let config = Config::from_value(json!({
        "gateway": {"url": format!("http://127.0.0.1:{port}"), "app": "shop", "identity": "e30.Mark7-claims.Mark7-signed"},
        "state": {"path": state, "key": key},
        "timeout_ms": 2000, "retry": {"max_attempts": 2, "base_delay_ms": 0}, "proxy": null,
    }))
    .unwrap();
    clean(what, &format!("{config:?} {config:#?}"));
    let client = Client::new(config).unwrap();
    clean(what, &format!("{client:?} {client:#?}"));
    let options = CallOptions::default();
    let queued = CallOptions {
        queue: true,
        ..CallOptions::default()
    };
    let message = Message::text("Mark7 says the visitor");
    let opened = client.open_conversation(&start(), IfKnown::Reuse, &options);
    clean_outcome(what, &opened);
    clean_outcome(what, &client.send_message("c_1", &message, &options));
    clean_outcome(what, &client.send_message("c_1", &message, &queued));
    clean_outcome(what, &client.start_conversation(&start(), &options));
    let format = TranscriptFormat::Txt;
    clean_outcome(what, &client.transcript("c_1", format, &options));
    // What comes is what events are for; why nothing comes is not.
    clean_outcome(what, &client.receive(Some(Duration::from_millis(50)), None));
    // Another user's session is another one.
    let mut written = std::fs::read(&state).unwrap();
    clean_outcome(
        what,
        &client.set_identity(Some("e30.Mark7-other.Mark7-signed")),
    );
    clean(what, &format!("{client:?} {:?}", client.status().unwrap()));
    drop(client);
    written.extend(std::fs::read(&state).unwrap());
    std::fs::remove_dir_all(&folder).unwrap();
    String::from_utf8_lossy(&written).into_owned()
}

#[test]
fn no_secret_shows_in_errors_debug_or_logs_at_any_level() {
    log::set_logger(&Everything).unwrap();
    log::set_max_level(log::LevelFilter::Trace);

    for (what, answer) in ANSWERS {
        both_calls(
            what,
            config(
                &format!("http://127.0.0.1:{}", service(answer)),
                Value::Null,
            ),
        );
    }
    // A service that speaks no TLS, and one behind a proxy that refuses, is not there, or hangs up.
    let plain = format!("https://127.0.0.1:{}", service("no TLS"));
    both_calls("no TLS", config(&plain, Value::Null));
    for (what, port) in [
        (
            "a proxy that refuses",
            service("HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n"),
        ),
        ("a proxy that hangs up", service("")),
        (
            "a proxy that leads nowhere",
            service("HTTP/1.1 200 OK\r\n\r\n"),
        ),
        ("no proxy", 1),
    ] {
        let proxy = json!(format!("http://clerk:Mark7-password@127.0.0.1:{port}"));
        both_calls(what, config("https://service.invalid", proxy));
    }
    for (what, answer) in ANSWERS {
        let sealed = through_a_gateway(what, answer, Some(&STANDARD.encode([7; 32])));
        clean("the sealed state file", &sealed);
        // What the search would find if it were not sealed.
        let plain = through_a_gateway(what, answer, None);
        assert!(plain.contains("Mark7-refresh"), "{what}");
        assert!(!plain.contains("Mark7.visitor"), "{what}");
    }
    webhooks();
    wrong_settings();

    let logged = LOGGED.lock().unwrap();
    assert!(logged.contains("DEBUG ureq"), "nobody logged: {logged}");
    clean("the log", &logged);
}

fn webhooks() {
    let client = Client::new(config("https://service.invalid", Value::Null)).unwrap();
    let event = r#""events":[{"event":{"type":"message"},"conversation":{"key":"3f0c"}}]"#;
    for body in [
        format!(r#"{{"token":"Mark7-wrong",{event}}}"#),
        "Mark7 is no JSON".to_owned(),
        r#"["Mark7"]"#.to_owned(),
        r#"{"token":"Mark7-webhook","events":"Mark7"}"#.to_owned(),
        r#"{"token":{"Mark7":1}}"#.to_owned(),
    ] {
        for authorization in [None, Some("Bearer Mark7-wrong")] {
            let parsed = client.parse_webhook(&body, authorization);
            assert!(parsed.is_err());
            clean_outcome("a post that is refused", &parsed);
            clean_outcome(
                "a post that is refused",
                &client.accept_webhook(&body, authorization),
            );
        }
    }
    client.close();
    clean_outcome("a closed client", &client.receive(None, None));
}

/// Values in the wrong place are where an error is tempted to quote them.
fn wrong_settings() {
    for config in [
        json!({"token": "Bearer Mark7"}),
        json!({"token": "Mark7 in two words"}),
        json!({"token": ["Mark7"]}),
        json!({"token": "t", "base_url": "https://clerk:Mark7@example.com"}),
        json!({"token": "t", "proxy": "http://clerk:Mark7@"}),
        json!({"token": "t", "proxy": "socks5://clerk:Mark7@127.0.0.1:1"}),
        json!({"token": "t", "proxy": {"Mark7": 1}}),
        json!({"token": "t", "tls": {"ca_pem": "Mark7"}}),
        json!({"token": "t", "webhook": {"token": "Mark7\n"}}),
        json!({"token": "t", "webhook": {"token": 5, "path": "Mark7"}}),
        json!({"token": "t", "user_agent": "Mark7\u{7}"}),
        json!({"gateway": {"url": "https://clerk:Mark7@example.com", "app": "shop"}}),
        json!({"gateway": {"url": "https://example.com", "app": "shop", "identity": ["Mark7"]}}),
        json!({"gateway": {"url": "https://example.com", "app": "shop"}, "state": {"path": "x", "key": "Mark7"}}),
        json!({"gateway": {"url": "https://example.com", "app": "shop"}, "token": "Mark7"}),
    ] {
        let outcome = Config::from_value(config.clone()).and_then(Client::new);
        assert!(outcome.is_err(), "{config}");
        clean_outcome(&config.to_string(), &outcome);
    }
    let broken = Config::from_json(r#"{"token": "Mark7", "#);
    assert!(broken.is_err());
    clean_outcome("half a configuration", &broken);
}
