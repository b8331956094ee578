//! One request and its answer, and what an answerless end was.

use std::io::Read;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use http::uri::Scheme;
use http::{HeaderMap, HeaderName, Method, Uri, header};
use ureq::Body;

use crate::cancel::CancelState;
use crate::outcome::{AttemptOutcome, FailureCause};
use crate::retry::retry_after;
use crate::transport::{Addresses, Attempt, Fault, OneConnection, ProxyEnd};

/// The largest answer that is read, after decoding. Real ones have a few hundred bytes.
const MAX_ANSWER: u64 = 1024 * 1024;

/// The emulator says here why it refuses. The service itself sends no such header.
static REASON: HeaderName = HeaderName::from_static("x-emulator-reason");

/// What is the same for every attempt of a call.
pub(crate) struct Request<'a> {
    pub(crate) method: &'a Method,
    pub(crate) uri: &'a Uri,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
    pub(crate) deadline: Instant,
    pub(crate) connect_timeout: Duration,
    pub(crate) cancel_state: &'a Arc<CancelState>,
}

/// A whole answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<Duration>,
    /// Why the emulator refused, in its own words: printable ASCII.
    pub(crate) reason: Option<String>,
    pub(crate) body: Vec<u8>,
}

/// An end without a whole answer.
pub(crate) struct NoAnswer {
    pub(crate) outcome: AttemptOutcome,
    /// What the transport knew; `None` when `outcome` says it all.
    pub(crate) details: Option<String>,
    /// The status, when at least the head of an answer came.
    pub(crate) status: Option<u16>,
}

/// Bytes out and in, for the counters.
pub(crate) type Traffic = (u64, u64);

impl Request<'_> {
    pub(crate) fn send(
        &self,
        agent: &OneConnection,
        addresses: Addresses,
    ) -> (Result<Answer, NoAnswer>, Traffic) {
        let mut status = None;
        let (result, attempt) = Attempt::run(
            self.deadline,
            self.connect_timeout,
            self.cancel_state,
            addresses,
            || self.run(agent, &mut status),
        );
        let result = result.map_err(|error| NoAnswer {
            status,
            ..no_answer(&error, &attempt)
        });
        (result, attempt.bytes())
    }

    fn run(&self, agent: &OneConnection, status: &mut Option<u16>) -> Result<Answer, ureq::Error> {
        let mut request = http::Request::new(self.body);
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = self.headers.clone();
        let mut response = agent.run(request)?;
        *status = Some(response.status().as_u16());
        let wait = response
            .headers()
            .get(header::RETRY_AFTER)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| retry_after(value, SystemTime::now()));
        // The emulator speaks plain HTTP: nobody else's text gets into an error.
        let is_plain = self.uri.scheme() == Some(&Scheme::HTTP);
        let reason = response
            .headers()
            .get(&REASON)
            .filter(|_| is_plain)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        let body = read_whole(response.body_mut())?;
        Ok(Answer {
            status: response.status().as_u16(),
            retry_after: wait,
            reason,
            body,
        })
    }
}

/// Into a buffer with room to find the end in, which saves a look at whether there is anything, and growing.
fn read_whole(body: &mut Body) -> Result<Vec<u8>, ureq::Error> {
    let length = body.content_length().unwrap_or_default().min(MAX_ANSWER);
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default() + 32);
    let mut reader = body.with_config().limit(MAX_ANSWER).reader();
    reader.read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn no_answer(error: &ureq::Error, attempt: &Attempt) -> NoAnswer {
    let (cause, details) = cause(error, attempt);
    NoAnswer {
        outcome: if attempt.sent() {
            AttemptOutcome::Broken(cause)
        } else {
            AttemptOutcome::NotSent(cause)
        },
        details,
        status: None,
    }
}

fn cause(error: &ureq::Error, attempt: &Attempt) -> (FailureCause, Option<String>) {
    if let Some(end) = attempt.proxy_end() {
        return at_the_proxy(end, attempt.fault());
    }
    match attempt.fault() {
        Some(Fault::Deadline) => return (FailureCause::Deadline, None),
        Some(Fault::ConnectDeadline) => return (FailureCause::ConnectDeadline, None),
        Some(Fault::Resolve(why) | Fault::Connect(why)) => {
            return (FailureCause::Network, Some(why));
        }
        // On this machine it is the emulator, or a tunnel; never the service itself.
        Some(Fault::NothingListens(why)) => {
            let hint = "nothing listens there; start `wotnot emulate`, or check `base_url`";
            return (FailureCause::Network, Some(format!("{why}: {hint}")));
        }
        Some(Fault::Tls(why)) => return (FailureCause::Tls, Some(why)),
        None => {}
    }
    match error {
        ureq::Error::Timeout(_) => (FailureCause::Deadline, None),
        ureq::Error::Io(_)
        | ureq::Error::HostNotFound
        | ureq::Error::ConnectionFailed
        | ureq::Error::BodyStalled => (FailureCause::Network, None),
        ureq::Error::BodyExceedsLimit(limit) => (
            FailureCause::NotHttp,
            Some(format!("the answer is larger than {limit} bytes")),
        ),
        ureq::Error::LargeResponseHeader(..) => (
            FailureCause::NotHttp,
            Some("the head of the answer is larger than 15 KB".into()),
        ),
        _ => (FailureCause::NotHttp, None),
    }
}

fn at_the_proxy(end: ProxyEnd, fault: Option<Fault>) -> (FailureCause, Option<String>) {
    match (end, fault) {
        (ProxyEnd::Answered(407), _) => (
            FailureCause::ProxyRefusal,
            Some("the proxy wants a user and a password, or other ones; check the user and the password in `proxy` (HTTP 407)".into()),
        ),
        (ProxyEnd::Answered(status @ 400..=499), _) => (
            FailureCause::ProxyRefusal,
            Some(format!("the proxy does not let this through (HTTP {status}); ask its administrator, or check `proxy`")),
        ),
        (ProxyEnd::Answered(status), _) => (
            FailureCause::Proxy,
            Some(format!("the proxy did not reach the service (HTTP {status})")),
        ),
        (
            ProxyEnd::Lost,
            Some(
                Fault::Resolve(why)
                | Fault::Connect(why)
                | Fault::NothingListens(why)
                | Fault::Tls(why),
            ),
        ) => (
            FailureCause::Proxy,
            Some(format!("the proxy could not be reached: {why}; check `proxy`")),
        ),
        (ProxyEnd::Lost, Some(Fault::ConnectDeadline)) => (
            FailureCause::Proxy,
            Some("the proxy made no connection within `connect_timeout_ms`; check `proxy`".into()),
        ),
        (ProxyEnd::Lost, _) => (FailureCause::Proxy, None),
    }
}
