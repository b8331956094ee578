//! What the bot waits for, so that a window never guesses.

use serde::Serialize;
use serde_json::{Map, Number, Value};
use wotnot_protocol::{Message, kind};

use super::html_to_text;
use super::writer::is_shown;

/// The answer that a bot's message waits for.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Prompt {
    /// Typed text; answer with a `text` message.
    Text {
        /// What the text should be.
        format: TextFormat,
    },
    /// One of several options; answer with an option's own `answer`.
    Choice {
        /// What is offered, in order.
        options: Vec<ChoiceOption>,
        /// Whether several may be picked at once.
        multiple: bool,
        /// How many must be picked at least, where the bot says.
        #[serde(skip_serializing_if = "Option::is_none")]
        least: Option<u64>,
        /// How many may be picked at most, where the bot says.
        #[serde(skip_serializing_if = "Option::is_none")]
        most: Option<u64>,
    },
    /// A number; answer with `slider.response`. Bounds are null where the bot gives none.
    Slider {
        /// The least value.
        min: Option<Number>,
        /// The greatest value.
        max: Option<Number>,
        /// The distance between two values.
        step: Option<Number>,
        /// What is counted.
        unit: Option<String>,
    },
    /// Files; answer with `file_upload.response`.
    File {
        /// The bot's limits, under the names that the service uses.
        limits: Map<String, Value>,
    },
    /// Several fields at once; answer with `form.response`.
    Form {
        /// What is asked, in order.
        fields: Vec<FormField>,
    },
    /// A date; answer with a `text` message.
    Date {
        /// The bot's rules for the date, under the names that the service uses.
        validation: Map<String, Value>,
    },
    /// The values of variables, computed on the visitor's side; answer with `javascript.response`.
    Javascript {
        /// The code of the block. Run it in a sandbox, or compute the variables some other way.
        code: Option<String>,
        /// The names of the variables to answer with.
        variables: Vec<Value>,
    },
    /// A kind that this version does not know; see `raw`.
    Unknown {},
}

/// What typed text should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TextFormat {
    /// Anything.
    Any,
    /// A person's name.
    Name,
    /// An e-mail address.
    Email,
    /// A phone number.
    Phone,
}

/// One option of a choice.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChoiceOption {
    /// What to show, plain text.
    pub label: String,
    /// The message that picks it, ready for `send_message`; absent on a mere link.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<Map<String, Value>>"))]
    pub answer: Option<Message>,
    /// The page to open when it is picked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The card of a carousel that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub card: Option<Card>,
}

/// One card of a carousel.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Card {
    /// The card's place, from 0.
    pub index: usize,
    /// Plain text.
    pub title: String,
    /// Plain text; empty when there is none.
    pub description: String,
    /// The URL of a picture.
    pub image: Option<String>,
}

/// One field of a form.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FormField {
    /// What to show, and what to answer under.
    pub label: String,
    /// Everything else that the service says about it.
    #[serde(flatten)]
    pub details: Map<String, Value>,
}

impl Prompt {
    /// The prompt of a bot's message of this type, or `None` when it waits for no answer.
    pub(super) fn of(message_type: &str, payload: &Map<String, Value>) -> Option<Prompt> {
        let text = |format| Some(Prompt::Text { format });
        match message_type {
            "text" => text(TextFormat::Any),
            "name" => text(TextFormat::Name),
            "email" => text(TextFormat::Email),
            "phone" => text(TextFormat::Phone),
            "button" => Some(choice(payload, buttons(payload, None))),
            "carousel" | "image_carousel" => Some(choice(payload, carousel(payload))),
            "slider" => Some(Prompt::Slider {
                min: number(payload.get("min")),
                max: number(payload.get("max")),
                step: number(payload.get("step")),
                unit: string(payload.get("unit")),
            }),
            "calendar" => Some(Prompt::Date {
                validation: object(payload.get("validation")),
            }),
            "file_upload" => Some(Prompt::File {
                limits: without(payload, &["title", "text"]),
            }),
            "form" => Some(Prompt::Form {
                fields: items(payload.get("fields"))
                    .filter_map(form_field)
                    .collect(),
            }),
            "javascript" => Some(Prompt::Javascript {
                code: string(payload.get("code")),
                variables: items(payload.get("variables")).cloned().collect(),
            }),
            "send_message" | "send_sms" | "image" | "audio" | "video" | "document" | "delay"
            | "info" => None,
            _ => Some(Prompt::Unknown {}),
        }
    }
}

/// ASSUMED: `multiple`, and the bounds as `min` and `max`.
fn choice(payload: &Map<String, Value>, options: Vec<ChoiceOption>) -> Prompt {
    let count = |name| number(payload.get(name))?.as_u64();
    Prompt::Choice {
        options,
        multiple: payload.get("multiple") == Some(&Value::Bool(true)),
        least: count("min"),
        most: count("max"),
    }
}

fn carousel(payload: &Map<String, Value>) -> Vec<ChoiceOption> {
    let cards = items(payload.get("cards")).filter_map(Value::as_object);
    cards
        .enumerate()
        .flat_map(|(index, card)| {
            let text = |name| html_to_text(&string(card.get(name)).unwrap_or_default());
            let details = Card {
                index,
                title: text("title"),
                description: text("description"),
                image: string(card.get("image")),
            };
            buttons(card, Some(&details))
        })
        .collect()
}

fn buttons(holder: &Map<String, Value>, card: Option<&Card>) -> Vec<ChoiceOption> {
    items(holder.get("buttons"))
        .filter_map(Value::as_object)
        .enumerate()
        .map(|(index, button)| {
            let url = link(button.get("url")).filter(|url| !url.is_empty() && is_shown(url));
            let is_link = url.is_some()
                && ["callback", "next_dialog", "key"]
                    .iter()
                    .all(|name| string(button.get(*name)).is_none_or(|text| text.is_empty()));
            let label = label(button, card, index);
            ChoiceOption {
                answer: (!is_link).then(|| button_answer(&label, button)),
                label,
                url,
                card: card.cloned(),
            }
        })
        .collect()
}

/// What to show on a button, and to answer with. One without words, or with a picture, gets some:
/// the service takes no answer without.
fn label(button: &Map<String, Value>, card: Option<&Card>, index: usize) -> String {
    let title = html_to_text(&string(button.get("title")).unwrap_or_default());
    let words = [Some(title), card.map(|card| card.title.clone())];
    let mut words = words.into_iter().flatten();
    words
        .find(|words| !words.is_empty())
        .unwrap_or_else(|| format!("Option {}", index + 1))
}

/// A page's address: bare, or `{link, target}`.
fn link(url: Option<&Value>) -> Option<String> {
    string(url).or_else(|| string(url?.get("link")))
}

/// ASSUMED: `callback`, `next_dialog` and `key` go back as they stand on the button, for that is
/// how they are sent by those who send them.
fn button_answer(label: &str, button: &Map<String, Value>) -> Message {
    let mut data = Map::new();
    data.insert("body".into(), label.into());
    for name in ["callback", "next_dialog", "key"] {
        let text = string(button.get(name)).unwrap_or_default();
        data.insert(name.into(), text.into());
    }
    Message::new(kind::BUTTON_RESPONSE, data)
}

pub(crate) fn form_field(field: &Value) -> Option<FormField> {
    match field {
        Value::Object(map) => Some(FormField {
            label: string(map.get("label")).unwrap_or_default(),
            details: without(map, &["label"]),
        }),
        Value::String(label) => Some(FormField {
            label: label.clone(),
            details: Map::new(),
        }),
        _ => None,
    }
}

fn items(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}

fn object(value: Option<&Value>) -> Map<String, Value> {
    value
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default()
}

fn without(map: &Map<String, Value>, names: &[&str]) -> Map<String, Value> {
    map.iter()
        .filter(|(name, _)| !names.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// A string, or a number as text.
pub(crate) fn string(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A number, or a string that holds one.
pub(crate) fn number(value: Option<&Value>) -> Option<Number> {
    match value? {
        Value::Number(number) => Some(number.clone()),
        Value::String(text) => match serde_json::from_str(text.trim()).ok()? {
            Value::Number(number) => Some(number),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::check_message;
    use serde_json::json;

    #[test]
    fn a_button_without_words_gives_an_answer_that_can_be_sent() {
        let payload = json!({"title": "Pick", "buttons": [
            {"title": "", "key": "k-1"}, {"key": "k-2"},
            {"title": "<img src=\"https://example.com/a.png\">", "key": "k-3"}]});
        let Value::Object(payload) = payload else {
            unreachable!()
        };
        let Some(Prompt::Choice { options, .. }) = Prompt::of("button", &payload) else {
            panic!("no choice");
        };
        assert_eq!(options.len(), 3);
        for option in options {
            check_message(option.answer.unwrap()).unwrap();
        }
    }
}
