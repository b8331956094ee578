//! The log: retries and verdicts as they happen, without secrets and without what anybody said.
//! Each record goes to a function: the caller's, or one that keeps it as an event for `receive`.

mod record;

pub use record::{LogKind, LogLevel, LogRecord};

use std::cell::Cell;
use std::time::{Duration, Instant};

use crate::{Code, Delivery, Error};

/// What the caller has called for each record.
pub(crate) type LogSink = Box<dyn Fn(&LogRecord) + Send + Sync>;

/// Where the records of a client go. There is none while the log is off.
pub(crate) struct Logger {
    level: LogLevel,
    sink: LogSink,
}

impl Logger {
    pub(crate) fn new(level: LogLevel, sink: LogSink) -> Self {
        Self { level, sink }
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
        (self.logger.sink)(&LogRecord {
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
        (self.logger.sink)(&record);
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
