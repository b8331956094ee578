//! What the threads of the scripted service share: the script, and what arrived so far.

use std::collections::VecDeque;
use std::net::TcpStream;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use socket2::SockRef;

use crate::vector::{Exchange, Poll};
use crate::wire::Message;

/// A request that arrived whole.
#[derive(Clone, Debug)]
pub struct Request {
    /// Head and body.
    pub message: Message,
    /// Whether its connection had carried a request before.
    pub reused: bool,
    /// The status of the answer, once it was written whole.
    pub answered: Option<u16>,
    /// The whole answer says that nothing was taken: 429, a 503 of the service's own or with
    /// `Retry-After`, or a conversation that was not made.
    pub refused: bool,
}

impl Request {
    /// The request as expectations see it.
    pub fn json(&self) -> Value {
        let mut words = self.message.first_line.split(' ');
        json!({
            "method": words.next(),
            "path": words.next(),
            "headers": self.message.headers_json(),
            "body": self.message.body_json(),
            "connection": if self.reused { "reused" } else { "new" },
        })
    }
}

/// What the server's threads share.
#[derive(Default)]
pub(crate) struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
pub(crate) struct State {
    pub script: VecDeque<Exchange>,
    /// What polls are answered with; `None` where there are none and a `GET` is as any request.
    pub polls: Option<VecDeque<Poll>>,
    /// How many requests have arrived that are no polls.
    pub others: usize,
    pub requests: Vec<Request>,
    pub problems: Vec<String>,
    pub bytes_in: usize,
    pub webhook: Option<String>,
    /// What every request must look like, beside the exchange's own expectation.
    pub always: Option<Value>,
    pub busy: usize,
    pub stopped: bool,
    pub connections: Vec<Arc<TcpStream>>,
}

impl Shared {
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn wait<'a>(
        &self,
        state: MutexGuard<'a, State>,
        most: Duration,
    ) -> MutexGuard<'a, State> {
        self.changed
            .wait_timeout(state, most)
            .unwrap_or_else(PoisonError::into_inner)
            .0
    }

    /// Waits; false when the server was stopped meanwhile.
    pub(crate) fn pause(&self, most: Duration) -> bool {
        let deadline = Instant::now() + most;
        let mut state = self.lock();
        while !state.stopped {
            let wait = deadline.saturating_duration_since(Instant::now());
            if wait.is_zero() {
                return true;
            }
            state = self.wait(state, wait);
        }
        false
    }

    /// Wakes everybody who waits: something changed.
    pub(crate) fn wake(&self) {
        self.changed.notify_all();
    }

    /// While the returned guard lives, the server has not settled.
    pub(crate) fn busy(&self) -> Busy<'_> {
        self.lock().busy += 1;
        Busy(self)
    }

    /// Gives a connection up: nobody else holds it afterwards, so that dropping it closes it.
    pub(crate) fn forget(&self, stream: &Arc<TcpStream>) {
        self.lock()
            .connections
            .retain(|other| !Arc::ptr_eq(other, stream));
    }
}

pub(crate) struct Busy<'a>(&'a Shared);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.lock().busy -= 1;
        self.0.wake();
    }
}

/// Resets the connection when it is dropped.
pub(crate) fn reset_on_drop(stream: &TcpStream) {
    let _already_gone = SockRef::from(stream).set_linger(Some(Duration::ZERO));
}
