//! What becomes of a start call for a visitor who has an open conversation: the profile says.

use std::sync::Arc;

use serde_json::Value;

use super::{Account, Done, started};
use crate::call::StartCall;
use crate::conversation::DialogPosition;
use crate::delivery::Delivery;
use crate::engine::Rejection;
use crate::profile::SecondStart;
use crate::reply::Refusal;

/// What happened before a conversation would begin.
pub(crate) enum Before {
    /// The call went into the open conversation, which is its answer.
    Joined(Done<(Arc<str>, Value)>),
    /// A conversation is to begin, behind these events.
    Begins(Vec<Delivery>),
}

impl Account {
    pub(crate) fn second_start(&mut self, call: &StartCall) -> Result<Before, Refusal> {
        let rule = self.profile.second_start;
        // Looking for open conversations costs more than the call.
        if rule == SecondStart::New {
            return Ok(Before::Begins(Vec::new()));
        }
        let open = self.open_conversations(&call.visitor_id);
        match (rule, open.last()) {
            (SecondStart::New, _) | (_, None) => Ok(Before::Begins(Vec::new())),
            (SecondStart::Same, Some(key)) => self.join(key, call).map(Before::Joined),
            (SecondStart::ClosesFirst, Some(_)) => {
                let closed = open.iter().filter_map(|key| self.turn(key, |turn| turn.close()).ok());
                Ok(Before::Begins(closed.flat_map(|done| done.deliveries).collect()))
            }
            (SecondStart::Refused, Some(_)) => Err(Refusal::NotCreated(
                "the visitor has an open conversation, and the profile's `second_start` is `refused`"
                    .into(),
            )),
        }
    }

    /// The visitor's conversations that have not ended, oldest first.
    fn open_conversations(&self, visitor_id: &str) -> Vec<Arc<str>> {
        let conversations = self.conversations.values();
        let open = conversations
            .filter(|it| it.visitor_id == visitor_id && it.place != DialogPosition::Ended);
        open.map(|it| it.key.clone()).collect()
    }

    fn join(
        &mut self,
        key: &Arc<str>,
        call: &StartCall,
    ) -> Result<Done<(Arc<str>, Value)>, Refusal> {
        let heard = self.turn(key, |turn| {
            let sent = &call.variables;
            let (contact, conversation) = (sent.contact.clone(), sent.conversation.clone());
            turn.contact.variables.extend(contact.unwrap_or_default());
            let known = &mut turn.conversation.variables;
            known.extend(conversation.unwrap_or_default());
            turn.hear(&call.message)
        });
        let heard = heard.map_err(|_| Refusal::NotCreated("the conversation is gone".into()))?;
        if let Err(Rejection(why)) = heard.value {
            return Err(Refusal::NotCreated(why.into_owned()));
        }
        let variables = self
            .contacts
            .get(&call.visitor_id)
            .map(|it| it.variables.clone());
        let answer = self
            .conversations
            .get(key)
            .map_or(Value::Null, |conversation| {
                started(conversation, &variables.unwrap_or_default(), self.profile)
            });
        Ok(Done {
            value: (key.clone(), answer),
            deliveries: heard.deliveries,
        })
    }
}
