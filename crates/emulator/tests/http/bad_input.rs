//! Malformed calls: each gets the status and body that the service documents, and a reason for the developer.

use serde_json::{Value, json};

use crate::support::{Answer, ECHO, Visitor, call, emulator_of, exchange, post};

fn failure(code: &str, message: &str, status: u16) -> Value {
    json!({"ok": false, "error": code, "code": code, "message": message, "status": status})
}

fn unauthorized() -> (u16, Value) {
    (
        401,
        failure("JWT_SIGNATURE_EXCEPTION", "Invalid JWT token", 401),
    )
}

fn not_created() -> (u16, Value) {
    let message = "The conversation was not created, try again after some time";
    (
        400,
        failure("CONVERSATION_CREATION_EXCEPTION", message, 400),
    )
}

fn invalid() -> (u16, Value) {
    (400, json!({"error": "Invalid request"}))
}

fn parts(answer: &Answer) -> (u16, Value) {
    (answer.status, answer.json())
}

#[test]
fn a_token_that_is_missing_or_wrong_is_a_jwt_signature_exception() {
    let emulator = emulator_of(ECHO);
    let body = Visitor::start_body(&emulator, "v", json!({})).to_string();
    let good = emulator.token().to_owned();
    let (message, signature) = good.rsplit_once('.').unwrap();
    let flipped: String = signature.chars().rev().collect();
    let none = format!(
        "eyJhbGciOiJub25lIn0.{}.",
        message.split('.').nth(1).unwrap()
    );
    for path in ["/api/v1/conversations", "/api/v1/conversation/x/messages"] {
        let url = format!("{}{path}", emulator.base_url());
        for token in [
            String::new(),
            "Bearer".into(),
            "Bearer ".into(),
            "Bearer nonsense".into(),
            format!("Basic {good}"),
            format!("Bearer {message}.{flipped}"),
            format!("Bearer {none}"),
            good.clone(),
        ] {
            let headers = [
                ("content-type", "application/json"),
                ("authorization", token.as_str()),
            ];
            let answer = call("POST", &url, &headers, body.as_bytes()).unwrap();
            assert_eq!(parts(&answer), unauthorized(), "{token}");
            assert!(answer.header("x-emulator-reason").is_some());
        }
        let answer = call("POST", &url, &[("content-type", "application/json")], b"{}").unwrap();
        assert_eq!(parts(&answer), unauthorized());
    }
    assert!(emulator.transcripts().is_empty());
}

#[test]
fn a_start_call_that_lacks_something_makes_no_conversation() {
    let emulator = emulator_of(ECHO);
    let good = Visitor::start_body(&emulator, "v", json!({}));
    let without = |pointer: &str| {
        let mut body = good.clone();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        body.pointer_mut(parent)
            .unwrap()
            .as_object_mut()
            .unwrap()
            .remove(name);
        body
    };
    let with = |pointer: &str, value: Value| {
        let mut body = good.clone();
        *body.pointer_mut(pointer).unwrap() = value;
        body
    };
    for body in [
        without("/channel"),
        without("/message"),
        without("/message/type"),
        without("/message/data"),
        without("/message/data/body"),
        without("/bot_key"),
        without("/from"),
        without("/from/type"),
        without("/from/user_external_id"),
        with("/from/type", json!("BOT")),
        with("/from/user_external_id", json!("")),
        with("/from/user_external_id", json!(7)),
        with("/message/type", json!("button.response")),
        with("/variables", json!([])),
        with("/variables", json!({"contact": "x"})),
        with("/bot_key", json!("nobody")),
        json!([]),
        json!("x"),
    ] {
        let answer = post(&emulator, "/api/v1/conversations", &body).unwrap();
        assert_eq!(parts(&answer), not_created(), "{body}");
    }
    let answer = post(
        &emulator,
        "/api/v1/conversations",
        &with("/channel", json!("WEB")),
    )
    .unwrap();
    let disabled = failure(
        "CHANNEL_NOT_ENABLED",
        "The channel is not enabled in the account",
        400,
    );
    assert_eq!(parts(&answer), (400, disabled));
    assert!(emulator.transcripts().is_empty());
}

#[test]
fn the_newer_name_of_the_bot_key_is_taken_too() {
    let emulator = emulator_of(ECHO);
    let mut body = Visitor::start_body(&emulator, "v", json!({}));
    let key = body.as_object_mut().unwrap().remove("bot_key").unwrap();
    body["publish_key"] = key;
    assert_eq!(
        post(&emulator, "/api/v1/conversations", &body)
            .unwrap()
            .status,
        200
    );
}

#[test]
fn a_send_call_to_no_conversation_or_without_its_fields_is_invalid() {
    let emulator = emulator_of(ECHO);
    let visitor = Visitor::start(&emulator, "v");
    let text = json!({"type": "text", "data": {"body": "x"}});
    let good = json!({"message": text, "user": {"type": "VISITOR"}});
    for id in ["unknown", "..%2Fconversations", "%20", "%C3%BC%00", "a%2Fb"] {
        let path = format!("/api/v1/conversation/{id}/messages");
        assert_eq!(
            parts(&post(&emulator, &path, &good).unwrap()),
            invalid(),
            "{id}"
        );
    }
    let path = format!("/api/v1/conversation/{}/messages", visitor.conversation);
    for body in [
        json!({"message": text}),
        json!({"message": text, "user": {"type": "AGENT"}}),
        json!({"user": {"type": "VISITOR"}}),
        json!([good]),
    ] {
        assert_eq!(
            parts(&post(&emulator, &path, &body).unwrap()),
            invalid(),
            "{body}"
        );
    }
}

#[test]
fn bytes_that_are_not_json_get_the_documented_refusal_of_each_call() {
    let emulator = emulator_of(ECHO);
    let token = format!("Bearer {}", emulator.token());
    let headers = [
        ("authorization", token.as_str()),
        ("content-type", "application/json"),
    ];
    let deep = "[".repeat(100_000);
    let bodies: [&[u8]; 6] = [
        b"",
        b"{",
        b"{\"a\":\xff}",
        b"null",
        b"{\"channel\":\"API\"} x",
        deep.as_bytes(),
    ];
    for body in bodies {
        for (path, wanted) in [
            ("/api/v1/conversations", not_created()),
            ("/api/v1/conversation/x/messages", invalid()),
        ] {
            let url = format!("{}{path}", emulator.base_url());
            assert_eq!(parts(&call("POST", &url, &headers, body).unwrap()), wanted);
        }
    }
}

#[test]
fn other_content_types_methods_and_paths_have_their_own_statuses() {
    let emulator = emulator_of(ECHO);
    let visitor = Visitor::start(&emulator, "v");
    let token = format!("Bearer {}", emulator.token());
    let auth = ("authorization", token.as_str());
    let json_type = ("content-type", "application/json; charset=UTF-8");
    let start = format!("{}/api/v1/conversations", emulator.base_url());
    let body = Visitor::start_body(&emulator, "w", json!({})).to_string();

    let answer = call("POST", &start, &[auth, json_type], body.as_bytes()).unwrap();
    assert_eq!(answer.status, 200);
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/jsonx",
    ] {
        let answer = call(
            "POST",
            &start,
            &[auth, ("content-type", kind)],
            body.as_bytes(),
        )
        .unwrap();
        assert_eq!(
            (answer.status, &answer.json()["ok"]),
            (415, &json!(false)),
            "{kind}"
        );
    }
    assert_eq!(
        call("POST", &start, &[auth], body.as_bytes())
            .unwrap()
            .status,
        415
    );
    for method in ["GET", "PUT", "DELETE", "PATCH"] {
        let answer = call(method, &start, &[auth, json_type], b"").unwrap();
        assert_eq!(
            (answer.status, answer.header("allow")),
            (405, Some("POST")),
            "{method}"
        );
        assert_eq!(answer.json()["code"], "METHOD_NOT_ALLOWED");
    }
    for path in [
        "/api/v1/conversation".to_owned(),
        format!("/api/v1/conversations/{}/messages", visitor.conversation),
        format!("/api/v1/conversation/{}/message", visitor.conversation),
        "/api/v1/conversations/".to_owned(),
        "/api/v2/conversations".to_owned(),
        "/".to_owned(),
    ] {
        let url = format!("{}{path}", emulator.base_url());
        let answer = call("POST", &url, &[auth, json_type], body.as_bytes()).unwrap();
        assert_eq!(
            (answer.status, &answer.json()["code"]),
            (404, &json!("NOT_FOUND")),
            "{path}"
        );
    }
}

#[test]
fn a_body_beyond_a_mebibyte_is_refused_without_being_kept() {
    let emulator = emulator_of(ECHO);
    let visitor = Visitor::start(&emulator, "v");
    let answer = visitor
        .send(&json!({"type": "text", "data": {"body": "x".repeat(1024 * 1024)}}))
        .unwrap();
    assert_eq!(
        (answer.status, &answer.json()["code"]),
        (413, &json!("PAYLOAD_TOO_LARGE"))
    );
    let fits = visitor.send(&json!({"type": "text", "data": {"body": "x".repeat(1_000_000)}}));
    assert_eq!(fits.unwrap().status, 200);
}

#[test]
fn what_is_not_http_is_refused_and_hurts_nobody_else() {
    let emulator = emulator_of(ECHO);
    let heard = exchange(&emulator, b"\x16\x03\x01 this is no HTTP\r\n\r\n");
    assert_eq!(heard.status(), Some(400));
    let _half = exchange(
        &emulator,
        b"POST /api/v1/conversations HTTP/1.1\r\nContent-Le",
    );
    Visitor::start(&emulator, "v");
}

#[test]
fn neither_reasons_nor_seen_requests_hold_the_token() {
    let emulator = emulator_of(ECHO);
    Visitor::start(&emulator, "v");
    let url = format!("{}/api/v1/conversations", emulator.base_url());
    let answer = call(
        "POST",
        &url,
        &[("authorization", "Bearer secret-a.b.c")],
        b"{}",
    )
    .unwrap();
    assert!(
        !answer
            .header("x-emulator-reason")
            .unwrap()
            .contains("secret-a")
    );
    let seen = serde_json::to_string(&emulator.requests()).unwrap();
    assert!(!seen.contains(emulator.token()) && !seen.contains("secret-a"));
    assert_eq!(emulator.requests().len(), 2);
    assert!(!format!("{emulator:?}").contains(emulator.token()));
}
