//! What the calls give back.

use serde::Serialize;
use serde_json::{Map, Value};
use wotnot_protocol as wire;

/// A conversation that was started.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Started {
    /// The conversation.
    pub conversation: Conversation,
    /// Who the service takes the visitor for.
    pub contact: Contact,
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
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Sent {
    /// The service's id of it.
    pub message_id: String,
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
    /// What it has done since it was made.
    pub counters: Counters,
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
    /// Deliveries that were answered 503 because the inbox was full.
    pub deliveries_refused: u64,
    /// Events that were delivered more than once and left out.
    pub events_duplicate: u64,
}

impl Started {
    /// `None` when the answer says no, or lacks the conversation's id.
    pub(crate) fn from_wire(answer: wire::Started) -> Option<Self> {
        if answer.ok == Some(false) {
            return None;
        }
        let conversation = answer.conversation;
        let contact = answer.contact;
        Some(Self {
            conversation: Conversation {
                id: conversation.id.filter(|id| !id.is_empty())?,
                created_at: conversation.created_at,
                assignee: conversation.assignee.map(|assignee| Assignee {
                    id: assignee.id,
                    to: assignee.to,
                    extra: assignee.extra,
                }),
                extra: conversation.extra,
            },
            contact: Contact {
                name: contact.name,
                email: contact.email,
                phone: contact.phone,
                visitor_key: contact.visitor_key,
                extra: contact.extra,
            },
            extra: answer.extra,
        })
    }
}

impl Sent {
    /// `None` when the answer says no, or lacks the message's id.
    pub(crate) fn from_wire(answer: wire::Sent) -> Option<Self> {
        if answer.ok == Some(false) {
            return None;
        }
        Some(Self {
            message_id: answer.message_id.filter(|id| !id.is_empty())?,
            extra: answer.extra,
        })
    }
}
