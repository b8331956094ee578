//! What a visitor can ask for beside talking: to decide on a message in doubt, a transcript, to be forgotten.

use http::Method;
use serde_json::json;

use super::Gateway;
use super::http::{Ask, Limit, Payload};
use super::kept::Kept;
use super::sending::sent;
use crate::engine::Repeat;
use crate::opening::Forgotten;
use crate::options::CallOptions;
use crate::resolving::{Resolve, Transcript, TranscriptFormat};
use crate::results::Sent;
use crate::{Result, check};

impl Gateway {
    pub(super) fn resolve(&self, resolve: &Resolve, options: &CallOptions) -> Result<Sent> {
        let limit = Limit::of(self, options);
        let conversation = check::path_segment(resolve.conversation_id)?;
        let message = check::path_segment(resolve.client_id)?;
        let path = [
            "/v1/conversations/",
            &conversation,
            "/messages/",
            &message,
            "/resolve",
        ];
        let body = json!({"action": resolve.action.name()});
        // Twice, it would be refused although it was done.
        let ask = Ask {
            repeat: Repeat::Doubles,
            ..Ask::post(&path, &body)
        };
        sent(&self.ask(&ask, &limit, None)?)
    }

    pub(super) fn transcript(
        &self,
        conversation_id: &str,
        format: TranscriptFormat,
        options: &CallOptions,
    ) -> Result<Transcript> {
        let limit = Limit::of(self, options);
        let conversation = check::path_segment(conversation_id)?;
        let path = [
            "/v1/conversations/",
            &conversation,
            "/transcript?format=",
            format.name(),
        ];
        let reply = self.ask(&Ask::get(&path), &limit, None)?;
        Ok(Transcript {
            format: format.name(),
            content: reply.text,
        })
    }

    /// Everything that the gateway keeps of the visitor is erased, and what is kept here.
    pub(super) fn erase(&self) -> Result<Forgotten> {
        let limit = Limit::of(self, &CallOptions::default());
        let is_known = {
            let state = self.lock();
            state.token.is_some() || state.kept.refresh.is_some() || state.identity.is_some()
        };
        // Who never was there has nothing there.
        if is_known {
            let ask = Ask {
                method: Method::DELETE,
                path: &["/v1/visitor"],
                body: Payload::Nothing,
                repeat: Repeat::Safe,
            };
            self.ask(&ask, &limit, None)?;
        }
        let conversation = {
            let mut state = self.lock();
            let kept = std::mem::take(&mut state.kept);
            state.kept = Kept {
                user: kept.user,
                ..Kept::default()
            };
            state.token = None;
            state.read_up_to = None;
            state.asked = None;
            state.is_changed = true;
            kept.conversation_id
        };
        self.break_poll();
        self.save()?;
        let events = conversation.map_or(0, |id| self.inbox.forget(&id));
        Ok(Forgotten {
            forgotten: usize::from(is_known),
            events,
        })
    }
}
