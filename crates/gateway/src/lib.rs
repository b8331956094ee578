//! Lets browsers, phones and kiosks chat over the WotNot API channel without the account's token:
//! one program holds the token and the webhook, and speaks to any number of visitors.
//!
//! ```no_run
//! use wotnot_gateway::{Config, Gateway};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let text = std::fs::read_to_string("gateway.toml")?;
//! let config = Config::from_toml(&text, ".".as_ref()).map_err(|mistakes| mistakes[0].to_string())?;
//! let gateway = Gateway::builder().config(config).start()?;
//! println!("{}", gateway.url());
//! # Ok(())
//! # }
//! ```
//!
//! A program of your own is best built with `LIBSQLITE3_FLAGS=-DHAVE_FDATASYNC=1` in the environment, as this
//! workspace's `.cargo/config.toml` has it: SQLite then flushes a commit with fdatasync. With fsync it is as safe,
//! and slower beside a large store.

#![forbid(unsafe_code)]

mod admin;
mod answers;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod any_input;
mod api;
mod app;
mod challenge;
mod clock;
pub mod config;
mod conversation;
mod counters;
mod elsewhere;
mod error;
mod export;
mod files;
mod forward;
mod forwarding;
mod gateway;
mod intake;
mod limits;
#[cfg(test)]
mod openapi;
mod outbox;
mod outgoing;
mod projection;
mod server;
mod sessions;
pub mod sites;
pub mod store;
mod streams;
mod tls;
mod tokens;
mod unread;
mod upstream;
pub mod widget;
pub mod xray;

use std::fmt;

pub use config::{
    Account, Challenge, Config, Hidden, Keep, Listen, Mistake, Origin, OriginPattern, Receiver,
    Site, UnreadHook,
};
pub use error::{ApiError, ApiResult, ErrorCode};
pub use files::check_bucket;
pub use gateway::{Builder, Gateway, STORE_FILE};
pub use sites::Sites;
pub use tls::TlsFiles;

/// Why a gateway did not start.
#[derive(Debug)]
pub enum Error {
    /// The configuration cannot be used.
    Config(String),
    /// The store cannot be used.
    Store(store::StoreError),
    /// A port is taken, or the system refused something else.
    System(std::io::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Config(why) => f.write_str(why),
            Error::Store(error) => error.fmt(f),
            Error::System(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {}

impl From<store::StoreError> for Error {
    fn from(error: store::StoreError) -> Self {
        Error::Store(error)
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Error::System(error)
    }
}
