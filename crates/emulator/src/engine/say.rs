//! What is said and what happens, as events: each is recorded, meets its faults, and leaves for the webhook.

use std::borrow::Cow;
use std::sync::Arc;

use serde::Serialize;
use serde_json::{Value, json};
use wotnot_protocol::{Message, event_type};

use super::{Times, Turn, prompt, wire};
use crate::clock::wire_time;
use crate::delivery::{Delivery, DeliveryPlan};
use crate::fault::{FaultContext, FaultTarget};
use crate::flow::{self, Template};
use crate::profile::MessageBy;

/// Who wrote a message that the visitor sent.
const VISITOR: &str = "visitor";

impl Turn<'_> {
    pub(super) fn echo(&mut self, message: &Message) {
        let echo = wire::visitor_echo(message, self.profile.echo_shape);
        self.message_id = self.says(VISITOR, echo);
    }

    pub(super) fn say_message(&mut self, message: &flow::Message) {
        let mut messages = Vec::new();
        if let Some(text) = &message.text {
            messages.push(json!({"type": "text", "text": self.render_html(text)}));
        }
        for media in &message.media {
            let link = self.render(&media.link);
            messages.push(prompt::media(media, &link));
        }
        for part in &message.messages {
            messages.push(match part {
                flow::MessagePart::Text(text) => {
                    json!({"type": "text", "text": self.render_html(text)})
                }
                flow::MessagePart::Info(title) => {
                    json!({"type": "info", "info": {"title": self.render_html(title)}})
                }
                flow::MessagePart::Media(media) => prompt::media(media, &self.render(&media.link)),
            });
        }
        self.bot_says(prompt::send_message(messages));
    }

    pub(super) fn say_template(&mut self, text: Option<&Template>) {
        if let Some(text) = text {
            let html = self.render_html(text);
            self.say_html(html);
        }
    }

    pub(super) fn say_html(&mut self, html: String) {
        let messages = vec![json!({"type": "text", "text": html})];
        self.bot_says(prompt::send_message(messages));
    }

    pub(super) fn bot_says(&mut self, message: Value) {
        self.says("bot", message);
    }

    pub(super) fn says(&mut self, by: &str, message: Value) -> String {
        self.conversation.messages += 1;
        let number = self.conversation.messages.to_string();
        let id = self
            .seed
            .id(&["message", &self.conversation.key, &number], 32);
        let at = self.stamp();
        let said = wire::MessageContent {
            message_by: match self.profile.message_by {
                MessageBy::Object => wire::By::Object { kind: by },
                MessageBy::Text => wire::By::Text(by),
            },
            message: &message,
            id: self.profile.message_ids.then_some(&id),
            created_at: self.profile.message_ids.then_some(&at),
        };
        self.emit_at(event_type::MESSAGE, Some(by), &said, at.clone());
        id
    }

    pub(super) fn stamp(&mut self) -> String {
        self.conversation.logical_ms += 1;
        wire_time(match self.times {
            Times::Clock => self.clock.now_ms(),
            Times::Seeded => self.conversation.logical_ms,
        })
    }

    pub(super) fn emit(&mut self, kind: &'static str, payload: &Value) {
        let at = self.stamp();
        self.emit_at(kind, None, payload, at);
    }

    pub(super) fn emit_at(
        &mut self,
        kind: &'static str,
        by: Option<&str>,
        payload: &impl Serialize,
        at: String,
    ) {
        let body = wire::envelope(kind, payload, self.conversation).into();
        self.hand_over(kind.into(), by, body, at);
    }

    pub(super) fn hand_over(
        &mut self,
        kind: Cow<'static, str>,
        by: Option<&str>,
        body: Arc<str>,
        at: String,
    ) {
        let struck = self.faults.strike(
            self.seed,
            FaultContext {
                what: FaultTarget::Event(&kind, by),
                visitor: Some(&self.conversation.visitor_id),
                number: Some(self.conversation.ordinal),
                conversation: Some(&self.conversation.key),
            },
        );
        let names = struck.iter().map(|(kind, _)| kind.name()).collect();
        let seq = self
            .conversation
            .record(kind.clone(), at, body.clone(), names);
        let mut plan = DeliveryPlan::of(&struck);
        // The transcript keeps it; only the webhook does not get it.
        plan.never |= by == Some(VISITOR) && !self.profile.echo;
        self.deliveries.push(Delivery {
            conversation: self.conversation.key.clone(),
            seq,
            kind,
            body,
            plan,
        });
    }
}
