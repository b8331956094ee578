//! Makes the message that answers a prompt, out of a plain value, and checks it against what the bot
//! asked. Sends nothing. No error repeats what was given, which are the visitor's words.

mod choice;
mod fields;
mod files;
mod formats;

use std::fmt::Write;

use serde_json::{Map, Number, Value};
use wotnot_protocol::{Message, kind};

#[cfg(feature = "gateway")]
pub(crate) use formats::is_day;

use crate::check::check_message;
use crate::event::{Prompt, TextFormat};
use crate::fields::wrong;
use crate::{Error, Result};

/// Where the given value stands, in errors.
const VALUE: &str = "value";

impl Prompt {
    /// The message that answers this with `value`, ready for [`Client::send_message`](crate::Client::send_message).
    ///
    /// | prompt | value |
    /// | --- | --- |
    /// | `Text`, `Unknown` | a text; an e-mail address or a phone number where that is asked |
    /// | `Choice` | an option by its label, its key or its index from 0; several as an array |
    /// | `Slider` | a number |
    /// | `File` | a link, an object `{link, path?, filename?, mime_type?, extension?, size?}`, or an array of them |
    /// | `Form` | an object of values by label, or an array of `{label, value}` |
    /// | `Date` | `YYYY-MM-DD`, or a date in the bot's own format |
    /// | `Javascript` | an object of values by the variables' names |
    ///
    /// ```
    /// use serde_json::json;
    /// use wotnot_core::Event;
    ///
    /// let event = Event::from_raw(json!({"event": {"type": "message", "payload": {
    ///     "message_by": "bot", "message": {"type": "slider", "payload": {"min": 18, "max": 99}}}}}));
    /// if let Some(prompt) = event.prompt() {
    ///     let message = prompt.answer(30)?;
    ///     assert_eq!(message.kind, "slider.response");
    ///     let error = prompt.answer(7).unwrap_err();
    ///     assert_eq!(error.message(), "value: the bot asks for a number from 18 to 99");
    /// }
    /// # Ok::<(), wotnot_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// `invalid_argument` that names what the bot asks for.
    pub fn answer(&self, value: impl Into<Value>) -> Result<Message> {
        check_message(self.message(value.into())?)
    }

    fn message(&self, value: Value) -> Result<Message> {
        match self {
            Prompt::Choice { options, .. } if options.is_empty() => text(TextFormat::Any, &value),
            Prompt::Choice {
                options,
                multiple,
                least,
                most,
            } => choice::Choice {
                options,
                multiple: *multiple,
                least: *least,
                most: *most,
            }
            .answer(value),
            Prompt::Slider {
                min,
                max,
                step,
                unit,
            } => Scale {
                min: min.as_ref(),
                max: max.as_ref(),
                step: step.as_ref(),
                unit: unit.as_deref(),
            }
            .answer(value),
            Prompt::File { limits } => files::answer(limits, value),
            Prompt::Form { fields } => fields::form(fields, value),
            Prompt::Date { validation } => formats::date(validation, &value).map(Message::text),
            Prompt::Javascript { variables, .. } => fields::javascript(variables, value),
            Prompt::Text { format } => text(*format, &value),
            Prompt::Unknown {} => text(TextFormat::Any, &value),
        }
    }
}

/// What was given is of the right type, but not what the bot asks for.
fn refused(path: &str, asked: &str) -> Error {
    Error::invalid(path, format_args!("the bot asks for {asked}"))
}

/// A text that says something.
fn said<'v>(path: &str, asked: &str, value: &'v Value) -> Result<&'v str> {
    match value {
        Value::String(text) if text.trim().is_empty() => Err(refused(path, asked)),
        Value::String(text) => Ok(text),
        other => Err(wrong(path, asked, other)),
    }
}

fn text(format: TextFormat, value: &Value) -> Result<Message> {
    let (asked, is_right): (_, fn(&str) -> bool) = match format {
        TextFormat::Email => (formats::EMAIL, formats::is_email),
        TextFormat::Phone => (formats::PHONE, formats::is_phone),
        TextFormat::Name => ("a name", |_| true),
        TextFormat::Any => ("a text", |_| true),
    };
    let text = said(VALUE, asked, value)?.trim();
    match is_right(text) {
        true => Ok(Message::text(text)),
        false => Err(refused(VALUE, asked)),
    }
}

/// The numbers that a slider takes.
struct Scale<'p> {
    min: Option<&'p Number>,
    max: Option<&'p Number>,
    step: Option<&'p Number>,
    unit: Option<&'p str>,
}

impl Scale<'_> {
    fn answer(&self, value: Value) -> Result<Message> {
        let Some(number) = value.as_f64() else {
            return Err(wrong(VALUE, &self.asked(), &value));
        };
        if !self.takes(number) {
            return Err(refused(VALUE, &self.asked()));
        }
        let data = Map::from_iter([("value".to_owned(), value)]);
        Ok(Message::new(kind::SLIDER_RESPONSE, data))
    }

    /// A step counts from the least value.
    fn takes(&self, number: f64) -> bool {
        let bound = |bound: Option<&Number>| bound.and_then(Number::as_f64);
        let (min, max) = (bound(self.min), bound(self.max));
        let on_a_step = bound(self.step)
            .filter(|step| *step > 0.0)
            .is_none_or(|step| {
                let steps = (number - min.unwrap_or(0.0)) / step;
                (steps - steps.round()).abs() < 1e-6
            });
        on_a_step && min.is_none_or(|min| number >= min) && max.is_none_or(|max| number <= max)
    }

    fn asked(&self) -> String {
        let mut asked = match (self.min, self.max) {
            (Some(min), Some(max)) => format!("a number from {min} to {max}"),
            (Some(min), None) => format!("a number of at least {min}"),
            (None, Some(max)) => format!("a number of at most {max}"),
            (None, None) => "a number".to_owned(),
        };
        // Writing to a String does not fail.
        if let Some(step) = self.step {
            let _ = write!(asked, " in steps of {step}");
        }
        if let Some(unit) = self.unit.filter(|unit| !unit.is_empty()) {
            let _ = write!(asked, " ({unit})");
        }
        asked
    }
}

/// Names of what is offered or asked, shortened where they are many or long.
fn named<'n>(names: impl Iterator<Item = &'n str>) -> String {
    const MOST: usize = 10;
    const LONGEST: usize = 40;
    let mut listed = String::new();
    let mut left = 0;
    for (index, name) in names.enumerate() {
        if index >= MOST {
            left += 1;
            continue;
        }
        let separator = if index == 0 { "" } else { ", " };
        let short: String = name.chars().take(LONGEST).collect();
        let cut = if short.len() < name.len() { "…" } else { "" };
        let _ = write!(listed, "{separator}\"{short}{cut}\"");
    }
    if left > 0 {
        let _ = write!(listed, " and {left} more");
    }
    listed
}

#[cfg(test)]
mod tests;
