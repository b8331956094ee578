//! The wire of the WotNot API channel: both calls, their answers and the webhook envelope.
//!
//! This crate says what bytes mean and does no I/O. Types that are read keep the fields they do
//! not know in `extra`, so that nothing the service says is lost.

#![forbid(unsafe_code)]

mod failure;
mod id;
mod message;
mod send;
mod start;
mod webhook;

pub use failure::Failure;
pub use id::id_text;
pub use message::{Message, kind};
pub use send::{SEND_PATH_PREFIX, SEND_PATH_SUFFIX, SendMessage, Sent, User, VISITOR};
pub use start::{
    Assignee, CHANNEL, Contact, Conversation, START_PATH, StartConversation, Started, Variables,
    VisitorRef,
};
pub use webhook::{Envelope, EventBody, Reference, WebhookBody, event_type};

/// A JSON object.
pub type Object = serde_json::Map<String, serde_json::Value>;
