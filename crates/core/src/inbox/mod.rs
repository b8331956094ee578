//! The bounded inbox: webhooks put events in, receivers take them out.

mod arrival;
mod asking;
mod change;
mod logs;
mod recent;
mod state;
mod store;
mod waiters;

use std::time::{Duration, Instant};

use crate::cancel::CancelState;
#[cfg(unix)]
use crate::event_fd::EventFd;
use crate::log::LogRecord;
use crate::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use crate::{Code, Error, Result};

pub(crate) use arrival::Arrival;
pub use change::{Change, WakeUp};
pub(crate) use recent::Hash;
pub(crate) use store::{Held, Limits};

use change::Watcher;
use state::State;
use store::cost;
use waiters::Interest;

/// Events that wait for `receive`: each as it was sent, and read only once it is taken.
pub(crate) struct Inbox {
    state: Mutex<State>,
    limits: Limits,
    watcher: OnceLock<Watcher>,
}

/// Which events a receiver takes; the others stay, in their order.
#[derive(Clone, Copy, Debug, Default)]
pub enum EventFilter<'a> {
    /// Whatever comes; what is logged after the rest.
    #[default]
    Any,
    /// What the service says, and nothing that is logged.
    Service,
    /// What is logged alone.
    Log,
    /// Those of the conversation with this id.
    Of(&'a str),
}

/// How full the inbox is, for `status`.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct InboxStats {
    pub(crate) events: usize,
    pub(crate) bytes: usize,
    pub(crate) conversations: usize,
    pub(crate) refused: u64,
    pub(crate) duplicates: u64,
    pub(crate) evicted: u64,
}

impl Inbox {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            state: Mutex::new(State::default()),
            limits,
            watcher: OnceLock::new(),
        }
    }

    /// Whether this is the first watcher: a second one is not taken.
    pub(crate) fn watch(&self, watcher: Watcher) -> bool {
        self.watcher.set(watcher).is_ok()
    }

    fn tell(&self, wake_up: WakeUp) {
        if let Some(watcher) = self.watcher.get() {
            watcher(wake_up);
        }
    }

    /// Takes all of a delivery or none of it, so that the sender may send it again.
    ///
    /// `hash` is that of the whole delivery. What was taken a short while ago is a duplicate: it is
    /// counted and left out.
    pub(crate) fn accept(&self, hash: &Hash, arrivals: Vec<Arrival>) -> Result<()> {
        let now = Instant::now();
        let mut guard = self.lock();
        let state = &mut *guard;
        if state.closed {
            return Err(Error::closed());
        }
        let fresh = state.recent.sort_out(hash, &arrivals, now);
        let coming: Vec<&Arrival> = arrivals
            .iter()
            .zip(&fresh)
            .filter_map(|(arrival, fresh)| fresh.then_some(arrival))
            .collect();
        let bytes: usize = coming.iter().map(|arrival| cost(arrival)).sum();
        if bytes > self.limits.bytes {
            // No empty inbox could take it: it would be refused each time that it came.
            return Err(Error::invalid(
                "body",
                format_args!(
                    "takes {bytes} bytes to hold, and webhook.capacity_bytes is {}; raise it",
                    self.limits.bytes
                ),
            ));
        }
        if !state.store.make_room(&coming, &self.limits, now) {
            state.refused += 1;
            return Err(Error::new(
                Code::Overloaded,
                "the inbox is full, and nothing of this delivery was kept; receive events, or raise `webhook.capacity` and `webhook.capacity_bytes`",
            ));
        }
        for arrival in &coming {
            state.recent.insert(hash, arrival, now);
            state.waiters.wake(arrival.conversation());
        }
        state.duplicates += (arrivals.len() - coming.len()) as u64;
        let mut conversations: Vec<Option<Box<str>>> = coming
            .iter()
            .map(|arrival| arrival.conversation_id.clone())
            .collect();
        for (arrival, _) in arrivals.into_iter().zip(fresh).filter(|(_, fresh)| *fresh) {
            state.store.push(Held::Arrival(arrival), now);
        }
        state.show_events();
        drop(guard);
        conversations.dedup();
        for conversation in conversations {
            self.tell(WakeUp::Event(conversation.as_deref()));
        }
        Ok(())
    }

    /// Keeps a record of the log for receivers. What nobody takes goes, the oldest first.
    pub(crate) fn log(&self, record: LogRecord) {
        let mut state = self.lock();
        if state.closed {
            return;
        }
        state.logs.push(record);
        state.show_events();
        state.waiters.wake_for_log();
        drop(state);
        self.tell(WakeUp::Event(None));
    }

    /// What happened since the change `after`, waiting for it until `deadline`.
    pub(crate) fn wait(
        self: &Arc<Self>,
        after: u64,
        deadline: Option<Instant>,
        cancel_state: &CancelState,
    ) -> Result<Change> {
        let never = || false;
        let change = self.wait_or(after, deadline, cancel_state, never)?;
        change.ok_or_else(Error::closed)
    }

    /// The next that is wanted, with its number, waiting for it until `deadline` (without end when
    /// `None`).
    pub(crate) fn receive(
        self: &Arc<Self>,
        filter: EventFilter,
        deadline: Option<Instant>,
        cancel_state: &CancelState,
    ) -> Result<(u64, Held)> {
        let (interrupts, never) = (self.interrupts(), || false);
        let taken = self.receive_or(filter, deadline, cancel_state, interrupts, never)?;
        taken.ok_or_else(Error::closed)
    }

    /// Waits until `look` gives something, the inbox is closed, the call is stopped or the time is over.
    fn until<T>(
        self: &Arc<Self>,
        interest: Interest,
        deadline: Option<Instant>,
        cancel_state: &CancelState,
        too_late: &str,
        mut look: impl FnMut(&mut State, Instant) -> Option<Result<T>>,
    ) -> Result<T> {
        let waiter = Arc::new(Condvar::new());
        let (inbox, woken) = (Arc::clone(self), Arc::clone(&waiter));
        cancel_state.attach_wake(move || inbox.recheck(&woken));
        let mut ticket = None;
        let mut state = self.lock();
        let outcome = loop {
            if state.closed {
                break Err(Error::closed());
            }
            if let Some(reason) = cancel_state.stopped() {
                break Err(reason.error());
            }
            let now = Instant::now();
            if let Some(found) = look(&mut state, now) {
                break found;
            }
            let left = deadline.map_or(Duration::MAX, |deadline| {
                deadline.saturating_duration_since(now)
            });
            if left.is_zero() {
                break Err(Error::new(Code::Timeout, too_late));
            }
            if ticket.is_none() {
                ticket = Some(state.waiters.join(interest, &waiter));
            }
            drop(waiter.wait_timeout(state, cancel_state.slice(left)));
            cancel_state.check();
            state = self.lock();
        };
        if let Some(ticket) = ticket {
            state.waiters.leave(interest, ticket);
        }
        if state.store.has_any() {
            // The wake-up for it may have come to this receiver, which did not take it.
            state.waiters.wake_one_of_any();
        }
        drop(state);
        cancel_state.detach();
        outcome
    }

    /// Keeps a conversation from receivers of any event until `release`, and takes what waits of it.
    /// Gives the number of the last event before; `None` while it is kept already.
    pub(crate) fn reserve(&self, conversation: &str) -> Option<(u64, Vec<(u64, Held)>)> {
        let mut state = self.lock();
        let is_free = state.store.reserve(conversation);
        let now = Instant::now();
        let filter = EventFilter::Of(conversation);
        is_free.then(|| {
            let waiting = std::iter::from_fn(|| state.store.take(filter, now)).collect();
            state.show_events();
            (state.store.last_seq(), waiting)
        })
    }

    /// The conversation is for everybody again, and so is what was taken of it and not used.
    pub(crate) fn release(&self, conversation: &str, unused: Vec<(u64, Held)>) {
        let mut state = self.lock();
        state.store.release(conversation);
        for (seq, held) in unused.into_iter().rev() {
            state.store.put_back(seq, held, Instant::now());
        }
        state.show_events();
        // What came meanwhile woke nobody who takes any event.
        state.waiters.wake(conversation);
        let has_left = state.store.holds(conversation);
        if has_left {
            state.leavings += 1;
            state.left_at = state.change();
        }
        drop(state);
        if has_left {
            self.tell(WakeUp::Event(Some(conversation)));
        }
    }

    /// Drops what waits of a conversation, and gives how many events that were.
    pub(crate) fn forget(&self, conversation: &str) -> usize {
        let mut state = self.lock();
        let dropped = state.store.remove(conversation);
        state.show_events();
        let events = dropped.iter().filter(|held| held.is_event());
        events.count()
    }

    /// The visitor is about to say something: a bot that then repeats itself means it.
    pub(crate) fn visitor_spoke(&self, conversation: &str) {
        self.lock().recent.visitor_spoke(conversation);
    }

    /// Wakes those who wait now, and nobody who comes later.
    pub(crate) fn interrupt(&self) {
        let mut state = self.lock();
        state.interrupts += 1;
        state.waiters.wake_everybody();
        drop(state);
        self.tell(WakeUp::Everybody);
    }

    /// Wakes one who waits, so that it looks at its own reasons to stop.
    pub(crate) fn recheck(&self, waiter: &Condvar) {
        drop(self.lock());
        waiter.notify_all();
    }

    /// Wakes everybody, for good. Events that nobody took are gone with the client.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        if std::mem::replace(&mut state.closed, true) {
            return;
        }
        #[cfg(unix)]
        let event_fd = state.event_fd.take();
        state.waiters.wake_everybody();
        drop(state);
        self.tell(WakeUp::Everybody);
        #[cfg(unix)]
        drop(event_fd);
    }

    /// A descriptor that is readable while events wait, made when it is first asked for; `None` once
    /// closed, and when the system gives none.
    #[cfg(unix)]
    pub(crate) fn event_fd(&self) -> Option<i32> {
        let mut state = self.lock();
        if state.event_fd.is_none() && !state.closed {
            state.event_fd = EventFd::new().ok();
            state.show_events();
        }
        state.event_fd.as_ref().map(EventFd::number)
    }

    pub(crate) fn stats(&self) -> InboxStats {
        let state = self.lock();
        InboxStats {
            events: state.store.events(),
            bytes: state.store.bytes(),
            conversations: state.store.conversations(),
            refused: state.refused,
            duplicates: state.duplicates,
            evicted: state.store.evicted(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Inbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inbox")
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
