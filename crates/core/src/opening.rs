//! One conversation for each visitor: what is asked for, and what is given.

use serde::Serialize;

use crate::results::{Contact, Conversation};

/// What to do for a visitor who has a conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IfKnown {
    /// Give that one. Nothing is sent.
    #[default]
    Reuse,
    /// Fail with `invalid_argument`. Nothing is sent.
    Refuse,
    /// Start another one, which takes its place.
    New,
}

impl IfKnown {
    /// Every value.
    pub const ALL: [IfKnown; 3] = [IfKnown::Reuse, IfKnown::Refuse, IfKnown::New];

    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            IfKnown::Reuse => "reuse",
            IfKnown::Refuse => "refuse",
            IfKnown::New => "new",
        }
    }
}

/// The conversation of a visitor.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Opened {
    /// The conversation.
    pub conversation: Conversation,
    /// Who the service takes the visitor for; of one that was not started now, `visitor_key` alone.
    pub contact: Contact,
    /// How it was come by.
    pub opened: Opening,
    /// Whether the message of this call was taken. Where it was not, send it with `send_message`.
    pub message_sent: bool,
    /// The id of the first message where it was sent now; through a gateway alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
}

/// How a conversation was come by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Opening {
    /// The service made it now.
    Started,
    /// The visitor had it.
    Reused,
    /// The answer to its start was lost, and an event named it.
    Recovered,
}

/// What was forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Forgotten {
    /// How many visitors have no conversation any more.
    pub forgotten: usize,
    /// How many events that waited for `receive` were dropped.
    pub events: usize,
}

/// What to forget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forget<'a> {
    /// The conversations of this visitor, with every bot.
    Visitor(&'a str),
    /// This conversation.
    Conversation(&'a str),
}
