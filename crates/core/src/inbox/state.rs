//! What the inbox holds under its lock, and the number by which a change shows.

use std::time::Instant;

use super::logs::Logs;
use super::recent::RecentDeliveries;
use super::store::{Held, Store};
use super::waiters::Waiters;
use super::{Change, EventFilter};
#[cfg(unix)]
use crate::event_fd::EventFd;

/// Everything behind the lock.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) store: Store,
    pub(super) logs: Logs,
    pub(super) recent: RecentDeliveries,
    pub(super) waiters: Waiters,
    pub(super) interrupts: u64,
    /// How many turns ended and left events, and the change number of the last.
    pub(super) leavings: u64,
    pub(super) left_at: u64,
    pub(super) closed: bool,
    pub(super) refused: u64,
    pub(super) duplicates: u64,
    #[cfg(unix)]
    pub(super) event_fd: Option<EventFd>,
}

impl State {
    /// Goes up with every event, every record of the log, every interrupt and every turn that leaves
    /// events.
    pub(super) fn change(&self) -> u64 {
        self.store.last_seq() + self.others()
    }

    /// The changes that are no event.
    fn others(&self) -> u64 {
        self.logs.count() + self.interrupts + self.leavings
    }

    /// The next that is wanted.
    pub(super) fn take(&mut self, filter: EventFilter, now: Instant) -> Option<(u64, Held)> {
        let taken = self.store.take(filter, now);
        match filter {
            EventFilter::Any | EventFilter::Log => taken.or_else(|| {
                let (number, record) = self.logs.take()?;
                Some((number, Held::Log(Box::new(record))))
            }),
            EventFilter::Service | EventFilter::Of(_) => taken,
        }
    }

    /// The change number, and the conversations whose events may be newer than `after`.
    pub(super) fn changed_since(&self, after: u64, change: u64) -> Change {
        let oldest = match after < self.left_at {
            // What a turn left may be of any age.
            true => 0,
            // What is no event counts in `after` too, and no more of it than there is now.
            false => after.saturating_sub(self.others()),
        };
        Change {
            change,
            conversations: self.store.conversations_since(oldest),
        }
    }

    /// Says whether events wait, after each change of their number.
    pub(super) fn show_events(&mut self) {
        #[cfg(unix)]
        if let Some(event_fd) = &mut self.event_fd {
            event_fd.set_readable(self.store.has_any() || !self.logs.is_empty());
        }
    }
}
