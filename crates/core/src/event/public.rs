//! What of an event may leave the company's own programs, for a browser or an app.

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Event, EventKind};

/// An event without what is the account's alone: no `raw`, `payload`, `message` or `visitor_key`.
/// What is not known is null.
///
/// ```
/// use serde_json::json;
/// use wotnot_core::Event;
///
/// let event = Event::from_raw(json!({"event": {"type": "note", "payload": {"note": "a rich customer"}}}));
/// let shown = serde_json::to_string(&event.public()).unwrap();
/// assert!(shown.contains(r#""type":"note""#) && !shown.contains("rich"));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PublicEvent {
    /// What happened.
    #[serde(rename = "type")]
    kind: String,
    /// Counts the events of one client in the order in which they arrived, from 1.
    seq: Option<u64>,
    /// The same for every delivery of the same event.
    event_id: Option<String>,
    /// The conversation, as `start_conversation` named it.
    conversation_id: Option<String>,
    /// When this library took it, RFC 3339 in UTC.
    received_at: Option<String>,
    /// When it happened by the service's clock, RFC 3339 in UTC.
    occurred_at: Option<String>,
    #[serde(flatten)]
    detail: PublicDetail,
}

/// What a window needs of one type of event beside what all have.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
enum PublicDetail {
    /// Of a `message`.
    Message {
        /// `bot`, `agent` or `visitor`.
        by: Option<String>,
        /// The message as plain text.
        text: Option<String>,
        /// The message as HTML, as it was sent.
        html: Option<String>,
        /// The answer that the bot waits for, as in the event.
        prompt: Option<Value>,
    },
    /// Of a `status`.
    Status {
        /// Whether the conversation is closed now.
        closed: Option<bool>,
    },
    /// Of an `assignee`.
    Assignee {
        /// Who answers from now on, as in the event.
        handover: Option<Value>,
    },
    /// Of every other type.
    Other {},
}

impl Event {
    /// What a browser or an app may be handed of it.
    pub fn public(&self) -> PublicEvent {
        match serde_json::to_value(self) {
            Ok(Value::Object(document)) => PublicEvent::of_document(self.kind.name(), document),
            _ => PublicEvent::of_document(self.kind.name(), Map::new()),
        }
    }
}

impl PublicEvent {
    /// That of an event's JSON form. A field that is of another type than that of an event is null.
    pub fn of_document(kind: &str, mut document: Map<String, Value>) -> Self {
        let mut take = |name: &str| document.remove(name).filter(|value| !value.is_null());
        let text = |value: Option<Value>| match value {
            Some(Value::String(text)) => Some(text),
            _ => None,
        };
        let detail = match kind {
            _ if kind == EventKind::Message.name() => PublicDetail::Message {
                by: text(take("by")),
                text: text(take("text")),
                html: text(take("html")),
                prompt: take("prompt").filter(Value::is_object),
            },
            _ if kind == EventKind::Status.name() => PublicDetail::Status {
                closed: take("closed").and_then(|closed| closed.as_bool()),
            },
            _ if kind == EventKind::Assignee.name() => PublicDetail::Assignee {
                handover: take("handover").filter(Value::is_object),
            },
            _ => PublicDetail::Other {},
        };
        Self {
            kind: kind.to_owned(),
            seq: take("seq").and_then(|seq| seq.as_u64()),
            event_id: text(take("event_id")),
            conversation_id: text(take("conversation_id")),
            received_at: text(take("received_at")),
            occurred_at: text(take("occurred_at")),
            detail,
        }
    }
}
