//! What the client itself refuses before anything is sent, however the message was built.

#![allow(clippy::unwrap_used, clippy::panic)]

use serde_json::{Map, Value, json};
use wotnot_core::{CallOptions, Client, Code, Config, Delivery, Error, Message, Start, Variables};

/// A client of a port that nobody listens on.
fn client() -> Client {
    let config = json!({"token": "t", "bot_key": "b", "base_url": "http://127.0.0.1:1", "proxy": null,
        "retry": {"max_attempts": 1}});
    Client::new(Config::from_value(config).unwrap()).unwrap()
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap()
}

#[track_caller]
fn refused(error: Error, field: &str) {
    assert_eq!(error.code(), Code::InvalidArgument, "{error}");
    assert_eq!(error.delivery(), Some(Delivery::NotSent), "{error}");
    assert!(error.message().starts_with(field), "{error}");
}

#[test]
fn a_wrong_message_is_refused_by_both_calls() {
    let mut deep = json!(1);
    for _ in 0..200 {
        deep = json!([deep]);
    }
    for (message, field) in [
        (Message::text(" "), "message.data.body: must not be empty"),
        (
            Message::new("slider.response", object(json!({"value": "30"}))),
            "message.data.value: expected a number",
        ),
        (
            Message::new("sticker", object(json!({"id": 1}))),
            "message.type: unknown type",
        ),
        (
            Message::new(
                "form.response",
                object(json!({"fields": [{"label": "a", "value": 1e30}]})),
            ),
            "message.data.fields[0].value: expected a number that 64 bits hold",
        ),
        (
            Message {
                unchecked: true,
                ..Message::new("sticker", object(json!({"deep": deep})))
            },
            "message.data.deep[0][0]",
        ),
        (
            Message {
                unchecked: true,
                ..Message::new("", Map::new())
            },
            "message.type: must not be empty",
        ),
    ] {
        let options = CallOptions::default();
        let sent = client().send_message("3f0c", &message, &options);
        refused(sent.unwrap_err(), field);
        let start = Start {
            message,
            ..Start::text("visitor-42", "")
        };
        refused(
            client().start_conversation(&start, &options).unwrap_err(),
            field,
        );
    }
}

#[test]
fn what_is_marked_unchecked_is_sent_as_it_is() {
    let message = Message {
        unchecked: true,
        ..Message::new("sticker", object(json!({"id": 1})))
    };
    let error = client()
        .send_message("3f0c", &message, &CallOptions::default())
        .unwrap_err();
    assert_eq!(error.code(), Code::Network, "{error}");
    assert_eq!(
        json!(message),
        json!({"type": "sticker", "data": {"id": 1}})
    );
}

#[test]
fn a_variable_that_no_answer_could_hold_is_refused() {
    for (value, problem) in [
        (
            json!([1]),
            "expected a string, a number, true, false or null, found an array",
        ),
        (
            json!({"a": 1}),
            "expected a string, a number, true, false or null, found an object",
        ),
        (json!(-1e19), "expected a number that 64 bits hold"),
    ] {
        let start = Start {
            variables: Some(Variables {
                contact: Some(object(json!({"x": value}))),
                ..Variables::default()
            }),
            ..Start::text("visitor-42", "Hello")
        };
        let error = client().start_conversation(&start, &CallOptions::default());
        refused(
            error.unwrap_err(),
            &format!("variables.contact.x: {problem}"),
        );
    }
}
