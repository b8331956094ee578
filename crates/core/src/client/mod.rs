//! The client: calls out, events in, and the ways to wake a waiting thread.

mod attempts;
mod events;
mod named;
mod open;
mod options;
mod service;
mod turn;

use std::borrow::Cow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::Uri;
use serde::Serialize;
use wotnot_protocol::{
    Message, SEND_PATH_PREFIX, SEND_PATH_SUFFIX, START_PATH, SendMessage, StartConversation,
};

use crate::cancel::{CancelState, StopReason};
use crate::check;
use crate::config::Config;
use crate::inbox::{Inbox, Limits};
use crate::log::{Destination, LogSink, LoggedCall, Logger};
use crate::results::{Counters, Sent, Started, Status};
use crate::retry::Budget;
use crate::transport::Agents;
use crate::visitors::Visitors;
use crate::webhook::WebhookHandler;
use crate::{Code, Delivery, Error, LogLevel, LogRecord, Result};
use named::NamedCalls;
use service::Service;

pub use named::{CallId, NamedCall};
pub use open::{Forget, Forgotten, IfKnown, Opened, Opening};
pub use options::{CallOptions, Start};
pub use turn::{Chat, ConfirmedBy, DEFAULT_QUIET, Turn, TurnEnd};

#[cfg(feature = "listener")]
use crate::listener::Listener;

/// A client of the API channel. Share it between threads; dropping it closes it.
pub struct Client {
    config: Config,
    base_url: String,
    service: Service,
    agents: Arc<Agents>,
    budget: Budget,
    webhook: Option<Arc<WebhookHandler>>,
    /// Where receivers wait: the webhook's, or one for the log alone.
    inbox: Option<Arc<Inbox>>,
    log: Option<Logger>,
    #[cfg(feature = "listener")]
    listener: Mutex<Option<Listener>>,
    webhook_url: Option<String>,
    /// Calls in flight; `None` once closed.
    calls: Mutex<Option<Vec<Arc<CancelState>>>>,
    named: NamedCalls,
    visitors: Arc<Visitors>,
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

impl Client {
    /// Checks the configuration and opens the listener when it asks for one. Sends nothing.
    ///
    /// # Errors
    /// `invalid_argument` naming the field.
    pub fn new(config: Config) -> Result<Self> {
        Self::make(config, None)
    }

    /// The same, with a function that is called for each record of the log, which then is no event
    /// for [`Client::receive`]. `config.log` says what is logged.
    ///
    /// It runs on the thread of the call, before the wait for the next attempt or at the end of the
    /// call, which it holds up. It may call this client.
    ///
    /// ```
    /// use wotnot_core::{Client, Config, LogLevel};
    ///
    /// # fn main() -> wotnot_core::Result<()> {
    /// let config = Config { log: LogLevel::Retries, ..Config::new("the-account-token") };
    /// let client = Client::with_logger(config, |record| eprintln!("wotnot: {record}"))?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Client::new`].
    pub fn with_logger(
        config: Config,
        logger: impl Fn(&LogRecord) + Send + Sync + 'static,
    ) -> Result<Self> {
        Self::make(config, Some(Box::new(logger)))
    }

    fn make(config: Config, sink: Option<LogSink>) -> Result<Self> {
        let base_url = config.check()?;
        let service = Service::new(&config, &base_url)?;
        let agents = Arc::new(Agents::new(&config, &service.at(&["/"])?)?);
        let visitors = Arc::new(Visitors::new(config.state_path.as_deref())?);
        let webhook = config
            .webhook
            .clone()
            .map(|settings| Arc::new(WebhookHandler::new(settings, Arc::clone(&visitors))));
        #[cfg(feature = "listener")]
        let listener = webhook.as_ref().and_then(Listener::start).transpose()?;
        #[cfg(feature = "listener")]
        let webhook_url = listener
            .as_ref()
            .zip(config.webhook.as_ref())
            .map(|(listener, webhook)| format!("http://{}{}", listener.address(), webhook.path));
        #[cfg(not(feature = "listener"))]
        let webhook_url = None;
        let inbox = webhook.as_ref().map(|webhook| Arc::clone(&webhook.inbox));
        let (inbox, log) = open_log(config.log, sink, inbox);
        Ok(Self {
            config,
            base_url,
            service,
            agents,
            budget: Budget::default(),
            webhook,
            inbox,
            log,
            #[cfg(feature = "listener")]
            listener: Mutex::new(listener),
            webhook_url,
            calls: Mutex::new(Some(Vec::new())),
            named: NamedCalls::default(),
            visitors,
            counts: Counts::default(),
            process: std::process::id(),
        })
    }

    /// Starts a conversation. Call it once for each visitor, and keep the conversation's id.
    ///
    /// # Errors
    /// With `delivery` set: what became of the first message.
    pub fn start_conversation(&self, start: &Start, options: &CallOptions) -> Result<Started> {
        self.logged("start_conversation", None, |logged| {
            let (body, uri) = self
                .prepare_start(start)
                .map_err(|error| error.with_delivery(Delivery::NotSent))?;
            self.call(&uri, &body, options, logged)
        })
    }

    fn prepare_start(&self, start: &Start) -> Result<(Vec<u8>, Uri)> {
        self.check_process()?;
        if start.visitor_id.trim().is_empty() {
            return Err(Error::invalid("visitor_id", "must not be empty"));
        }
        let bot_key = self.bot_key(start)?;
        let message = check::checked(&start.message)?;
        if let Some(variables) = &start.variables {
            check::check_variables(variables)?;
        }
        let body = StartConversation {
            message: Cow::Borrowed(message.as_ref()),
            variables: start.variables.as_ref().map(Cow::Borrowed),
            bot_key: bot_key.into(),
            bot_key_field: (&self.config.bot_key_field).into(),
            visitor_id: (&start.visitor_id).into(),
        };
        Ok((encode(&body)?, self.service.at(&[START_PATH])?))
    }

    /// The bot that is meant.
    fn bot_key<'a>(&'a self, start: &'a Start) -> Result<&'a str> {
        start
            .bot_key
            .as_deref()
            .or(self.config.bot_key.as_deref())
            .filter(|key| !key.trim().is_empty())
            .ok_or_else(|| {
                Error::invalid(
                    "bot_key",
                    "missing; give it here or in the configuration (the bot's trigger block shows it)",
                )
            })
    }

    /// Sends what the visitor answered.
    ///
    /// # Errors
    /// With `delivery` set: what became of the message.
    pub fn send_message(
        &self,
        conversation_id: &str,
        message: &Message,
        options: &CallOptions,
    ) -> Result<Sent> {
        self.logged("send_message", Some(conversation_id), |logged| {
            self.send(conversation_id, message, options, logged)
        })
    }

    fn send(
        &self,
        conversation_id: &str,
        message: &Message,
        options: &CallOptions,
        logged: Option<&LoggedCall>,
    ) -> Result<Sent> {
        let prepare = || {
            self.check_process()?;
            let segment = check::path_segment(conversation_id)?;
            let uri = self
                .service
                .at(&[SEND_PATH_PREFIX, &segment, SEND_PATH_SUFFIX])?;
            let message = check::checked(message)?;
            Ok((encode(&SendMessage::new(&message))?, uri))
        };
        let (body, uri) =
            prepare().map_err(|error: Error| error.with_delivery(Delivery::NotSent))?;
        if let Some(webhook) = &self.webhook {
            webhook.inbox.visitor_spoke(conversation_id);
        }
        let sent = self.call(&uri, &body, options, logged);
        if sent
            .as_ref()
            .is_err_and(|error| error.code() == Code::NotFound)
        {
            self.visitors.is_gone(conversation_id);
        }
        sent
    }

    /// Does a call, and logs how it ended.
    fn logged<T>(
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

    /// What this client is and has done.
    ///
    /// # Errors
    /// `forked`.
    pub fn status(&self) -> Result<Status> {
        self.check_process()?;
        let inbox = self.webhook.as_ref().map(|webhook| webhook.inbox.stats());
        let inbox = inbox.unwrap_or_default();
        let counts = &self.counts;
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Ok(Status {
            version: crate::VERSION,
            base_url: self.base_url.clone(),
            webhook_url: self.webhook_url.clone(),
            #[cfg(unix)]
            event_fd: self.inbox.as_ref().and_then(|inbox| inbox.event_fd()),
            #[cfg(not(unix))]
            event_fd: None,
            timeout_ms: u64::try_from(self.config.timeout.as_millis()).unwrap_or(u64::MAX),
            counters: Counters {
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
            },
            webhook: self.webhook.as_deref().map(WebhookHandler::status),
        })
    }

    /// Ends every call and every wait at once, stops the listener, and stays closed.
    pub fn close(&self) {
        if self.is_forked() {
            self.forget_listener();
            return;
        }
        let calls = self.lock_calls().take();
        if let Some(inbox) = &self.inbox {
            inbox.close();
        }
        for cancel_state in calls.into_iter().flatten() {
            cancel_state.stop(StopReason::Closed);
        }
        self.agents.clear();
        #[cfg(feature = "listener")]
        {
            let listener = self
                .listener
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take();
            drop(listener);
        }
    }

    /// Whether calls go through a proxy: the configured one, or that of the environment.
    pub fn uses_proxy(&self) -> bool {
        self.agents.use_proxy()
    }

    /// How long a call may take that does not say so itself.
    pub fn timeout(&self) -> Duration {
        self.config.timeout
    }

    /// Whether [`Client::close`] was called.
    pub fn is_closed(&self) -> bool {
        self.lock_calls().is_none()
    }

    fn is_forked(&self) -> bool {
        std::process::id() != self.process
    }

    /// Comes before any lock: in a forked child another thread's lock stays locked.
    fn check_process(&self) -> Result<()> {
        if self.is_forked() {
            return Err(Error::new(
                Code::Forked,
                "this client was made before a fork; make a new one in the child process",
            ));
        }
        Ok(())
    }

    fn forget_listener(&self) {
        #[cfg(feature = "listener")]
        if let Ok(mut listener) = self.listener.try_lock()
            && let Some(listener) = listener.take()
        {
            listener.forget();
        }
    }

    fn lock_calls(&self) -> MutexGuard<'_, Option<Vec<Arc<CancelState>>>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.close();
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.base_url)
            .field("webhook_url", &self.webhook_url)
            .finish_non_exhaustive()
    }
}

/// Where the log goes, and where receivers wait: the log has a place even where nothing else has.
fn open_log(
    level: LogLevel,
    sink: Option<LogSink>,
    inbox: Option<Arc<Inbox>>,
) -> (Option<Arc<Inbox>>, Option<Logger>) {
    let destination = match (level, sink) {
        (LogLevel::Off, _) => return (inbox, None),
        (_, Some(sink)) => Destination::Sink(sink),
        (_, None) => {
            let inbox = inbox.unwrap_or_else(|| Arc::new(Inbox::new(Limits::default())));
            let logger = Logger::new(level, Destination::Inbox(Arc::clone(&inbox)));
            return (Some(inbox), Some(logger));
        }
    };
    (inbox, Some(Logger::new(level, destination)))
}

fn encode(body: &impl Serialize) -> Result<Vec<u8>> {
    serde_json::to_vec(body)
        .map_err(|_| Error::new(Code::Internal, "the request could not be written as JSON"))
}
