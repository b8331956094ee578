//! What blocks that wait for nobody may not say, and the length of every text.

use super::super::finding::Code;
use super::super::model::{Block, MessagePart, Step, Template};
use super::{Checker, Placed};

/// The most characters of one text that a bot says.
const MAX_TEXT: usize = 1000;
/// The longest delay, in seconds: a day.
const MAX_DELAY: f64 = 86_400.0;

impl Checker<'_> {
    pub(super) fn step(&self, placed: &Placed<'_>) {
        match placed.block {
            Block::Message(message)
                if message.text.is_none()
                    && message.media.is_empty()
                    && message.messages.is_empty() =>
            {
                self.add(
                    Code::MissingField,
                    placed.key.span,
                    "a message needs `text` or `media`, or `messages`",
                    "",
                );
            }
            Block::Message(message) => {
                for (index, media) in message.media.iter().enumerate() {
                    let path = [Step::Field("media"), Step::Item(index), Step::Field("link")];
                    self.url(placed, &path, &media.link);
                }
                for (index, part) in message.messages.iter().enumerate() {
                    if let MessagePart::Media(media) = part {
                        let path = [
                            Step::Field("messages"),
                            Step::Item(index),
                            Step::Field("link"),
                        ];
                        self.url(placed, &path, &media.link);
                    }
                }
            }
            Block::Condition(condition) if condition.when.is_empty() => {
                self.add(
                    Code::BadValue,
                    placed.field("when"),
                    "a condition needs at least one case",
                    "",
                );
            }
            Block::Delay(delay) if !(0.0..=MAX_DELAY).contains(&delay.seconds) => {
                let message = format!("a delay lasts from 0 to {MAX_DELAY} seconds");
                self.add(Code::BadValue, placed.field("seconds"), message, "");
            }
            _ => {}
        }
        for template in placed.block.templates() {
            self.length(placed, template);
        }
    }

    fn length(&self, placed: &Placed<'_>, template: &Template) {
        let length = template.source().chars().count();
        if length <= MAX_TEXT {
            return;
        }
        let own = ["text", "error", "value"]
            .into_iter()
            .find(|field| placed.node.text_of(field) == Some(template.source()));
        let span = own.map_or(placed.key.span, |field| placed.field(field));
        let message = format!("a text has at most {MAX_TEXT} characters, this one {length}");
        self.add(
            Code::TextTooLong,
            span,
            message,
            "split it into several message blocks",
        );
    }

    /// A link must be one that a visitor's side can open; what a variable puts there is not known yet.
    pub(super) fn url(&self, placed: &Placed<'_>, path: &[Step], url: &Template) {
        let known = url.variables().next().is_none();
        let web = ["https://", "http://", "mailto:", "tel:"]
            .iter()
            .any(|scheme| url.source().starts_with(scheme));
        if known && !web {
            self.add(
                Code::BadValue,
                placed.span(path),
                "this is not a link",
                "write the whole link, with `https://`",
            );
        }
    }
}
