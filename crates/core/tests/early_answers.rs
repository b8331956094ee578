//! Answers that do not wait for the end of the request, and ends that are no answers.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde_json::json;
use wotnot_core::{CallOptions, CancelToken, Client, Code, Config, Delivery, Message};

/// For a call that must end by itself long before.
const DEADLINE: Duration = Duration::from_secs(60);

/// More than the sockets of both sides hold.
const LONG: usize = 16 * 1024 * 1024;

const TOO_LARGE: &str = "HTTP/1.1 413 Too Large\r\nContent-Length: 12\r\n\r\n{\"ok\":false}";

/// Serves one connection with `handle`.
fn client(handle: impl FnOnce(TcpStream) + Send + 'static) -> Client {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", socket.local_addr().unwrap());
    thread::spawn(move || handle(socket.accept().unwrap().0));
    Client::new(Config {
        timeout: DEADLINE,
        ..Config::from_value(json!({"token": "t", "base_url": url})).unwrap()
    })
    .unwrap()
}

fn read_head(stream: &mut TcpStream) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
}

fn long() -> Message {
    Message::text("x".repeat(LONG))
}

#[test]
fn a_refusal_is_read_although_the_service_closes_before_the_message_is_out() {
    let client = client(|mut stream| {
        read_head(&mut stream);
        stream.write_all(TOO_LARGE.as_bytes()).unwrap();
        // Bytes that were not read make the close a reset.
    });
    let error = client
        .send_message("3f0c", &long(), &CallOptions::default())
        .unwrap_err();
    assert_eq!(error.http_status(), Some(413), "{error}");
    assert_eq!(error.delivery(), Some(Delivery::Rejected));
}

#[test]
fn an_interim_answer_does_not_end_the_writing() {
    let client = client(|mut stream| {
        read_head(&mut stream);
        stream
            .write_all(b"HTTP/1.1 103 Early Hints\r\n\r\n")
            .unwrap();
        let mut left = LONG;
        let mut buffer = vec![0; 64 * 1024];
        while left > 0 {
            left = left.saturating_sub(stream.read(&mut buffer).unwrap());
        }
        let taken =
            "HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n{\"ok\":true,\"message_id\":\"abc\"}";
        stream.write_all(taken.as_bytes()).unwrap();
        // Reads the rest, so that the end is no reset.
        let _ = stream.read_to_end(&mut buffer);
    });
    let sent = client.send_message("3f0c", &long(), &CallOptions::default());
    assert!(sent.is_ok(), "{sent:?}");
}

#[test]
fn a_message_that_is_not_read_ends_at_the_deadline() {
    let (over, wait) = mpsc::channel::<()>();
    let client = client(move |mut stream| {
        read_head(&mut stream);
        let _ = wait.recv();
    });
    let options = CallOptions {
        timeout: Some(Duration::from_millis(300)),
        ..CallOptions::default()
    };
    let error = client.send_message("3f0c", &long(), &options).unwrap_err();
    assert_eq!(error.code(), Code::RequestTimeout);
    assert_eq!(error.delivery(), Some(Delivery::Unknown));
    drop(over);
}

#[test]
fn a_cancel_ends_the_writing_of_a_long_message() {
    let (head_is_there, signal) = mpsc::channel();
    let (over, wait) = mpsc::channel::<()>();
    let client = client(move |mut stream| {
        read_head(&mut stream);
        head_is_there.send(()).unwrap();
        let _ = wait.recv();
    });
    let cancel = CancelToken::new();
    let options = CallOptions {
        cancel: Some(cancel.clone()),
        ..CallOptions::default()
    };
    let error = thread::scope(|scope| {
        let call = scope.spawn(|| client.send_message("3f0c", &long(), &options).unwrap_err());
        signal.recv().unwrap();
        cancel.cancel();
        call.join().unwrap()
    });
    assert_eq!(error.code(), Code::Interrupted);
    assert_eq!(error.delivery(), Some(Delivery::Unknown));
    drop(over);
}

#[test]
fn an_answer_without_a_length_does_not_end_with_our_own_cancel() {
    let (answered, signal) = mpsc::channel();
    let (over, wait) = mpsc::channel::<()>();
    let client = client(move |mut stream| {
        read_head(&mut stream);
        let taken = "HTTP/1.1 200 OK\r\n\r\n{\"ok\":true,\"message_id\":\"abc\"}";
        stream.write_all(taken.as_bytes()).unwrap();
        answered.send(()).unwrap();
        let _ = wait.recv();
    });
    let cancel = CancelToken::new();
    let options = CallOptions {
        cancel: Some(cancel.clone()),
        ..CallOptions::default()
    };
    let outcome = thread::scope(|scope| {
        let call = scope.spawn(|| client.send_message("3f0c", &Message::text("Hi"), &options));
        signal.recv().unwrap();
        cancel.cancel();
        call.join().unwrap()
    });
    let error = outcome.unwrap_err();
    assert_eq!(error.code(), Code::Interrupted, "{error}");
    assert_eq!(error.delivery(), Some(Delivery::Unknown));
    drop(over);
}

/// Not every system shows a reset after the last byte: the end of the connection proves no whole answer, the last brace does.
#[test]
fn an_answer_without_a_length_that_lacks_its_last_brace_is_unknown() {
    // Of the refusal a whole one is tried again.
    let refused = r#"{"ok":false,"code":"CONVERSATION_CREATION_EXCEPTION"}"#;
    for whole in [r#"{"ok":true,"message_id":"abc"}"#, refused] {
        for end in 0..whole.len() {
            let part = whole[..end].to_owned();
            let client = client(move |mut stream| {
                read_request(&mut stream);
                let head = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";
                stream
                    .write_all(format!("{head}{part}").as_bytes())
                    .unwrap();
            });
            let error = client
                .send_message("3f0c", &Message::text("Hello"), &CallOptions::default())
                .unwrap_err();
            assert_eq!(error.delivery(), Some(Delivery::Unknown), "{end}: {error}");
            assert_eq!(error.attempts(), 1, "{end}");
        }
    }
}

/// All of it, so that the end of the connection is no reset.
fn read_request(stream: &mut TcpStream) {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    while !request.ends_with(b"}") {
        let count = stream.read(&mut buffer).unwrap();
        request.extend_from_slice(&buffer[..count]);
    }
}
