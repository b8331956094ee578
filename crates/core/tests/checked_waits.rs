//! A token with a check ends every kind of wait, and a wanted event leaves the others where they are.

#![allow(clippy::unwrap_used)]

use std::net::TcpListener;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use wotnot_core::{
    CallOptions, CancelToken, Client, Code, Config, Delivery, EventFilter, Message, Retry, Webhook,
};

fn client(config: Config) -> Client {
    Client::new(Config {
        webhook: Some(Webhook::new("hook")),
        ..config
    })
    .unwrap()
}

fn config(port: u16) -> Config {
    Config {
        base_url: format!("http://127.0.0.1:{port}"),
        timeout: Duration::from_secs(60),
        ..Config::new("t")
    }
}

/// A token whose check stops at its third question, and how often it was asked.
fn third_time_stops() -> (CancelToken, Arc<AtomicU32>) {
    let asked = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&asked);
    let token = CancelToken::with_check(move || match counter.fetch_add(1, Ordering::SeqCst) {
        0 | 1 => ControlFlow::Continue(()),
        _ => ControlFlow::Break(()),
    });
    (token, asked)
}

fn send(client: &Client, cancel: CancelToken) -> wotnot_core::Error {
    let options = CallOptions {
        cancel: Some(cancel),
        ..CallOptions::default()
    };
    client
        .send_message("3f0c", &Message::text("Hello"), &options)
        .unwrap_err()
}

fn deliver(client: &Client, conversation: &str, text: &str) {
    let body = json!({"token": "hook", "events": [{"event": {"type": "message", "payload":
        {"message_by": {"type": "bot"}, "message": {"type": "text", "text": text}}},
        "conversation": {"key": conversation}}]});
    client.accept_webhook(&body.to_string(), None).unwrap();
}

#[test]
fn a_check_ends_a_wait_for_an_answer() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = client(config(silent.local_addr().unwrap().port()));
    let (token, asked) = third_time_stops();
    let begun = Instant::now();
    let error = send(&client, token);
    assert_eq!(error.code(), Code::Interrupted);
    assert_eq!(error.delivery(), Some(Delivery::Unknown));
    assert_eq!(asked.load(Ordering::SeqCst), 3);
    assert!(begun.elapsed() < Duration::from_secs(30));
}

#[test]
fn a_check_ends_the_wait_before_a_retry() {
    let gone = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = gone.local_addr().unwrap().port();
    drop(gone);
    let client = client(Config {
        retry: Retry {
            max_attempts: 20,
            base_delay: Duration::from_secs(40),
            max_delay: Duration::from_secs(40),
        },
        ..config(port)
    });
    let (token, _) = third_time_stops();
    let error = send(&client, token);
    assert_eq!(error.code(), Code::Interrupted);
    assert_eq!(error.delivery(), Some(Delivery::NotSent));
}

#[test]
fn a_check_ends_a_wait_for_an_event() {
    let client = client(config(9));
    let (token, _) = third_time_stops();
    let error = client.receive(None, Some(&token)).unwrap_err();
    assert_eq!(error.code(), Code::Interrupted);
}

#[test]
fn a_check_may_use_the_client_itself() {
    let client = Arc::new(client(config(9)));
    let inner = Arc::clone(&client);
    let token = CancelToken::with_check(move || {
        deliver(&inner, "3f0c", "from the check");
        ControlFlow::Continue(())
    });
    let event = client.receive(None, Some(&token)).unwrap();
    assert_eq!(event.text(), Some("from the check"));
}

#[test]
fn a_receiver_of_one_conversation_leaves_the_others_their_events() {
    let client = client(config(9));
    for (conversation, text) in [("a", "1"), ("b", "2"), ("a", "3")] {
        deliver(&client, conversation, text);
    }
    let next = |wanted| {
        client
            .receive_wanted(wanted, Some(Duration::ZERO), None)
            .map(|event| event.text().unwrap().to_owned())
    };
    assert_eq!(next(EventFilter::Of("b")).unwrap(), "2");
    assert_eq!(
        next(EventFilter::Of("b")).unwrap_err().code(),
        Code::Timeout
    );
    assert_eq!(next(EventFilter::Any).unwrap(), "1");
    assert_eq!(next(EventFilter::Of("a")).unwrap(), "3");
}
