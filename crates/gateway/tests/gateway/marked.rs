//! Every kind of event that the vendor may send, with a mark in all that must not leave the gateway.

use serde_json::{Value, json};

pub const MARK: &str = "m4rk3d";

/// The kind of each event, and its payload.
pub fn payloads() -> Vec<(&'static str, Value)> {
    let button = json!({"title": "Go", "type": MARK, "callback": MARK, "next_dialog": MARK,
                        "key": MARK, "url": "javascript:m4rk3d", "more": MARK});
    let said = |message: Value| {
        (
            "message",
            json!({"message_by": {"type": "bot", "email": MARK, "id": MARK},
                           "message": message, "bot": MARK, "labels": [MARK]}),
        )
    };
    let agents = json!({"message_by": {"type": "agent", "name": MARK, "email": MARK, "id": MARK},
        "message": {"type": "text", "text": "Hello from a person", "id": MARK}});
    vec![
        said(
            json!({"type": "button", "payload": {"title": "Pick", "buttons": [button], "x": MARK}}),
        ),
        said(json!({"type": "carousel", "payload": {"cards": [
            {"title": "A", "description": "B", "image": "data:m4rk3d", "buttons": [button], "id": MARK}]}})),
        said(json!({"type": "image_carousel", "payload": {"cards": [
            {"title": "A", "image": "data:m4rk3d", "id": MARK, "callback": MARK}], "key": MARK}})),
        said(json!({"type": "form", "payload": {"title": "F", "fields": [
            {"label": "Name", "key": MARK, "callback": MARK, "default": MARK}]}})),
        said(json!({"type": "file_upload", "payload": {"title": "F", "bucket": MARK}})),
        said(json!({"type": "calendar", "payload": {"title": "D", "validation": {"x": MARK}}})),
        said(json!({"type": "javascript", "payload": {"code": MARK, "variables": [MARK]}})),
        said(json!({"type": "slider", "payload": {"title": "S", "min": 1, "max": 2, "key": MARK}})),
        said(json!({"type": "unheard_of", "payload": {"title": "U", "secret": MARK}})),
        said(
            json!({"type": "text", "text": "<b title='m4rk3d'>Hi</b><script>m4rk3d</script>", "id": MARK}),
        ),
        ("message", agents),
        (
            "conversation_create",
            json!({"external_key": MARK, "variables": [{"name": MARK}]}),
        ),
        (
            "assignee",
            json!({"assigned_to_user": {"type": "agent", "name": MARK, "email": MARK, "id": MARK}}),
        ),
        (
            "variables",
            json!({"variables": [{"name": MARK, "value": MARK}]}),
        ),
        ("label", json!({"label": MARK})),
        ("note", json!({"note": MARK})),
        ("sla_breached", json!({"policy": MARK})),
        ("message_status", json!({"status": MARK})),
        ("typing", json!({"by": MARK})),
        (MARK, json!({"by": MARK})),
        ("status", json!({"status": "closed", "by": MARK})),
    ]
}

/// A post of the vendor's with one of them, in a conversation that it knows by this id.
pub fn post(token: &str, vendor_id: &str, kind: &str, payload: &Value) -> Value {
    json!({"token": token, "events": [{
        "event": {"type": kind, "payload": payload, "x": MARK},
        "conversation": {"key": vendor_id, "x": MARK},
        "visitor": {"key": "m4rk3d_777"}, "x": MARK}]})
}
