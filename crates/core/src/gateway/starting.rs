//! The visitor's conversation: begun once, however often it is asked for.

use serde_json::{Map, Value, json};

use super::Gateway;
use super::http::{Ask, Limit};
use super::refusal::{Refused, lacks};
use super::sending::{client_id, sent};
use crate::log::LoggedCall;
use crate::opening::{IfKnown, Opened, Opening};
use crate::options::{CallOptions, Start};
use crate::results::{Contact, Conversation, Sent, Started};
use crate::{Delivery, Error, Result, check};

impl Gateway {
    pub(super) fn start(
        &self,
        start: &Start,
        options: &CallOptions,
        logged: Option<&LoggedCall>,
    ) -> Result<Started> {
        let limit = Limit::of(self, options);
        let _registered = self.engine.register(limit.cancel_state())?;
        let body = first(start, options).map_err(not_sent)?;
        let _turn = self.take_turn(&limit)?;
        match self.begin_conversation(&body, options, &limit, logged) {
            Ok((id, sent)) => Ok(Started {
                conversation: conversation(id),
                contact: nobody(),
                client_id: sent.client_id,
                extra: Map::new(),
            }),
            Err(refused) => Err(refused.error),
        }
    }

    pub(super) fn open(
        &self,
        start: &Start,
        if_known: IfKnown,
        options: &CallOptions,
        logged: Option<&LoggedCall>,
    ) -> Result<Opened> {
        let limit = Limit::of(self, options);
        let _registered = self.engine.register(limit.cancel_state())?;
        let body = first(start, options).map_err(not_sent)?;
        let _turn = self.take_turn(&limit)?;
        // A start whose answer was lost may be in the session; posting it again shows what became of it.
        self.session(&limit, logged)
            .map_err(|refused| refused.error)?;
        let (known, is_starting) = {
            let state = self.lock();
            let kept = &state.kept;
            let known = kept.conversation_id.clone().filter(|_| kept.is_open);
            (known, kept.starting.is_some())
        };
        if let Some(id) = known.filter(|_| !is_starting) {
            return reused(id, if_known);
        }
        match self.begin_conversation(&body, options, &limit, logged) {
            Ok((id, sent)) => Ok(Opened {
                conversation: conversation(id),
                contact: nobody(),
                opened: Opening::Started,
                message_sent: true,
                client_id: sent.client_id,
            }),
            Err(refused) => match refused.detail("id") {
                Some(id) if refused.code() == "conversation_open" => {
                    self.has_begun(id);
                    self.save().map_err(not_sent)?;
                    reused(id.to_owned(), if_known)
                }
                _ => Err(refused.error),
            },
        }
    }

    /// Posts the first message. A start whose answer was lost goes out again under its own id when it says the same.
    fn begin_conversation(
        &self,
        body: &Value,
        options: &CallOptions,
        limit: &Limit,
        logged: Option<&LoggedCall>,
    ) -> std::result::Result<(String, Sent), Refused> {
        let same = |earlier: &Value| {
            let mut earlier = earlier.clone();
            earlier["client_id"] = body["client_id"].clone();
            earlier == *body
        };
        let body = {
            let mut state = self.lock();
            let earlier = state.kept.starting.clone();
            let again = earlier.filter(|it| options.client_id.is_none() && same(it));
            let body = again.unwrap_or_else(|| body.clone());
            state.kept.starting = Some(body.clone());
            state.is_changed = true;
            body
        };
        self.save().map_err(not_sent)?;
        let begun = self.ask(&Ask::post(&["/v1/conversations"], &body), limit, logged);
        let is_over = match &begun {
            Ok(_) => true,
            Err(refused) => refused.error.delivery() != Some(Delivery::Unknown),
        };
        if is_over {
            let mut state = self.lock();
            state.kept.starting = None;
            state.is_changed = true;
        }
        let reply = match begun {
            Ok(reply) => reply,
            Err(refused) => {
                // It is tried to be written again with the next change.
                let _ = self.save();
                return Err(refused);
            }
        };
        let id = reply
            .body
            .get("conversation")
            .and_then(|it| it.get("id")?.as_str());
        let id = id.ok_or_else(|| lacks("conversation"))?.to_owned();
        self.has_begun(&id);
        // It stands although it may not be written down: the caller is given it.
        let _ = self.save();
        Ok((id, sent(&reply)?))
    }

    /// The visitor's conversation is this one from now on.
    fn has_begun(&self, id: &str) {
        let mut state = self.lock();
        if state.kept.conversation_id.as_deref() != Some(id) {
            state.kept.conversation_id = Some(id.to_owned());
            state.kept.cursor = None;
            state.read_up_to = None;
            state.asked = None;
        }
        state.kept.is_open = true;
        state.pace.reset();
        state.is_changed = true;
        drop(state);
        // There is something to be read now.
        self.inbox.nudge();
    }
}

fn not_sent(error: Error) -> Error {
    error.with_delivery(Delivery::NotSent)
}

/// The body of a start. Whose visitor it is, and which bot answers, the gateway knows.
fn first(start: &Start, options: &CallOptions) -> Result<Value> {
    let message = check::checked(&start.message)?;
    let text = message.data.get("body").filter(|_| message.kind == "text");
    let text = text.ok_or_else(|| {
        let problem = "a conversation begins with a text: expected `{\"type\": \"text\", \"data\": {\"body\": ...}}`";
        Error::invalid("message.type", problem)
    })?;
    let mut body = json!({"client_id": client_id(options)?, "text": text});
    if let Some(variables) = &start.variables {
        check::check_variables(variables)?;
        body["variables"] = json!(variables);
    }
    Ok(body)
}

fn reused(id: String, if_known: IfKnown) -> Result<Opened> {
    let refused = |problem: &str| Err(not_sent(Error::invalid("if_known", problem)));
    match if_known {
        IfKnown::Reuse => Ok(Opened {
            conversation: conversation(id),
            contact: nobody(),
            opened: Opening::Reused,
            message_sent: false,
            client_id: None,
        }),
        IfKnown::Refuse => refused("this visitor has a conversation already"),
        IfKnown::New => refused(
            "a gateway keeps one conversation of a visitor open at a time, and this one has not ended",
        ),
    }
}

fn conversation(id: String) -> Conversation {
    Conversation {
        id,
        created_at: None,
        assignee: None,
        extra: Map::new(),
    }
}

/// A gateway gives nothing of the contact.
fn nobody() -> Contact {
    Contact {
        name: None,
        email: None,
        phone: None,
        visitor_key: None,
        extra: Map::new(),
    }
}
