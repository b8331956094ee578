//! What every link makes its calls with: connections, retries, the calls in flight, the inbox and the log.

mod attempts;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::cancel::{CancelState, StopReason};
use crate::config::Config;
use crate::inbox::{Inbox, Limits};
use crate::log::{LogSink, LoggedCall, Logger};
use crate::results::Counters;
use crate::retry::Budget;
use crate::transport::Agents;
use crate::{Code, Delivery, Error, LogLevel, Result};

#[cfg(feature = "direct")]
pub(crate) use attempts::Judged;
pub(crate) use attempts::{HttpCall, LONGEST_CALL, Repeat};

/// One for each client, shared by its facade and its link.
pub(crate) struct Engine {
    pub(crate) config: Config,
    pub(crate) agents: Arc<Agents>,
    pub(crate) budget: Budget,
    /// Where receivers wait: the link's, or one for the log alone.
    pub(crate) inbox: Option<Arc<Inbox>>,
    pub(crate) log: Option<Logger>,
    /// Calls in flight; `None` once closed.
    calls: Mutex<Option<Vec<Arc<CancelState>>>>,
    counts: Counts,
    process: u32,
}

#[derive(Debug, Default)]
struct Counts {
    calls: AtomicU64,
    failures: AtomicU64,
    retries: AtomicU64,
    bytes_sent: AtomicU64,
    bytes_received: AtomicU64,
}

impl Engine {
    /// `inbox` is the link's own, where events come in.
    pub(crate) fn new(
        config: Config,
        agents: Arc<Agents>,
        inbox: Option<Arc<Inbox>>,
        sink: Option<LogSink>,
    ) -> Self {
        let (inbox, log) = open_log(config.log, sink, inbox);
        Self {
            config,
            agents,
            budget: Budget::default(),
            inbox,
            log,
            calls: Mutex::new(Some(Vec::new())),
            counts: Counts::default(),
            process: std::process::id(),
        }
    }

    /// Does a call, and logs how it ended.
    pub(crate) fn logged<T>(
        &self,
        method: &'static str,
        conversation_id: Option<&str>,
        call: impl FnOnce(Option<&LoggedCall>) -> Result<T>,
    ) -> Result<T> {
        let logged = self
            .log
            .as_ref()
            .map(|logger| LoggedCall::new(logger, method, conversation_id));
        let result = call(logged.as_ref());
        if let Some(logged) = logged {
            logged.verdict(result.as_ref().err());
        }
        result
    }

    pub(crate) fn register<'a>(
        &'a self,
        cancel_state: &'a Arc<CancelState>,
    ) -> Result<Registered<'a>> {
        match self.lock_calls().as_mut() {
            None => Err(StopReason::Closed.error_with(Delivery::NotSent)),
            Some(calls) => {
                calls.push(Arc::clone(cancel_state));
                Ok(Registered {
                    engine: self,
                    cancel_state,
                })
            }
        }
    }

    /// What was counted, without what the inbox holds.
    pub(crate) fn counters(&self) -> Counters {
        let counts = &self.counts;
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let inbox = self.inbox.as_ref().map(|inbox| inbox.stats());
        let inbox = inbox.unwrap_or_default();
        Counters {
            calls: read(&counts.calls),
            failures: read(&counts.failures),
            retries: read(&counts.retries),
            bytes_sent: read(&counts.bytes_sent),
            bytes_received: read(&counts.bytes_received),
            events_held: inbox.events as u64,
            bytes_held: inbox.bytes as u64,
            conversations_held: inbox.conversations as u64,
            events_evicted: inbox.evicted,
            deliveries_refused: inbox.refused,
            events_duplicate: inbox.duplicates,
        }
    }

    /// Ends every call and every wait at once, for good.
    pub(crate) fn close(&self) {
        let calls = self.lock_calls().take();
        if let Some(inbox) = &self.inbox {
            inbox.close();
        }
        for cancel_state in calls.into_iter().flatten() {
            cancel_state.stop(StopReason::Closed);
        }
        self.agents.clear();
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.lock_calls().is_none()
    }

    pub(crate) fn is_forked(&self) -> bool {
        std::process::id() != self.process
    }

    /// Comes before any lock: in a forked child another thread's lock stays locked.
    pub(crate) fn check_process(&self) -> Result<()> {
        if self.is_forked() {
            return Err(Error::new(
                Code::Forked,
                "this client was made before a fork; make a new one in the child process",
            ));
        }
        Ok(())
    }

    fn lock_calls(&self) -> MutexGuard<'_, Option<Vec<Arc<CancelState>>>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call in flight, until it is dropped.
pub(crate) struct Registered<'a> {
    engine: &'a Engine,
    cancel_state: &'a Arc<CancelState>,
}

impl Drop for Registered<'_> {
    fn drop(&mut self) {
        if let Some(calls) = self.engine.lock_calls().as_mut()
            && let Some(at) = calls
                .iter()
                .position(|cancel_state| Arc::ptr_eq(cancel_state, self.cancel_state))
        {
            calls.swap_remove(at);
        }
    }
}

/// Where the log goes, and where receivers wait: the log has a place even where nothing else has.
fn open_log(
    level: LogLevel,
    sink: Option<LogSink>,
    inbox: Option<Arc<Inbox>>,
) -> (Option<Arc<Inbox>>, Option<Logger>) {
    match (level, sink) {
        (LogLevel::Off, _) => (inbox, None),
        (_, Some(sink)) => (inbox, Some(Logger::new(level, sink))),
        (_, None) => {
            let inbox = inbox.unwrap_or_else(|| Arc::new(Inbox::new(Limits::default())));
            let kept = Arc::clone(&inbox);
            let sink: LogSink = Box::new(move |record| kept.log(record.clone()));
            (Some(inbox), Some(Logger::new(level, sink)))
        }
    }
}
