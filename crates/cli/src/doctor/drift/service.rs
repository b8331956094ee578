//! What the library knows of the service's wire.

use serde_json::Value;

use super::Need::{Optional, Required};
use super::{Field, Found};
use crate::wire::fixture::{Call, Kind};

const STARTED: &[Field] = &[
    ("ok", Optional),
    ("conversation.id", Required),
    ("conversation.created_at", Optional),
    ("conversation.assignee.id", Optional),
    ("conversation.assignee.to", Optional),
    ("contact.name", Optional),
    ("contact.email", Optional),
    ("contact.phone", Optional),
    ("contact.visitor_key", Required),
];

const SENT: &[Field] = &[("ok", Optional), ("message_id", Required)];

const REFUSED: &[Field] = &[
    ("ok", Optional),
    ("error", Required),
    ("code", Optional),
    ("message", Optional),
    ("status", Optional),
];

const ENVELOPE: &[Field] = &[
    ("event.type", Required),
    ("event.payload.*", Optional),
    ("conversation.key", Required),
    ("visitor.key", Required),
];

const CREATED: &[Field] = &[
    ("assigned_to_user.id", Optional),
    ("assigned_to_user.email", Optional),
    ("assigned_to_user.type", Optional),
    ("created_at", Optional),
    ("title", Optional),
    ("bot_id", Optional),
    ("channel.name", Optional),
    ("channel.provider", Optional),
    ("is_new_visitor", Optional),
    ("is_closed", Optional),
    ("external_key", Optional),
    ("browser", Optional),
    ("variables[].type", Optional),
    ("variables[].name", Optional),
    ("variables[].value", Optional),
];

const MESSAGE: &[Field] = &[
    ("message_by", Required),
    ("message_by.type", Optional),
    ("message.type", Required),
    ("message.text", Optional),
    ("message.payload.*", Optional),
    ("message.data.*", Optional),
    ("id", Optional),
    ("message_id", Optional),
    ("timestamp", Optional),
    ("created_at", Optional),
];

const BUTTONS: [Field; 6] = [
    ("buttons[].title", Required),
    ("buttons[].type", Optional),
    ("buttons[].callback", Required),
    ("buttons[].next_dialog", Required),
    ("buttons[].key", Required),
    ("buttons[].url", Optional),
];

/// What each type of message of a bot carries; of a type that is not here everything is unknown.
fn payload(kind: &str) -> Option<Vec<Field>> {
    let choice = |more: &[Field]| [&BUTTONS[..], more].concat();
    let fields = match kind {
        "name" | "email" | "phone" => vec![("text", Required)],
        "text" => vec![],
        "send_message" => vec![
            ("version", Optional),
            ("messages[].type", Required),
            ("messages[].text", Optional),
            ("messages[].image.*", Optional),
            ("messages[].video.*", Optional),
            ("messages[].audio.*", Optional),
            ("messages[].document.*", Optional),
            ("messages[].info.title", Optional),
        ],
        "button" => choice(&[
            ("title", Required),
            ("multiple", Optional),
            ("min", Optional),
            ("max", Optional),
        ]),
        "carousel" | "image_carousel" => {
            let mut fields = vec![
                ("title", Optional),
                ("cards[].title", Required),
                ("cards[].description", Optional),
                ("cards[].image", Optional),
            ];
            fields.extend([
                ("cards[].buttons[].title", Required),
                ("cards[].buttons[].type", Optional),
                ("cards[].buttons[].callback", Required),
                ("cards[].buttons[].next_dialog", Required),
                ("cards[].buttons[].key", Required),
                ("cards[].buttons[].url", Optional),
            ]);
            fields
        }
        "slider" => vec![
            ("title", Required),
            ("min", Required),
            ("max", Required),
            ("step", Optional),
            ("unit", Optional),
        ],
        "calendar" => vec![
            ("title", Required),
            ("auto_open", Optional),
            ("validation.*", Optional),
        ],
        "file_upload" => vec![
            ("title", Required),
            ("accept.*", Optional),
            ("max_files", Optional),
            ("max_size", Optional),
        ],
        "form" => vec![
            ("title", Required),
            ("fields[].label", Required),
            ("fields[].*", Optional),
        ],
        "javascript" => vec![("code", Required), ("variables.*", Required)],
        "image" | "audio" | "video" | "document" => {
            vec![("link", Required), ("file_name", Optional)]
        }
        "delay" => vec![("duration", Optional)],
        _ => return None,
    };
    Some(fields)
}

/// What events without a documented payload are known to carry.
fn event_payload(kind: &str) -> Option<&'static [Field]> {
    Some(match kind {
        "status" => &[("status", Optional), ("is_closed", Optional)],
        "assignee" => &[
            ("assigned_to_user.id", Optional),
            ("assigned_to_user.email", Optional),
            ("assigned_to_user.type", Optional),
        ],
        "variables" => &[
            ("variables[].type", Optional),
            ("variables[].name", Optional),
            ("variables[].value", Optional),
        ],
        // Their payload is handed on as it is.
        "label" | "note" | "sla_breached" | "message_status" => &[("*", Optional)],
        _ => return None,
    })
}

/// Compares a call and its events.
pub fn call(found: &mut Found, call: &Call) {
    let (name, fields) = match (call.call, call.answer.status) {
        (Kind::Start, 200..=299) => ("answer of the start", STARTED),
        (Kind::Send, 200..=299) => ("answer of a send", SENT),
        _ => ("refusal", REFUSED),
    };
    found.compare(name, &call.answer.body, fields);
    for event in &call.events {
        self::event(found, event);
    }
}

fn event(found: &mut Found, event: &Value) {
    found.compare("event", event, ENVELOPE);
    let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str);
    let kind = text("/event/type").unwrap_or_default();
    let Some(payload_of) = event.pointer("/event/payload") else {
        return;
    };
    let place = format!("event {kind}");
    match kind {
        "conversation_create" => found.compare(&place, payload_of, CREATED),
        "message" => {
            found.compare(&place, payload_of, MESSAGE);
            let by = text("/event/payload/message_by/type");
            let by = by.or_else(|| text("/event/payload/message_by"));
            if by != Some("visitor") {
                message(found, payload_of);
            }
        }
        _ => match event_payload(kind) {
            Some(fields) => found.compare(&place, payload_of, fields),
            None => found.unknown("event", &format!("event.type: {kind}")),
        },
    }
}

/// What a bot or an agent said.
fn message(found: &mut Found, said: &Value) {
    let kind = said.pointer("/message/type").and_then(Value::as_str);
    let kind = kind.unwrap_or_default();
    match (payload(kind), said.pointer("/message/payload")) {
        (None, _) => found.unknown("event message", &format!("message.type: {kind}")),
        (Some(fields), Some(payload)) => {
            found.compare(&format!("message {kind}"), payload, &fields);
        }
        (Some(fields), None) if !fields.is_empty() => {
            found.missing("event message", "message.payload");
        }
        (Some(_), None) => {}
    }
}
