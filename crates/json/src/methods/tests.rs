use crate::Client;
use serde_json::{Value, json};

fn client() -> Client {
    Client::new(r#"{"token":"t","base_url":"http://127.0.0.1:9","webhook":{"token":"hook"}}"#)
        .unwrap()
}

fn error(method: &str, params: Value) -> Value {
    let text = client().call(method, &params.to_string()).to_json();
    let envelope: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(envelope["ok"], false, "{envelope}");
    envelope["error"].clone()
}

#[test]
fn a_failure_says_everything_that_a_window_needs() {
    let error = error(
        "send_message",
        json!({"conversation_id": "c", "message": {"type": "text"}}),
    );
    assert_eq!(
        error,
        json!({
            "code": "invalid_argument", "status": 13,
            "message": "message.data: missing; expected an object",
            "retryable": false, "retry_after_ms": null, "http_status": null, "api_code": null,
            "delivery": "not_sent", "attempts": 0, "method": "send_message"
        })
    );
}

#[test]
fn an_unknown_method_names_the_one_that_was_meant() {
    let error = error("sendMessage", json!({}));
    assert_eq!(error["code"], "unknown_method");
    assert_eq!(
        error["message"],
        "there is no such method; did you mean `send_message`?"
    );
}

#[test]
fn parameters_that_are_no_json_are_named_without_being_shown() {
    let outcome = client().call("status", "{\"token\": hush}");
    let text = outcome.to_json();
    assert!(
        text.contains("invalid_json") && !text.contains("hush"),
        "{text}"
    );
}

#[test]
fn a_message_that_is_no_json_is_known_not_to_be_sent() {
    for (method, delivery) in [("send_message", json!("not_sent")), ("status", Value::Null)] {
        let text = client().call(method, "{").to_json();
        let envelope: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(envelope["error"]["delivery"], delivery, "{envelope}");
    }
}

#[test]
fn a_message_that_is_nested_too_deeply_is_named_and_not_sent() {
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    let params = format!(r#"{{"conversation_id": "c", "message": {deep}}}"#);
    let text = client().call("send_message", &params).to_json();
    let envelope: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(envelope["error"]["code"], "invalid_argument", "{text}");
    assert_eq!(envelope["error"]["delivery"], "not_sent", "{text}");
    assert!(text.contains("nested too deeply"), "{text}");
}

#[test]
fn an_accepted_event_is_received() {
    let client = client();
    let body = json!({"token": "hook", "events": [{"event": {"type": "message", "payload":
        {"message_by": {"type": "bot"}, "message": {"type": "text", "text": "<b>Hi</b>"}}},
        "conversation": {"key": "c"}, "visitor": {"key": "v"}}]});
    let outcome = client.call(
        "accept_webhook",
        &json!({"body": body.to_string()}).to_string(),
    );
    assert_eq!(
        outcome.body.unwrap().to_value(),
        json!({"reply": {"status": 200, "body": "{\"ok\":true}"}})
    );
    let event = client.receive(None, None).body.unwrap().to_value();
    assert_eq!(event["type"], "message");
    assert_eq!(event["seq"], 1);
    assert_eq!(event["text"], "Hi");
    assert_eq!(event["html"], "<b>Hi</b>");
    assert_eq!(event["prompt"], json!({"kind": "text", "format": "any"}));
}

#[test]
fn what_a_program_without_a_json_library_looks_for_comes_first() {
    let client = client();
    let body = json!({"token": "hook", "events": [{"event": {"type": "message", "payload":
        {"message_by": {"type": "bot"}, "message": {"type": "text", "text": "<b>Hi</b>"}}}}]})
    .to_string();
    let parsed = client.call("parse_webhook", &json!({"body": body}).to_string());
    client.call("accept_webhook", &json!({"body": body}).to_string());
    for text in [parsed.to_json(), client.receive(None, None).to_json()] {
        let (_, rest) = text.split_once(r#""text":"#).unwrap();
        assert!(rest.starts_with(r#""Hi""#), "{text}");
    }
}

#[test]
fn a_watcher_hears_of_events_interrupts_and_the_end() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    let client = client();
    let heard = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&heard);
    let watched = client.watch(move |_| {
        counter.fetch_add(1, Ordering::Relaxed);
    });
    assert!(watched.body.is_ok());
    assert!(client.watch(|_| {}).body.is_err(), "there is one already");
    let body = json!({"token": "hook", "events": [{"event": {"type": "note"}}]}).to_string();
    client.call("accept_webhook", &json!({ "body": body }).to_string());
    assert_eq!(heard.load(Ordering::Relaxed), 1);
    let _ = client.interrupt();
    client.close();
    assert_eq!(heard.load(Ordering::Relaxed), 3);
}

#[test]
fn receive_without_a_webhook_says_why_it_could_never_end() {
    let client = Client::new(r#"{"token":"t"}"#).unwrap();
    let error = client.receive(None, None).body.unwrap_err();
    assert_eq!(error.code, "invalid_argument");
    assert!(
        error
            .message
            .starts_with("webhook: this client has no webhook")
    );
}
