//! The bot's side of a question: each block as the message that the webhook carries.

use serde_json::{Value, json};

use super::value::number;
use crate::flow::{Block, Button, Media, Template};
use crate::seed::Seed;

/// How a template is filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum As {
    /// What people read: values are escaped.
    Html,
    /// Links and values.
    Plain,
}

/// A question.
pub(crate) fn message(
    seed: Seed,
    name: &str,
    block: &Block,
    render: impl Fn(&Template, As) -> String,
) -> Value {
    match block {
        Block::Input(input) => {
            let text = render(&input.text, As::Html);
            match input_kind(input.format) {
                "text" => json!({"type": "text", "text": text}),
                kind => json!({"type": kind, "payload": {"text": text}}),
            }
        }
        Block::Buttons(block) => {
            let next = block.next.as_ref().map(ToString::to_string);
            let mut payload = json!({
                "title": render(&block.text, As::Html),
                "buttons": buttons(seed, name, 0, &block.buttons, next, &render),
                "multiple": block.multiple,
            });
            // ASSUMED: the names of the bounds.
            for (name, bound) in [("min", block.least), ("max", block.most)] {
                if let Some(bound) = bound {
                    payload[name] = json!(bound);
                }
            }
            json!({"type": "button", "payload": payload})
        }
        Block::Carousel(block) => {
            let next = block.next.as_ref().map(ToString::to_string);
            let cards: Vec<Value> = block
                .cards
                .iter()
                .enumerate()
                .map(|(index, card)| {
                    json!({
                        "title": render(&card.title, As::Html),
                        "description": card.description.as_ref().map(|text| render(text, As::Html)).unwrap_or_default(),
                        "image": card.image.as_ref().map(|link| render(link, As::Plain)).unwrap_or_default(),
                        "buttons": buttons(seed, name, index, &card.buttons, next.clone(), &render),
                    })
                })
                .collect();
            let mut payload = json!({"cards": cards});
            if let Some(text) = &block.text {
                payload["title"] = json!(render(text, As::Html));
            }
            let kind = match block.images {
                true => "image_carousel",
                false => "carousel",
            };
            json!({"type": kind, "payload": payload})
        }
        Block::Slider(block) => json!({"type": "slider", "payload": {
            "title": render(&block.text, As::Html),
            "min": number(block.min),
            "max": number(block.max),
            "step": number(block.step),
            "unit": block.unit.as_deref().unwrap_or_default(),
        }}),
        Block::FileUpload(block) => {
            let accept: Vec<&str> = block.accept.iter().map(|kind| kind.as_str()).collect();
            json!({"type": "file_upload", "payload": {
                "title": render(&block.text, As::Html),
                "accept": accept,
                "max_files": block.max_files,
                "max_size": block.max_size.map(|size| size.bytes()),
            }})
        }
        Block::Form(block) => {
            let fields: Vec<Value> = block
                .fields
                .iter()
                .map(|field| {
                    json!({
                        "label": field.label,
                        "type": field.kind,
                        "required": field.required,
                        "options": field.options,
                    })
                })
                .collect();
            json!({"type": "form", "payload": {"title": render(&block.text, As::Html), "fields": fields}})
        }
        Block::Calendar(block) => json!({"type": "calendar", "payload": {
            "title": render(&block.text, As::Html),
            "auto_open": block.auto_open,
            "validation": {
                "format": block.format.as_str(),
                "earliest": block.earliest,
                "latest": block.latest,
            },
        }}),
        Block::Javascript(block) => json!({"type": "javascript", "payload": {
            "code": block.code,
            "variables": block.variables,
        }}),
        _ => json!({"type": "text", "text": ""}),
    }
}

fn input_kind(format: crate::flow::InputFormat) -> &'static str {
    use crate::flow::InputFormat::{Boolean, Date, Email, Name, Number, Phone, Regex, Text};
    match format {
        // ASSUMED: what asks for a number, a date or yes and no has no type of its own on the wire.
        Text | Regex | Number | Date | Boolean => "text",
        Email => "email",
        Phone => "phone",
        Name => "name",
    }
}

/// Several things said at once, none of them a question.
pub(crate) fn send_message(messages: Vec<Value>) -> Value {
    json!({"type": "send_message", "payload": {"version": 1, "messages": messages}})
}

/// One picture, film, sound or document inside [`send_message`].
pub(crate) fn media(media: &Media, link: &str) -> Value {
    let kind = json!(media.kind);
    let name = match &media.file_name {
        Some(name) => name.as_str(),
        None => link.rsplit('/').next().unwrap_or_default(),
    };
    let mut message = json!({"type": kind});
    if let Some(kind) = kind.as_str() {
        message[kind] = json!({"link": link, "file_name": name});
    }
    message
}

fn buttons(
    seed: Seed,
    block: &str,
    card: usize,
    buttons: &[Button],
    block_next: Option<String>,
    render: &impl Fn(&Template, As) -> String,
) -> Vec<Value> {
    buttons
        .iter()
        .enumerate()
        .map(|(index, button)| {
            let next = button.next.as_ref().map(ToString::to_string);
            let callback = button.callback.as_ref().map(|it| render(it, As::Plain));
            let mut offered = json!({
                "title": render(&button.title, As::Html),
                "type": if button.url.is_some() { "url" } else { "button" },
                "callback": callback.unwrap_or_default(),
                "next_dialog": next.or_else(|| block_next.clone()).unwrap_or_default(),
                "key": seed.button_key(block, card, index),
            });
            if let Some(url) = &button.url {
                offered["url"] = json!(render(url, As::Plain));
            }
            offered
        })
        .collect()
}
