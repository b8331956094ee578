//! A blocking client of the WotNot API channel.
//!
//! ```no_run
//! use wotnot_core::{CallOptions, Client, Config, Start};
//!
//! # fn main() -> wotnot_core::Result<()> {
//! let client = Client::new(Config {
//!     bot_key: Some("lead-bot".into()),
//!     ..Config::new(std::env::var("WOTNOT_TOKEN").unwrap_or_default())
//! })?;
//! let options = CallOptions::default();
//! let chat = client.start_conversation(&Start::text("visitor-42", "Hello"), &options)?;
//! let answer = wotnot_core::Message::text("30");
//! match client.send_message(&chat.conversation.id, &answer, &options) {
//!     Ok(sent) => println!("taken as {:?}", sent.message_id),
//!     Err(error) => println!("{error}; delivery: {:?}", error.delivery()),
//! }
//! # Ok(())
//! # }
//! ```

#![forbid(unsafe_code)]
// What one link alone uses of the rooms that both share.
#![cfg_attr(not(all(feature = "direct", feature = "gateway")), allow(dead_code))]

mod answer;
mod app_state;
mod cancel;
mod check;
mod client;
mod code;
mod config;
#[cfg(feature = "direct")]
mod direct;
mod engine;
mod error;
mod event;
#[cfg(unix)]
mod event_fd;
mod exchange;
mod fields;
#[cfg(feature = "gateway")]
mod gateway;
mod inbox;
mod link;
#[cfg(feature = "listener")]
mod listener;
mod log;
mod opening;
mod options;
mod outcome;
mod reply;
mod resolving;
mod results;
mod retry;
mod seal;
mod secret;
mod service;
mod state_file;
mod sync;
mod threads;
mod transport;
mod uploading;
mod visitors;
mod webhook;

pub use app_state::AppState;
pub use cancel::CancelToken;
pub use check::{FileLink, check_message, files_message};
pub use client::{CallId, Chat, Client, ConfirmedBy, DEFAULT_QUIET, NamedCall, Turn, TurnEnd};
pub use code::Code;
pub use config::{
    Config, DEFAULT_BASE_URL, Gateway, MAX_IDLE, MAX_TIMEOUT, Proxy, Retry, Roots, Tls, Webhook,
};
pub use error::{Delivery, Error, Result};
pub use event::{
    Card, ChoiceOption, Direction, Event, EventKind, FormField, Handover, Media, MediaKind,
    MessageContent, Prompt, PublicEvent, TextFormat, html_to_text,
};
pub use inbox::{Change, EventFilter, WakeUp};
pub use log::{LogKind, LogLevel, LogRecord};
pub use opening::{Forget, Forgotten, IfKnown, Opened, Opening};
pub use options::{CallOptions, Start};
pub use reply::WebhookReply;
pub use resolving::{Resolve, ResolveAction, Transcript, TranscriptFormat};
pub use results::{
    Assignee, Contact, Conversation, Counters, GatewayStatus, RefusedPosts, Sent, Started, Status,
    WebhookStatus,
};
pub use secret::Secret;
pub use uploading::{Upload, Uploaded};
pub use webhook::ParsedWebhook;
pub use wotnot_protocol::{Message, Variables};

/// The keys of the configuration, for this project's documentation and bindings. No part of the interface.
#[cfg(feature = "schema")]
#[doc(hidden)]
pub mod keys {
    pub use crate::config::{ConfigDefault, ConfigKey, ConfigKind, KEYS};
}

/// Strict reading of JSON, for this project's facade and command. No part of the interface.
#[doc(hidden)]
pub mod strict {
    pub use crate::check::{read_message, read_variables};
    pub use crate::event::read_prompt;
    pub use crate::fields::{Fields, wrong};
    pub use wotnot_text::closest;
}

/// This library's version.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Runs the README's example.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
