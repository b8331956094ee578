//! A server that costs next to nothing: a thread a connection, prebuilt answers.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use xtask::run::Result;

/// To a message.
const TAKEN: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 59\r\n\r\n\
{\"ok\":true,\"message_id\":\"0123456789abcdef0123456789abcdef\"}";

/// To a message for the conversation `refused`.
const REFUSED: &[u8] =
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: 27\r\n\r\n\
{\"error\":\"Invalid request\"}";

/// To the start of a conversation.
const STARTED: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 159\r\n\r\n\
{\"ok\":true,\"conversation\":{\"id\":\"3f0c\",\"created_at\":\"2026-01-01 00:00:00.000000\",\
\"assignee\":{\"id\":\"1\",\"to\":\"bot@example.com\"}},\"contact\":{\"visitor_key\":\"v_1\"}}";

/// What a gateway answers: the head of the request, and the status and body.
const GATEWAY: [(&str, &str, &str); 11] = [
    (
        "POST /v1/sessions",
        "201 Created",
        r#"{"token":"t","expires_in":900,"refresh":"r","visitor":{"id":"v_1"},"conversation":{"id":"c_1","cursor":"e1.0"},"capabilities":{}}"#,
    ),
    (
        "POST /v1/conversations/refused/",
        "410 Gone",
        r#"{"error":{"code":"ended","message":"It has ended.","retryable":false,"retry_after_ms":null}}"#,
    ),
    (
        "POST /v1/conversations",
        "202 Accepted",
        r#"{"conversation":{"id":"c_1"},"message":{"client_id":"m","seq":4,"state":"queued"}}"#,
    ),
    (
        "GET /v1/conversations/c_1/events",
        "200 OK",
        r#"{"events":[{"type":"message","seq":5,"at":"2026-11-24T10:00:00Z","by":"bot","text":"Hi"}],"cursor":"e1.5","head":"e1.5"}"#,
    ),
    ("GET /v1/conversations/c_1/transcript", "200 OK", "[]"),
    ("DELETE /v1/visitor", "202 Accepted", "{}"),
    ("POST /v1/files/f_1/complete", "200 OK", READY),
    ("POST /v1/files", "201 Created", BEGUN),
    ("PATCH /v1/files/f_1", "200 OK", WRITTEN),
    ("GET /v1/files/f_1", "200 OK", WRITTEN),
    ("", "404 Not Found", "{}"),
];
const BEGUN: &str = r#"{"file":{"id":"f_1","name":"cat.png","type":"image/png","size":3,"offset":0,"ready":false,"url":null}}"#;
const WRITTEN: &str = r#"{"file":{"id":"f_1","name":"cat.png","type":"image/png","size":3,"offset":3,"ready":false,"url":null}}"#;
const READY: &str = r#"{"ready":true,"file":{"id":"f_1","name":"cat.png","type":"image/png","size":3,"offset":3,"ready":true,"url":null}}"#;

/// Answers as a gateway does, on loopback until the process ends.
pub fn start_gateway() -> Result<SocketAddr> {
    let answers = GATEWAY.map(|(head, status, body)| {
        let answer = format!(
            "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        (head, answer.into_bytes())
    });
    serve(move |stream| {
        answer_with(stream, |request| {
            let mut answers = answers.iter();
            answers
                .find(|(head, _)| request.starts_with(head.as_bytes()))
                .map_or(&[], |(_, answer)| answer)
        });
    })
}

/// Serves on loopback until the process ends.
pub fn start() -> Result<SocketAddr> {
    serve(answer)
}

/// Takes messages on loopback until the process ends, and never answers.
pub fn start_silent() -> Result<SocketAddr> {
    serve(|mut stream| {
        let mut buffer = [0; 8192];
        while let Ok(1..) = stream.read(&mut buffer) {}
    })
}

/// As [`start`] over TLS; also gives the certificate, PEM.
pub fn start_tls() -> Result<(SocketAddr, String)> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])
        .map_err(|error| error.to_string())?;
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let config =
        ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|builder| {
                builder
                    .with_no_client_auth()
                    .with_single_cert(vec![made.cert.der().clone()], key.into())
            })
            .map_err(|error| error.to_string())?;
    let config = Arc::new(config);
    let address = serve(move |stream| {
        if let Ok(connection) = ServerConnection::new(Arc::clone(&config)) {
            answer(StreamOwned::new(connection, stream));
        }
    })?;
    Ok((address, made.cert.pem()))
}

fn serve(answer: impl Fn(TcpStream) + Send + Sync + 'static) -> Result<SocketAddr> {
    let socket = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
    let address = socket.local_addr().map_err(|error| error.to_string())?;
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for stream in socket.incoming().flatten() {
            let answer = Arc::clone(&answer);
            std::thread::spawn(move || {
                if stream.set_nodelay(true).is_ok() {
                    answer(stream);
                }
            });
        }
    });
    Ok(address)
}

fn answer(stream: impl Read + Write) {
    answer_with(stream, fitting);
}

fn answer_with<'a>(mut stream: impl Read + Write, fitting: impl Fn(&[u8]) -> &'a [u8]) {
    let mut buffer = [0; 8192];
    let mut held = 0;
    while let Ok(bytes @ 1..) = stream.read(&mut buffer[held..]) {
        held += bytes;
        if is_whole(&buffer[..held]) {
            let answer = fitting(&buffer[..held]);
            held = 0;
            if stream.write_all(answer).is_err() {
                return;
            }
        }
    }
}

fn fitting(request: &[u8]) -> &'static [u8] {
    if request.starts_with(b"POST /api/v1/conversation/refused/") {
        REFUSED
    } else if request.starts_with(b"POST /api/v1/conversations ") {
        STARTED
    } else {
        TAKEN
    }
}

/// Whether all of a message is there: its head, and a body of the length that the head says.
pub fn is_whole(message: &[u8]) -> bool {
    let Some(head) = message.windows(4).position(|four| four == b"\r\n\r\n") else {
        return false;
    };
    let text = String::from_utf8_lossy(&message[..head]);
    let length = text
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.trim().parse::<usize>().ok())
        .unwrap_or(0);
    message.len() >= head + 4 + length
}
