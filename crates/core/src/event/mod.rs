//! What the service says through the webhook, as types. Nothing is dropped: what is not understood
//! arrives as `unknown`, and every event carries the element as it was sent in `raw`.

mod content;
#[cfg(feature = "gateway")]
mod entry;
mod html;
mod markup;
mod prompt;
mod public;
mod read;
mod read_prompt;
mod tag;
mod taken;
mod writer;

use std::time::SystemTime;

use serde::Serialize;
use serde_json::Value;

use crate::{LogRecord, Uploaded};

#[cfg(feature = "gateway")]
pub use entry::prompt as prompt_of_entry;
#[cfg(feature = "gateway")]
pub(crate) use entry::{KEY_SEPARATOR, from_gateway};
pub use html::html_to_text;
pub use prompt::{Card, ChoiceOption, FormField, Prompt, TextFormat};
pub(crate) use prompt::{form_field, number, string};
pub use public::PublicEvent;
#[cfg(feature = "direct")]
pub(crate) use read::{arrival, from_service};
pub(crate) use read::{fallback_id, from_text};
pub use read_prompt::read_prompt;
pub(crate) use taken::from_inbox;

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
    /// else a hash of the delivery that it came in, and its place there.
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
    pub content: Option<MessageContent>,
    /// Whether the conversation is closed now; on `status` alone, absent where it does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed: Option<bool>,
    /// Who answers from now on; on `assignee` alone, absent where it does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handover: Option<Handover>,
    /// How many events of the conversation nobody read and are gone; on `evicted` alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events: Option<u64>,
    /// What was logged; on `log` alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log: Option<Box<LogRecord>>,
    /// The visitor's own id of a message of theirs; only on events of a gateway.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// What became of the visitor's message: `queued`, `sending`, `accepted`, `rejected`, `unconfirmed`,
    /// `resent` or `discarded`; beside `client_id` alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Why a message was rejected, or a log began again; on `delivery` and `reset` alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How far a file is; on `upload` alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upload: Option<Box<Uploaded>>,
    /// Whether it came before the message whose turn it is in; in turns alone, absent where false.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub late: bool,
    /// The payload of every other kind that the service sent, as it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload: Option<Value>,
    /// The element of `events`, as it was sent, or the entry of the gateway's log; its text where it cannot be read, and null on
    /// `evicted` and `log`, which the service did not send.
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
    /// Said by this library: the inbox was full, and a conversation that nobody read gave way.
    Evicted,
    /// Said by this library: a call is tried again, or is over. Where `log` asks for it.
    Log,
    /// What became of the visitor's message, from a gateway.
    Delivery,
    /// A gateway could not go on where this client was: what it has of the conversation follows.
    Reset,
    /// A gateway does not take the visitor's identity any more: give it a fresh one.
    IdentityWanted,
    /// Said by this library: how far a file is on its way to a gateway.
    Upload,
    /// A kind that this version does not know.
    Unknown,
}

impl EventKind {
    /// Every kind.
    pub const ALL: [EventKind; 16] = [
        EventKind::Message,
        EventKind::ConversationCreated,
        EventKind::Status,
        EventKind::Assignee,
        EventKind::Variables,
        EventKind::Label,
        EventKind::Note,
        EventKind::SlaBreached,
        EventKind::MessageStatus,
        EventKind::Evicted,
        EventKind::Log,
        EventKind::Delivery,
        EventKind::Reset,
        EventKind::IdentityWanted,
        EventKind::Upload,
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
            EventKind::Evicted => "evicted",
            EventKind::Log => "log",
            EventKind::Delivery => "delivery",
            EventKind::Reset => "reset",
            EventKind::IdentityWanted => "identity_wanted",
            EventKind::Upload => "upload",
            EventKind::Unknown => "unknown",
        }
    }
}

/// A message: who, what, and what the bot waits for.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MessageContent {
    /// `bot`, `agent` or `visitor`; null where the service does not say, and any word it may add,
    /// in lower case.
    pub by: Option<String>,
    /// The message as plain text; empty when it has none.
    pub text: String,
    /// The message as HTML, as it was sent; null when it has none, as what a visitor typed.
    pub html: Option<String>,
    /// The message as it was sent.
    pub message: Value,
    /// The answer that the bot waits for; null when it waits for none.
    pub prompt: Option<Prompt>,
}

/// A picture or a file that a message shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Media {
    /// What it is.
    pub kind: MediaKind,
    /// Where it is, as it was sent.
    pub link: String,
    /// Its file name, where the service gives one.
    pub name: Option<String>,
}

/// The kinds of media that messages show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaKind {
    /// A picture.
    Image,
    /// A recording.
    Audio,
    /// A film.
    Video,
    /// Any other file.
    Document,
}

impl MediaKind {
    /// The service's word for it.
    pub const fn name(self) -> &'static str {
        match self {
            MediaKind::Image => "image",
            MediaKind::Audio => "audio",
            MediaKind::Video => "video",
            MediaKind::Document => "document",
        }
    }
}

/// Who answers from now on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Handover {
    /// The new assignee.
    pub direction: Direction,
    /// Their name, where the service gives it.
    pub name: Option<String>,
}

/// Who takes a conversation over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// A person answers.
    ToAgent,
    /// The bot answers.
    ToBot,
}

impl Event {
    /// With what every event has, and nothing else.
    fn bare(kind: EventKind, event_id: String, at: SystemTime) -> Self {
        Self {
            kind,
            seq: None,
            event_id,
            conversation_id: None,
            visitor_key: None,
            received_at: humantime::format_rfc3339_millis(at).to_string(),
            occurred_at: None,
            content: None,
            closed: None,
            handover: None,
            events: None,
            log: None,
            client_id: None,
            state: None,
            reason: None,
            upload: None,
            late: false,
            payload: None,
            raw: Value::Null,
        }
    }

    /// Reads one element of `events`. Never fails: what it cannot read is `unknown`.
    pub fn from_raw(raw: Value) -> Self {
        read::from_raw(raw)
    }

    /// The prompt, if this is a message that waits for an answer.
    pub fn prompt(&self) -> Option<&Prompt> {
        self.content.as_ref()?.prompt.as_ref()
    }

    /// The plain text, if this is a message.
    pub fn text(&self) -> Option<&str> {
        self.content.as_ref().map(|content| content.text.as_str())
    }

    /// Who said it, if this is a message and the service says.
    pub fn by(&self) -> Option<&str> {
        self.content.as_ref()?.by.as_deref()
    }

    /// Whether this says that the conversation was closed.
    pub fn closes(&self) -> bool {
        self.closed == Some(true)
    }

    /// Whether this says that a person answers now.
    pub fn hands_over(&self) -> bool {
        let to = self.handover.as_ref().map(|handover| handover.direction);
        to == Some(Direction::ToAgent)
    }

    /// The pictures and files that it shows, in order. `text` has their names and links as well.
    ///
    /// ```
    /// use serde_json::json;
    /// use wotnot_core::{Event, MediaKind};
    ///
    /// let event = Event::from_raw(json!({"event": {"type": "message", "payload": {"message_by": "bot", "message":
    ///     {"type": "image", "payload": {"link": "https://example.com/map.png", "file_name": "map.png"}}}}}));
    /// assert_eq!(event.media()[0].kind, MediaKind::Image);
    /// assert_eq!(event.text(), Some("map.png (https://example.com/map.png)"));
    /// ```
    pub fn media(&self) -> Vec<Media> {
        let message = self.content.as_ref().map(|content| &content.message);
        match self.raw.get("media") {
            Some(listed) => content::listed_media(listed),
            None => message.map(content::media).unwrap_or_default(),
        }
    }

    /// The number of its entry in a gateway's log.
    pub(crate) fn log_seq(&self) -> Option<u64> {
        self.raw.get("seq")?.as_u64()
    }

    /// Whether several options of the choice may be picked at once.
    pub fn takes_several(&self) -> bool {
        matches!(self.prompt(), Some(Prompt::Choice { multiple: true, .. }))
    }

    /// Whether an equal event later on may be another one, not this one delivered again: without
    /// an id of the service's own.
    pub fn may_repeat(&self) -> bool {
        self.event_id.starts_with(read::HASHED)
    }
}
