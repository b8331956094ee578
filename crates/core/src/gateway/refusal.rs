//! What a gateway's refusal means in the library's words: what became of a message, and what to do.

use std::time::Duration;

use serde_json::Value;

use crate::outcome::RetryDecision;
use crate::{Code, Delivery, Error};

/// Why a call has no answer of success.
pub(super) struct Refused {
    pub(super) error: Error,
    /// `error` of the answer: some codes say more in fields of their own.
    pub(super) details: Value,
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self {
            error,
            details: Value::Null,
        }
    }
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        refused.error
    }
}

impl Refused {
    /// The gateway's word for it.
    pub(super) fn code(&self) -> &str {
        self.error.api_code().unwrap_or_default()
    }

    /// Whether another token helps.
    pub(super) fn asks_for_a_token(&self) -> bool {
        matches!(
            self.code(),
            "token_expired" | "token_revoked" | "unauthorized"
        )
    }

    /// Whether the refresh token is of no use any more.
    pub(super) fn ends_the_session(&self) -> bool {
        matches!(
            self.code(),
            "refresh_expired" | "refresh_reused" | "token_revoked" | "unauthorized"
        )
    }

    /// Whether the same call will be refused again: nothing of it was taken.
    pub(super) fn is_final(&self) -> bool {
        self.error.delivery() == Some(Delivery::Rejected)
            && !self.error.retryable()
            && self.error.code() != Code::Unauthorized
    }

    /// A field of the refusal.
    pub(super) fn detail(&self, name: &str) -> Option<&str> {
        self.details.get(name)?.as_str()
    }
}

/// What an answer says that is no success, and whether to try again.
pub(super) fn judge(
    status: u16,
    retry_after: Option<Duration>,
    body: Value,
) -> (Error, RetryDecision, Value) {
    let refusal = body.get("error").cloned().unwrap_or_default();
    let text = |name: &str| refusal.get(name).and_then(Value::as_str);
    let (Some(word), Some(message)) = (text("code"), text("message")) else {
        return no_gateway(status);
    };
    let code = match (status, word) {
        (_, "invalid_answer" | "invalid_request" | "invalid_cursor") => Code::InvalidRequest,
        (401 | 403, _) => Code::Unauthorized,
        (404, _) => Code::NotFound,
        (429, _) => Code::RateLimited,
        (500.., _) => Code::ServerError,
        _ => Code::Rejected,
    };
    let advice = match refusal.get("challenge").and_then(|asked| asked.get("kind")) {
        Some(kind) if kind == "hook" => "; it asks for a CAPTCHA, which only a page can show",
        _ => "",
    };
    let wait = refusal.get("retry_after_ms").and_then(Value::as_u64);
    let is_retryable = refusal.get("retryable").and_then(Value::as_bool);
    let decision = match is_retryable {
        Some(true) => RetryDecision::Safe,
        _ => RetryDecision::Never,
    };
    let error = Error::new(
        code,
        format!("the gateway says `{word}`: {message}{advice}"),
    )
    .with_delivery(Delivery::Rejected)
    .with_http_status(status)
    .with_api_code(Some(word))
    .with_retry_after(wait.map(Duration::from_millis).or(retry_after));
    (error, decision, refusal)
}

/// What answers is not as a gateway is.
fn no_gateway(status: u16) -> (Error, RetryDecision, Value) {
    let code = match status {
        // A proxy in front of the gateway that lost it.
        502..=504 => Code::ServerError,
        _ => Code::ProtocolError,
    };
    let text =
        format!("the answer (HTTP {status}) is not as a gateway answers; check `gateway.url`");
    let error = Error::new(code, text)
        .with_delivery(Delivery::Unknown)
        .with_http_status(status);
    (error, RetryDecision::Never, Value::Null)
}

/// An answer of success that lacks what it promises.
pub(super) fn lacks(what: &str) -> Error {
    let text = format!("the gateway's answer has no {what}; check `gateway.url`");
    Error::new(Code::ProtocolError, text).with_delivery(Delivery::Unknown)
}

/// One fresh token after another is refused.
pub(super) fn no_token_counts(in_doubt: bool) -> Error {
    let delivery = match in_doubt {
        true => Delivery::Unknown,
        false => Delivery::Rejected,
    };
    let text = "the gateway refuses the tokens that it gave a moment ago; do its nodes have the same keys?";
    Error::new(Code::Unauthorized, text).with_delivery(delivery)
}
