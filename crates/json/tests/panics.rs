//! A panic behind any entry of the facade is an error, and the client goes on.
#![allow(clippy::panic, reason = "they panic on purpose")]
#![allow(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use std::time::Duration;

use serde_json::{Value, json};
use wotnot_json::{CancelToken, Client, Code, ConfigForm, EventFilter, Outcome};

const CONFIG: &str = r#"{"token":"t","base_url":"http://127.0.0.1:9","proxy":null,"log":"calls",
    "retry":{"max_attempts":1},"webhook":{"token":"hook"}}"#;

/// A token whose check runs code of the caller that panics.
fn panicking_token() -> CancelToken {
    CancelToken::with_check(|| panic!("a panic on purpose"))
}

/// The error's code, status and delivery; the client must live on.
fn error(client: &Client, outcome: Outcome) -> (Value, Value, Value) {
    assert_eq!(outcome.code, Code::Panic);
    let envelope: Value = serde_json::from_str(&outcome.to_json()).unwrap();
    assert!(!envelope.to_string().contains("on purpose"), "{envelope}");
    assert_eq!(client.call("status", "").code, Code::Ok);
    let error = &envelope["error"];
    (
        error["code"].clone(),
        error["status"].clone(),
        error["delivery"].clone(),
    )
}

fn panic(delivery: Value) -> (Value, Value, Value) {
    (json!("panic"), json!(91), delivery)
}

#[test]
fn a_panic_in_a_wait_is_an_error() {
    let client = Client::new(CONFIG).unwrap();
    let (token, minute) = (panicking_token(), Some(Duration::from_secs(60)));
    for outcome in [
        client.receive(minute, Some(&token)),
        client.receive_wanted(EventFilter::Of("c"), minute, Some(&token)),
        client.call_cancellable("receive", "", Some(&token)),
        client.call_value("wait", json!({"timeout_ms": 60_000}), Some(&token)),
    ] {
        assert_eq!(error(&client, outcome), panic(Value::Null));
    }
}

#[test]
fn a_panic_in_what_watches_a_client_is_an_error() {
    let client = Client::new(CONFIG).unwrap();
    let watched = client.watch(|_| panic!("a panic on purpose"));
    assert_eq!(watched.code, Code::Ok);
    let post = json!({"body": "{\"token\":\"hook\",\"events\":[{\"event\":{\"type\":\"note\"}}]}"});
    for outcome in [
        client.interrupt(),
        client.call_value("accept_webhook", post, None),
    ] {
        assert_eq!(error(&client, outcome), panic(Value::Null));
    }
    assert_eq!(client.receive(Some(Duration::ZERO), None).code, Code::Ok);
    assert_eq!(client.close().code, Code::Panic);
    assert!(client.is_closed());
    assert_eq!(client.close().code, Code::Ok);
}

#[test]
fn a_panic_at_the_end_of_a_client_stays_inside() {
    let client = Client::new(CONFIG).unwrap();
    client.watch(|_| panic!("a panic on purpose"));
    drop(client);
}

#[test]
fn a_panic_in_what_logs_leaves_open_what_was_sent() {
    let logger = |_: &wotnot_json::LogRecord| panic!("a panic on purpose");
    let client = Client::with_logger(ConfigForm::Text(CONFIG), logger).unwrap();
    let params =
        json!({"conversation_id": "c", "message": {"type": "text", "data": {"body": "Hi"}}});
    let outcome = client.call_value("send_message", params, None);
    assert_eq!(error(&client, outcome), panic(json!("unknown")));
}
