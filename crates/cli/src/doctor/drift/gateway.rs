//! What a visitor of a gateway knows of its wire.

use serde_json::Value;

use super::Need::{Optional, Required};
use super::{Field, Found};
use crate::wire::fixture::{Call, Kind};

const SESSION: &[Field] = &[
    ("token", Required),
    ("expires_in", Required),
    ("refresh", Required),
    ("visitor.id", Required),
    ("conversation.id", Optional),
    ("conversation.cursor", Optional),
    ("capabilities.greeting", Required),
    ("capabilities.files", Required),
];

const TAKEN: &[Field] = &[
    ("conversation.id", Required),
    ("message.client_id", Required),
    ("message.seq", Required),
    ("message.state", Required),
];

const RESOLVED: &[Field] = &[
    ("message.client_id", Required),
    ("message.seq", Required),
    ("message.state", Required),
];

const FILE: &[Field] = &[
    ("file.id", Required),
    ("file.name", Optional),
    ("file.type", Optional),
    ("file.size", Optional),
    ("file.offset", Optional),
    ("file.ready", Optional),
    ("file.url", Optional),
    ("upload.url", Optional),
    ("ready", Optional),
];

const REFUSED: &[Field] = &[
    ("error.code", Required),
    ("error.message", Required),
    ("error.retryable", Required),
    ("error.retry_after_ms", Optional),
    ("error.id", Optional),
    ("error.current", Optional),
    ("error.field", Optional),
    ("error.reason", Optional),
    ("error.state", Optional),
    ("error.offset", Optional),
    ("error.challenge.*", Optional),
];

const MESSAGE: &[Field] = &[
    ("type", Required),
    ("seq", Required),
    ("at", Required),
    ("by", Required),
    ("text", Required),
    ("answer_to", Optional),
    ("prompt.*", Optional),
    ("media.*", Optional),
    ("client_id", Optional),
    ("state", Optional),
];

/// What an entry of each type has besides.
fn entry_fields(kind: &str) -> Option<Vec<Field>> {
    let own: &[Field] = match kind {
        "message" => return Some(MESSAGE.to_vec()),
        "delivery" => &[
            ("client_id", Required),
            ("state", Required),
            ("code", Optional),
        ],
        "status" => &[("status", Required)],
        "handover" => &[("to", Required)],
        "ended" => &[],
        _ => return None,
    };
    let all: &[Field] = &[("type", Required), ("seq", Required), ("at", Required)];
    Some([all, own].concat())
}

/// What a prompt of each kind has besides.
fn prompt_fields(kind: &str) -> Option<&'static [Field]> {
    Some(match kind {
        "text" => &[("kind", Required), ("format", Required)],
        "choice" => &[
            ("kind", Required),
            ("options[].id", Required),
            ("options[].label", Required),
            ("options[].url", Optional),
            ("options[].card.index", Optional),
            ("options[].card.title", Optional),
            ("options[].card.description", Optional),
            ("options[].card.image", Optional),
            ("multiple", Optional),
            ("least", Optional),
            ("most", Optional),
        ],
        "slider" => &[
            ("kind", Required),
            ("min", Optional),
            ("max", Optional),
            ("step", Optional),
            ("unit", Optional),
        ],
        "form" => &[
            ("kind", Required),
            ("fields[].label", Required),
            ("fields[].type", Optional),
            ("fields[].placeholder", Optional),
            ("fields[].required", Optional),
            ("fields[].options.*", Optional),
        ],
        "javascript" => &[
            ("kind", Required),
            ("code", Required),
            ("variables.*", Required),
        ],
        "date" => &[
            ("kind", Required),
            ("earliest", Optional),
            ("latest", Optional),
        ],
        "file" | "unknown" => &[("kind", Required)],
        _ => return None,
    })
}

/// Compares a call and the entries behind it.
pub fn call(found: &mut Found, call: &Call) {
    let body = &call.answer.body;
    match (call.call, call.answer.status) {
        (Kind::Session | Kind::Refresh, 200..=299) => {
            found.compare("answer of the session", body, SESSION);
        }
        (Kind::Start, 200..=299) => found.compare("answer of the start", body, TAKEN),
        (Kind::Send, 200..=299) => found.compare("answer of a send", body, TAKEN),
        (Kind::Resolve, 200..=299) => found.compare("answer of a resolve", body, RESOLVED),
        (Kind::File | Kind::Upload | Kind::Complete, 200..=299) => {
            found.compare("answer of a file", body, FILE);
        }
        _ => found.compare("refusal", body, REFUSED),
    }
    for entry in &call.events {
        compare_entry(found, entry);
    }
}

fn compare_entry(found: &mut Found, entry: &Value) {
    let kind = entry["type"].as_str().unwrap_or_default();
    let Some(fields) = entry_fields(kind) else {
        return found.unknown("entry", &format!("type: {kind}"));
    };
    found.compare(&format!("entry {kind}"), entry, &fields);
    let prompt = &entry["prompt"];
    if prompt.is_object() {
        let kind = prompt["kind"].as_str().unwrap_or_default();
        match prompt_fields(kind) {
            Some(fields) => found.compare(&format!("prompt {kind}"), prompt, fields),
            None => found.unknown("prompt", &format!("kind: {kind}")),
        }
    }
}
