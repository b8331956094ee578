//! The receiving half of the client: webhooks in, events out.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Client;
use crate::cancel::{CancelState, CancelToken};
use crate::event::{self, Event};
use crate::inbox::{Change, EventFilter, Inbox, WakeUp};
use crate::link::no_webhook;
use crate::reply::WebhookReply;
use crate::webhook::ParsedWebhook;
use crate::{Error, Result};

impl Client {
    /// The next event, in the order of arrival; waits at most `timeout`, without end when `None`.
    ///
    /// # Errors
    /// `timeout`, `interrupted`, `closed`, or `invalid_argument` on a client with neither a webhook
    /// nor a log.
    pub fn receive(
        &self,
        timeout: Option<Duration>,
        cancel: Option<&CancelToken>,
    ) -> Result<Event> {
        self.receive_wanted(EventFilter::Any, timeout, cancel)
    }

    /// The next event that is wanted. Those that are not stay for other receivers, and fill the
    /// inbox as long as nobody takes them.
    ///
    /// # Errors
    /// As [`Client::receive`].
    pub fn receive_wanted(
        &self,
        filter: EventFilter,
        timeout: Option<Duration>,
        cancel: Option<&CancelToken>,
    ) -> Result<Event> {
        self.waiting(cancel, |cancel_state| {
            self.link.next(filter, deadline(timeout), cancel_state)
        })
        .map(|taken| event::from_inbox(taken, &*self.link))
    }

    /// What happened since the change `after` (0 at first), for an event loop that serves many
    /// receivers on one thread: it looks for their events with a time-out of zero when this returns.
    /// Waits at most `timeout`, without end when `None`.
    ///
    /// # Errors
    /// `timeout`, `interrupted` when `cancel` ended it, `closed`, or `invalid_argument` on a client
    /// without a webhook.
    pub fn wait(
        &self,
        after: u64,
        timeout: Option<Duration>,
        cancel: Option<&CancelToken>,
    ) -> Result<Change> {
        self.waiting(cancel, |cancel_state| {
            self.link.wait(after, deadline(timeout), cancel_state)
        })
    }

    /// Waits for events, where `cancel` wakes it.
    fn waiting<T>(
        &self,
        cancel: Option<&CancelToken>,
        wait: impl FnOnce(&Arc<CancelState>) -> Result<T>,
    ) -> Result<T> {
        self.check_process()?;
        let cancel_state = cancel.map_or_else(Default::default, |token| Arc::clone(&token.0));
        // A thread that waits can see to connections that nobody uses.
        let agents = Arc::downgrade(&self.engine.agents);
        cancel_state.meanwhile(move || agents.upgrade()?.close_old());
        wait(&cancel_state)
    }

    /// Has `watcher` called after everything that a waiting [`Client::receive`] would wake for:
    /// events, an interrupt, the close. For event loops, which must not block: they receive with a
    /// time-out of zero when they are notified, and only those that the [`WakeUp`] is about.
    ///
    /// It runs on whatever thread brought the change, and must not call this client.
    ///
    /// # Errors
    /// `invalid_argument` on a client without a webhook, or when there is a watcher already.
    pub fn watch(&self, watcher: impl Fn(WakeUp<'_>) + Send + Sync + 'static) -> Result<()> {
        if !self.inbox()?.watch(Box::new(watcher)) {
            return Err(Error::invalid("watcher", "this client has one already"));
        }
        self.link.begin_to_watch()
    }

    /// Checks a post to your own web server and takes it apart. Keeps nothing.
    ///
    /// # Errors
    /// `webhook_rejected` and others, with the [`WebhookReply`] to give.
    pub fn parse_webhook(&self, body: &str, authorization: Option<&str>) -> Result<ParsedWebhook> {
        self.check_process()?;
        self.link.parse_webhook(body, authorization)
    }

    /// Checks a post to your own web server and keeps its events for [`Client::receive`].
    ///
    /// A full inbox takes nothing, and the reply is 503. Whether the service then sends it again is
    /// not known.
    ///
    /// # Errors
    /// `webhook_rejected` and others, with the [`WebhookReply`] to give.
    pub fn accept_webhook(&self, body: &str, authorization: Option<&str>) -> Result<WebhookReply> {
        self.check_process()?;
        self.link.accept_webhook(body, authorization)
    }

    /// Wakes everybody who waits in [`Client::receive`] now, and nobody else.
    ///
    /// # Errors
    /// `forked`.
    pub fn interrupt(&self) -> Result<()> {
        self.check_process()?;
        if let Some(inbox) = &self.engine.inbox {
            inbox.interrupt();
        }
        self.link.interrupt();
        Ok(())
    }

    /// Where receivers wait.
    fn inbox(&self) -> Result<&Arc<Inbox>> {
        self.engine.inbox.as_ref().ok_or_else(no_webhook)
    }
}

/// `None` when there is no end to the wait.
fn deadline(timeout: Option<Duration>) -> Option<Instant> {
    timeout.and_then(|timeout| Instant::now().checked_add(timeout))
}
