//! Which receivers of the webhook a task works for, so that each has one.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The receivers that a task works for, each with the number of times that it was woken.
#[derive(Default)]
pub(crate) struct Forwarding(Mutex<HashMap<String, u64>>);

impl Forwarding {
    /// Whether a task has to be started.
    pub fn wake(&self, receiver: &str) -> bool {
        let mut working = self.lock();
        let is_new = !working.contains_key(receiver);
        *working.entry(receiver.to_owned()).or_default() += 1;
        is_new
    }

    /// How often the receiver's task was woken.
    pub fn woken(&self, receiver: &str) -> u64 {
        self.lock().get(receiver).copied().unwrap_or(0)
    }

    /// Whether the task may end: nothing was added since it was woken so often.
    pub fn end(&self, receiver: &str, woken: u64) -> bool {
        let mut working = self.lock();
        let ends = working.get(receiver) == Some(&woken);
        if ends {
            working.remove(receiver);
        }
        ends
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
