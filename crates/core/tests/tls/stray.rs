//! A service that sends more than its answer: what is left over is never the next call's answer.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustls::version::{TLS12, TLS13};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use wotnot_core::Client;

use super::authority::Authority;
use super::server::{Port, read_request};
use super::{config, send};

fn answer(id: &str) -> String {
    let body = format!("{{\"ok\":true,\"message_id\":\"{id}\"}}");
    format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Answers with the number of the request, and at once with `stray` bytes more: another answer, over
/// and over.
fn service(tls: ServerConfig, stray: usize) -> Port {
    let tls = Arc::new(tls);
    let requests = AtomicUsize::new(0);
    Port::open(move |stream| {
        let connection = ServerConnection::new(Arc::clone(&tls)).unwrap();
        let mut stream = StreamOwned::new(connection, stream);
        while read_request(&mut stream).is_ok() {
            let number = requests.fetch_add(1, Ordering::SeqCst);
            let extra: Vec<u8> = answer("stray").bytes().cycle().take(stray).collect();
            // Records of their own, on the wire in one piece.
            let mut records = stream.conn.writer();
            records
                .write_all(answer(&number.to_string()).as_bytes())
                .unwrap();
            records.write_all(&extra).unwrap();
            if stream.flush().is_err() {
                return;
            }
        }
    })
}

#[test]
fn stray_bytes_are_never_the_next_answer() {
    for version in [&TLS12, &TLS13] {
        for stray in [1, 100, 3_980, 4_040, 8_150, 12_230, 16_384, 40_000] {
            let authority = Authority::new();
            let port = service(authority.signs("localhost").serves(&[version]), stray);
            let client = Client::new(config(port.number, &authority.pem())).unwrap();
            let ids: Vec<String> = (0..8)
                .map(|_| send(&client).unwrap().message_id.unwrap())
                .collect();
            assert_eq!(ids, ["0", "1", "2", "3", "4", "5", "6", "7"], "{stray}");
        }
    }
}

#[test]
fn a_connection_without_stray_bytes_is_kept() {
    for version in [&TLS12, &TLS13] {
        let authority = Authority::new();
        let port = service(authority.signs("localhost").serves(&[version]), 0);
        let client = Client::new(config(port.number, &authority.pem())).unwrap();
        for _ in 0..8 {
            send(&client).unwrap();
        }
        assert_eq!(port.accepted(), 1);
    }
}
