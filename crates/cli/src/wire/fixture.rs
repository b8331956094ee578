//! A fixture: the calls of a conversation with their answers, and the events that came after each.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::server::Reply;

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
    /// Whose wire it is.
    #[serde(default, skip_serializing_if = "Wire::is_service")]
    pub wire: Wire,
    /// The calls, in their order.
    pub calls: Vec<Call>,
}

/// The two sides of the recorded calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wire {
    /// An integrator and the service.
    #[default]
    Service,
    /// A visitor and a gateway.
    Gateway,
}

impl Wire {
    fn is_service(&self) -> bool {
        *self == Self::Service
    }
}

/// A call, and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// Which one.
    pub call: Kind,
    /// The body that was sent.
    pub request: Value,
    /// What was answered.
    pub answer: Answer,
    /// What came before the next call: elements of `events` of the service's posts, or entries of a gateway's log.
    #[serde(default)]
    pub events: Vec<Value>,
}

/// The calls that say something, and those that only a gateway takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A conversation is started.
    Start,
    /// A message is sent into one.
    Send,
    /// A visitor's session begins.
    Session,
    /// It goes on with another token.
    Refresh,
    /// What is to become of a message in doubt.
    Resolve,
    /// A file is announced.
    File,
    /// Its bytes are written.
    Upload,
    /// It is looked at.
    Complete,
}

impl Kind {
    /// What a call to a gateway is; `None` for what only reads, and for what ends it all.
    pub fn of(method: &str, path: &str) -> Option<Self> {
        let parts: Vec<&str> = path.trim_start_matches("/v1/").split('/').collect();
        Some(match (method, &parts[..]) {
            ("POST", ["sessions"]) => Self::Session,
            ("POST", ["sessions", "refresh"]) => Self::Refresh,
            ("POST", ["conversations"]) => Self::Start,
            ("POST", ["conversations", _, "messages"]) => Self::Send,
            ("POST", ["conversations", _, "messages", _, "resolve"]) => Self::Resolve,
            ("POST", ["files"]) => Self::File,
            ("PUT" | "PATCH", ["files", _]) => Self::Upload,
            ("POST", ["files", _, "complete"]) => Self::Complete,
            _ => return None,
        })
    }
}

/// What was answered.
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

impl Answer {
    /// The same answer once more.
    pub fn reply(&self) -> Reply {
        let mut reply = match &self.body {
            Value::Null => Reply::empty(self.status),
            Value::String(text) => Reply {
                status: self.status,
                headers: vec![("content-type", "text/plain".to_owned())],
                body: text.clone().into_bytes(),
            },
            body => Reply::json(self.status, body),
        };
        let retry_after = self.retry_after.clone();
        reply
            .headers
            .extend(retry_after.map(|value| ("retry-after", value)));
        reply
    }
}

impl Fixture {
    /// A fixture of these calls.
    pub fn new(wire: Wire, calls: Vec<Call>) -> Self {
        let fixture = FORM;
        Self {
            fixture,
            wire,
            calls,
        }
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
