//! One call: its attempts, what each answer means, and how it is woken.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use http::Uri;
use serde::de::DeserializeOwned;
use ureq::Agent;
use wotnot_protocol::Failure;

use super::{CallOptions, Client};
use crate::cancel::{Stop, Wake};
use crate::exchange::{Answer, NoAnswer, Request};
use crate::outcome::{Again, Happened};
use crate::retry;
use crate::transport::Addresses;
use crate::{Delivery, Error, Result};

/// Longer than anybody waits, and short enough to add to the time of day.
const FOR_EVER: Duration = Duration::from_secs(365 * 24 * 3600);

impl Client {
    pub(super) fn call<W: DeserializeOwned, T>(
        &self,
        uri: &Uri,
        body: &[u8],
        options: &CallOptions,
        read: impl Fn(W) -> Option<T>,
    ) -> Result<T> {
        self.counts.calls.fetch_add(1, Ordering::Relaxed);
        let wake = options
            .cancel
            .as_ref()
            .map_or_else(Default::default, |token| Arc::clone(&token.0));
        let result = self.register(&wake).and_then(|_registered| {
            let agent = self.agents.take();
            let result = self.attempts(&agent, uri, body, options.timeout, &wake, read);
            self.agents.give_back(agent);
            result
        });
        if result.is_err() {
            self.counts.failures.fetch_add(1, Ordering::Relaxed);
        }
        result
    }

    fn attempts<W: DeserializeOwned, T>(
        &self,
        agent: &Agent,
        uri: &Uri,
        body: &[u8],
        timeout: Option<Duration>,
        wake: &Arc<Wake>,
        read: impl Fn(W) -> Option<T>,
    ) -> Result<T> {
        let timeout = timeout.unwrap_or(self.config.timeout).min(FOR_EVER);
        let request = Request {
            uri,
            headers: &self.service.headers,
            body,
            deadline: wake.asked() + timeout,
            connect_timeout: self.config.connect_timeout,
            wake,
        };
        if Instant::now() >= request.deadline {
            wake.stop(Stop::Expired);
        }
        let mut attempts = 0;
        let mut addresses = Addresses::Known;
        loop {
            if let Some(reason) = wake.stopped() {
                return Err(reason.error_with(Delivery::NotSent).with_attempts(attempts));
            }
            attempts += 1;
            let (outcome, (bytes_out, bytes_in)) = request.send(agent, addresses);
            self.counts
                .bytes_sent
                .fetch_add(bytes_out, Ordering::Relaxed);
            self.counts
                .bytes_received
                .fetch_add(bytes_in, Ordering::Relaxed);
            let (error, again) = match outcome {
                Ok(answer) => match self.judge(answer, &read) {
                    Ok(value) => {
                        self.budget.succeeded();
                        return Ok(value);
                    }
                    Err(judged) => judged,
                },
                Err(end) => {
                    addresses = Addresses::Fresh;
                    let meaning = end.happened.meaning();
                    if let Some(reason) = wake.stopped() {
                        return Err(reason.error_with(meaning.delivery).with_attempts(attempts));
                    }
                    (broken_off(end), meaning.again)
                }
            };
            let error = error.with_attempts(attempts);
            let next = match again {
                Again::Never => None,
                Again::Safe => retry::next_try(
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
            let delivery = error.delivery().unwrap_or(Delivery::NotSent);
            wake.sleep(at)
                .map_err(|reason| reason.error_with(delivery).with_attempts(attempts))?;
            self.counts.retries.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Reads a whole answer: a value, or an error and whether to try again.
    fn judge<W: DeserializeOwned, T>(
        &self,
        answer: Answer,
        read: impl Fn(W) -> Option<T>,
    ) -> std::result::Result<T, (Error, Again)> {
        let success = (200..300).contains(&answer.status);
        if success && let Some(value) = serde_json::from_slice(&answer.body).ok().and_then(read) {
            return Ok(value);
        }
        let failure: Option<Failure> = serde_json::from_slice(&answer.body).ok();
        let says_no = |failure: &Failure| failure.ok == Some(false);
        let refused = !success || failure.as_ref().is_some_and(says_no);
        let word = failure
            .as_ref()
            .and_then(Failure::api_code)
            .and_then(|word| self.printable(word));
        let happened = match refused {
            true => Happened::Said(answer.status, word.as_deref()),
            false => Happened::Nonsense,
        };
        let meaning = happened.meaning();
        let text = match answer.retry_after {
            Some(wait) => format!(
                "{} (it asked to wait {} s)",
                happened.explain(),
                wait.as_secs_f64().ceil()
            ),
            None => happened.explain(),
        };
        let error = Error::new(meaning.code, text)
            .with_delivery(meaning.delivery)
            .with_http_status(answer.status)
            .with_api_code(word.as_deref())
            .with_retry_after(answer.retry_after);
        Err((error, meaning.again))
    }

    /// The service's word, unless it is a text of any length or repeats the token to us.
    fn printable(&self, word: &str) -> Option<String> {
        let fits = word.len() <= 128 && !word.chars().any(char::is_control);
        (fits && !word.is_empty() && !word.contains(self.config.token.expose()))
            .then(|| word.to_owned())
    }

    fn register<'a>(&'a self, wake: &'a Arc<Wake>) -> Result<Registered<'a>> {
        match self.lock_calls().as_mut() {
            None => Err(Stop::Closed.error_with(Delivery::NotSent)),
            Some(calls) => {
                calls.push(Arc::clone(wake));
                Ok(Registered { client: self, wake })
            }
        }
    }
}

/// The error for an end without a whole answer.
fn broken_off(end: NoAnswer) -> Error {
    let meaning = end.happened.meaning();
    let text = match end.details {
        Some(details) if meaning.delivery == Delivery::Unknown => {
            format!("{details}; the message may have been taken")
        }
        Some(details) => details,
        None => end.happened.explain(),
    };
    let error = Error::new(meaning.code, text).with_delivery(meaning.delivery);
    match end.status {
        Some(status) => error.with_http_status(status),
        None => error,
    }
}

/// A call in flight, until it is dropped.
struct Registered<'a> {
    client: &'a Client,
    wake: &'a Arc<Wake>,
}

impl Drop for Registered<'_> {
    fn drop(&mut self) {
        if let Some(calls) = self.client.lock_calls().as_mut()
            && let Some(at) = calls.iter().position(|wake| Arc::ptr_eq(wake, self.wake))
        {
            calls.swap_remove(at);
        }
    }
}
