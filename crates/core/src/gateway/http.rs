//! One call to the gateway within its time, with the visitor's token, which is renewed on the way.

use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use serde_json::Value;

use super::Gateway;
use super::refusal::{self, Refused};
use crate::cancel::{CancelState, CancelToken};
use crate::engine::{HttpCall, LONGEST_CALL, Repeat};
use crate::exchange::Answer;
use crate::log::LoggedCall;
use crate::options::CallOptions;
use crate::service::bearer;
use crate::{Delivery, Error};

/// What came of a call: an answer, or why there is none.
pub(super) type Replied = Result<Reply, Refused>;

/// An answer of success.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) body: Value,
    /// The body as it came, where it is no JSON.
    pub(super) text: String,
}

/// Until when a call may take, and what ends it before.
pub(super) struct Limit {
    pub(super) until: Instant,
    token: CancelToken,
}

impl Limit {
    /// Of a call with these options.
    pub(super) fn of(gateway: &Gateway, options: &CallOptions) -> Self {
        let token = options.cancel.clone().unwrap_or_default();
        let timeout = options.timeout.unwrap_or(gateway.engine.config.timeout);
        Self {
            until: token.0.asked() + timeout.min(LONGEST_CALL),
            token,
        }
    }

    /// The same, or less where that is more than `most` from now on.
    pub(super) fn at_most(&self, most: Duration) -> Self {
        Self {
            until: self.until.min(Instant::now() + most),
            token: self.token.clone(),
        }
    }

    /// That of a part of a wait.
    pub(super) fn part(until: Instant, cancel_state: Arc<CancelState>) -> Self {
        Self {
            until,
            token: CancelToken(cancel_state),
        }
    }

    pub(super) fn cancel_state(&self) -> &Arc<CancelState> {
        &self.token.0
    }

    fn options(&self) -> CallOptions {
        let asked = self.token.0.asked();
        CallOptions {
            timeout: Some(self.until.saturating_duration_since(asked)),
            cancel: Some(self.token.clone()),
            ..CallOptions::default()
        }
    }
}

/// What is asked of the gateway.
pub(super) struct Ask<'a> {
    pub(super) method: Method,
    /// From the gateway's root on, with its query.
    pub(super) path: &'a [&'a str],
    pub(super) body: Payload<'a>,
    pub(super) repeat: Repeat,
}

/// What goes out with it.
#[derive(Clone, Copy)]
pub(super) enum Payload<'a> {
    Nothing,
    Json(&'a Value),
    /// Bytes of a file, from `offset` of it on.
    Part {
        offset: u64,
        bytes: &'a [u8],
    },
}

/// From which byte of its file on a part is.
static UPLOAD_OFFSET: HeaderName = HeaderName::from_static("upload-offset");

impl<'a> Ask<'a> {
    pub(super) fn get(path: &'a [&'a str]) -> Self {
        Self {
            method: Method::GET,
            path,
            body: Payload::Nothing,
            repeat: Repeat::Safe,
        }
    }

    pub(super) fn post(path: &'a [&'a str], body: &'a Value) -> Self {
        Self {
            method: Method::POST,
            path,
            body: Payload::Json(body),
            repeat: Repeat::Safe,
        }
    }
}

/// How many tokens are tried: one that was held, and a fresh one.
const MOST_RENEWALS: usize = 2;

impl Gateway {
    /// Makes a call of the visitor's.
    pub(super) fn ask(&self, ask: &Ask, limit: &Limit, logged: Option<&LoggedCall>) -> Replied {
        let mut in_doubt = false;
        for _ in 0..MOST_RENEWALS {
            let token = self.session(limit, logged)?;
            match self.exchange(ask, Some(token.expose()), limit, logged) {
                Err(refused) if refused.asks_for_a_token() => {
                    in_doubt |= refused.error.delivery() == Some(Delivery::Unknown);
                    self.drop_token(&token);
                }
                Err(mut refused) if in_doubt && !refused.is_final() => {
                    refused.error = refused.error.with_delivery(Delivery::Unknown);
                    return Err(refused);
                }
                done => return done,
            }
        }
        Err(Refused::from(refusal::no_token_counts(in_doubt)))
    }

    /// Makes a call that bears this token, or none.
    pub(super) fn exchange(
        &self,
        ask: &Ask,
        token: Option<&str>,
        limit: &Limit,
        logged: Option<&LoggedCall>,
    ) -> Replied {
        let mut headers: HeaderMap = self.service.headers.clone();
        if let Some(value) = token.and_then(bearer) {
            headers.insert(header::AUTHORIZATION, value);
        }
        let body: Cow<[u8]> = match ask.body {
            Payload::Nothing => {
                headers.remove(header::CONTENT_TYPE);
                Cow::default()
            }
            Payload::Json(body) => body.to_string().into_bytes().into(),
            Payload::Part { offset, bytes } => {
                let kind = HeaderValue::from_static("application/octet-stream");
                headers.insert(header::CONTENT_TYPE, kind);
                headers.insert(&UPLOAD_OFFSET, offset.into());
                bytes.into()
            }
        };
        let uri = self.service.at(ask.path).map_err(Refused::from)?;
        let call = HttpCall {
            method: ask.method.clone(),
            uri: &uri,
            headers: &headers,
            body: &body,
            repeat: ask.repeat,
        };
        // The engine's errors have no room for what a refusal names beside its code.
        let details = RefCell::new(Value::Null);
        let judge = |answer: Answer| match read(answer) {
            Ok(reply) => Ok(reply),
            Err((error, decision, refusal)) => {
                *details.borrow_mut() = refusal;
                Err((error, decision))
            }
        };
        let result = self.engine.call(&call, &limit.options(), logged, judge);
        result.map_err(|error: Error| Refused {
            error,
            details: details.take(),
        })
    }
}

fn read(answer: Answer) -> Result<Reply, (Error, crate::outcome::RetryDecision, Value)> {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let is_success = (200..300).contains(&answer.status);
    match is_success {
        true => Ok(Reply {
            status: answer.status,
            text: String::from_utf8_lossy(&answer.body).into_owned(),
            body,
        }),
        false => Err(refusal::judge(answer.status, answer.retry_after, body)),
    }
}

/// The time that is left until then.
pub(super) fn left(until: Option<Instant>) -> Option<Duration> {
    until.map(|until| until.saturating_duration_since(Instant::now()))
}
