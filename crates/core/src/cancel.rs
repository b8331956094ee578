//! Waking a call from another thread: one object for each call in flight.

use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::inbox::Inbox;
use crate::{Code, Delivery, Error};

/// Cancels the one call that it is handed to, from any thread and at once.
///
/// A cancelled call ends with `interrupted`. Cancelling before the call begins works too.
#[derive(Clone, Debug, Default)]
pub struct CancelToken(pub(crate) Arc<Wake>);

impl CancelToken {
    /// A token for one call.
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends the call. A second time does nothing.
    pub fn cancel(&self) {
        self.0.stop(Stop::Interrupted);
    }
}

/// Why a call has to end now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    Interrupted,
    Closed,
}

impl Stop {
    pub(crate) fn error(self) -> Error {
        match self {
            Stop::Interrupted => Error::new(Code::Interrupted, "the call was cancelled"),
            Stop::Closed => Error::closed(),
        }
    }

    pub(crate) fn error_with(self, delivery: Delivery) -> Error {
        self.error().with_delivery(delivery)
    }
}

/// What a call is blocked on, and whether it has to stop.
#[derive(Debug, Default)]
pub(crate) struct Wake {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    stop: Option<Stop>,
    socket: Option<Arc<TcpStream>>,
    inbox: Option<Arc<Inbox>>,
}

impl Wake {
    /// Ends the call, whatever it waits for: a socket, an event or the time to try again.
    pub(crate) fn stop(&self, reason: Stop) {
        let (socket, inbox) = {
            let mut state = self.lock();
            state.stop.get_or_insert(reason);
            (state.socket.take(), state.inbox.take())
        };
        self.changed.notify_all();
        if let Some(socket) = socket {
            // Fails only when the peer is gone already, which wakes the reader too.
            let _ = socket.shutdown(Shutdown::Both);
        }
        if let Some(inbox) = inbox {
            inbox.recheck();
        }
    }

    pub(crate) fn stopped(&self) -> Option<Stop> {
        self.lock().stop
    }

    /// From here on `stop` shuts this socket down.
    pub(crate) fn attach_socket(&self, socket: &Arc<TcpStream>) -> Result<(), Stop> {
        let mut state = self.lock();
        match state.stop {
            Some(reason) => Err(reason),
            None => {
                state.socket = Some(Arc::clone(socket));
                Ok(())
            }
        }
    }

    /// From here on `stop` wakes the waiters of this inbox.
    pub(crate) fn attach_inbox(&self, inbox: &Arc<Inbox>) {
        self.lock().inbox = Some(Arc::clone(inbox));
    }

    pub(crate) fn detach(&self) {
        let mut state = self.lock();
        state.socket = None;
        state.inbox = None;
    }

    /// Waits until `until`, or less when the call has to stop.
    pub(crate) fn sleep(&self, until: Instant) -> Result<(), Stop> {
        let mut state = self.lock();
        loop {
            if let Some(reason) = state.stop {
                return Err(reason);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            state = self
                .changed
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
