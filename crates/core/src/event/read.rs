//! From one element of `events` to an [`Event`].

use std::time::{Duration, SystemTime};

use ring::digest::{Context, SHA256};
use serde_json::{Map, Value};
use wotnot_protocol::{Envelope, event_type};

use super::prompt::string;
use super::{Event, EventKind, Prompt, Said, html_to_text};

pub(super) fn event(raw: Value) -> Event {
    let envelope: Option<Envelope> = serde_json::from_value(raw.clone()).ok();
    let kind = envelope
        .as_ref()
        .map_or(EventKind::Unknown, |envelope| kind_of(&envelope.event.kind));
    let payload = envelope
        .as_ref()
        .map_or(Value::Null, |envelope| envelope.event.payload.clone());
    let key = |reference: Option<&wotnot_protocol::Reference>| reference?.key.clone();
    let conversation_id = envelope
        .as_ref()
        .and_then(|envelope| key(envelope.conversation.as_ref()));
    let said = match kind {
        EventKind::Message => Some(read_message(&payload)),
        _ => None,
    };
    Event {
        kind,
        seq: None,
        event_id: event_id(kind, conversation_id.as_deref(), &payload, &raw),
        conversation_id,
        visitor_key: envelope
            .as_ref()
            .and_then(|envelope| key(envelope.visitor.as_ref())),
        received_at: humantime::format_rfc3339_millis(SystemTime::now()).to_string(),
        occurred_at: occurred_at(&payload),
        payload: said.is_none().then_some(payload),
        said,
        raw,
    }
}

fn kind_of(name: &str) -> EventKind {
    match name {
        event_type::CONVERSATION_CREATE => EventKind::ConversationCreated,
        event_type::MESSAGE => EventKind::Message,
        event_type::STATUS => EventKind::Status,
        event_type::ASSIGNEE => EventKind::Assignee,
        event_type::VARIABLES => EventKind::Variables,
        event_type::LABEL => EventKind::Label,
        event_type::NOTE => EventKind::Note,
        event_type::SLA_BREACHED => EventKind::SlaBreached,
        event_type::MESSAGE_STATUS => EventKind::MessageStatus,
        _ => EventKind::Unknown,
    }
}

fn read_message(payload: &Value) -> Said {
    let by = match payload.get("message_by") {
        Some(Value::Object(by)) => string(by.get("type")),
        bare => string(bare),
    };
    let message = payload.get("message").cloned().unwrap_or(Value::Null);
    let message_type = message
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or_default();
    // `text` keeps its words on the message itself; every other type keeps its fields in `payload`.
    let fields: Map<String, Value> = match message.get("payload") {
        Some(Value::Object(fields)) => fields.clone(),
        _ => message.as_object().cloned().unwrap_or_default(),
    };
    let html = html_of(message_type, &fields)
        .or_else(|| string(message.get("text")))
        .filter(|html| !html.is_empty());
    let prompt = match by.as_deref() {
        Some("bot") | None => Prompt::of(message_type, &fields),
        _ => None,
    };
    Said {
        by,
        text: html.as_deref().map(html_to_text).unwrap_or_default(),
        html,
        prompt,
        message,
    }
}

/// The words of a message, whatever its type calls them.
fn html_of(message_type: &str, fields: &Map<String, Value>) -> Option<String> {
    match message_type {
        "send_message" => Some(
            fields
                .get("messages")?
                .as_array()?
                .iter()
                .filter_map(|part| part_html(part.as_object()?))
                .collect::<Vec<_>>()
                .join("<br>"),
        ),
        "image" | "audio" | "video" | "document" => media_html(message_type, fields),
        _ => string(fields.get("title"))
            .or_else(|| string(fields.get("text")))
            .or_else(|| string(fields.get("body"))),
    }
}

fn part_html(part: &Map<String, Value>) -> Option<String> {
    let kind = part.get("type").and_then(Value::as_str)?;
    match kind {
        "text" => string(part.get("text")),
        "info" => string(part.get("info")?.get("title")),
        _ => media_html(kind, part.get(kind)?.as_object()?),
    }
}

/// A picture or a file as a line of HTML, so that text readers get its name and its address.
fn media_html(kind: &str, media: &Map<String, Value>) -> Option<String> {
    let link = string(media.get("link"))?;
    let name = string(media.get("file_name")).unwrap_or_else(|| kind.to_owned());
    let (link, name) = (escape(&link), escape(&name));
    Some(format!("<a href=\"{link}\">{name}</a>"))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
}

fn occurred_at(payload: &Value) -> Option<String> {
    let holders = [payload.get("message"), Some(payload)];
    let value = holders.into_iter().flatten().find_map(|holder| {
        ["timestamp", "created_at"]
            .iter()
            .find_map(|name| holder.get(*name))
    })?;
    let time = match value {
        // ASSUMED: seconds since 1970, or milliseconds where the number is too large for that.
        Value::Number(number) => {
            let number = number
                .as_f64()
                .filter(|number| (0.0..1e14).contains(number))?;
            let seconds = if number > 1e11 {
                number / 1000.0
            } else {
                number
            };
            SystemTime::UNIX_EPOCH + Duration::from_secs_f64(seconds)
        }
        Value::String(text) => humantime::parse_rfc3339_weak(text.trim()).ok()?,
        _ => return None,
    };
    Some(humantime::format_rfc3339_millis(time).to_string())
}

/// The service's id of what happened where it gives one, else a hash.
fn event_id(kind: EventKind, conversation: Option<&str>, payload: &Value, raw: &Value) -> String {
    if kind == EventKind::Message {
        let holders = [payload.get("message"), Some(payload)];
        let given = holders.into_iter().flatten().find_map(|holder| {
            ["id", "message_id"]
                .iter()
                .find_map(|name| string(holder.get(*name)))
        });
        if let Some(id) = given {
            return format!("message-{id}");
        }
    }
    let mut hash = Context::new(&SHA256);
    for part in [kind.name(), conversation.unwrap_or_default()] {
        hash.update(part.as_bytes());
        hash.update(&[0]);
    }
    let body = if kind == EventKind::Unknown {
        raw
    } else {
        payload
    };
    hash.update(body.to_string().as_bytes());
    let digest = hash.finish();
    let hex: String = digest.as_ref()[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("{HASHED}{hex}")
}

/// How the ids begin that are not the service's own.
pub(super) const HASHED: &str = "hash-";
