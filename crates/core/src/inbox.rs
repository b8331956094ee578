//! The bounded queue between whoever brings events in and whoever asks for them.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::cancel::{Stop, Wake};
use crate::event::{Event, RecentEvents};
use crate::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use crate::{Code, Error, Result};

/// Events that wait for `receive`, in the order of their arrival.
pub(crate) struct Inbox {
    state: Mutex<State>,
    changed: Condvar,
    capacity: usize,
    watcher: OnceLock<Watcher>,
}

/// Told after every change that somebody in `receive` would wake for.
pub(crate) type Watcher = Box<dyn Fn() + Send + Sync>;

#[derive(Debug, Default)]
struct State {
    events: VecDeque<Event>,
    recent: RecentEvents,
    next_seq: u64,
    interrupts: u64,
    closed: bool,
    refused: u64,
    duplicates: u64,
}

/// Which events a receiver takes; the others stay, in their order.
#[derive(Clone, Copy, Debug, Default)]
pub enum Wanted<'a> {
    /// Whatever comes.
    #[default]
    Any,
    /// Those of the conversation with this id.
    Of(&'a str),
}

impl Wanted<'_> {
    fn take(self, events: &mut VecDeque<Event>) -> Option<Event> {
        match self {
            Wanted::Any => events.pop_front(),
            Wanted::Of(conversation) => {
                let at = events
                    .iter()
                    .position(|event| event.conversation_id.as_deref() == Some(conversation))?;
                events.remove(at)
            }
        }
    }
}

/// How full the inbox is, for `status`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Level {
    pub(crate) held: usize,
    pub(crate) refused: u64,
    pub(crate) duplicates: u64,
}

impl Inbox {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            state: Mutex::new(State {
                next_seq: 1,
                ..State::default()
            }),
            changed: Condvar::new(),
            capacity,
            watcher: OnceLock::new(),
        }
    }

    /// Whether this is the first watcher: a second one is not taken.
    pub(crate) fn watch(&self, watcher: Watcher) -> bool {
        self.watcher.set(watcher).is_ok()
    }

    fn tell(&self) {
        self.changed.notify_all();
        if let Some(watcher) = self.watcher.get() {
            watcher();
        }
    }

    /// Takes all of a delivery or none of it, so that the sender may send it again.
    ///
    /// An event that was taken a short while ago is a duplicate: it is counted and left out.
    pub(crate) fn accept(&self, events: Vec<Event>) -> Result<()> {
        let mut state = self.lock();
        if state.closed {
            return Err(Error::closed());
        }
        let keys = state.recent.sort_out(&events);
        let fresh = keys.iter().flatten().count();
        // A delivery larger than the whole inbox could never be taken: an empty one lets it in.
        if state.events.len() + fresh > self.capacity && !state.events.is_empty() {
            state.refused += 1;
            return Err(Error::new(
                Code::Overloaded,
                "the inbox is full; receive events, and the service will deliver this again",
            ));
        }
        for (mut event, key) in events.into_iter().zip(keys) {
            let Some(key) = key else {
                state.duplicates += 1;
                continue;
            };
            state.recent.insert(key, &event);
            event.seq = Some(state.next_seq);
            state.next_seq += 1;
            state.events.push_back(event);
        }
        drop(state);
        self.tell();
        Ok(())
    }

    /// The next event that is wanted, waiting for it until `deadline` (for ever when `None`).
    pub(crate) fn receive(
        &self,
        wanted: Wanted,
        deadline: Option<Instant>,
        wake: &Wake,
    ) -> Result<Event> {
        let mut state = self.lock();
        let interrupts = state.interrupts;
        loop {
            if state.closed {
                return Err(Error::closed());
            }
            if let Some(reason) = wake.stopped() {
                return Err(reason.error());
            }
            if let Some(event) = wanted.take(&mut state.events) {
                return Ok(event);
            }
            if state.interrupts != interrupts {
                return Err(Stop::Interrupted.error());
            }
            let left = deadline.map_or(Duration::MAX, |deadline| {
                deadline.saturating_duration_since(Instant::now())
            });
            if left.is_zero() {
                return Err(Error::new(
                    Code::Timeout,
                    "no event arrived within the time",
                ));
            }
            drop(self.changed.wait_timeout(state, wake.slice(left)));
            wake.check();
            state = self.lock();
        }
    }

    /// The visitor is about to say something: a bot that then repeats itself means it.
    pub(crate) fn visitor_spoke(&self, conversation: &str) {
        self.lock().recent.visitor_spoke(conversation);
    }

    /// Wakes those who wait now, and nobody who comes later.
    pub(crate) fn interrupt(&self) {
        self.lock().interrupts += 1;
        self.tell();
    }

    /// Wakes those who wait, so that they look at their own reasons to stop.
    pub(crate) fn recheck(&self) {
        drop(self.lock());
        self.changed.notify_all();
    }

    /// Wakes everybody, for good. Events that nobody took are gone with the client.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.tell();
    }

    pub(crate) fn level(&self) -> Level {
        let state = self.lock();
        Level {
            held: state.events.len(),
            refused: state.refused,
            duplicates: state.duplicates,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Inbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inbox")
            .field("capacity", &self.capacity)
            .finish_non_exhaustive()
    }
}
