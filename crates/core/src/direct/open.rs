//! One conversation for each visitor, known from the state file and from events.

use std::time::{Duration, Instant};

use serde_json::Map;

use super::Direct;
use crate::engine::LONGEST_CALL;
use crate::log::LoggedCall;
use crate::opening::{Forget, Forgotten, IfKnown, Opened, Opening};
use crate::options::{CallOptions, Start};
use crate::results::{Contact, Conversation, Started};
use crate::visitors::{Claim, Entry, Visitor};
use crate::{Code, Delivery, Error, Result};

/// How often a call looks whether a start that somebody else makes has an answer, or whether an
/// event has brought what the answer did not.
const LOOK_EVERY: Duration = Duration::from_millis(20);

impl Direct {
    pub(super) fn open_one(
        &self,
        start: &Start,
        if_known: IfKnown,
        options: &CallOptions,
        logged: Option<&LoggedCall>,
    ) -> Result<Opened> {
        let not_sent = |error: Error| error.with_delivery(Delivery::NotSent);
        let (body, uri) = self.prepare_start(start, options).map_err(not_sent)?;
        let visitor = Visitor {
            bot_key: self.bot_key(start).map_err(not_sent)?.to_owned(),
            visitor_id: start.visitor_id.clone(),
        };
        let token = options.cancel.clone().unwrap_or_default();
        let cancel_state = &token.0;
        let _registered = self.engine.register(cancel_state)?;
        let asked = cancel_state.asked();
        let timeout = options.timeout.unwrap_or(self.engine.config.timeout);
        let deadline = asked + timeout.min(LONGEST_CALL);
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
            ..CallOptions::default()
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
                    client_id: None,
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

    pub(super) fn forget_one(&self, what: Forget) -> Result<Forgotten> {
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
        client_id: None,
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
