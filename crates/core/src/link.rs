//! What a client talks through: to the service itself, or to a gateway. The facade is the same for both.

use std::sync::Arc;
use std::time::Instant;

use serde_json::Value;
use wotnot_protocol::Message;

use crate::app_state::AppState;
use crate::cancel::CancelState;
use crate::event::Event;
use crate::inbox::{Arrival, Change, EventFilter, Held, Inbox};
use crate::log::LoggedCall;
use crate::opening::{Forget, Forgotten, IfKnown, Opened};
use crate::options::{CallOptions, Start};
use crate::reply::WebhookReply;
use crate::resolving::{Resolve, Transcript, TranscriptFormat};
use crate::results::{Sent, Started, Status};
use crate::uploading::{Upload, Uploaded};
use crate::webhook::ParsedWebhook;
use crate::{Error, Result};

/// The way to the other side. Every method may be called from any thread.
pub(crate) trait Link: Send + Sync {
    fn start(
        &self,
        start: &Start,
        options: &CallOptions,
        logged: Option<&LoggedCall>,
    ) -> Result<Started>;

    fn open(
        &self,
        start: &Start,
        if_known: IfKnown,
        options: &CallOptions,
        logged: Option<&LoggedCall>,
    ) -> Result<Opened>;

    fn send(
        &self,
        conversation_id: &str,
        message: &Message,
        options: &CallOptions,
        logged: Option<&LoggedCall>,
    ) -> Result<Sent>;

    /// The next that is wanted, waiting for it until `deadline` (without end when `None`).
    fn next(
        &self,
        filter: EventFilter,
        deadline: Option<Instant>,
        cancel_state: &Arc<CancelState>,
    ) -> Result<(u64, Held)>;

    /// What happened since the change `after`, waiting for it until `deadline`.
    fn wait(
        &self,
        after: u64,
        deadline: Option<Instant>,
        cancel_state: &Arc<CancelState>,
    ) -> Result<Change>;

    /// The inbox that this link fills.
    fn events(&self) -> Result<&Arc<Inbox>>;

    /// What the inbox held, as an event. Each link knows the words of its own side alone, so that a library with one
    /// of them has no reader of the other's.
    fn read(&self, arrival: &Arrival) -> Event;

    /// Whether `text` of an event is what the visitor `said`.
    fn is_echo(&self, text: &str, said: &str) -> bool;

    fn forget(&self, what: Forget) -> Result<Forgotten>;

    /// Says what this link has to say of itself.
    fn describe(&self, status: &mut Status);

    /// Somebody is about to watch the inbox, and will not wait in it.
    fn begin_to_watch(&self) -> Result<()> {
        Ok(())
    }

    /// Wakes those who wait somewhere else than in the inbox.
    fn interrupt(&self) {}

    /// Every call was ended, and no other one begins.
    fn close(&self) {}

    /// The client belongs to the parent process: gives up what must not be ended from here.
    fn abandon(&self) {}

    /// Takes a post of the account's webhook apart, and keeps nothing.
    fn parse_webhook(&self, _: &str, _: Option<&str>) -> Result<ParsedWebhook> {
        Err(no_webhook())
    }

    /// Keeps the events of a post of the account's webhook.
    fn accept_webhook(&self, _: &str, _: Option<&str>) -> Result<WebhookReply> {
        Err(no_webhook())
    }

    /// Sends a message again whose delivery is unknown, or discards it.
    fn resolve(&self, _: &Resolve, _: &CallOptions) -> Result<Sent> {
        Err(no_gateway())
    }

    /// All that was said in a conversation.
    fn transcript(&self, _: &str, _: TranscriptFormat, _: &CallOptions) -> Result<Transcript> {
        Err(no_gateway())
    }

    /// Hands a file of the visitor's over.
    fn upload(&self, _: &Upload, _: &CallOptions) -> Result<Uploaded> {
        Err(no_gateway())
    }

    /// Begins the session where there is none yet.
    fn begin_session(&self) -> Result<Value> {
        Err(no_gateway())
    }

    /// Fills the inbox with what is there.
    fn fetch(&self) -> Result<()> {
        Err(no_gateway())
    }

    /// Whether somebody looks at the app.
    fn set_app_state(&self, _: AppState) -> Result<()> {
        Err(no_gateway())
    }

    /// Who the visitor is, signed by the site.
    fn set_identity(&self, _: Option<&str>) -> Result<()> {
        Err(no_gateway())
    }
}

fn no_gateway() -> Error {
    Error::invalid(
        "gateway",
        "this client talks to the service itself, and only a gateway knows this call; give `gateway.url` and `gateway.app` in place of `token`",
    )
}

pub(crate) fn no_webhook() -> Error {
    Error::invalid(
        "webhook",
        "this client has no webhook in its configuration, so no event could ever arrive; give `webhook.token`, and `webhook.listen` for a listener",
    )
}
