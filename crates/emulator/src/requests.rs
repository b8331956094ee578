//! The calls that were seen lately, for tests to look at. Tokens are never kept.

use std::collections::VecDeque;

use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;

/// How many calls are kept.
const KEPT: usize = 1_000;
/// The most that is kept of one body, in bytes.
const BODY_KEPT: usize = 16 * 1024;

/// One call.
#[derive(Clone, Debug)]
pub(crate) struct SeenRequest {
    pub number: u64,
    pub at: String,
    pub method: String,
    pub path: String,
    pub conversation: Option<String>,
    pub authorized: bool,
    /// The status of the answer, also when a fault kept it from leaving.
    pub status: u16,
    pub reason: Option<String>,
    pub faults: Vec<String>,
    pub body: Bytes,
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
    /// Its body: JSON as it came, anything else as text.
    pub body: Value,
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
        if request.body.len() > BODY_KEPT {
            request.body =
                Bytes::copy_from_slice(request.body.get(..BODY_KEPT).unwrap_or_default());
        }
        self.seen.push_back(request);
        if self.seen.len() > KEPT {
            self.seen.pop_front();
        }
    }

    pub fn views(&self) -> Vec<RequestView> {
        self.seen.iter().map(view).collect()
    }
}

fn view(request: &SeenRequest) -> RequestView {
    let text = || Value::String(String::from_utf8_lossy(&request.body).into_owned());
    RequestView {
        number: request.number,
        at: request.at.clone(),
        method: request.method.clone(),
        path: request.path.clone(),
        conversation: request.conversation.clone(),
        authorized: request.authorized,
        status: request.status,
        reason: request.reason.clone(),
        faults: request.faults.clone(),
        body: serde_json::from_slice(&request.body).unwrap_or_else(|_| text()),
    }
}
