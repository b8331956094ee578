//! What the calls give back.

use serde::Serialize;
use serde_json::{Map, Value};
use wotnot_protocol::{Failure, Object, take_object, take_text};

use crate::outcome::Word;

/// A conversation that was started.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Started {
    /// The conversation.
    pub conversation: Conversation,
    /// Who the service takes the visitor for.
    pub contact: Contact,
    /// The id of the first message, yours or the one that was made; through a gateway alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// Fields that this version does not know.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

/// The conversation that the service made.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Conversation {
    /// The id for `send_message`; events name it as `conversation_id`.
    pub id: String,
    /// As the service writes it: `YYYY-MM-DD HH:MM:SS.ffffff`, taken to be UTC.
    pub created_at: Option<String>,
    /// Who answers: the bot.
    pub assignee: Option<Assignee>,
    /// Fields that this version does not know.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

/// Who answers in a conversation.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Assignee {
    /// The bot user's id.
    pub id: Option<String>,
    /// The bot user's e-mail address.
    pub to: Option<String>,
    /// Fields that this version does not know.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

/// The person as the service knows them.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Contact {
    /// Name, when known.
    pub name: Option<String>,
    /// E-mail address, when known.
    pub email: Option<String>,
    /// Phone number, when known.
    pub phone: Option<String>,
    /// `<visitor_id>_<account_id>`; events name it as `visitor_key`.
    pub visitor_key: Option<String>,
    /// Fields that this version does not know.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

/// A message that the service took.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Sent {
    /// The service's id of it; null when the service gives none.
    pub message_id: Option<String>,
    /// Your own id of it, or the one that was made; through a gateway alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// The number of its entry in the gateway's log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// What the gateway says of it, such as `queued`; `kept` while it waits here for a network.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Fields that this version does not know.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

/// What a client is and has done so far.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Status {
    /// This library's version.
    pub version: &'static str,
    /// The service it talks to.
    pub base_url: String,
    /// Where its listener takes events; null when it has none.
    pub webhook_url: Option<String>,
    /// A descriptor that is readable while events wait, for select, poll, epoll and their like. Ask
    /// whether it is readable, and never read from it; it is closed with the client. Null on a client
    /// without a webhook, on a closed one, and on systems other than Unix.
    pub event_fd: Option<i32>,
    /// The overall deadline of a call that names none.
    pub timeout_ms: u64,
    /// What it has done since it was made.
    pub counters: Counters,
    /// How events come in; null on a client without a webhook.
    pub webhook: Option<WebhookStatus>,
    /// What is known at the gateway; absent on a client that talks to the service itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gateway: Option<GatewayStatus>,
}

/// Who the visitor is at a gateway, and what waits for a network.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GatewayStatus {
    /// The gateway's id of the visitor; null before the first call.
    pub visitor_id: Option<String>,
    /// The conversation that was begun; null when none was.
    pub conversation_id: Option<String>,
    /// How many messages are kept here and go out when there is a network.
    pub kept: u64,
    /// Whether a thread of this client's own fills the inbox.
    pub background: bool,
    /// Why the last poll had no answer, for this project's command. No part of the interface.
    #[serde(skip)]
    #[doc(hidden)]
    pub trouble: Option<String>,
}

/// How events come in, and what was refused.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WebhookStatus {
    /// How many events wait for `receive` at most.
    pub capacity: u64,
    /// How many bytes they take at most.
    pub capacity_bytes: u64,
    /// After how many milliseconds without a reader a conversation gives way when all is full.
    pub idle_ms: u64,
    /// Posts to the listener and to `accept_webhook` that were refused, by reason.
    pub refused: RefusedPosts,
    /// When one was last refused, RFC 3339 in UTC; null when none was.
    pub last_refused_at: Option<String>,
}

/// Posts that were refused since the client was made, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RefusedPosts {
    /// No webhook token, or a wrong one (401).
    pub unauthorized: u64,
    /// No JSON, or no delivery (400).
    pub malformed: u64,
    /// A body over 1 MiB, or more than the inbox takes when it is empty (413).
    pub too_large: u64,
    /// The inbox was full (503).
    pub overloaded: u64,
    /// The listener was asked for another path (404).
    pub wrong_path: u64,
    /// The listener was asked by another method than POST (405).
    pub wrong_method: u64,
    /// The sender took too long for its body (408).
    pub too_slow: u64,
}

/// Counts since the client was made.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Counters {
    /// Calls that sent something, or meant to.
    pub calls: u64,
    /// Those of them that failed.
    pub failures: u64,
    /// Requests beyond the first of a call.
    pub retries: u64,
    /// Bytes written to sockets, TLS and heads included.
    pub bytes_sent: u64,
    /// Bytes read from sockets.
    pub bytes_received: u64,
    /// Events that wait for `receive` now.
    pub events_held: u64,
    /// What they take of `webhook.capacity_bytes`.
    pub bytes_held: u64,
    /// The conversations that they belong to.
    pub conversations_held: u64,
    /// Events that nobody read and that gave way to others when the inbox was full.
    pub events_evicted: u64,
    /// Deliveries that were answered 503 because the inbox was full.
    pub deliveries_refused: u64,
    /// Events that were delivered more than once and left out.
    pub events_duplicate: u64,
}

/// An answer of success, read for what it says.
pub(crate) trait ReadAnswer: Sized {
    /// `None` when it does not say that something was made or taken.
    fn read(answer: Object) -> Option<Self>;
}

/// Only the conversation's id has to be there: what was made must not be lost over anything else.
impl ReadAnswer for Started {
    fn read(mut answer: Object) -> Option<Self> {
        let conversation = match take_object(&mut answer, "conversation") {
            Some(conversation) => conversation,
            None => Object::from_iter([("id".to_owned(), answer.remove("conversation")?)]),
        };
        let conversation = Conversation::read(conversation)?;
        let contact = take_object(&mut answer, "contact").unwrap_or_default();
        Some(Self {
            conversation,
            contact: Contact::read(contact),
            client_id: None,
            extra: without_ok(answer),
        })
    }
}

impl Conversation {
    fn read(mut fields: Object) -> Option<Self> {
        // An id with a broken letter is not complete.
        let usable = |id: &String| !id.is_empty() && !id.contains('\u{fffd}');
        Some(Self {
            id: take_text(&mut fields, "id").filter(usable)?,
            created_at: take_text(&mut fields, "created_at"),
            assignee: take_object(&mut fields, "assignee").map(Assignee::read),
            extra: fields,
        })
    }
}

impl Assignee {
    fn read(mut fields: Object) -> Self {
        Self {
            id: take_text(&mut fields, "id"),
            to: take_text(&mut fields, "to"),
            extra: fields,
        }
    }
}

impl Contact {
    fn read(mut fields: Object) -> Self {
        Self {
            name: take_text(&mut fields, "name"),
            email: take_text(&mut fields, "email"),
            phone: take_text(&mut fields, "phone"),
            visitor_key: take_text(&mut fields, "visitor_key"),
            extra: fields,
        }
    }
}

impl ReadAnswer for Sent {
    fn read(mut answer: Object) -> Option<Self> {
        let mut id = |name| take_text(&mut answer, name).filter(|id| !id.is_empty());
        let message_id = match id("message_id") {
            None => id("id"),
            found => found,
        };
        (message_id.is_some() || says_yes(&answer)).then(|| Self {
            message_id,
            client_id: None,
            seq: None,
            state: None,
            extra: without_ok(answer),
        })
    }
}

fn says_yes(answer: &Object) -> bool {
    let says_no = || Failure::words(answer).any(|word| Word::known(word).is_some());
    answer.get("ok") == Some(&Value::Bool(true)) && !says_no()
}

/// `ok` has said what it had to say, unless it is something else than true or false.
fn without_ok(mut answer: Object) -> Object {
    if matches!(answer.get("ok"), Some(Value::Bool(_) | Value::Null)) {
        answer.remove("ok");
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read<T: ReadAnswer>(answer: Value) -> Option<T> {
        T::read(answer.as_object().cloned().unwrap())
    }

    #[test]
    fn a_conversation_needs_its_id_alone() {
        for answer in [
            json!({"conversation": {"id": "3f0c"}}),
            json!({"conversation": "3f0c", "contact": null}),
            json!({"conversation": {"id": "3f0c", "assignee": 4, "created_at": []}, "contact": 1}),
        ] {
            let started: Started = read(answer.clone()).unwrap();
            assert_eq!(started.conversation.id, "3f0c");
            assert_eq!(started.conversation.assignee, None, "{answer}");
            assert_eq!(started.conversation.created_at, None, "{answer}");
            assert_eq!(started.contact.name, None, "{answer}");
        }
    }

    #[test]
    fn every_field_of_a_start_is_in_its_place_or_under_extra() {
        let answer = json!({"ok": 1, "plan": "x",
            "conversation": {"id": 7, "created_at": 5, "assignee": {"id": 8, "to": {}}, "a": 1},
            "contact": {"name": [], "email": "e", "phone": 55, "visitor_key": null, "b": 2}});
        let started: Started = read(answer).unwrap();
        assert_eq!(
            json!(started),
            json!({
                "conversation": {"id": "7", "created_at": "5", "extra": {"a": 1},
                    "assignee": {"id": "8", "to": null, "extra": {"to": {}}}},
                "contact": {"name": null, "email": "e", "phone": "55", "visitor_key": null,
                    "extra": {"b": 2, "name": []}},
                "extra": {"ok": 1, "plan": "x"}
            })
        );
    }

    #[test]
    fn a_message_is_taken_when_the_answer_says_so_or_names_it() {
        for (answer, message_id) in [
            (json!({"ok": true}), None),
            (json!({"ok": true, "message_id": ""}), None),
            (json!({"ok": true, "message_id": [1]}), None),
            (json!({"message_id": "m"}), Some("m")),
            (json!({"id": 7}), Some("7")),
            (json!({"ok": true, "message_id": "m", "id": "x"}), Some("m")),
        ] {
            let sent: Option<Sent> = read(answer.clone());
            assert_eq!(sent.unwrap().message_id.as_deref(), message_id, "{answer}");
        }
        for answer in [
            json!({}),
            json!({"ok": 1}),
            json!({"ok": true, "error": "Invalid request"}),
        ] {
            assert_eq!(read::<Sent>(answer.clone()), None, "{answer}");
        }
    }
}
