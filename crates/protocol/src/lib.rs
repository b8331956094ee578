//! The wire of the WotNot API channel: both calls, their refusals and the webhook envelope.
//!
//! This crate says what bytes mean and does no I/O. What is read keeps the fields that nobody knows,
//! so that nothing the service says is lost.

#![forbid(unsafe_code)]

mod failure;
mod id;
mod lenient;
mod message;
mod send;
mod start;
mod webhook;

pub use failure::Failure;
pub use id::id_text;
pub use lenient::{read_json, take_object, take_text};
pub use message::{Message, kind};
pub use send::{SEND_PATH_PREFIX, SEND_PATH_SUFFIX, SendMessage, User, VISITOR};
pub use start::{CHANNEL, START_PATH, StartConversation, Variables, VisitorRef};
pub use webhook::{Envelope, EventBody, Reference, WebhookBody, event_type};

/// A JSON object.
pub type Object = serde_json::Map<String, serde_json::Value>;
