//! The client: calls out, events in, and the ways to wake a waiting thread.

mod events;
mod named;
mod turn;

use std::sync::Arc;
use std::time::Duration;

use wotnot_protocol::Message;

use crate::app_state::AppState;
use crate::config::Config;
use crate::engine::Engine;
use crate::link::Link;
use crate::log::LogSink;
use crate::opening::{Forget, Forgotten, IfKnown, Opened};
use crate::options::{CallOptions, Start};
use crate::resolving::{Resolve, Transcript, TranscriptFormat};
use crate::results::{Sent, Started, Status};
use crate::uploading::{Upload, Uploaded};
use crate::{LogRecord, Result};
use named::NamedCalls;

pub use named::{CallId, NamedCall};
pub use turn::{Chat, ConfirmedBy, DEFAULT_QUIET, Turn, TurnEnd};

/// A client of the API channel, or of a gateway. Share it between threads; dropping it closes it.
pub struct Client {
    engine: Arc<Engine>,
    link: Box<dyn Link>,
    named: NamedCalls,
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
        #[cfg(feature = "gateway")]
        if config.gateway.is_some() {
            let link = crate::gateway::GatewayLink::new(config, sink)?;
            return Ok(Self::of(Arc::clone(link.engine()), Box::new(link)));
        }
        Self::make_direct(config, sink)
    }

    #[cfg(feature = "direct")]
    fn make_direct(config: Config, sink: Option<LogSink>) -> Result<Self> {
        let link = crate::direct::Direct::new(config, sink)?;
        Ok(Self::of(Arc::clone(link.engine()), Box::new(link)))
    }

    #[cfg(not(feature = "direct"))]
    fn make_direct(_: Config, _: Option<LogSink>) -> Result<Self> {
        let problem =
            "this build of the library has no other way; give `gateway.url` and `gateway.app`";
        Err(crate::Error::invalid("gateway", problem))
    }

    fn of(engine: Arc<Engine>, link: Box<dyn Link>) -> Self {
        Self {
            engine,
            link,
            named: NamedCalls::default(),
        }
    }

    /// Starts a conversation. Call it once for each visitor, and keep the conversation's id.
    ///
    /// # Errors
    /// With `delivery` set: what became of the first message.
    pub fn start_conversation(&self, start: &Start, options: &CallOptions) -> Result<Started> {
        self.engine.logged("start_conversation", None, |logged| {
            self.check_process().map_err(not_sent)?;
            self.link.start(start, options, logged)
        })
    }

    /// The conversation of a visitor with a bot: the one that they have, else one that is started
    /// with the message. However many threads ask at once, one conversation is started.
    ///
    /// A start whose answer was lost is not made again. On a client with a webhook the visitor's
    /// first event gives the conversation: within the time of this call, or that of a later one.
    ///
    /// # Errors
    /// With `delivery` set: what became of the message.
    pub fn open_conversation(
        &self,
        start: &Start,
        if_known: IfKnown,
        options: &CallOptions,
    ) -> Result<Opened> {
        self.engine.logged("open_conversation", None, |logged| {
            self.check_process().map_err(not_sent)?;
            self.link.open(start, if_known, options, logged)
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
        self.engine
            .logged("send_message", Some(conversation_id), |logged| {
                self.check_process().map_err(not_sent)?;
                self.link.send(conversation_id, message, options, logged)
            })
    }

    /// Forgets which conversation a visitor has, and drops the events that wait of it. Through a
    /// gateway everything that it keeps of this visitor is erased there, whatever is named.
    ///
    /// # Errors
    /// `forked`, or `invalid_argument` when the state file cannot be used; those of a call to the gateway.
    pub fn forget(&self, what: Forget) -> Result<Forgotten> {
        self.check_process()?;
        self.link.forget(what)
    }

    /// Sends a message again whose delivery is unknown (`unconfirmed`), or discards it.
    ///
    /// # Errors
    /// `invalid_argument` on a client without a gateway; `rejected` where its fate is known.
    pub fn resolve(&self, resolve: &Resolve, options: &CallOptions) -> Result<Sent> {
        let conversation = Some(resolve.conversation_id);
        self.engine.logged("resolve", conversation, |_| {
            self.check_process()?;
            self.link.resolve(resolve, options)
        })
    }

    /// All that was said in a conversation, as the gateway has it.
    ///
    /// # Errors
    /// `invalid_argument` on a client without a gateway.
    pub fn transcript(
        &self,
        conversation_id: &str,
        format: TranscriptFormat,
        options: &CallOptions,
    ) -> Result<Transcript> {
        self.engine
            .logged("transcript", Some(conversation_id), |_| {
                self.check_process()?;
                self.link.transcript(conversation_id, format, options)
            })
    }

    /// Hands a file of the visitor's to the gateway, which then takes its `link` in a `file_upload.response`.
    ///
    /// Without a time-out in `options` it takes as long as it goes on: each part of it has the client's.
    ///
    /// # Errors
    /// `invalid_argument` on a client without a gateway, and naming `path` where the file cannot be read;
    /// `rejected` where the gateway does not take such a file.
    pub fn upload(&self, upload: &Upload, options: &CallOptions) -> Result<Uploaded> {
        self.engine.logged("upload", None, |_| {
            self.check_process()?;
            self.link.upload(upload, options)
        })
    }

    /// Who the visitor is from now on, as the site signed it; `None` for nobody in particular. The next call
    /// begins a session with it.
    ///
    /// # Errors
    /// `invalid_argument` on a client without a gateway.
    pub fn set_identity(&self, identity: Option<&str>) -> Result<()> {
        self.check_process()?;
        self.link.set_identity(identity)
    }

    /// Whether somebody looks at the app, as a phone tells it. Either way the gateway is asked at once, on a new
    /// connection: also after a sleep, and in the short time that a system gives an app in the background. From then
    /// on, while nobody looks, it is asked once every five minutes, and no line is held.
    ///
    /// # Errors
    /// `invalid_argument` on a client without a gateway, or when the state file cannot be written.
    pub fn set_app_state(&self, app: AppState) -> Result<()> {
        self.check_process()?;
        self.link.set_app_state(app)
    }

    /// Begins the visitor's session where there is none yet, and gives what the gateway said of it, without its
    /// tokens. For this project's command: every other call does so by itself. No part of the interface.
    ///
    /// # Errors
    /// `invalid_argument` on a client without a gateway; the gateway lets nobody in.
    #[doc(hidden)]
    pub fn begin_session(&self) -> Result<serde_json::Value> {
        self.check_process()?;
        self.link.begin_session()
    }

    /// Asks the gateway once for events and does not wait for them: [`Client::receive`] has them then. For this
    /// project's command. No part of the interface.
    ///
    /// # Errors
    /// `invalid_argument` on a client without a gateway; there was no answer.
    #[doc(hidden)]
    pub fn fetch(&self) -> Result<()> {
        self.check_process()?;
        self.link.fetch()
    }

    /// What this client is and has done.
    ///
    /// # Errors
    /// `forked`.
    pub fn status(&self) -> Result<Status> {
        self.check_process()?;
        let engine = &self.engine;
        let mut status = Status {
            version: crate::VERSION,
            base_url: String::new(),
            webhook_url: None,
            #[cfg(unix)]
            event_fd: engine.inbox.as_ref().and_then(|inbox| inbox.event_fd()),
            #[cfg(not(unix))]
            event_fd: None,
            timeout_ms: u64::try_from(self.timeout().as_millis()).unwrap_or(u64::MAX),
            counters: engine.counters(),
            webhook: None,
            gateway: None,
        };
        self.link.describe(&mut status);
        Ok(status)
    }

    /// Ends every call and every wait at once, stops the listener, and stays closed.
    pub fn close(&self) {
        if self.engine.is_forked() {
            self.link.abandon();
            return;
        }
        self.engine.close();
        self.link.close();
    }

    /// Whether calls go through a proxy: the configured one, or that of the environment.
    pub fn uses_proxy(&self) -> bool {
        self.engine.agents.use_proxy()
    }

    /// How long a call may take that does not say so itself.
    pub fn timeout(&self) -> Duration {
        self.engine.config.timeout
    }

    /// Whether [`Client::close`] was called.
    pub fn is_closed(&self) -> bool {
        self.engine.is_closed()
    }

    /// Whether it talks through a gateway.
    pub fn is_of_a_gateway(&self) -> bool {
        self.engine.config.gateway.is_some()
    }

    fn check_process(&self) -> Result<()> {
        self.engine.check_process()
    }
}

fn not_sent(error: crate::Error) -> crate::Error {
    error.with_delivery(crate::Delivery::NotSent)
}

impl Drop for Client {
    fn drop(&mut self) {
        self.close();
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let status = self.status().ok();
        f.debug_struct("Client")
            .field("base_url", &status.as_ref().map(|status| &status.base_url))
            .field(
                "webhook_url",
                &status
                    .as_ref()
                    .and_then(|status| status.webhook_url.as_ref()),
            )
            .finish_non_exhaustive()
    }
}
