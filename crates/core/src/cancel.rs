//! Waking a call from another thread: one object for each call in flight.

use std::net::Shutdown;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use crate::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError, TcpStream};
use crate::{Code, Delivery, Error};

/// How long a wait may last before the check of its token is due.
const CHECK_EVERY: Duration = Duration::from_millis(50);

/// Cancels the one call that it is handed to, from any thread and at once.
///
/// A cancelled call ends with `interrupted`. Cancelling before the call begins works too.
#[derive(Clone, Debug, Default)]
pub struct CancelToken(pub(crate) Arc<CancelState>);

impl CancelToken {
    /// A token for one call.
    pub fn new() -> Self {
        Self::default()
    }

    /// A token that also asks `check` whether the call may go on, on the thread that made the call:
    /// every 50 ms while it waits, and at once when a signal interrupts its wait for the socket.
    ///
    /// So a language's own signals, such as Ctrl-C in Python, end a call. No lock is held meanwhile.
    pub fn with_check(check: impl Fn() -> ControlFlow<()> + Send + Sync + 'static) -> Self {
        Self(Arc::new(CancelState {
            check: Some(Check(Box::new(check))),
            ..CancelState::default()
        }))
    }

    /// Counts the call's time from `asked` instead of its beginning, so that the time it spends in a
    /// queue of the caller's counts. Of several the earliest holds.
    pub fn count_from(&self, asked: Instant) {
        let mut state = self.0.lock();
        state.asked = Some(state.asked.map_or(asked, |known| known.min(asked)));
    }

    /// Ends the call. A second time does nothing.
    pub fn cancel(&self) {
        self.0.stop(StopReason::Interrupted);
    }

    /// Ends the call with `request_timeout`: for a queue, whose calls may run out of time before
    /// they begin. A second time does nothing.
    pub fn expire(&self) {
        self.0.stop(StopReason::Expired);
    }
}

/// Why a call has to end now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StopReason {
    Interrupted,
    Expired,
    Closed,
}

impl StopReason {
    pub(crate) fn error(self) -> Error {
        match self {
            StopReason::Interrupted => Error::new(Code::Interrupted, "the call was cancelled"),
            StopReason::Expired => Error::new(
                Code::RequestTimeout,
                "the time was over before the call could begin",
            ),
            StopReason::Closed => Error::closed(),
        }
    }

    pub(crate) fn error_with(self, delivery: Delivery) -> Error {
        self.error().with_delivery(delivery)
    }
}

/// What a call is blocked on, and whether it has to stop.
#[derive(Debug, Default)]
pub(crate) struct CancelState {
    state: Mutex<State>,
    changed: Condvar,
    check: Option<Check>,
    meanwhile: OnceLock<Chore>,
    /// The call that this is a part of.
    whole: Option<Arc<CancelState>>,
}

/// What a thread does while it waits; says how soon it wants to be called again.
struct Chore(Box<dyn Fn() -> Option<Duration> + Send + Sync>);

impl std::fmt::Debug for Chore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Chore")
    }
}

/// Has a thread that waits look again.
struct Wake(Box<dyn FnOnce() + Send>);

impl std::fmt::Debug for Wake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Wake")
    }
}

struct Check(Box<dyn Fn() -> ControlFlow<()> + Send + Sync>);

impl std::fmt::Debug for Check {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Check")
    }
}

#[derive(Debug, Default)]
struct State {
    stop: Option<StopReason>,
    asked: Option<Instant>,
    socket: Option<Arc<TcpStream>>,
    wake: Option<Wake>,
    part: Option<Arc<CancelState>>,
}

impl CancelState {
    /// Ends the call, whatever it waits for: a socket, an event or the time to try again.
    pub(crate) fn stop(&self, reason: StopReason) {
        let (wake, part) = {
            let mut state = self.lock();
            state.stop.get_or_insert(reason);
            if let Some(socket) = state.socket.take() {
                // Under the lock: after `detach` the connection may be another call's. Fails only when
                // the peer is gone already, which wakes the reader too.
                let _ = socket.shutdown(Shutdown::Both);
            }
            (state.wake.take(), state.part.take())
        };
        self.changed.notify_all();
        if let Some(Wake(wake)) = wake {
            wake();
        }
        if let Some(part) = part {
            part.stop(reason);
        }
    }

    /// A part of this call, which ends with it and can be ended alone. The next part takes its place. The two hold
    /// each other until [`CancelState::end_part`].
    pub(crate) fn part(self: &Arc<Self>) -> Arc<Self> {
        let part = Arc::new(Self {
            whole: Some(Arc::clone(self)),
            ..Self::default()
        });
        let mut state = self.lock();
        if let Some(reason) = state.stop {
            drop(state);
            part.stop(reason);
            return part;
        }
        state.part = Some(Arc::clone(&part));
        drop(state);
        part
    }

    /// This part is over: the call lets go of it.
    pub(crate) fn end_part(self: &Arc<Self>) {
        let Some(whole) = &self.whole else { return };
        let mut state = whole.lock();
        if state
            .part
            .as_ref()
            .is_some_and(|part| Arc::ptr_eq(part, self))
        {
            state.part = None;
        }
    }

    /// Has `chore` called before each part of a wait. It says how long that part may last at most.
    /// It may be called under the lock of what is waited for.
    pub(crate) fn meanwhile(&self, chore: impl Fn() -> Option<Duration> + Send + Sync + 'static) {
        // A token that is used again, against its purpose, keeps what it had.
        let _ = self.meanwhile.set(Chore(Box::new(chore)));
    }

    /// How long to wait at most before [`CancelState::check`] is due.
    pub(crate) fn slice(&self, left: Duration) -> Duration {
        let due = self.meanwhile.get().and_then(|Chore(chore)| chore());
        let left = due.map_or(left, |due| left.min(due));
        match (&self.check, &self.whole) {
            (Some(_), _) => left.min(CHECK_EVERY),
            (None, Some(whole)) => whole.slice(left),
            (None, None) => left,
        }
    }

    /// Asks the token's check. It may run any code, so the caller holds no lock.
    pub(crate) fn check(&self) {
        if let Some(Check(check)) = &self.check
            && check().is_break()
        {
            self.stop(StopReason::Interrupted);
        }
        if let Some(whole) = &self.whole {
            whole.check();
        }
    }

    /// From when the call's time counts.
    pub(crate) fn asked(&self) -> Instant {
        self.lock().asked.unwrap_or_else(Instant::now)
    }

    pub(crate) fn stopped(&self) -> Option<StopReason> {
        self.lock().stop
    }

    /// From here on `stop` shuts this socket down.
    pub(crate) fn attach_socket(&self, socket: &Arc<TcpStream>) -> Result<(), StopReason> {
        let mut state = self.lock();
        match state.stop {
            Some(reason) => Err(reason),
            None => {
                state.socket = Some(Arc::clone(socket));
                Ok(())
            }
        }
    }

    /// From here on `stop` calls this, without a lock, for a wait that is not for a socket.
    pub(crate) fn attach_wake(&self, wake: impl FnOnce() + Send + 'static) {
        self.lock().wake = Some(Wake(Box::new(wake)));
    }

    pub(crate) fn detach(&self) {
        let mut state = self.lock();
        state.socket = None;
        state.wake = None;
    }

    /// Waits until `until`, or less when the call has to stop.
    pub(crate) fn sleep(&self, until: Instant) -> Result<(), StopReason> {
        loop {
            let state = self.lock();
            if let Some(reason) = state.stop {
                return Err(reason);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            drop(self.changed.wait_timeout(state, self.slice(left)));
            self.check();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
