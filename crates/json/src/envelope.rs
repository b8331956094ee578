//! The envelopes: `{"ok": true, "value": ...}` and `{"ok": false, "error": {...}}`.

use serde::Serialize;
use serde_json::{Map, Value};
use wotnot_core::{
    Change, Code, Delivery, Error, Event, Forgotten, Message, Opened, PublicEvent, Result, Sent,
    Started, Status, Transcript, Turn, Uploaded,
};

/// What a call gave: a code, and the value or the error.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// `ok` on success.
    pub code: Code,
    /// The value on success, the error document on failure.
    pub body: std::result::Result<Document, ErrorDocument>,
}

/// The value of a success, each written in the order of its fields.
///
/// Programs without a JSON library rely on that: the first `"id"` is the conversation's, not that of
/// its assignee, and the first `"text"` is the plain one.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Document {
    /// Nothing to say.
    Nothing,
    /// What `start_conversation` gives.
    Started(Box<Started>),
    /// What `send_message` gives.
    Sent(Sent),
    /// What `open_conversation` gives.
    Opened(Box<Opened>),
    /// What `converse` gives.
    Turn(Box<Turn>),
    /// What `answer` gives.
    Answer(Answer),
    /// What `forget` gives.
    Forgotten(Forgotten),
    /// What `parse_webhook` gives.
    Parsed(ParsedWebhook),
    /// What `accept_webhook` gives.
    Accepted(AcceptedWebhook),
    /// What `status` gives.
    Status(Box<Status>),
    /// What `receive` gives.
    Event(Box<Event>),
    /// What `public_event` gives.
    PublicEvent(Box<PublicEvent>),
    /// What `wait` gives.
    Change(Change),
    /// What `cancel` gives.
    Cancelled(Cancelled),
    /// What `transcript` gives.
    Transcript(Transcript),
    /// What `upload` gives.
    Uploaded(Uploaded),
    /// What `set_identity` and `set_app_state` give.
    Done(Done),
}

impl Document {
    /// The value as a tree.
    pub fn to_value(&self) -> Value {
        serde_json::to_value(self).unwrap_or(Value::Null)
    }
}

/// What `answer` gives: a message, ready for `send_message`.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Answer {
    /// Such as `button.response`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The fields of this type.
    pub data: Map<String, Value>,
}

impl From<Message> for Answer {
    fn from(message: Message) -> Self {
        Self {
            kind: message.kind,
            data: message.data,
        }
    }
}

/// What `parse_webhook` gives.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ParsedWebhook {
    /// The post's events.
    pub events: Vec<Event>,
    /// What the caller's own web server must answer.
    pub reply: ReplyDocument,
}

/// What `cancel` gives.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Cancelled {
    /// Whether a call of this name was under way. It is not when it has ended already, and not when
    /// it has yet to begin.
    pub found: bool,
}

/// What `set_identity` and `set_app_state` give.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Done {
    /// Always true.
    pub done: bool,
}

/// What `accept_webhook` gives.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AcceptedWebhook {
    /// What the caller's own web server must answer.
    pub reply: ReplyDocument,
}

impl Outcome {
    /// Success with nothing to say.
    pub fn ok() -> Self {
        Self::success(Document::Nothing)
    }

    pub(crate) fn success(document: Document) -> Self {
        Self {
            code: Code::Ok,
            body: Ok(document),
        }
    }

    /// What `method` gave.
    pub(crate) fn of(method: &str, result: Result<Document>) -> Self {
        match result {
            Ok(document) => Self::success(document),
            Err(error) => Self::failed(error, method),
        }
    }

    /// Failure of `method`.
    pub fn failed(error: Error, method: &str) -> Self {
        Self {
            code: error.code(),
            body: Err(error_document(&error, Some(method))),
        }
    }

    /// The whole envelope as JSON text.
    pub fn to_json(&self) -> String {
        match &self.body {
            Ok(value) => success(value),
            Err(error) => failure(error),
        }
    }
}

/// The JSON form of an error.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ErrorDocument {
    /// The name, such as `rate_limited`.
    pub code: &'static str,
    /// The number that the C ABI returns.
    pub status: i32,
    /// What was wrong, what was expected and what to do. For people; never a secret.
    pub message: String,
    /// Whether the same call may succeed later without a change.
    pub retryable: bool,
    /// How long the service asked to wait.
    pub retry_after_ms: Option<u64>,
    /// The HTTP status of the last answer.
    pub http_status: Option<u16>,
    /// The service's own word, such as `JWT_SIGNATURE_EXCEPTION`.
    pub api_code: Option<String>,
    /// `not_sent`, `rejected` or `unknown`; null for calls that send nothing.
    pub delivery: Option<&'static str>,
    /// How many requests were tried.
    pub attempts: u32,
    /// The method that was called; null where there was none.
    pub method: Option<String>,
    /// What the caller's own web server must answer; on webhook errors alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply: Option<ReplyDocument>,
}

/// An HTTP answer for the caller's own web server to give.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReplyDocument {
    /// The HTTP status.
    pub status: u16,
    /// The body, JSON text.
    pub body: String,
}

impl From<&wotnot_core::WebhookReply> for ReplyDocument {
    fn from(reply: &wotnot_core::WebhookReply) -> Self {
        Self {
            status: reply.status,
            body: reply.body.clone(),
        }
    }
}

/// The JSON form of `error`, raised by `method`.
fn error_document(error: &Error, method: Option<&str>) -> ErrorDocument {
    ErrorDocument {
        code: error.code().name(),
        status: error.code().number(),
        message: error.message().to_owned(),
        retryable: error.retryable(),
        retry_after_ms: error
            .retry_after()
            .map(|wait| wait.as_millis().try_into().unwrap_or(u64::MAX)),
        http_status: error.http_status(),
        api_code: error.api_code().map(str::to_owned),
        delivery: error.delivery().map(Delivery::name),
        attempts: error.attempts(),
        method: method.map(known_method),
        reply: error.reply().map(ReplyDocument::from),
    }
}

/// A method's name, cut to what may stand in an error: it comes from outside.
fn known_method(name: &str) -> String {
    name.chars().take(64).collect()
}

/// The success envelope as JSON text.
fn success(value: &Document) -> String {
    #[derive(Serialize)]
    struct Success<'a> {
        ok: bool,
        value: &'a Document,
    }
    text(&Success { ok: true, value })
}

/// The failure envelope as JSON text.
fn failure(error: &ErrorDocument) -> String {
    #[derive(Serialize)]
    struct Failure<'a> {
        ok: bool,
        error: &'a ErrorDocument,
    }
    text(&Failure { ok: false, error })
}

/// Types of our own with text keys always have a JSON form; the fallback keeps panics out.
fn text(document: &impl Serialize) -> String {
    serde_json::to_string(document)
        .unwrap_or_else(|_| r#"{"ok":false,"error":{"code":"internal","status":90}}"#.to_owned())
}

pub(crate) fn parse_params(text: &str) -> Result<Value> {
    if text.trim().is_empty() {
        return Ok(Value::Object(serde_json::Map::new()));
    }
    serde_json::from_str(text).map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        // The reader has no other sign of it.
        match error.to_string().starts_with("recursion limit exceeded") {
            true => Error::new(
                Code::InvalidArgument,
                format!("the parameters are nested too deeply: {place}"),
            ),
            false => Error::new(
                Code::InvalidJson,
                format!("the parameters are not JSON: {place}"),
            ),
        }
    })
}
