//! The link to the service itself, with the account's token: calls out, webhooks in.

mod judge;
mod open;

use std::borrow::Cow;
use std::sync::Arc;
#[cfg(feature = "listener")]
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use http::{Method, Uri};
use serde::Serialize;
use wotnot_protocol::{
    Message, SEND_PATH_PREFIX, SEND_PATH_SUFFIX, START_PATH, SendMessage, StartConversation,
};

use crate::cancel::CancelState;
use crate::check;
use crate::config::Config;
use crate::engine::{Engine, HttpCall, Repeat};
use crate::event::{self, Event, html_to_text};
use crate::inbox::{Arrival, Change, EventFilter, Held, Inbox};
use crate::link::{Link, no_webhook};
#[cfg(feature = "listener")]
use crate::listener::Listener;
use crate::log::{LogSink, LoggedCall};
use crate::opening::{Forget, Forgotten, IfKnown, Opened};
use crate::options::{CallOptions, Start};
use crate::reply::WebhookReply;
use crate::results::{ReadAnswer, Sent, Started, Status};
use crate::service::Service;
use crate::state_file::StateFile;
use crate::transport::Agents;
use crate::visitors::Visitors;
use crate::webhook::{ParsedWebhook, WebhookHandler};
use crate::{Code, Delivery, Error, Result};

/// The account's own way.
pub(crate) struct Direct {
    engine: Arc<Engine>,
    base_url: String,
    service: Service,
    webhook: Option<Arc<WebhookHandler>>,
    #[cfg(feature = "listener")]
    listener: Mutex<Option<Listener>>,
    webhook_url: Option<String>,
    visitors: Arc<Visitors>,
}

impl Direct {
    /// Checks the configuration and opens the listener when it asks for one. Sends nothing.
    pub(crate) fn new(config: Config, sink: Option<LogSink>) -> Result<Self> {
        let base_url = config.check()?;
        let service = Service::new(&config, &base_url, Some(&config.token))?;
        let agents = Arc::new(Agents::new(&config, &service.at(&["/"])?)?);
        let visitors = Arc::new(Visitors::new(StateFile::of(&config)?)?);
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
        Ok(Self {
            engine: Arc::new(Engine::new(config, agents, inbox, sink)),
            base_url,
            service,
            webhook,
            #[cfg(feature = "listener")]
            listener: Mutex::new(listener),
            webhook_url,
            visitors,
        })
    }

    pub(crate) fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    fn call<T: ReadAnswer>(
        &self,
        uri: &Uri,
        body: &[u8],
        options: &CallOptions,
        logged: Option<&LoggedCall>,
    ) -> Result<T> {
        let call = HttpCall {
            method: Method::POST,
            uri,
            headers: &self.service.headers,
            body,
            repeat: Repeat::Doubles,
        };
        let token = self.engine.config.token.expose();
        self.engine
            .call(&call, options, logged, |answer| judge::judge(answer, token))
    }

    fn prepare_start(&self, start: &Start, options: &CallOptions) -> Result<(Vec<u8>, Uri)> {
        refuse_options_of_a_gateway(options)?;
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
            bot_key_field: (&self.engine.config.bot_key_field).into(),
            visitor_id: (&start.visitor_id).into(),
        };
        Ok((encode(&body)?, self.service.at(&[START_PATH])?))
    }

    /// The bot that is meant.
    fn bot_key<'a>(&'a self, start: &'a Start) -> Result<&'a str> {
        start
            .bot_key
            .as_deref()
            .or(self.engine.config.bot_key.as_deref())
            .filter(|key| !key.trim().is_empty())
            .ok_or_else(|| {
                Error::invalid(
                    "bot_key",
                    "missing; give it here or in the configuration (the bot's trigger block shows it)",
                )
            })
    }

    /// Where receivers wait.
    fn inbox(&self) -> Result<&Arc<Inbox>> {
        self.engine.inbox.as_ref().ok_or_else(no_webhook)
    }

    /// The endpoint of the account's webhook.
    fn webhook(&self) -> Result<&WebhookHandler> {
        self.webhook.as_deref().ok_or_else(no_webhook)
    }
}

impl Link for Direct {
    fn start(
        &self,
        start: &Start,
        options: &CallOptions,
        logged: Option<&LoggedCall>,
    ) -> Result<Started> {
        let (body, uri) = self
            .prepare_start(start, options)
            .map_err(|error| error.with_delivery(Delivery::NotSent))?;
        self.call(&uri, &body, options, logged)
    }

    fn open(
        &self,
        start: &Start,
        if_known: IfKnown,
        options: &CallOptions,
        logged: Option<&LoggedCall>,
    ) -> Result<Opened> {
        self.open_one(start, if_known, options, logged)
    }

    fn send(
        &self,
        conversation_id: &str,
        message: &Message,
        options: &CallOptions,
        logged: Option<&LoggedCall>,
    ) -> Result<Sent> {
        let prepare = || {
            refuse_options_of_a_gateway(options)?;
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

    fn next(
        &self,
        filter: EventFilter,
        deadline: Option<Instant>,
        cancel_state: &Arc<CancelState>,
    ) -> Result<(u64, Held)> {
        self.inbox()?.receive(filter, deadline, cancel_state)
    }

    fn wait(
        &self,
        after: u64,
        deadline: Option<Instant>,
        cancel_state: &Arc<CancelState>,
    ) -> Result<Change> {
        self.inbox()?.wait(after, deadline, cancel_state)
    }

    fn events(&self) -> Result<&Arc<Inbox>> {
        Ok(&self.webhook()?.inbox)
    }

    fn read(&self, arrival: &Arrival) -> Event {
        event::from_service(arrival)
    }

    /// The service may give back as HTML what was typed.
    fn is_echo(&self, text: &str, said: &str) -> bool {
        text == said.trim() || text == html_to_text(said)
    }

    fn forget(&self, what: Forget) -> Result<Forgotten> {
        self.forget_one(what)
    }

    fn describe(&self, status: &mut Status) {
        status.base_url.clone_from(&self.base_url);
        status.webhook_url.clone_from(&self.webhook_url);
        status.webhook = self.webhook.as_deref().map(WebhookHandler::status);
    }

    fn close(&self) {
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

    fn abandon(&self) {
        #[cfg(feature = "listener")]
        if let Ok(mut listener) = self.listener.try_lock()
            && let Some(listener) = listener.take()
        {
            listener.forget();
        }
    }

    fn parse_webhook(&self, body: &str, authorization: Option<&str>) -> Result<ParsedWebhook> {
        self.webhook()?.parse(body, authorization)
    }

    fn accept_webhook(&self, body: &str, authorization: Option<&str>) -> Result<WebhookReply> {
        self.webhook()?.accept(body, authorization)
    }
}

/// The service has nothing by which it would know a message again.
fn refuse_options_of_a_gateway(options: &CallOptions) -> Result<()> {
    let refused = |field: &str| {
        Err(Error::invalid(
            field,
            "only a gateway can do this; the service knows no message again that is sent twice",
        ))
    };
    match options {
        CallOptions { queue: true, .. } => refused("queue"),
        CallOptions {
            client_id: Some(_), ..
        } => refused("client_id"),
        _ => Ok(()),
    }
}

fn encode(body: &impl Serialize) -> Result<Vec<u8>> {
    serde_json::to_vec(body)
        .map_err(|_| Error::new(Code::Internal, "the request could not be written as JSON"))
}
