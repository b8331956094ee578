//! What happens in a conversation beside the bot: people take it over, write, give it back and close it, and
//! the service has events of its own.

use std::sync::Arc;

use serde_json::{Value, json};
use wotnot_protocol::event_type;

use super::{Turn, wire};
use crate::conversation::{Assigned, DialogPosition};

impl Turn<'_> {
    /// A person on the company's side writes; they take the conversation over if the bot had it. False where it
    /// has ended.
    pub fn agent_says(&mut self, text: &str) -> bool {
        let goes_on = self.take_over();
        if goes_on {
            let message = json!({"type": "text", "text": wire::html(text)});
            self.says("agent", message);
        }
        goes_on
    }

    /// A person on the company's side takes the conversation over without a word. False where it has ended.
    pub fn take_over(&mut self) -> bool {
        let goes_on = self.conversation.place != DialogPosition::Ended;
        if goes_on {
            self.assign_agent();
        }
        goes_on
    }

    fn assign_agent(&mut self) {
        if self.conversation.assigned.kind != "agent" {
            let asked = self.conversation.place.block().map(str::to_owned);
            self.assign_human(asked);
        }
    }

    /// The person gives the conversation back: the bot goes on after the block that handed it over, or asks
    /// again what it asked when they took it. False where no person has it.
    pub fn give_back(&mut self) -> bool {
        let DialogPosition::Human { block } = self.conversation.place.clone() else {
            return false;
        };
        let bot = self.conversation.bot.clone();
        self.conversation.assigned = wire::assigned_bot(&bot);
        let payload = wire::assignee(&self.conversation.assigned);
        self.emit(event_type::ASSIGNEE, &payload);
        let found = block.and_then(|name| bot.flow.blocks.get_key_value(name.as_str()));
        match found {
            Some((name, block)) if block.prompt().is_some() => self.ask(name.as_str(), block, 0),
            Some((name, block)) => self.run(self.leave(name.as_str(), block.next())),
            None => self.conversation.place = DialogPosition::Idle,
        }
        true
    }

    /// A person on the company's side closes the conversation.
    pub fn close(&mut self) {
        if self.conversation.place != DialogPosition::Ended {
            self.conversation.place = DialogPosition::Ended;
            self.emit(event_type::STATUS, &wire::status(true));
        }
    }

    pub(super) fn assign_human(&mut self, block: Option<String>) {
        self.conversation.place = DialogPosition::Human { block };
        self.conversation.assigned = Assigned {
            id: self.seed.id(&["agent"], 12),
            email: "agent@wotnot.invalid".into(),
            kind: "agent".into(),
        };
        let payload = wire::assignee(&self.conversation.assigned);
        self.emit(event_type::ASSIGNEE, &payload);
    }

    /// Something happens that the bot has no part in.
    pub fn happens(&mut self, kind: String, payload: &Value) {
        let body = wire::envelope(&kind, payload, self.conversation);
        self.inject(kind, body.into());
    }

    /// An event as it is written, whatever it says.
    pub fn inject(&mut self, kind: String, body: Arc<str>) {
        let at = self.stamp();
        self.hand_over(kind.into(), None, body, at);
    }
}
