//! What the service posts to the account's webhook endpoint.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Object, id_text};

/// Names of `event.type`.
pub mod event_type {
    /// A conversation was made.
    pub const CONVERSATION_CREATE: &str = "conversation_create";
    /// The bot, an agent or the visitor said something.
    pub const MESSAGE: &str = "message";
    /// ASSUMED: the conversation was opened or closed.
    pub const STATUS: &str = "status";
    /// ASSUMED: somebody else answers now.
    pub const ASSIGNEE: &str = "assignee";
    /// ASSUMED: a variable was written.
    pub const VARIABLES: &str = "variables";
    /// ASSUMED: a label was put on.
    pub const LABEL: &str = "label";
    /// ASSUMED: an agent wrote a note.
    pub const NOTE: &str = "note";
    /// ASSUMED: a service level was missed.
    pub const SLA_BREACHED: &str = "sla_breached";
    /// ASSUMED: a message was delivered or read.
    pub const MESSAGE_STATUS: &str = "message_status";
}

/// One delivery: `{"events": [...], "token": "..."}`.
///
/// Saving the endpoint sends a test: a token and no events.
#[derive(Clone, Deserialize, Serialize)]
pub struct WebhookBody {
    /// The shared token that was set beside the endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// The events, in the order in which the service wrote them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<Value>,
}

/// One element of `events`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Envelope {
    /// What happened.
    pub event: EventBody,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<Reference>,
    /// With whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visitor: Option<Reference>,
    /// Fields that this version does not know.
    #[serde(flatten)]
    pub extra: Object,
}

/// `event`: the kind and what belongs to it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EventBody {
    /// One of [`event_type`], or a name that this version does not know.
    #[serde(rename = "type")]
    pub kind: String,
    /// The fields of this kind.
    #[serde(default)]
    pub payload: Value,
    /// Fields that this version does not know.
    #[serde(flatten)]
    pub extra: Object,
}

/// `{"key": "..."}`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Reference {
    /// The id.
    #[serde(default, deserialize_with = "id_text")]
    pub key: Option<String>,
    /// Fields that this version does not know.
    #[serde(flatten)]
    pub extra: Object,
}
