//! Work of the system's that can neither be given a time limit nor woken: look-ups, and reading the
//! trust store. It runs on threads of its own, which end with it; calls wait for it within their
//! deadlines, and share what is on the way.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::attempt::{Attempt, Fault};
use crate::threads;

/// How often a call that waits asks whether it was cancelled.
const SLICE: Duration = Duration::from_millis(20);

/// As many of these threads as a process may have: more only when all of them hang.
const MOST: u32 = 16;

/// One piece of work, and what came of it.
#[derive(Debug)]
pub(super) struct Job<T> {
    /// `Some(None)` when the work panicked.
    outcome: Mutex<Option<Option<T>>>,
    done: Condvar,
}

impl<T: Clone + Send + 'static> Job<T> {
    /// Begins, on behalf of an attempt that fails when there is no thread to be had.
    pub(super) fn start(
        attempt: &Attempt,
        name: &str,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> io::Result<Arc<Self>> {
        Self::try_start(name, work)
            .inspect_err(|error| attempt.fail(Fault::Connect(error.to_string())))
    }

    fn try_start(name: &str, work: impl FnOnce() -> T + Send + 'static) -> io::Result<Arc<Self>> {
        let permit = ThreadPermit::take()?;
        let job = Arc::new(Self {
            outcome: Mutex::new(None),
            done: Condvar::new(),
        });
        let result = Arc::clone(&job);
        threads::spawn(name, move || {
            let outcome = catch_unwind(AssertUnwindSafe(work)).ok();
            drop(permit);
            *result.lock() = Some(outcome);
            result.done.notify_all();
        })?;
        Ok(job)
    }

    /// Waits for the outcome as long as this attempt may take for its connection.
    pub(super) fn wait(&self, attempt: &Attempt) -> Result<T, ureq::Error> {
        loop {
            // The token's check may run any code: no lock is held.
            attempt.check_stopped()?;
            let left = attempt.time_left_to_connect()?;
            let mut outcome = self.lock();
            if outcome.is_none() {
                (outcome, _) = self
                    .done
                    .wait_timeout(outcome, left.min(SLICE))
                    .unwrap_or_else(PoisonError::into_inner);
            }
            if let Some(outcome) = &*outcome {
                return outcome
                    .clone()
                    .ok_or_else(|| io::Error::other("a fault of the library").into());
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Option<T>>> {
        self.outcome.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to run one of the threads.
struct ThreadPermit;

/// A process's id and how many threads it runs, as one number: a forked child, which has none of
/// them, begins at nothing, and there is no lock that the parent could hold at the fork.
static RUNNING: AtomicU64 = AtomicU64::new(0);

impl ThreadPermit {
    fn take() -> io::Result<Self> {
        let process = u64::from(std::process::id()) << 32;
        let one_more = |running: u64| {
            let count = match running & !u64::from(u32::MAX) == process {
                true => running as u32,
                false => 0,
            };
            (count < MOST).then(|| process | u64::from(count + 1))
        };
        match RUNNING.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more) {
            Ok(_) => Ok(Self),
            Err(_) => Err(io::Error::other(format!(
                "{MOST} look-ups of hosts, or readings of the system's trust store, hang already"
            ))),
        }
    }
}

impl Drop for ThreadPermit {
    fn drop(&mut self) {
        RUNNING.fetch_sub(1, Ordering::Relaxed);
    }
}
