//! Why a call to a gateway has no good answer, in the library's words: what became of a message, and what to do.

use std::time::Duration;

use serde_json::Value;
use wotnot_core::{Code, Delivery, Error};

use crate::wire::fixture::Answer;

/// An answer that is no success, or none.
pub(super) struct Failed {
    /// What the caller gets.
    pub error: Error,
    /// How long to wait before the same call may succeed; `None` when it will not.
    pub again: Option<Duration>,
    /// Another token helps.
    pub token_expired: bool,
    /// What is asked for first.
    pub challenge: Option<Value>,
}

/// The gateway at this URL was not reached.
pub(super) fn unreached(url: &str, error: &ureq::Error) -> Failed {
    let refused = |error: &std::io::Error| error.kind() == std::io::ErrorKind::ConnectionRefused;
    let (code, delivery) = match error {
        ureq::Error::HostNotFound | ureq::Error::ConnectionFailed => {
            (Code::Network, Delivery::NotSent)
        }
        ureq::Error::Io(error) if refused(error) => (Code::Network, Delivery::NotSent),
        ureq::Error::Rustls(_) | ureq::Error::Tls(_) => (Code::Tls, Delivery::NotSent),
        ureq::Error::ConnectProxyFailed(_) => (Code::Proxy, Delivery::NotSent),
        ureq::Error::Timeout(_) => (Code::RequestTimeout, Delivery::Unknown),
        _ => (Code::Network, Delivery::Unknown),
    };
    let message = format!("the gateway at {} cannot be reached: {error}", url);
    Failed {
        error: Error::new(code, message).with_delivery(delivery),
        again: code.is_retryable().then_some(Duration::ZERO),
        token_expired: false,
        challenge: None,
    }
}

/// What an answer says that is no success.
pub(super) fn refused(url: &str, answer: &Answer) -> Failed {
    let error = &answer.body["error"];
    let (Some(word), Some(text)) = (error["code"].as_str(), error["message"].as_str()) else {
        return Failed {
            error: no_gateway(&format!(
                "{} answers {}, and not as a gateway does; is the URL right?",
                url, answer.status
            )),
            again: matches!(answer.status, 502..=504).then_some(Duration::ZERO),
            token_expired: false,
            challenge: None,
        };
    };
    let code = match (answer.status, word) {
        (_, "invalid_answer" | "invalid_request") => Code::InvalidArgument,
        (401 | 403, _) => Code::Unauthorized,
        (404, _) => Code::NotFound,
        (429, _) => Code::RateLimited,
        (500.., _) => Code::ServerError,
        _ => Code::Rejected,
    };
    let again = error["retryable"].as_bool().unwrap_or_default();
    let wait = error["retry_after_ms"].as_u64().unwrap_or_default();
    let challenge = error.get("challenge").cloned();
    let advice = match &challenge {
        Some(asked) if asked["kind"] == "hook" => {
            "; it asks for a CAPTCHA, which only a page can show"
        }
        _ => "",
    };
    let message = format!("the gateway says `{word}`: {text}{advice}");
    Failed {
        error: Error::new(code, message).with_delivery(Delivery::Rejected),
        again: again.then(|| Duration::from_millis(wait)),
        token_expired: word == "token_expired",
        challenge,
    }
}

/// What answers is not as a gateway is.
pub(super) fn no_gateway(message: &str) -> Error {
    Error::new(Code::ProtocolError, message).with_delivery(Delivery::Unknown)
}
