//! Who waits for what, so that an event wakes those who would take it and nobody else.

use std::collections::{BTreeMap, HashMap};

use super::EventFilter;
use crate::sync::{Arc, Condvar};

/// What somebody waits for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Interest<'a> {
    /// An event to take.
    Events(EventFilter<'a>),
    /// Any change, to look at.
    Changes,
}

#[derive(Debug, Default)]
pub(super) struct Waiters {
    next: u64,
    any: WaitQueue,
    log: WaitQueue,
    of: HashMap<Box<str>, WaitQueue>,
    changes: WaitQueue,
}

/// Those who wait for the same, by their tickets: who came first stands in front.
type WaitQueue = BTreeMap<u64, Arc<Condvar>>;

impl Waiters {
    /// Gives the ticket to leave with.
    pub(super) fn join(&mut self, interest: Interest, waiter: &Arc<Condvar>) -> u64 {
        self.next += 1;
        let line = match interest {
            Interest::Events(EventFilter::Any | EventFilter::Service) => &mut self.any,
            Interest::Events(EventFilter::Log) => &mut self.log,
            Interest::Events(EventFilter::Of(conversation)) => {
                self.of.entry(conversation.into()).or_default()
            }
            Interest::Changes => &mut self.changes,
        };
        line.insert(self.next, Arc::clone(waiter));
        self.next
    }

    pub(super) fn leave(&mut self, interest: Interest, ticket: u64) {
        match interest {
            Interest::Events(EventFilter::Any | EventFilter::Service) => {
                drop(self.any.remove(&ticket));
            }
            Interest::Events(EventFilter::Log) => drop(self.log.remove(&ticket)),
            Interest::Changes => drop(self.changes.remove(&ticket)),
            Interest::Events(EventFilter::Of(conversation)) => {
                if let Some(line) = self.of.get_mut(conversation) {
                    line.remove(&ticket);
                    if line.is_empty() {
                        self.of.remove(conversation);
                    }
                }
            }
        }
    }

    /// An event of this conversation came: all who wait for the conversation look, for one of them
    /// may be about to give up.
    pub(super) fn wake(&self, conversation: &str) {
        self.of.get(conversation).into_iter().for_each(wake_all);
        self.wake_one_of_any();
        wake_all(&self.changes);
    }

    /// Wakes the first who takes any event. One that leaves passes it on while events are left.
    pub(super) fn wake_one_of_any(&self) {
        if let Some((_, waiter)) = self.any.first_key_value() {
            waiter.notify_all();
        }
    }

    /// Something was logged: all who may want it look, because the first of any may not.
    pub(super) fn wake_for_log(&self) {
        wake_all(&self.log);
        wake_all(&self.any);
        wake_all(&self.changes);
    }

    pub(super) fn wake_everybody(&self) {
        wake_all(&self.any);
        wake_all(&self.log);
        wake_all(&self.changes);
        self.of.values().for_each(wake_all);
    }
}

fn wake_all(line: &WaitQueue) {
    line.values().for_each(|waiter| waiter.notify_all());
}
