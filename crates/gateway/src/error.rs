//! The errors that callers get: the one table of codes.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::store::StoreError;

macro_rules! codes {
    ($($(#[doc = $doc:literal])* $variant:ident = $status:literal, $name:literal;)*) => {
        /// Why a call was refused. Names are never reused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum ErrorCode {
            $($(#[doc = $doc])* $variant,)*
        }

        impl ErrorCode {
            /// Every code.
            pub const ALL: &'static [ErrorCode] = &[$(ErrorCode::$variant,)*];

            /// The word in `error.code`.
            pub const fn name(self) -> &'static str {
                match self {
                    $(ErrorCode::$variant => $name,)*
                }
            }

            /// The HTTP status.
            pub const fn status(self) -> u16 {
                match self {
                    $(ErrorCode::$variant => $status,)*
                }
            }

            /// What it means and what to do, in one or two sentences.
            pub fn meaning(self) -> &'static str {
                match self {
                    $(ErrorCode::$variant => concat!($($doc),*).trim_start(),)*
                }
            }
        }
    };
}

codes! {
    /// The body is not what the call takes; the message names the field.
    InvalidRequest = 400, "invalid_request";
    /// The cursor is none of this gateway's.
    InvalidCursor = 400, "invalid_cursor";
    /// There is no token, or it does not count here.
    Unauthorized = 401, "unauthorized";
    /// The token's time is over; refresh the session.
    TokenExpired = 401, "token_expired";
    /// The visitor's tokens were taken back; start a session.
    TokenRevoked = 401, "token_revoked";
    /// The signed identity does not count.
    IdentityInvalid = 401, "identity_invalid";
    /// The refresh token is not known or its time is over; start a session.
    RefreshExpired = 401, "refresh_expired";
    /// The refresh token was used before, and so was the one that followed it; the session ended. Start another one.
    RefreshReused = 401, "refresh_reused";
    /// No site takes pages of this origin, or apps of this id.
    OriginNotAllowed = 403, "origin_not_allowed";
    /// There is no such thing, or it is somebody else's.
    NotFound = 404, "not_found";
    /// The path does not take this method.
    MethodNotAllowed = 405, "method_not_allowed";
    /// The id was used for another message.
    ClientIdConflict = 409, "client_id_conflict";
    /// The visitor has a conversation that has not ended; `id` names it.
    ConversationOpen = 409, "conversation_open";
    /// The question was answered or another one was asked; `current` is the one that waits.
    PromptSuperseded = 409, "prompt_superseded";
    /// Only a message whose fate is not known can be resolved; `state` is what became of it.
    NotUnconfirmed = 409, "not_unconfirmed";
    /// The upload does not go on where the file ends, or is not whole; `offset` is how many bytes are there.
    OffsetMismatch = 409, "offset_mismatch";
    /// Another call writes to the file; let it end first.
    UploadBusy = 409, "upload_busy";
    /// The conversation is over; start another one.
    Ended = 410, "ended";
    /// The body is larger than the call takes, or the file than the site does.
    TooLarge = 413, "too_large";
    /// Files of this type are not taken.
    UnsupportedType = 415, "unsupported_type";
    /// The answer does not fit the question; `field` and `reason` say why.
    InvalidAnswer = 422, "invalid_answer";
    /// Many visitors come at once: `challenge` says what to solve before the same call counts.
    ChallengeRequired = 428, "challenge_required";
    /// The file is not of the type that it was said to have.
    ContentMismatch = 422, "content_mismatch";
    /// The scanner refused the file.
    FileRefused = 422, "file_refused";
    /// Too much at once.
    RateLimited = 429, "rate_limited";
    /// Too many streams are open.
    TooManyStreams = 429, "too_many_streams";
    /// A fault of the gateway.
    Internal = 500, "internal";
    /// The gateway cannot take anything now.
    Unavailable = 503, "unavailable";
}

/// A call that was refused.
#[derive(Clone, Debug)]
pub struct ApiError {
    code: ErrorCode,
    message: String,
    retry_after: Option<Duration>,
    details: Map<String, Value>,
}

/// What calls give.
pub type ApiResult<T> = Result<T, ApiError>;

impl ApiError {
    /// `message` says what was wrong and what to do; it holds no secret and nothing that a visitor said.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            retry_after: None,
            details: Map::new(),
        }
    }

    /// An answer that does not fit.
    pub fn answer(field: &str, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self::new(ErrorCode::InvalidAnswer, format!("{field}: {reason}"))
            .with("field", field)
            .with("reason", reason)
    }

    /// The answer for whatever is not there, or is not the caller's.
    pub fn not_found() -> Self {
        Self::new(ErrorCode::NotFound, "there is no such thing here")
    }

    /// Adds a field to the error.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.details.insert(name.to_owned(), value.into());
        self
    }

    /// The same call may succeed after so long.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// The code.
    pub fn code(&self) -> ErrorCode {
        self.code
    }

    /// `Retry-After`, in whole seconds, rounded up.
    pub fn retry_after_seconds(&self) -> Option<u64> {
        self.retry_after
            .map(|wait| wait.as_secs() + u64::from(wait.subsec_nanos() > 0))
    }

    /// The body of the answer.
    pub fn body(&self) -> Value {
        let retry_after_ms = self
            .retry_after
            .map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
        let mut error = json!({
            "code": self.code.name(),
            "message": self.message,
            "retryable": self.retry_after.is_some(),
            "retry_after_ms": retry_after_ms,
        });
        for (name, value) in &self.details {
            error[name] = value.clone();
        }
        json!({"error": error})
    }
}

/// Come again later; the wait differs so that not everybody comes at once.
pub(crate) fn unavailable() -> ApiError {
    ApiError::new(
        ErrorCode::Unavailable,
        "the gateway cannot take this now; try again",
    )
    .retry_after(Duration::from_millis(fastrand::u64(1_000..4_000)))
}

/// The site is turned off.
pub(crate) fn site_off() -> ApiError {
    ApiError::new(ErrorCode::Unavailable, "this site is turned off")
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Gone => ApiError::not_found(),
            StoreError::Conflict => unavailable(),
            StoreError::Away(why) | StoreError::Failed(why) => {
                tracing::error!(why, "the store refused");
                unavailable()
            }
        }
    }
}

impl From<wotnot_core::Error> for ApiError {
    /// The library names the field, and repeats none of its value.
    fn from(error: wotnot_core::Error) -> Self {
        ApiError::new(ErrorCode::InvalidRequest, error.message())
    }
}

impl From<std::io::Error> for ApiError {
    fn from(error: std::io::Error) -> Self {
        tracing::error!(%error, "the system refused");
        ApiError::new(ErrorCode::Internal, "a fault of the gateway; it was logged")
    }
}
