//! The calls that were seen lately, for tests to look at. Tokens are never kept.

use std::collections::VecDeque;
use std::sync::Arc;

use axum::http::Method;
use serde::Serialize;
use serde_json::Value;

use crate::clock::wire_time;
use crate::headers::HeaderView;

/// How many calls are kept.
const KEPT: usize = 1_000;
/// The most that is kept of one body, in bytes.
const BODY_KEPT: usize = 16 * 1024;

/// One call.
#[derive(Clone, Debug)]
pub(crate) struct SeenRequest {
    pub number: u64,
    pub at_ms: i64,
    pub method: Method,
    pub path: String,
    pub conversation: Option<Arc<str>>,
    pub authorized: bool,
    /// The status of the answer, also when a fault kept it from leaving.
    pub status: u16,
    pub reason: Option<String>,
    pub faults: Vec<String>,
    /// Its headers, without what is secret in them.
    pub headers: Vec<HeaderView>,
    /// The start of its body.
    pub body: Box<[u8]>,
    /// The start of its answer's body.
    pub answer: Box<[u8]>,
}

/// As much of a body as is kept; a copy, because the bytes that came lie in the connection's own buffer.
pub(crate) fn kept(body: &[u8]) -> Box<[u8]> {
    body.get(..BODY_KEPT).unwrap_or(body).into()
}

/// A call as the control API shows it.
#[derive(Clone, Debug, Serialize)]
pub struct RequestView {
    /// Counts from 1.
    pub number: u64,
    /// When it came, as the events write times.
    pub at: String,
    /// Its method.
    pub method: String,
    /// Its path.
    pub path: String,
    /// The conversation that it started or named.
    pub conversation: Option<String>,
    /// Whether its token was good.
    pub authorized: bool,
    /// The status of the answer, also when a fault kept it from leaving.
    pub status: u16,
    /// Why it was refused.
    pub reason: Option<String>,
    /// The faults that struck it.
    pub faults: Vec<String>,
    /// Its headers; `***` in place of a token.
    pub headers: Vec<HeaderView>,
    /// Its body: JSON as it came, anything else as text.
    pub body: Value,
    /// The body of its answer, also when a fault kept it from leaving.
    pub answer: Value,
}

/// The newest calls, oldest first.
#[derive(Default)]
pub(crate) struct Requests {
    seen: VecDeque<SeenRequest>,
    count: u64,
}

impl Requests {
    pub fn add(&mut self, mut request: SeenRequest) {
        self.count += 1;
        request.number = self.count;
        self.seen.push_back(request);
        if self.seen.len() > KEPT {
            self.seen.pop_front();
        }
    }

    pub fn views(&self) -> Vec<RequestView> {
        self.views_after(0)
    }

    /// Those with a larger number than this one.
    pub fn views_after(&self, number: u64) -> Vec<RequestView> {
        let newer = self.seen.iter().filter(|it| it.number > number);
        newer.map(view).collect()
    }
}

fn view(request: &SeenRequest) -> RequestView {
    RequestView {
        number: request.number,
        at: wire_time(request.at_ms),
        method: request.method.to_string(),
        path: request.path.clone(),
        conversation: request.conversation.as_deref().map(str::to_owned),
        authorized: request.authorized,
        status: request.status,
        reason: request.reason.clone(),
        faults: request.faults.clone(),
        headers: request.headers.clone(),
        body: body(&request.body),
        answer: body(&request.answer),
    }
}

/// JSON as it came, anything else as text.
fn body(bytes: &[u8]) -> Value {
    let text = |_| Value::String(String::from_utf8_lossy(bytes).into_owned());
    serde_json::from_slice(bytes).unwrap_or_else(text)
}
