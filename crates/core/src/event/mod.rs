//! What the service says through the webhook, as types. Nothing is dropped: what is not understood
//! arrives as `unknown`, and every event carries the element as it was sent in `raw`.

mod html;
mod markup;
mod prompt;
mod read;
mod recent;

use serde::Serialize;
use serde_json::Value;

pub use html::html_to_text;
pub use prompt::{Card, Choice, FormField, Prompt, TextFormat};
pub(crate) use recent::RecentEvents;

/// One event.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Event {
    /// What happened.
    #[serde(rename = "type")]
    pub kind: EventKind,
    /// Counts the events of one client in the order in which they arrived, from 1; absent on
    /// events that did not pass through its inbox.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// The same for every delivery of the same event: the service's id of it where it gives one,
    /// else a hash of kind, conversation and payload.
    pub event_id: String,
    /// The conversation, as `start_conversation` named it.
    pub conversation_id: Option<String>,
    /// The visitor, as `start_conversation` named them.
    pub visitor_key: Option<String>,
    /// When this library took it, RFC 3339 in UTC.
    pub received_at: String,
    /// When it happened by the service's clock, RFC 3339 in UTC; absent where it does not say.
    /// Times without a zone are read as UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub occurred_at: Option<String>,
    /// What only messages have.
    #[serde(flatten)]
    pub said: Option<Said>,
    /// The payload of every other kind, as it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload: Option<Value>,
    /// The element of `events`, as it was sent.
    pub raw: Value,
}

/// The kinds of event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// The bot, an agent or the visitor said something.
    Message,
    /// A conversation was made.
    ConversationCreated,
    /// It was opened or closed.
    Status,
    /// Somebody else answers now.
    Assignee,
    /// A variable was written.
    Variables,
    /// A label was put on.
    Label,
    /// An agent wrote a note.
    Note,
    /// A service level was missed.
    SlaBreached,
    /// A message was delivered or read.
    MessageStatus,
    /// A kind that this version does not know.
    Unknown,
}

impl EventKind {
    /// Every kind.
    pub const ALL: [EventKind; 10] = [
        EventKind::Message,
        EventKind::ConversationCreated,
        EventKind::Status,
        EventKind::Assignee,
        EventKind::Variables,
        EventKind::Label,
        EventKind::Note,
        EventKind::SlaBreached,
        EventKind::MessageStatus,
        EventKind::Unknown,
    ];

    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            EventKind::Message => "message",
            EventKind::ConversationCreated => "conversation_created",
            EventKind::Status => "status",
            EventKind::Assignee => "assignee",
            EventKind::Variables => "variables",
            EventKind::Label => "label",
            EventKind::Note => "note",
            EventKind::SlaBreached => "sla_breached",
            EventKind::MessageStatus => "message_status",
            EventKind::Unknown => "unknown",
        }
    }
}

/// A message: who, what, and what the bot waits for.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Said {
    /// `bot`, `agent` or `visitor`; null where the service does not say, and any word it may add.
    pub by: Option<String>,
    /// The message as plain text; empty when it has none.
    pub text: String,
    /// The message as HTML, as it was sent; null when it has none.
    pub html: Option<String>,
    /// The message as it was sent.
    pub message: Value,
    /// The answer that the bot waits for; null when it waits for none.
    pub prompt: Option<Prompt>,
}

impl Event {
    /// Reads one element of `events`. Never fails: what it cannot read is `unknown`.
    pub fn from_raw(raw: Value) -> Self {
        read::event(raw)
    }

    /// The prompt, if this is a message that waits for an answer.
    pub fn prompt(&self) -> Option<&Prompt> {
        self.said.as_ref()?.prompt.as_ref()
    }

    /// The plain text, if this is a message.
    pub fn text(&self) -> Option<&str> {
        self.said.as_ref().map(|said| said.text.as_str())
    }

    /// Who said it, if this is a message and the service tells.
    pub fn by(&self) -> Option<&str> {
        self.said.as_ref()?.by.as_deref()
    }

    /// Whether this says that the conversation was closed.
    pub fn closes(&self) -> bool {
        // ASSUMED: `is_closed` as a number, as `conversation_create` has it, or `status` as a word.
        let payload = self
            .payload
            .as_ref()
            .filter(|_| self.kind == EventKind::Status);
        let flag = payload.and_then(|payload| payload.get("is_closed"));
        let closed =
            flag.is_some_and(|flag| flag == true || flag.as_i64().is_some_and(|it| it != 0));
        let word = payload.and_then(|payload| payload.get("status")?.as_str());
        closed || word.is_some_and(|word| word.eq_ignore_ascii_case("closed"))
    }

    /// Whether this says that a person answers now.
    pub fn hands_over(&self) -> bool {
        // ASSUMED: `assigned_to_user.type`, as `conversation_create` has it.
        let payload = self
            .payload
            .as_ref()
            .filter(|_| self.kind == EventKind::Assignee);
        let assigned = payload.and_then(|payload| payload.pointer("/assigned_to_user/type"));
        assigned.is_some_and(|kind| kind != "bot")
    }

    /// Whether several options of the choice may be picked at once.
    pub fn takes_several(&self) -> bool {
        // ASSUMED: `multiple`, for lack of a public word.
        let several = |said: &Said| said.message.pointer("/payload/multiple").cloned();
        self.said
            .as_ref()
            .and_then(several)
            .is_some_and(|it| it == true)
    }

    /// Whether an equal event later on may be another one, not this one delivered again: without
    /// an id of the service's own, and a conversation is made but once.
    pub fn may_repeat(&self) -> bool {
        recent::may_come_again(self)
    }
}
