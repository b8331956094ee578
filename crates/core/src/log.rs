//! The log: retries and verdicts as they happen, without secrets and without what anybody said.
//! Told to a function of the caller's, or kept as events for `receive`.

use std::cell::Cell;
use std::fmt;
use std::time::{Duration, Instant};

use serde::{Serialize, Serializer};

use crate::inbox::Inbox;
use crate::sync::Arc;
use crate::{Code, Delivery, Error};

/// What is logged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogLevel {
    /// Nothing.
    #[default]
    Off,
    /// Each retry, and the verdict of each call that was tried again or failed.
    Retries,
    /// That, and the verdict of every other call.
    Calls,
}

impl LogLevel {
    /// Every value.
    pub const ALL: [LogLevel; 3] = [LogLevel::Off, LogLevel::Retries, LogLevel::Calls];

    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            LogLevel::Off => "off",
            LogLevel::Retries => "retries",
            LogLevel::Calls => "calls",
        }
    }
}

/// What happened to a call. Holds no token, no id of a visitor, and nothing that anybody said.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LogRecord {
    /// What is told.
    pub kind: LogKind,
    /// All of it as one line for people.
    pub text: String,
    /// The method that was called.
    pub method: &'static str,
    /// The conversation that the call named; null where it named none.
    pub conversation_id: Option<String>,
    /// `ok`, or the error's.
    #[serde(serialize_with = "code_name")]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub code: Code,
    /// What became of the message so far; null on success.
    #[serde(serialize_with = "delivery_name")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub delivery: Option<Delivery>,
    /// The HTTP status of the last answer, on failures that had one.
    pub http_status: Option<u16>,
    /// How many requests were tried up to now.
    pub attempts: u32,
    /// How long is waited before the next one, in milliseconds; on retries alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait_ms: Option<u64>,
    /// How long the call has taken up to now, in milliseconds.
    pub duration_ms: u64,
    /// The error's text; null on success.
    pub message: Option<String>,
    /// How many older records nobody took and are gone; on events alone, absent where there are none.
    #[serde(skip_serializing_if = "is_zero")]
    pub dropped: u64,
}

/// What a record tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum LogKind {
    /// An attempt failed, and another one follows.
    Retry,
    /// The call is over.
    Verdict,
}

impl fmt::Display for LogRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn code_name<S: Serializer>(code: &Code, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(code.name())
}

fn delivery_name<S: Serializer>(
    delivery: &Option<Delivery>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    delivery.map(Delivery::name).serialize(serializer)
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands a reference over"
)]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// What the caller has called for each record.
pub(crate) type LogSink = Box<dyn Fn(&LogRecord) + Send + Sync>;

/// Where the records of a client go. There is none while the log is off.
pub(crate) struct Logger {
    level: LogLevel,
    to: Destination,
}

pub(crate) enum Destination {
    Sink(LogSink),
    Inbox(Arc<Inbox>),
}

impl Logger {
    pub(crate) fn new(level: LogLevel, to: Destination) -> Self {
        Self { level, to }
    }

    fn tell(&self, record: LogRecord) {
        match &self.to {
            Destination::Sink(sink) => sink(&record),
            Destination::Inbox(inbox) => inbox.log(record),
        }
    }
}

/// A call that is logged.
pub(crate) struct LoggedCall<'a> {
    logger: &'a Logger,
    method: &'static str,
    conversation_id: Option<&'a str>,
    begun: Instant,
    attempts: Cell<u32>,
}

impl<'a> LoggedCall<'a> {
    pub(crate) fn new(
        logger: &'a Logger,
        method: &'static str,
        conversation_id: Option<&'a str>,
    ) -> Self {
        Self {
            logger,
            method,
            conversation_id,
            begun: Instant::now(),
            attempts: Cell::new(0),
        }
    }

    /// Another request is tried.
    pub(crate) fn attempt(&self) {
        self.attempts.set(self.attempts.get() + 1);
    }

    /// The last request failed, and the next one follows at `at`.
    pub(crate) fn retry(&self, error: &Error, at: Instant) {
        let wait_ms = millis(at.saturating_duration_since(Instant::now()));
        let text = format!(
            "{}: attempt {} failed with {}; trying again in {wait_ms} ms",
            self.method,
            self.attempts.get(),
            failure(error)
        );
        self.logger.tell(LogRecord {
            wait_ms: Some(wait_ms),
            ..self.record(LogKind::Retry, text, Some(error))
        });
    }

    /// The call is over.
    pub(crate) fn verdict(&self, error: Option<&Error>) {
        let attempts = self.attempts.get();
        if self.logger.level == LogLevel::Retries && error.is_none() && attempts < 2 {
            return;
        }
        let mut record = self.record(LogKind::Verdict, String::new(), error);
        let end = match error {
            None => "ok".to_owned(),
            Some(error) => format!("failed with {}", failure(error)),
        };
        record.text = format!(
            "{}: {end} after {attempts} attempt{} in {} ms",
            self.method,
            if attempts == 1 { "" } else { "s" },
            record.duration_ms
        );
        self.logger.tell(record);
    }

    fn record(&self, kind: LogKind, text: String, error: Option<&Error>) -> LogRecord {
        LogRecord {
            kind,
            text,
            method: self.method,
            conversation_id: self.conversation_id.map(str::to_owned),
            code: error.map_or(Code::Ok, Error::code),
            delivery: error.and_then(Error::delivery),
            http_status: error.and_then(Error::http_status),
            attempts: self.attempts.get(),
            wait_ms: None,
            duration_ms: millis(self.begun.elapsed()),
            message: error.map(|error| error.message().to_owned()),
            dropped: 0,
        }
    }
}

/// The code, what became of the message, and why.
fn failure(error: &Error) -> String {
    let delivery = error.delivery().map_or("", Delivery::name);
    format!("{} ({delivery}): {}", error.code(), error.message())
}

fn millis(time: Duration) -> u64 {
    time.as_millis().try_into().unwrap_or(u64::MAX)
}
