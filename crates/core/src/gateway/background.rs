//! A thread that fills the inbox, where the configuration or an event loop asks for one.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::Gateway;
use crate::cancel::CancelState;
use crate::{Code, Error, Result, threads};

/// How long nothing is read while the app takes nothing.
const FULL_PAUSE: Duration = Duration::from_secs(1);
/// How many events wait for the app at most before nothing more is read.
const ENOUGH: usize = 1_000;

/// The thread, once there is one.
#[derive(Default)]
pub(super) struct Background(Mutex<Option<JoinHandle<()>>>);

impl Background {
    /// Starts the thread; a second time does nothing.
    pub(super) fn start(&self, gateway: &Arc<Gateway>) -> Result<()> {
        let mut thread = self.lock();
        if thread.is_none() {
            let gateway = Arc::clone(gateway);
            let started = threads::spawn("wotnot-gateway", move || gateway.fill());
            let started = started
                .map_err(|error| Error::new(Code::Overloaded, format!("no thread: {error}")))?;
            *thread = Some(started);
        }
        Ok(())
    }

    pub(super) fn is_running(&self) -> bool {
        self.lock().is_some()
    }

    /// Waits for its end, after the engine was closed.
    pub(super) fn join(&self) {
        let thread = self.lock().take();
        if let Some(thread) = thread {
            // A panic of it was reported where it happened.
            let _ = thread.join();
        }
    }

    /// The thread is the parent process's.
    pub(super) fn forget(&self) {
        if let Ok(mut thread) = self.0.try_lock() {
            std::mem::forget(thread.take());
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<JoinHandle<()>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Gateway {
    /// Asks for events until the client is closed.
    fn fill(&self) {
        let cancel_state: Arc<CancelState> = Arc::default();
        let Ok(_registered) = self.engine.register(&cancel_state) else {
            return;
        };
        loop {
            let is_full = self.inbox.stats().events >= ENOUGH;
            let until = match is_full {
                true => Some(Instant::now() + FULL_PAUSE),
                false => self.pause(),
            };
            let may_read = || !is_full && self.has_talked() && self.may_poll();
            match self.inbox.wait_for(until, &cancel_state, may_read) {
                Ok(()) => {}
                Err(error) if error.code() == Code::Timeout => continue,
                Err(_) => return,
            }
            if let Some(poll) = self.begin_poll(&cancel_state) {
                // The next `receive` gets the same error, after the pause.
                let _ = self.poll(&poll, None);
            }
        }
    }
}
