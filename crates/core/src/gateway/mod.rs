//! The link to a gateway, as a visitor: no token of the account, no webhook. Messages have ids, so that sending one
//! again is safe; events are fetched by a long poll on the thread that waits for them.

mod background;
mod challenge;
mod content;
mod http;
mod kept;
mod pace;
mod receiving;
mod refusal;
mod sending;
mod session;
mod starting;
mod turns;
mod upload;
mod visitor;

use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use ::http::{HeaderValue, header};
use serde_json::Value;

use crate::app_state::AppState;
use crate::cancel::CancelState;
use crate::config::{self, Config};
use crate::engine::Engine;
use crate::event::{self, Event};
use crate::inbox::{Arrival, Change, EventFilter, Held, Inbox, Limits};
use crate::link::Link;
use crate::log::{LogSink, LoggedCall};
use crate::opening::{Forget, Forgotten, IfKnown, Opened};
use crate::options::{CallOptions, Start};
use crate::resolving::{Resolve, Transcript, TranscriptFormat};
use crate::results::{GatewayStatus, Sent, Started, Status};
use crate::service::Service;
use crate::state_file::StateFile;
use crate::transport::Agents;
use crate::uploading::{Upload, Uploaded};
use crate::{Error, Message, Result, Secret};
use background::Background;
use content::Asked;
use kept::{Kept, KeptFile};
use pace::Pace;
use turns::Turns;

/// What is said to a gateway, and what is known there. Shared with the thread that fills the inbox, where there is one.
pub(crate) struct Gateway {
    engine: Arc<Engine>,
    service: Service,
    settings: config::Gateway,
    url: String,
    inbox: Arc<Inbox>,
    state: Mutex<State>,
    file: Option<KeptFile>,
    saving: Mutex<()>,
    /// Messages go out one after another, in the order in which they were given.
    sending: Turns,
    /// One call at a time begins or refreshes the session.
    renewing: Turns,
    /// The poll under way.
    poll: Mutex<Option<Arc<CancelState>>>,
    /// How many uploads tell how far they are.
    telling: AtomicUsize,
}

/// What changes.
#[derive(Default)]
struct State {
    kept: Kept,
    /// Whether the file holds less than `kept`.
    is_changed: bool,
    /// The visitor token.
    token: Option<Secret>,
    /// What the gateway said of the session, but for its tokens.
    session: Value,
    identity: Option<Secret>,
    /// Up to where the log was read; what waits in the inbox included.
    read_up_to: Option<String>,
    /// The last question that the app was given.
    asked: Option<Asked>,
    /// When the next poll may be made.
    pace: Pace,
    /// Why the last poll had no answer.
    trouble: Option<String>,
    /// Numbers what this link itself has to say.
    notices: u64,
}

impl Gateway {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The link of one client.
pub(crate) struct GatewayLink {
    gateway: Arc<Gateway>,
    background: Background,
}

impl GatewayLink {
    /// Checks the configuration and reads the state file. Sends nothing.
    pub(crate) fn new(config: Config, sink: Option<LogSink>) -> Result<Self> {
        let url = config.check()?;
        let mut service = Service::new(&config, &url, None)?;
        let agents = Arc::new(Agents::new(&config, &service.at(&["/"])?)?);
        let settings = config.gateway.clone();
        let settings = settings.ok_or_else(|| Error::invalid("gateway", "missing"))?;
        if let Some(origin) = &settings.origin {
            let value = HeaderValue::from_str(origin)
                .map_err(|_| Error::invalid("gateway.origin", "not fit for an HTTP header"))?;
            service.headers.insert(header::ORIGIN, value);
        }
        let file = StateFile::of(&config)?;
        let file = file.map(|file| KeptFile::open(file, &url, &settings.app));
        let file = file.transpose()?;
        let kept = file.as_ref().map(KeptFile::read).transpose()?;
        let kept = kept.flatten().unwrap_or_default();
        let limits = config::Webhook::new("");
        let inbox = Arc::new(Inbox::new(Limits {
            events: limits.capacity,
            bytes: limits.capacity_bytes,
            idle: limits.idle,
        }));
        let mut state = State {
            read_up_to: kept.cursor.clone(),
            kept,
            identity: settings.identity.clone(),
            ..State::default()
        };
        if let Some(identity) = &settings.identity {
            state.become_user(session::user_of(identity.expose()));
        }
        let wants_background = settings.background;
        let engine = Engine::new(config, agents, Some(Arc::clone(&inbox)), sink);
        let gateway = Arc::new(Gateway {
            engine: Arc::new(engine),
            service,
            settings,
            url,
            inbox,
            state: Mutex::new(state),
            file,
            saving: Mutex::default(),
            sending: Turns::default(),
            renewing: Turns::default(),
            poll: Mutex::default(),
            telling: AtomicUsize::default(),
        });
        let background = Background::default();
        if wants_background {
            background.start(&gateway)?;
        }
        Ok(Self {
            gateway,
            background,
        })
    }

    pub(crate) fn engine(&self) -> &Arc<Engine> {
        &self.gateway.engine
    }
}

impl Link for GatewayLink {
    fn start(
        &self,
        start: &Start,
        options: &CallOptions,
        logged: Option<&LoggedCall>,
    ) -> Result<Started> {
        self.gateway.start(start, options, logged)
    }

    fn open(
        &self,
        start: &Start,
        if_known: IfKnown,
        options: &CallOptions,
        logged: Option<&LoggedCall>,
    ) -> Result<Opened> {
        self.gateway.open(start, if_known, options, logged)
    }

    fn send(
        &self,
        conversation_id: &str,
        message: &Message,
        options: &CallOptions,
        logged: Option<&LoggedCall>,
    ) -> Result<Sent> {
        self.gateway.send(conversation_id, message, options, logged)
    }

    fn next(
        &self,
        filter: EventFilter,
        deadline: Option<Instant>,
        cancel_state: &Arc<CancelState>,
    ) -> Result<(u64, Held)> {
        self.gateway.next(filter, deadline, cancel_state)
    }

    fn wait(
        &self,
        after: u64,
        deadline: Option<Instant>,
        cancel_state: &Arc<CancelState>,
    ) -> Result<Change> {
        self.gateway.wait(after, deadline, cancel_state)
    }

    fn events(&self) -> Result<&Arc<Inbox>> {
        Ok(&self.gateway.inbox)
    }

    fn read(&self, arrival: &Arrival) -> Event {
        event::from_gateway(arrival)
    }

    /// A gateway keeps what was typed as it was.
    fn is_echo(&self, text: &str, said: &str) -> bool {
        text.trim() == said.trim()
    }

    fn forget(&self, _: Forget) -> Result<Forgotten> {
        self.gateway.erase()
    }

    fn describe(&self, status: &mut Status) {
        let state = self.gateway.lock();
        status.base_url.clone_from(&self.gateway.url);
        status.gateway = Some(GatewayStatus {
            visitor_id: state.kept.visitor_id.clone(),
            conversation_id: state.kept.conversation_id.clone(),
            kept: state.kept.messages.len() as u64,
            background: self.background.is_running(),
            trouble: state.trouble.clone(),
        });
    }

    fn begin_to_watch(&self) -> Result<()> {
        self.background.start(&self.gateway)
    }

    fn interrupt(&self) {
        self.gateway.break_poll();
    }

    fn close(&self) {
        self.background.join();
        self.gateway.give_up_file();
    }

    fn abandon(&self) {
        self.background.forget();
    }

    fn resolve(&self, resolve: &Resolve, options: &CallOptions) -> Result<Sent> {
        self.gateway.resolve(resolve, options)
    }

    fn transcript(
        &self,
        conversation_id: &str,
        format: TranscriptFormat,
        options: &CallOptions,
    ) -> Result<Transcript> {
        self.gateway.transcript(conversation_id, format, options)
    }

    fn upload(&self, upload: &Upload, options: &CallOptions) -> Result<Uploaded> {
        self.gateway.upload(upload, options)
    }

    fn begin_session(&self) -> Result<Value> {
        self.gateway.begin_session()
    }

    fn fetch(&self) -> Result<()> {
        self.gateway.fetch()
    }

    fn set_app_state(&self, app: AppState) -> Result<()> {
        self.gateway.set_app_state(app)
    }

    fn set_identity(&self, identity: Option<&str>) -> Result<()> {
        self.gateway.set_identity(identity)
    }
}
