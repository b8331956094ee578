//! The inbox of a link that fetches its events itself: a thread that waits may have something else to do.

use std::time::Instant;

use super::waiters::Interest;
use super::{Arrival, Change, EventFilter, Held, Inbox, WakeUp};
use crate::Result;
use crate::cancel::{CancelState, StopReason};
use crate::sync::Arc;

impl Inbox {
    /// Keeps what a link asked for by itself, which is no more than there is room for.
    pub(crate) fn put(&self, arrivals: Vec<Arrival>) {
        let now = Instant::now();
        let mut state = self.lock();
        if state.closed {
            return;
        }
        let conversations: Vec<Option<Box<str>>> = arrivals
            .iter()
            .map(|arrival| arrival.conversation_id.clone())
            .collect();
        for arrival in arrivals {
            state.waiters.wake(arrival.conversation());
            state.store.push(Held::Arrival(arrival), now);
        }
        state.show_events();
        drop(state);
        for conversation in conversations {
            self.tell(WakeUp::Event(conversation.as_deref()));
        }
    }

    /// Waits until `other` says that there is something to do. It is asked after each change and each nudge.
    pub(crate) fn wait_for(
        self: &Arc<Self>,
        deadline: Option<Instant>,
        cancel_state: &CancelState,
        other: impl Fn() -> bool,
    ) -> Result<()> {
        self.until(
            Interest::Changes,
            deadline,
            cancel_state,
            "there was nothing to do within the time",
            |_, _| other().then_some(Ok(())),
        )
    }

    /// Wakes those who wait, so that they look whether there is something for them to do.
    pub(crate) fn nudge(&self) {
        self.lock().waiters.wake_everybody();
    }

    /// How often those who wait were interrupted.
    pub(crate) fn interrupts(&self) -> u64 {
        self.lock().interrupts
    }

    /// What [`Inbox::wait`] gives, or `None` as soon as `other` says that there is something else to do.
    pub(crate) fn wait_or(
        self: &Arc<Self>,
        after: u64,
        deadline: Option<Instant>,
        cancel_state: &CancelState,
        other: impl Fn() -> bool,
    ) -> Result<Option<Change>> {
        self.until(
            Interest::Changes,
            deadline,
            cancel_state,
            "nothing happened within the time",
            |state, _| {
                let change = state.change();
                let has_changed = change != after;
                let found = has_changed.then(|| Ok(Some(state.changed_since(after, change))));
                found.or_else(|| other().then_some(Ok(None)))
            },
        )
    }

    /// What [`Inbox::receive`] gives, or `None` as soon as `other` says that there is something else to do. An interrupt after
    /// the first `interrupts` ends it.
    pub(crate) fn receive_or(
        self: &Arc<Self>,
        filter: EventFilter,
        deadline: Option<Instant>,
        cancel_state: &CancelState,
        interrupts: u64,
        other: impl Fn() -> bool,
    ) -> Result<Option<(u64, Held)>> {
        self.until(
            Interest::Events(filter),
            deadline,
            cancel_state,
            "no event arrived within the time",
            |state, now| {
                if let Some(taken) = state.take(filter, now) {
                    state.show_events();
                    return Some(Ok(Some(taken)));
                }
                if state.interrupts != interrupts {
                    return Some(Err(StopReason::Interrupted.error()));
                }
                other().then_some(Ok(None))
            },
        )
    }
}
