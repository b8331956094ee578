//! What is said to a call.

use std::time::Duration;

use wotnot_protocol::{Message, Variables};

use crate::CancelToken;

/// The first message of a visitor, and who they are.
#[derive(Clone, Debug)]
pub struct Start {
    /// Your own unique id of the visitor.
    pub visitor_id: String,
    /// What they said first: text.
    pub message: Message,
    /// What is known about them.
    pub variables: Option<Variables>,
    /// The bot to talk to, instead of the configured one.
    pub bot_key: Option<String>,
}

impl Start {
    /// A visitor who says `text` first.
    pub fn text(visitor_id: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            visitor_id: visitor_id.into(),
            message: Message::text(text),
            variables: None,
            bot_key: None,
        }
    }
}

/// What may differ from call to call.
#[derive(Clone, Debug, Default)]
pub struct CallOptions {
    /// The overall deadline, instead of the configured one.
    pub timeout: Option<Duration>,
    /// Ends this call alone.
    pub cancel: Option<CancelToken>,
    /// Your own id of the message, 1 to 64 letters, digits, `-`, `_`, `.` and `:`: the same message under the same
    /// id counts once, however often it is sent. Through a gateway alone, which makes one where there is none.
    pub client_id: Option<String>,
    /// Keeps the message where it cannot be sent now, in the state file where there is one, and sends it in its turn
    /// when there is a network. Through a gateway alone.
    pub queue: bool,
}
