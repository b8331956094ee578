//! The bot's turn where the visitor has spoken already: nothing is sent.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use wotnot_core::{CallOptions, CancelToken, Client, Code, Config, Event, Proxy, TurnEnd, Webhook};

/// Nobody answers its calls.
fn client() -> Client {
    let config = Config {
        base_url: "http://127.0.0.1:9".into(),
        proxy: Proxy::Direct,
        webhook: Some(Webhook::new("hook")),
        ..Config::new("t")
    };
    Client::new(config).unwrap()
}

fn post(client: &Client, by: &str, message: Value) {
    let payload = json!({"message_by": {"type": by}, "message": message});
    let event =
        json!({"event": {"type": "message", "payload": payload}, "conversation": {"key": "c"}});
    let body = json!({"token": "hook", "events": [event]}).to_string();
    client.accept_webhook(&body, None).unwrap();
}

fn text(text: &str) -> Value {
    json!({"type": "text", "text": text})
}

fn buttons() -> Value {
    let buttons = json!([{"title": "Sales", "key": "sales", "type": "button"}]);
    json!({"type": "button", "text": "What is it about?", "buttons": buttons})
}

fn patient() -> CallOptions {
    CallOptions {
        timeout: Some(Duration::from_secs(60)),
        ..CallOptions::default()
    }
}

#[test]
fn what_waits_is_of_the_turn() {
    let client = client();
    post(&client, "visitor", text("Hello"));
    post(&client, "bot", text("Hi"));
    post(&client, "bot", buttons());
    let turn = client.await_turn("c", None, &patient()).unwrap();
    assert_eq!((turn.ended, turn.message_id), (TurnEnd::Prompt, None));
    assert!(turn.text.starts_with("Hi\n"), "{}", turn.text);
    assert_eq!(turn.events.len(), 2);
    let is_bots = |event: &Event| !event.late && event.by() == Some("bot");
    assert!(turn.events.iter().all(is_bots));
    assert_eq!(client.status().unwrap().counters.calls, 0);
}

#[test]
fn what_comes_is_waited_for() {
    let client = client();
    let turn = thread::scope(|scope| {
        let turn = scope.spawn(|| client.await_turn("c", None, &patient()));
        post(&client, "bot", buttons());
        turn.join().unwrap().unwrap()
    });
    assert_eq!((turn.ended, turn.events.len()), (TurnEnd::Prompt, 1));
    assert!(turn.prompt.is_some());
}

#[test]
fn a_turn_that_is_cancelled_gives_its_events_back() {
    let client = client();
    post(&client, "bot", text("Hi"));
    let token = CancelToken::new();
    token.cancel();
    let options = CallOptions {
        cancel: Some(token),
        ..CallOptions::default()
    };
    let error = client.await_turn("c", None, &options).unwrap_err();
    assert_eq!((error.code(), error.delivery()), (Code::Interrupted, None));
    let event = client.receive(Some(Duration::ZERO), None).unwrap();
    assert_eq!(event.text(), Some("Hi"));
}

#[test]
fn a_turn_needs_a_webhook() {
    let client = Client::new(Config::new("t")).unwrap();
    let error = client.await_turn("c", None, &CallOptions::default());
    assert_eq!(error.unwrap_err().code(), Code::InvalidArgument);
}
