//! From one element of `events` to an [`Event`].

use std::time::{Duration, SystemTime};

use ring::digest::{SHA256, digest};
use serde_json::{Map, Value};
use wotnot_protocol::{event_type, read_json};

use super::content::read_message;
use super::prompt::string;
use super::{Direction, Event, EventKind, Handover};
use crate::inbox::Arrival;

/// How the ids begin that are not the service's own.
pub(super) const HASHED: &str = "hash-";

/// Reads one element as it was sent. What cannot be read is `unknown`, and its text is `raw`.
pub(crate) fn from_text(text: &str, fallback_id: impl FnOnce() -> String, at: SystemTime) -> Event {
    event(value(text), fallback_id, at)
}

fn value(text: &str) -> Value {
    read_json(text.as_bytes()).unwrap_or_else(|| text.into())
}

/// What says whose an element is.
pub(crate) fn arrival(text: &str, fallback_id: String, at: SystemTime) -> Arrival {
    let raw = value(text);
    let (kind, payload) = body(&raw);
    Arrival {
        text: text.into(),
        conversation_id: key(raw.get("conversation")).map(Into::into),
        visitor_key: key(raw.get("visitor")).map(Into::into),
        service_id: service_id(kind, payload, &raw).map(Into::into),
        fallback_id: fallback_id.into(),
        closes: kind == EventKind::Status && closed(payload) == Some(true),
        at,
    }
}

/// What the inbox held of the service's, as an event.
pub(crate) fn from_service(arrival: &Arrival) -> Event {
    from_text(
        &arrival.text,
        || arrival.fallback_id.to_string(),
        arrival.at,
    )
}

/// Reads one element that was parsed by somebody else.
pub(super) fn from_raw(raw: Value) -> Event {
    let digest = digest(&SHA256, raw.to_string().as_bytes());
    event(raw, || hashed(digest.as_ref()), SystemTime::now())
}

/// An id for what the service gave none: of the delivery's hash, and the place in it.
pub(crate) fn fallback_id(hash: &[u8], index: usize) -> String {
    format!("{}-{index}", hashed(hash))
}

fn hashed(hash: &[u8]) -> String {
    let hex = hash.iter().take(16).map(|byte| format!("{byte:02x}"));
    format!("{HASHED}{}", hex.collect::<String>())
}

fn event(raw: Value, fallback_id: impl FnOnce() -> String, at: SystemTime) -> Event {
    let (kind, payload) = body(&raw);
    let content = (kind == EventKind::Message).then(|| read_message(payload));
    let id = service_id(kind, payload, &raw).unwrap_or_else(fallback_id);
    Event {
        conversation_id: key(raw.get("conversation")),
        visitor_key: key(raw.get("visitor")),
        occurred_at: occurred_at(payload),
        closed: (kind == EventKind::Status)
            .then(|| closed(payload))
            .flatten(),
        handover: (kind == EventKind::Assignee)
            .then(|| handover(payload))
            .flatten(),
        payload: content.is_none().then(|| payload.clone()),
        content,
        raw,
        ..Event::bare(kind, id, at)
    }
}

/// The kind and the payload of an element.
fn body(raw: &Value) -> (EventKind, &Value) {
    let body = raw.get("event");
    let name = body.and_then(|body| body.get("type")?.as_str());
    let payload = body.and_then(|body| body.get("payload"));
    (
        name.map_or(EventKind::Unknown, kind_of),
        payload.unwrap_or(&Value::Null),
    )
}

/// The id in `{"key": ID}`, `{"id": ID}` or the bare ID.
fn key(reference: Option<&Value>) -> Option<String> {
    let reference = reference?;
    string(reference.get("key"))
        .or_else(|| string(reference.get("id")))
        .or_else(|| string(Some(reference)))
        .filter(|key| !key.is_empty())
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

/// ASSUMED: `is_closed` as a number, as `conversation_create` has it, or `status` as a word.
fn closed(payload: &Value) -> Option<bool> {
    let flag = match payload.get("is_closed") {
        Some(Value::Bool(flag)) => Some(*flag),
        Some(flag) => flag.as_i64().map(|flag| flag != 0),
        None => None,
    };
    flag.or_else(|| match payload.get("status").or(Some(payload))? {
        Value::String(word) if word.eq_ignore_ascii_case("closed") => Some(true),
        Value::String(word) if word.eq_ignore_ascii_case("open") => Some(false),
        _ => None,
    })
}

/// ASSUMED: `assigned_to_user`, as `conversation_create` has it.
fn handover(payload: &Value) -> Option<Handover> {
    let user = payload.get("assigned_to_user")?;
    let kind = string(user.get("type"))?;
    Some(Handover {
        direction: match kind.eq_ignore_ascii_case("bot") {
            true => Direction::ToBot,
            false => Direction::ToAgent,
        },
        name: string(user.get("name")).filter(|name| !name.is_empty()),
    })
}

/// A message and the payload around it: either may hold what the service says of both.
fn holders(payload: &Value) -> impl Iterator<Item = &Map<String, Value>> {
    let holders = [payload.get("message"), Some(payload)];
    holders.into_iter().flatten().filter_map(Value::as_object)
}

fn occurred_at(payload: &Value) -> Option<String> {
    let value = holders(payload).find_map(|holder| {
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

/// The service's own id of what happened, where it gives one.
fn service_id(kind: EventKind, payload: &Value, raw: &Value) -> Option<String> {
    match kind {
        EventKind::Message => {}
        // A conversation is made but once.
        EventKind::ConversationCreated => {
            return Some(format!("created-{}", key(raw.get("conversation"))?));
        }
        _ => return None,
    }
    let id = holders(payload).find_map(|holder| {
        ["id", "message_id"]
            .iter()
            .find_map(|name| string(holder.get(*name)))
    })?;
    Some(format!("message-{id}"))
}
