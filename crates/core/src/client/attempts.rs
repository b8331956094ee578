//! One call: its attempts, what each answer means, and how it is woken.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use http::Uri;
use serde_json::Value;
use wotnot_protocol::{Failure, Object, read_json};

use super::{CallOptions, Client};
use crate::cancel::{CancelState, StopReason};
use crate::exchange::{Answer, NoAnswer, Request};
use crate::log::LoggedCall;
use crate::outcome::{AttemptOutcome, Author, RetryDecision, Word};
use crate::results::ReadAnswer;
use crate::retry;
use crate::transport::{Addresses, OneConnection};
use crate::{Delivery, Error, Result};

/// Longer than anybody waits, and short enough to add to the time of day.
pub(super) const FOR_EVER: Duration = Duration::from_secs(365 * 24 * 3600);

/// The longest reason of the emulator's that stands in an error, in bytes.
const LONGEST_REASON: usize = 200;

impl Client {
    pub(super) fn call<T: ReadAnswer>(
        &self,
        uri: &Uri,
        body: &[u8],
        options: &CallOptions,
        logged: Option<&LoggedCall>,
    ) -> Result<T> {
        self.counts.calls.fetch_add(1, Ordering::Relaxed);
        let cancel_state = options
            .cancel
            .as_ref()
            .map_or_else(Default::default, |token| Arc::clone(&token.0));
        let result = self.register(&cancel_state).and_then(|_registered| {
            let agent = self.agents.take();
            let result = self.attempts(&agent, uri, body, options.timeout, &cancel_state, logged);
            self.agents.give_back(agent);
            result
        });
        if result.is_err() {
            self.counts.failures.fetch_add(1, Ordering::Relaxed);
        }
        result
    }

    fn attempts<T: ReadAnswer>(
        &self,
        agent: &OneConnection,
        uri: &Uri,
        body: &[u8],
        timeout: Option<Duration>,
        cancel_state: &Arc<CancelState>,
        logged: Option<&LoggedCall>,
    ) -> Result<T> {
        let timeout = timeout.unwrap_or(self.config.timeout).min(FOR_EVER);
        let request = Request {
            uri,
            headers: &self.service.headers,
            body,
            deadline: cancel_state.asked() + timeout,
            connect_timeout: self.config.connect_timeout,
            cancel_state,
        };
        if Instant::now() >= request.deadline {
            cancel_state.stop(StopReason::Expired);
        }
        let mut attempts = 0;
        let mut addresses = Addresses::Known;
        loop {
            if let Some(reason) = cancel_state.stopped() {
                return Err(reason.error_with(Delivery::NotSent).with_attempts(attempts));
            }
            attempts += 1;
            if let Some(logged) = logged {
                logged.attempt();
            }
            let (outcome, (bytes_out, bytes_in)) = request.send(agent, addresses);
            self.counts
                .bytes_sent
                .fetch_add(bytes_out, Ordering::Relaxed);
            self.counts
                .bytes_received
                .fetch_add(bytes_in, Ordering::Relaxed);
            let (error, retry) = match outcome {
                Ok(answer) => match self.judge(answer) {
                    Ok(value) => {
                        self.budget.succeeded();
                        return Ok(value);
                    }
                    Err(judged) => judged,
                },
                Err(end) => {
                    addresses = Addresses::Fresh;
                    let class = end.outcome.classify();
                    if let Some(reason) = cancel_state.stopped() {
                        return Err(reason.error_with(class.delivery).with_attempts(attempts));
                    }
                    (broken_off(end), class.retry)
                }
            };
            let error = error.with_attempts(attempts);
            let next = match retry {
                RetryDecision::Never => None,
                RetryDecision::Safe => retry::next_try(
                    &self.config.retry,
                    &self.budget,
                    attempts,
                    error.retry_after(),
                    request.deadline,
                ),
            };
            let Some(at) = next else {
                return Err(error);
            };
            if let Some(logged) = logged {
                logged.retry(&error, at);
            }
            let delivery = error.delivery().unwrap_or(Delivery::NotSent);
            cancel_state
                .sleep(at)
                .map_err(|reason| reason.error_with(delivery).with_attempts(attempts))?;
            self.counts.retries.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Reads a whole answer: a value, or an error and whether to try again.
    fn judge<T: ReadAnswer>(
        &self,
        answer: Answer,
    ) -> std::result::Result<T, (Error, RetryDecision)> {
        let body = match read_json(&answer.body) {
            Some(Value::Object(body)) => body,
            _ => Object::new(),
        };
        let words: Vec<String> = Failure::words(&body).map(str::to_owned).collect();
        let known = words.iter().find_map(|word| Word::known(word));
        let says_no = body.get("ok") == Some(&Value::Bool(false));
        let success = (200..300).contains(&answer.status);
        if success
            && !says_no
            && let Some(value) = T::read(body)
        {
            return Ok(value);
        }
        let author = match says_no || answer.retry_after.is_some() {
            true => Author::Service,
            false => Author::Anybody,
        };
        let outcome = match success && !says_no && known.is_none() {
            true => AttemptOutcome::UnexpectedResponse,
            false => AttemptOutcome::Answered(answer.status, known, author),
        };
        let class = outcome.classify();
        let mut text = outcome.explain();
        if let Some(reason) = answer.reason.filter(|reason| self.is_fit(reason)) {
            let bounded = reason.get(..LONGEST_REASON).unwrap_or(&reason);
            text += &format!(" (the emulator says: {bounded})");
        }
        if let Some(wait) = answer.retry_after {
            text += &format!(" (it asked to wait {} s)", wait.as_secs_f64().ceil());
        }
        let api_code = words.iter().find(|word| is_code(word) && self.is_fit(word));
        let error = Error::new(class.code, text)
            .with_delivery(class.delivery)
            .with_http_status(answer.status)
            .with_api_code(api_code.map(String::as_str))
            .with_retry_after(answer.retry_after);
        Err((error, class.retry))
    }

    /// Whether a text of the service may stand in an error: it does not repeat the token to us.
    fn is_fit(&self, text: &str) -> bool {
        !text.contains(self.config.token.expose())
    }

    pub(super) fn register<'a>(
        &'a self,
        cancel_state: &'a Arc<CancelState>,
    ) -> Result<Registered<'a>> {
        match self.lock_calls().as_mut() {
            None => Err(StopReason::Closed.error_with(Delivery::NotSent)),
            Some(calls) => {
                calls.push(Arc::clone(cancel_state));
                Ok(Registered {
                    client: self,
                    cancel_state,
                })
            }
        }
    }
}

/// Whether this looks like a code. A sentence may quote the visitor, but for the one that is known.
fn is_code(word: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    Word::known(word).is_some() || (1..=64).contains(&word.len()) && word.bytes().all(letter)
}

/// The error for an end without a whole answer.
fn broken_off(end: NoAnswer) -> Error {
    let class = end.outcome.classify();
    let text = match end.details {
        Some(details) if class.delivery == Delivery::Unknown => {
            format!("{details}; the message may have been taken")
        }
        Some(details) => details,
        None => end.outcome.explain(),
    };
    let error = Error::new(class.code, text).with_delivery(class.delivery);
    match end.status {
        Some(status) => error.with_http_status(status),
        None => error,
    }
}

/// A call in flight, until it is dropped.
pub(super) struct Registered<'a> {
    client: &'a Client,
    cancel_state: &'a Arc<CancelState>,
}

impl Drop for Registered<'_> {
    fn drop(&mut self) {
        if let Some(calls) = self.client.lock_calls().as_mut()
            && let Some(at) = calls
                .iter()
                .position(|cancel_state| Arc::ptr_eq(cancel_state, self.cancel_state))
        {
            calls.swap_remove(at);
        }
    }
}
