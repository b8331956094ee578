//! A local stand-in for the WotNot service: both calls, bots from flow files, webhook events, faults.
//! Everything is made up here; nothing talks to the vendor.

#![forbid(unsafe_code)]

mod access;
mod account;
mod activity;
mod builder;
mod call;
mod changes;
mod clock;
mod conversation;
mod coverage;
mod delivery;
mod deploy;
mod display;
mod drive;
mod emulator;
mod engine;
mod error;
mod fault;
mod file;
pub mod flow;
mod flow_files;
mod headers;
mod http;
mod offline;
mod outbox;
mod path;
mod profile;
mod reply;
mod requests;
pub mod script;
mod seed;
mod shared;
mod snapshot;
mod socket;
mod source;
pub mod token;
mod transcript;
mod watch;

pub use account::ACCOUNT_ID;
pub use activity::{Activity, Observer};
pub use builder::Builder;
pub use clock::ClockMode;
pub use coverage::{BlockCoverage, ExitCoverage};
pub use deploy::BotInfo;
pub use drive::ClockView;
pub use emulator::Emulator;
pub use error::{Error, WebhookUrlError};
pub use fault::{Call, FaultFile, FaultKind, Rule, RuleCount, When, WhichConversation};
pub use headers::HeaderView;
pub use http::control_routes;
pub use offline::Offline;
pub use outbox::{DeadLetter, PostAnswer, PostView, TokenPlace, Webhook, WebhookRetry};
pub use profile::{
    AfterEnd, BotKeyField, EchoShape, FailureFields, InvalidRequestStatus, MessageBy, SecondStart,
    ServiceProfile, UnknownContact,
};
pub use reply::REASON_HEADER;
pub use requests::RequestView;
pub use transcript::{Transcript, TranscriptEntry};

/// Runs the Rust examples of the emulator's page.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/emulator.md")]
struct Page;
