//! One call: its attempts within its deadline, and how it is woken.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use http::{HeaderMap, Method, Uri};

use super::Engine;
use crate::cancel::{CancelState, StopReason};
use crate::exchange::{Answer, NoAnswer, Request};
use crate::log::LoggedCall;
use crate::options::CallOptions;
use crate::outcome::RetryDecision;
use crate::retry;
use crate::transport::{Addresses, OneConnection};
use crate::{Delivery, Error, Result};

/// Longer than anybody waits, and short enough to add to the time of day.
pub(crate) const LONGEST_CALL: Duration = Duration::from_secs(365 * 24 * 3600);

/// What a whole answer comes to: a value, or an error and whether to try again.
pub(crate) type Judged<T> = std::result::Result<T, (Error, RetryDecision)>;

/// What is sent.
pub(crate) struct HttpCall<'a> {
    pub(crate) method: Method,
    pub(crate) uri: &'a Uri,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
    pub(crate) repeat: Repeat,
}

/// Whether a request that may have been taken may be made again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// It would be taken twice.
    Doubles,
    /// The other side knows it again.
    Safe,
    /// The caller sees to it; and it counts as no call.
    Never,
}

impl Engine {
    /// Makes a call, as often as it is of use and cannot be taken twice.
    pub(crate) fn call<T>(
        &self,
        call: &HttpCall,
        options: &CallOptions,
        logged: Option<&LoggedCall>,
        judge: impl Fn(Answer) -> Judged<T>,
    ) -> Result<T> {
        let counts = u64::from(call.repeat != Repeat::Never);
        self.counts.calls.fetch_add(counts, Ordering::Relaxed);
        let cancel_state = options
            .cancel
            .as_ref()
            .map_or_else(Default::default, |token| Arc::clone(&token.0));
        let result = self.register(&cancel_state).and_then(|_registered| {
            let agent = self.agents.take();
            let result = self.attempts(&agent, call, options.timeout, &cancel_state, logged, judge);
            self.agents.give_back(agent);
            result
        });
        if result.is_err() {
            self.counts.failures.fetch_add(counts, Ordering::Relaxed);
        }
        result
    }

    fn attempts<T>(
        &self,
        agent: &OneConnection,
        call: &HttpCall,
        timeout: Option<Duration>,
        cancel_state: &Arc<CancelState>,
        logged: Option<&LoggedCall>,
        judge: impl Fn(Answer) -> Judged<T>,
    ) -> Result<T> {
        let timeout = timeout.unwrap_or(self.config.timeout).min(LONGEST_CALL);
        let request = Request {
            method: &call.method,
            uri: call.uri,
            headers: call.headers,
            body: call.body,
            deadline: cancel_state.asked() + timeout,
            connect_timeout: self.config.connect_timeout,
            cancel_state,
        };
        if Instant::now() >= request.deadline {
            cancel_state.stop(StopReason::Expired);
        }
        let mut attempts = 0;
        let mut addresses = Addresses::Known;
        // What an attempt may have left there, no later one takes back.
        let mut in_doubt = false;
        let delivery_after = |in_doubt: bool, last: Delivery| match in_doubt {
            true => Delivery::Unknown,
            false => last,
        };
        loop {
            if let Some(reason) = cancel_state.stopped() {
                let delivery = delivery_after(in_doubt, Delivery::NotSent);
                return Err(reason.error_with(delivery).with_attempts(attempts));
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
            let (error, decision) = match outcome {
                Ok(answer) => match judge(answer) {
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
                        let delivery = delivery_after(in_doubt, class.delivery);
                        return Err(reason.error_with(delivery).with_attempts(attempts));
                    }
                    (broken_off(end), class.retry)
                }
            };
            let is_unknown = error.delivery() == Some(Delivery::Unknown);
            let may_repeat = match call.repeat {
                Repeat::Doubles => decision == RetryDecision::Safe,
                Repeat::Safe => decision == RetryDecision::Safe || is_unknown && error.retryable(),
                Repeat::Never => false,
            };
            in_doubt |= is_unknown;
            // Who knows a message again says so first: a refusal of it means that there is nothing of it.
            let is_final = matches!(error.http_status(), Some(400 | 409..=422)) && !may_repeat;
            let error = match in_doubt && !is_final {
                true => error.with_delivery(Delivery::Unknown),
                false => error,
            };
            let error = error.with_attempts(attempts);
            let next = may_repeat.then(|| {
                retry::next_try(
                    &self.config.retry,
                    &self.budget,
                    attempts,
                    error.retry_after(),
                    request.deadline,
                )
            });
            let Some(at) = next.flatten() else {
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
