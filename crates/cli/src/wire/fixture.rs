//! A fixture: the calls of a conversation with their answers, and the events that came after each.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The form of the file; another one is not read.
const FORM: u32 = 1;

/// The largest file that is read, in bytes.
const MOST: u64 = 64 * 1024 * 1024;

/// A whole conversation.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fixture {
    /// The form of this file.
    pub fixture: u32,
    /// The calls, in their order.
    pub calls: Vec<Call>,
}

/// A call of the integrator's, and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// Which one.
    pub call: Kind,
    /// The body that was sent.
    pub request: Value,
    /// What was answered.
    pub answer: Answer,
    /// The elements of `events` that were posted before the next call.
    #[serde(default)]
    pub events: Vec<Value>,
}

/// The two calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A conversation is started.
    Start,
    /// A message is sent into one.
    Send,
}

/// What the service answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// `Retry-After`, where it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<String>,
    /// The body: JSON, or its text where it is none.
    pub body: Value,
}

impl Fixture {
    /// A fixture of these calls.
    pub fn new(calls: Vec<Call>) -> Self {
        let fixture = FORM;
        Self { fixture, calls }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// It cannot be read, or is no fixture. Nothing of what it holds is shown.
    pub fn read(path: &Path) -> Result<Self, String> {
        use std::io::Read;
        let shown = path.display();
        let mut text = String::new();
        let file = std::fs::File::open(path).map_err(|error| format!("{shown}: {error}"))?;
        file.take(MOST)
            .read_to_string(&mut text)
            .map_err(|error| format!("{shown}: {error}"))?;
        let fixture: Self = serde_json::from_str(&text).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            format!("{shown}:{line}:{column}: no fixture as `wotnot record` writes it")
        })?;
        match fixture.fixture {
            FORM => Ok(fixture),
            other => Err(format!(
                "{shown}: form {other} of a fixture is not known here; this command reads form {FORM}"
            )),
        }
    }

    /// The file's text.
    pub fn text(&self) -> String {
        // Every key is text, so that writing cannot fail.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }
}
