//! One conversation for each visitor.

use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::Map;

use super::attempts::FOR_EVER;
use super::{CallOptions, Client, Start};
use crate::log::LoggedCall;
use crate::results::{Contact, Conversation, Started};
use crate::visitors::{Claim, Entry, Visitor};
use crate::{Code, Delivery, Error, Result};

/// How often a call looks whether a start that somebody else makes has an answer, or whether an
/// event has brought what the answer did not.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// What to do for a visitor who has a conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IfKnown {
    /// Give that one. Nothing is sent.
    #[default]
    Reuse,
    /// Fail with `invalid_argument`. Nothing is sent.
    Refuse,
    /// Start another one, which takes its place.
    New,
}

impl IfKnown {
    /// Every value.
    pub const ALL: [IfKnown; 3] = [IfKnown::Reuse, IfKnown::Refuse, IfKnown::New];

    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            IfKnown::Reuse => "reuse",
            IfKnown::Refuse => "refuse",
            IfKnown::New => "new",
        }
    }
}

/// The conversation of a visitor.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Opened {
    /// The conversation.
    pub conversation: Conversation,
    /// Who the service takes the visitor for; of one that was not started now, `visitor_key` alone.
    pub contact: Contact,
    /// How it was come by.
    pub opened: Opening,
    /// Whether the message of this call was taken. Where it was not, send it with `send_message`.
    pub message_sent: bool,
}

/// How a conversation was come by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Opening {
    /// The service made it now.
    Started,
    /// The visitor had it.
    Reused,
    /// The answer to its start was lost, and an event named it.
    Recovered,
}

/// What was forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Forgotten {
    /// How many visitors have no conversation any more.
    pub forgotten: usize,
    /// How many events that waited for `receive` were dropped.
    pub events: usize,
}

/// What to forget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forget<'a> {
    /// The conversations of this visitor, with every bot.
    Visitor(&'a str),
    /// This conversation.
    Conversation(&'a str),
}

impl Client {
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
        self.logged("open_conversation", None, |logged| {
            self.open(start, if_known, options, logged)
        })
    }

    fn open(
        &self,
        start: &Start,
        if_known: IfKnown,
        options: &CallOptions,
        logged: Option<&LoggedCall>,
    ) -> Result<Opened> {
        let not_sent = |error: Error| error.with_delivery(Delivery::NotSent);
        let (body, uri) = self.prepare_start(start).map_err(not_sent)?;
        let visitor = Visitor {
            bot_key: self.bot_key(start).map_err(not_sent)?.to_owned(),
            visitor_id: start.visitor_id.clone(),
        };
        let token = options.cancel.clone().unwrap_or_default();
        let cancel_state = &token.0;
        let _registered = self.register(cancel_state)?;
        let asked = cancel_state.asked();
        let timeout = options.timeout.unwrap_or(self.config.timeout);
        let deadline = asked + timeout.min(FOR_EVER);
        let pause = || cancel_state.sleep((Instant::now() + LOOK_EVERY).min(deadline));
        let has_events = self.webhook.is_some();
        let starting = loop {
            let is_new = if_known == IfKnown::New;
            match self
                .visitors
                .claim(&visitor, is_new, has_events)
                .map_err(not_sent)?
            {
                Claim::Ours(starting) => break starting,
                Claim::Known(_) if if_known == IfKnown::Refuse => return Err(refused()),
                Claim::Known(entry) => return Ok(known(entry, false)),
                Claim::Pending if Instant::now() >= deadline => return Err(pending()),
                Claim::Pending => {
                    pause().map_err(|reason| reason.error_with(Delivery::NotSent))?;
                }
            }
        };
        let rest = CallOptions {
            timeout: Some(deadline.saturating_duration_since(cancel_state.asked())),
            cancel: Some(token.clone()),
        };
        let error = match self.call::<Started>(&uri, &body, &rest, logged) {
            Ok(started) => {
                starting.succeeded(Entry {
                    conversation_id: Some(started.conversation.id.clone()),
                    created_at: started.conversation.created_at.clone(),
                    visitor_key: started.contact.visitor_key.clone(),
                    ..Entry::default()
                });
                return Ok(Opened {
                    conversation: started.conversation,
                    contact: started.contact,
                    opened: Opening::Started,
                    message_sent: true,
                });
            }
            Err(error) => error,
        };
        if error.delivery() != Some(Delivery::Unknown) || !has_events {
            starting.failed();
            return Err(error);
        }
        loop {
            if let Some(entry) = self.visitors.recovered(&visitor) {
                return Ok(known(entry, true));
            }
            if Instant::now() >= deadline || pause().is_err() {
                return Err(error);
            }
        }
    }

    /// Forgets which conversation a visitor has, and drops the events that wait of it.
    ///
    /// # Errors
    /// `forked`, or `invalid_argument` when the state file cannot be used.
    pub fn forget(&self, what: Forget) -> Result<Forgotten> {
        self.check_process()?;
        let mut gone = self.visitors.forget(|visitor, conversation| match what {
            Forget::Visitor(id) => visitor.visitor_id == id,
            Forget::Conversation(id) => conversation == Some(id),
        })?;
        let forgotten = gone.len();
        if let Forget::Conversation(id) = what {
            gone = vec![Some(id.to_owned())];
        }
        let events = match &self.webhook {
            Some(webhook) => gone
                .iter()
                .flatten()
                .map(|id| webhook.inbox.forget(id))
                .sum(),
            None => 0,
        };
        Ok(Forgotten { forgotten, events })
    }
}

/// A conversation that was not started now.
fn known(entry: Entry, message_sent: bool) -> Opened {
    Opened {
        conversation: Conversation {
            id: entry.conversation_id.unwrap_or_default(),
            created_at: entry.created_at,
            assignee: None,
            extra: Map::new(),
        },
        contact: Contact {
            name: None,
            email: None,
            phone: None,
            visitor_key: entry.visitor_key,
            extra: Map::new(),
        },
        opened: match entry.is_recovered || message_sent {
            true => Opening::Recovered,
            false => Opening::Reused,
        },
        message_sent,
    }
}

fn refused() -> Error {
    Error::invalid("visitor_id", "this visitor has a conversation already")
        .with_delivery(Delivery::NotSent)
}

fn pending() -> Error {
    Error::new(
        Code::RequestTimeout,
        "an earlier start for this visitor has no answer, and no event has named its conversation; try again later, or start another one with `if_known`: \"new\"",
    )
    .with_delivery(Delivery::NotSent)
}
