//! The bounded queue between whoever brings events in and whoever asks for them.

use std::collections::{BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::cancel::{Stop, Wake};
use crate::event::{Event, RecentEvents};
#[cfg(unix)]
use crate::event_fd::EventFd;
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
    #[cfg(unix)]
    event_fd: Option<EventFd>,
}

impl State {
    /// Goes up with every event and every interrupt.
    fn change(&self) -> u64 {
        self.next_seq - 1 + self.interrupts
    }

    /// The change number, and the conversations whose events may be newer than `after`.
    fn changed_since(&self, after: u64, change: u64) -> Change {
        // Interrupts count in `after` too, and no more of them than there are now.
        let oldest = after.saturating_sub(self.interrupts);
        let newer = |event: &&Event| event.seq.is_some_and(|seq| seq > oldest);
        let newest = self.events.iter().rev().take_while(newer);
        let conversations: BTreeSet<&String> =
            newest.flat_map(|event| &event.conversation_id).collect();
        Change {
            change,
            conversations: conversations.into_iter().cloned().collect(),
        }
    }

    /// Says whether events wait, after each change of their number.
    fn show_events(&mut self) {
        #[cfg(unix)]
        if let Some(event_fd) = &mut self.event_fd {
            event_fd.set_readable(!self.events.is_empty());
        }
    }
}

/// What happened in the inbox, for an event loop that serves many receivers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Change {
    /// Counts what a receiver would wake for; hand it to the next wait as `after`.
    pub change: u64,
    /// The conversations with events that wait and came since `after`, each once. After an
    /// interrupt it may also name one whose events came before.
    pub conversations: Vec<String>,
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
        state.show_events();
        drop(state);
        self.tell();
        Ok(())
    }

    /// What happened since the change `after`, waiting for it until `deadline`.
    pub(crate) fn wait(
        &self,
        after: u64,
        deadline: Option<Instant>,
        wake: &Wake,
    ) -> Result<Change> {
        self.until(
            deadline,
            wake,
            "nothing happened within the time",
            |state| {
                let change = state.change();
                (change != after).then(|| Ok(state.changed_since(after, change)))
            },
        )
    }

    /// The next event that is wanted, waiting for it until `deadline` (for ever when `None`).
    pub(crate) fn receive(
        &self,
        wanted: Wanted,
        deadline: Option<Instant>,
        wake: &Wake,
    ) -> Result<Event> {
        let interrupts = self.lock().interrupts;
        self.until(
            deadline,
            wake,
            "no event arrived within the time",
            |state| {
                if let Some(event) = wanted.take(&mut state.events) {
                    state.show_events();
                    return Some(Ok(event));
                }
                (state.interrupts != interrupts).then(|| Err(Stop::Interrupted.error()))
            },
        )
    }

    /// Waits until `look` gives something, the inbox is closed, the call is stopped or the time is over.
    fn until<T>(
        &self,
        deadline: Option<Instant>,
        wake: &Wake,
        too_late: &str,
        mut look: impl FnMut(&mut State) -> Option<Result<T>>,
    ) -> Result<T> {
        let mut state = self.lock();
        loop {
            if state.closed {
                return Err(Error::closed());
            }
            if let Some(reason) = wake.stopped() {
                return Err(reason.error());
            }
            if let Some(found) = look(&mut state) {
                return found;
            }
            let left = deadline.map_or(Duration::MAX, |deadline| {
                deadline.saturating_duration_since(Instant::now())
            });
            if left.is_zero() {
                return Err(Error::new(Code::Timeout, too_late));
            }
            drop(self.changed.wait_timeout(state, wake.slice(left)));
            wake.check();
            state = self.lock();
        }
    }

    /// Drops what waits of a conversation, and gives how much that was.
    pub(crate) fn forget(&self, conversation: &str) -> usize {
        let mut state = self.lock();
        let before = state.events.len();
        state
            .events
            .retain(|event| event.conversation_id.as_deref() != Some(conversation));
        state.show_events();
        before - state.events.len()
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
        let mut state = self.lock();
        state.closed = true;
        #[cfg(unix)]
        let event_fd = state.event_fd.take();
        drop(state);
        self.tell();
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
