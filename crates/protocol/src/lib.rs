//! The wire of the WotNot API channel: both calls, their refusals and the webhook envelope.
//!
//! This crate says what bytes mean and does no I/O. What is read keeps unknown fields,
//! so that nothing the service says is lost.

#![forbid(unsafe_code)]

mod failure;
mod lenient;
mod message;
mod post;
mod send;
mod start;
mod webhook;

pub use failure::Failure;
pub use lenient::{read_json, take_object, take_text};
pub use message::{Message, kind};
pub use post::{Post, PostError};
pub use send::{SEND_PATH_PREFIX, SEND_PATH_SUFFIX, SendMessage, User, VISITOR};
pub use start::{CHANNEL, START_PATH, StartConversation, Variables, VisitorRef};
pub use webhook::event_type;

/// A JSON object.
pub type Object = serde_json::Map<String, serde_json::Value>;
