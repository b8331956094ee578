//! One record of the log, and how much is logged.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::{Code, Delivery};

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
    /// What happened.
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

/// What a record reports.
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
