//! The log of a running gateway, on standard error: what the gateway itself says, and nothing of the
//! libraries below it, which might quote what passes through them.

use std::io::stderr;

use clap::ValueEnum;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// What a line looks like.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(super) enum Form {
    /// For people
    #[default]
    Text,
    /// One JSON object a line
    Json,
}

/// The least that is logged.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(super) enum Level {
    /// What the gateway could not do
    Error,
    /// And what the operator should look at
    Warn,
    /// And each call, with its status and time
    #[default]
    Info,
}

impl From<Level> for LevelFilter {
    fn from(level: Level) -> Self {
        match level {
            Level::Error => Self::ERROR,
            Level::Warn => Self::WARN,
            Level::Info => Self::INFO,
        }
    }
}

/// Logs from now on.
pub(super) fn start(form: Form, level: Level) {
    let ours = Targets::new().with_target("wotnot", LevelFilter::from(level));
    let log = tracing_subscriber::registry().with(ours);
    // A closed standard error is no reason to end, nor to complain there.
    let lines = fmt::layer()
        .with_ansi(false)
        .with_writer(stderr)
        .log_internal_errors(false);
    // It fails where there is a log already, and that one stays.
    let _ = match form {
        Form::Text => log.with(lines).try_init(),
        Form::Json => log.with(lines.json().flatten_event(true)).try_init(),
    };
}
