//! What is checked before anything is sent, so that a mistake is named and costs no request.

mod answers;
mod files;

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Number, Value};
use wotnot_protocol::{Message, Variables, kind};

use crate::fields::{Fields, wrong};
use crate::{Error, Result};

pub(crate) use files::complete_file;
#[cfg(feature = "gateway")]
pub(crate) use files::mime_type_of_name;
pub use files::{FileLink, files_message};

/// What may stand in a path segment as it is.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// Values within so many others are refused.
const DEEPEST: usize = 100;

/// Reads the JSON form of `message`, `{type, data}`, strictly. What `data` holds is for
/// [`check_message`].
///
/// A type that this version does not know needs `"unchecked": true` beside it.
///
/// # Errors
/// `invalid_argument` naming the field.
pub fn read_message(value: Value) -> Result<Message> {
    let mut fields = Fields::open("message", value)?;
    let kind = fields.required_string("type")?;
    let data = fields
        .map("data")?
        .ok_or_else(|| fields.missing("data", "an object"))?;
    let unchecked = fields.flag("unchecked")?;
    fields.finish()?;
    Ok(Message {
        unchecked,
        ..Message::new(kind, data)
    })
}

/// Checks a message by its type and fills in what follows from the rest of it, as the client does before
/// it sends one. Of one that is marked `unchecked`, only that its numbers can be sent without a change.
///
/// # Errors
/// `invalid_argument` naming the field, such as `message.data.files[1].link`.
pub fn check_message(message: Message) -> Result<Message> {
    if message.kind.trim().is_empty() {
        return Err(Error::invalid("message.type", "must not be empty"));
    }
    let data = Value::Object(message.data);
    check_numbers("message.data", &data)?;
    let fields = Fields::open("message.data", data)?;
    let data = match message.kind.as_str() {
        _ if message.unchecked => Ok(fields.into_map()),
        kind::TEXT => answers::text(fields),
        kind::SLIDER_RESPONSE => answers::slider(fields),
        kind::FILE_UPLOAD_RESPONSE => files::files(fields),
        kind::JAVASCRIPT_RESPONSE => answers::javascript(fields),
        kind::BUTTON_RESPONSE => answers::button(fields),
        kind::FORM_RESPONSE => answers::form(fields),
        unknown => Err(unknown_type(unknown)),
    }?;
    Ok(Message { data, ..message })
}

/// [`check_message`] without a copy of what is said most: a text, in which nothing is filled in.
pub(crate) fn checked(message: &Message) -> Result<Cow<'_, Message>> {
    let is_whole_text = message.kind == kind::TEXT
        && message.data.len() == 1
        && matches!(message.data.get("body"), Some(Value::String(text)) if !text.trim().is_empty());
    match is_whole_text {
        true => Ok(Cow::Borrowed(message)),
        false => check_message(message.clone()).map(Cow::Owned),
    }
}

/// A number that was written with more digits than 64 bits hold has lost some by the time it comes here.
fn check_numbers(path: &str, value: &Value) -> Result<()> {
    match wrong_number(value, 0) {
        Some((within, problem)) => Err(Error::invalid(&format!("{path}{within}"), problem)),
        None => Ok(()),
    }
}

/// The path of a number that cannot be sent, from this value on, and what is wrong with it.
fn wrong_number(value: &Value, depth: usize) -> Option<(String, String)> {
    let wrong = |problem: String| Some((String::new(), problem));
    match value {
        Value::Number(number) if !fits(number) => {
            wrong("expected a number that 64 bits hold; send a longer one as text".to_owned())
        }
        Value::Array(_) | Value::Object(_) if depth == DEEPEST => {
            wrong(format!("nested more than {DEEPEST} deep"))
        }
        Value::Array(items) => items.iter().enumerate().find_map(|(index, item)| {
            let (within, problem) = wrong_number(item, depth + 1)?;
            Some((format!("[{index}]{within}"), problem))
        }),
        Value::Object(map) => map.iter().find_map(|(name, item)| {
            let (within, problem) = wrong_number(item, depth + 1)?;
            Some((format!(".{name}{within}"), problem))
        }),
        _ => None,
    }
}

/// An integer, or a fraction within the range of integers.
fn fits(number: &Number) -> bool {
    const LEAST: f64 = i64::MIN as f64;
    const MOST: f64 = u64::MAX as f64;
    let within = |number: f64| LEAST < number && number < MOST;
    number.is_i64() || number.is_u64() || number.as_f64().is_some_and(within)
}

fn unknown_type(found: &str) -> Error {
    let problem = match wotnot_text::closest(found, kind::ANSWERS) {
        Some(meant) => format!("unknown type; did you mean `{meant}`?"),
        None => format!("unknown type; known: {}", kind::ANSWERS.join(", ")),
    };
    Error::invalid(
        "message.type",
        format_args!("{problem} (or set \"unchecked\": true beside it to send it as it is)"),
    )
}

/// Reads the JSON form of `variables`, strictly.
///
/// # Errors
/// `invalid_argument` naming the unknown kind, or the variable that cannot be sent.
pub fn read_variables(mut fields: Fields) -> Result<Variables> {
    let variables = Variables {
        system: fields.map("system")?,
        contact: fields.map("contact")?,
        conversation: fields.map("conversation")?,
    };
    fields.finish()?;
    check_variables(&variables)?;
    Ok(variables)
}

/// Checks that every value is a JSON scalar.
///
/// # Errors
/// `invalid_argument` naming the variable.
pub(crate) fn check_variables(variables: &Variables) -> Result<()> {
    for (kind, map) in [
        ("system", &variables.system),
        ("contact", &variables.contact),
        ("conversation", &variables.conversation),
    ] {
        for (name, value) in map.iter().flatten() {
            let path = format!("variables.{kind}.{name}");
            scalar(&path, value)?;
            check_numbers(&path, value)?;
        }
    }
    Ok(())
}

/// A string, a number, true, false or null.
pub(crate) fn scalar(path: &str, value: &Value) -> Result<()> {
    let found = match value {
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
        _ => return Ok(()),
    };
    Err(Error::invalid(
        path,
        format_args!(
            "expected a string, a number, true, false or null, found {found}; send a list or an object as text, such as its JSON"
        ),
    ))
}

/// The conversation id as one segment of a path.
///
/// # Errors
/// `invalid_argument` when it is empty, `.` or `..`, which no encoding keeps apart from a path.
pub(crate) fn path_segment(conversation_id: &str) -> Result<Cow<'_, str>> {
    match conversation_id {
        "" => Err(Error::invalid("conversation_id", "must not be empty")),
        "." | ".." => Err(Error::invalid(
            "conversation_id",
            "not an id that the service gives; use `conversation.id` of start_conversation",
        )),
        id => Ok(utf8_percent_encode(id, SEGMENT).into()),
    }
}

/// The elements of a required array, each with its path.
fn elements(fields: &mut Fields, name: &'static str) -> Result<Vec<(String, Value)>> {
    let path = fields.path(name);
    match fields.take(name) {
        None => Err(fields.missing(name, "an array")),
        Some(Value::Array(items)) => Ok(items
            .into_iter()
            .enumerate()
            .map(|(index, item)| (format!("{path}[{index}]"), item))
            .collect()),
        Some(other) => Err(wrong(&path, "an array", &other)),
    }
}

fn object<const N: usize>(entries: [(&str, Value); N]) -> Map<String, Value> {
    entries
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

#[cfg(test)]
fn read_checked(value: Value) -> Result<Message> {
    read_message(value).and_then(check_message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn ids_stay_one_segment() {
        for (id, segment) in [
            ("3f0c", "3f0c"),
            ("a/b", "a%2Fb"),
            ("../x", "..%2Fx"),
            ("a b", "a%20b"),
            ("é?#%", "%C3%A9%3F%23%25"),
        ] {
            assert_eq!(path_segment(id).unwrap(), segment);
        }
        for id in ["", ".", ".."] {
            assert!(path_segment(id).is_err());
        }
    }

    #[test]
    fn an_unknown_type_needs_unchecked() {
        let error = read_checked(json!({"type": "sticker", "data": {}})).unwrap_err();
        assert!(error.message().starts_with("message.type: unknown type"));
        assert!(
            read_checked(json!({"type": "sticker", "data": {"x": 1}, "unchecked": true})).is_ok()
        );
        let near = read_checked(json!({"type": "slider.respons", "data": {}})).unwrap_err();
        assert!(near.message().contains("did you mean `slider.response`?"));
    }

    #[test]
    fn variables_do_not_nest() {
        let read = |value| read_variables(Fields::open("variables", value).unwrap());
        assert!(read(json!({"contact": {"a": 1, "b": null, "c": true, "d": "x"}})).is_ok());
        let error = read(json!({"contact": {"address": {"city": "Pune"}}})).unwrap_err();
        assert!(
            error
                .message()
                .starts_with("variables.contact.address: expected a string")
        );
        let error = read(json!({"contacts": {}})).unwrap_err();
        assert!(
            error
                .message()
                .contains("did you mean `variables.contact`?")
        );
    }

    #[test]
    fn a_number_that_lost_digits_is_refused() {
        let number = |text: &str| serde_json::from_str::<Number>(text).unwrap();
        for text in [
            "-9223372036854775808",
            "18446744073709551615",
            "0.1",
            "-1.5e18",
        ] {
            assert!(fits(&number(text)), "{text}");
        }
        for text in [
            "-9223372036854775809",
            "18446744073709551616",
            "1e300",
            "-1e19",
        ] {
            assert!(!fits(&number(text)), "{text}");
        }
    }
}
