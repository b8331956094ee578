//! How long conversations have had something to send: what an operator is woken by when nothing gets through.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Since when each conversation has had something to send without a pause, and a number of its own.
#[derive(Debug, Default)]
pub(crate) struct Unsent(Mutex<Waits>);

#[derive(Debug, Default)]
struct Waits {
    since: BTreeSet<(Instant, u64)>,
    last: u64,
}

impl Unsent {
    /// A conversation has something to send, until what is given is dropped.
    pub fn begin(self: &Arc<Self>) -> Waiting {
        let mut waits = self.lock();
        waits.last += 1;
        let key = (Instant::now(), waits.last);
        waits.since.insert(key);
        Waiting {
            of: Arc::clone(self),
            key,
        }
    }

    /// How long the one that has waited longest has.
    pub fn oldest(&self) -> Duration {
        let first = self.lock().since.first().copied();
        first.map_or(Duration::ZERO, |(since, _)| since.elapsed())
    }

    fn lock(&self) -> MutexGuard<'_, Waits> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A conversation with something to send.
pub(crate) struct Waiting {
    of: Arc<Unsent>,
    key: (Instant, u64),
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.of.lock().since.remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_that_waits_longest_counts_until_it_is_done() {
        let unsent = Arc::new(Unsent::default());
        assert_eq!(unsent.oldest(), Duration::ZERO);
        let first = unsent.begin();
        std::thread::sleep(Duration::from_millis(20));
        let second = unsent.begin();
        assert!(unsent.oldest() >= Duration::from_millis(20));
        drop(first);
        let of_second = second.key.0.elapsed();
        assert!(unsent.oldest() >= of_second);
        assert!(unsent.oldest() <= second.key.0.elapsed());
        drop(second);
        assert_eq!(unsent.oldest(), Duration::ZERO);
    }
}
