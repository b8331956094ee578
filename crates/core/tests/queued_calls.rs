//! A call that waited in a queue: the time that it waited counts.

#![allow(clippy::unwrap_used)]

use std::net::TcpListener;
use std::time::{Duration, Instant};

use wotnot_core::{CallOptions, CancelToken, Client, Code, Config, Delivery, Error, Message};

fn send(port: u16, timeout: Duration, cancel: CancelToken) -> Error {
    let config = Config {
        base_url: format!("http://127.0.0.1:{port}"),
        ..Config::new("t")
    };
    let options = CallOptions {
        timeout: Some(timeout),
        cancel: Some(cancel),
        ..CallOptions::default()
    };
    Client::new(config)
        .unwrap()
        .send_message("3f0c", &Message::text("Hello"), &options)
        .unwrap_err()
}

fn silent() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

/// A token of a call that was asked for so long ago.
fn asked_ago(waited: Duration) -> CancelToken {
    let token = CancelToken::new();
    token.count_from(Instant::now().checked_sub(waited).unwrap());
    token
}

fn nobody_connected(listener: &TcpListener) -> bool {
    listener.set_nonblocking(true).unwrap();
    listener.accept().is_err()
}

#[test]
fn a_call_whose_time_is_over_never_leaves() {
    let (listener, port) = silent();
    let error = send(
        port,
        Duration::from_millis(500),
        asked_ago(Duration::from_secs(1)),
    );
    assert_eq!(error.code(), Code::RequestTimeout);
    assert_eq!(error.delivery(), Some(Delivery::NotSent));
    assert_eq!(error.attempts(), 0);
    assert!(nobody_connected(&listener));
}

#[test]
fn of_two_queues_the_time_in_the_first_counts_too() {
    let (listener, port) = silent();
    let token = CancelToken::new();
    token.count_from(Instant::now());
    token.count_from(Instant::now().checked_sub(Duration::from_secs(1)).unwrap());
    token.count_from(Instant::now());
    let error = send(port, Duration::from_millis(500), token);
    assert_eq!(error.delivery(), Some(Delivery::NotSent));
    assert!(nobody_connected(&listener));
}

#[test]
fn a_call_has_the_time_that_the_queue_left() {
    let (_listener, port) = silent();
    let begun = Instant::now();
    let minute = Duration::from_secs(60);
    let error = send(
        port,
        minute,
        asked_ago(minute.saturating_sub(Duration::from_secs(1))),
    );
    assert_eq!(error.code(), Code::RequestTimeout);
    assert_eq!(error.delivery(), Some(Delivery::Unknown));
    assert!(begun.elapsed() < Duration::from_secs(30));
}

#[test]
fn a_call_that_expired_in_the_queue_never_leaves() {
    let (listener, port) = silent();
    let token = CancelToken::new();
    token.expire();
    let error = send(port, Duration::from_secs(60), token);
    assert_eq!(error.code(), Code::RequestTimeout);
    assert_eq!(error.delivery(), Some(Delivery::NotSent));
    assert!(nobody_connected(&listener));
}
