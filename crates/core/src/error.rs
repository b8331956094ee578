//! The one error type: built where the facts are known, read by people and by machines.

use std::fmt;
use std::time::Duration;

use crate::Code;
use crate::reply::WebhookReply;

/// `Result` with this crate's [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// What became of the message: the question to ask before offering "try again".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// No byte of the request reached the service.
    NotSent,
    /// A whole answer said no: any 4xx, or a 503 of the service's own or with `Retry-After`.
    Rejected,
    /// The message may have been taken.
    Unknown,
}

impl Delivery {
    /// Every value.
    pub const ALL: [Delivery; 3] = [Delivery::NotSent, Delivery::Rejected, Delivery::Unknown];

    /// The name in JSON: `not_sent`, `rejected` or `unknown`.
    pub const fn name(self) -> &'static str {
        match self {
            Delivery::NotSent => "not_sent",
            Delivery::Rejected => "rejected",
            Delivery::Unknown => "unknown",
        }
    }
}

/// Why a call did not succeed. Never carries a token or a visitor's text.
#[derive(Clone)]
pub struct Error(Box<Facts>);

#[derive(Clone)]
struct Facts {
    code: Code,
    message: String,
    retry_after: Option<Duration>,
    http_status: Option<u16>,
    api_code: Option<String>,
    delivery: Option<Delivery>,
    attempts: u32,
    reply: Option<WebhookReply>,
}

impl Error {
    /// An error with this code; `message` says what was wrong, what was expected and what to do.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self(Box::new(Facts {
            code,
            message: message.into(),
            retry_after: None,
            http_status: None,
            api_code: None,
            delivery: None,
            attempts: 0,
            reply: None,
        }))
    }

    /// `invalid_argument` at `field`, a path such as `message.data.files[1].link`.
    pub fn invalid(field: &str, problem: impl fmt::Display) -> Self {
        Self::new(Code::InvalidArgument, format!("{field}: {problem}"))
    }

    pub(crate) fn closed() -> Self {
        Self::new(Code::Closed, "the client was closed")
    }

    /// Says what became of the message.
    #[must_use]
    pub fn with_delivery(mut self, delivery: Delivery) -> Self {
        self.0.delivery = Some(delivery);
        self
    }

    pub(crate) fn with_http_status(mut self, status: u16) -> Self {
        self.0.http_status = Some(status);
        self
    }

    pub(crate) fn with_api_code(mut self, code: Option<&str>) -> Self {
        self.0.api_code = code.map(str::to_owned);
        self
    }

    pub(crate) fn with_retry_after(mut self, wait: Option<Duration>) -> Self {
        self.0.retry_after = wait;
        self
    }

    pub(crate) fn with_attempts(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts;
        self
    }

    pub(crate) fn with_reply(mut self, reply: WebhookReply) -> Self {
        self.0.reply = Some(reply);
        self
    }

    /// The code.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// The text for people.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Whether the same call may succeed later without a change.
    pub fn retryable(&self) -> bool {
        self.0.code.is_retryable()
    }

    /// How long the service asked to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The HTTP status of the last answer, when there was one.
    pub fn http_status(&self) -> Option<u16> {
        self.0.http_status
    }

    /// The service's own word, such as `JWT_SIGNATURE_EXCEPTION`. `None` for a text of another form, which
    /// might quote the visitor.
    pub fn api_code(&self) -> Option<&str> {
        self.0.api_code.as_deref()
    }

    /// What became of the message; `None` for calls that send nothing.
    pub fn delivery(&self) -> Option<Delivery> {
        self.0.delivery
    }

    /// How many requests were tried.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// What the caller's own web server must answer; on webhook errors alone.
    pub fn reply(&self) -> Option<&WebhookReply> {
        self.0.reply.as_ref()
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("code", &self.code().name())
            .field("message", &self.message())
            .field("delivery", &self.delivery().map(Delivery::name))
            .field("http_status", &self.http_status())
            .field("api_code", &self.api_code())
            .field("attempts", &self.attempts())
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code(), self.message())
    }
}

impl std::error::Error for Error {}
