//! Values by name: a form's fields, and the variables of a JavaScript block.

use serde_json::{Map, Value};
use wotnot_protocol::{Message, kind};

use super::{VALUE, formats, named, refused};
use crate::check::scalar;
use crate::event::{FormField, string};
use crate::fields::{Fields, wrong};
use crate::{Error, Result};

/// Every field of the form goes out, in its order; one that was left empty with an empty text.
pub(super) fn form(fields: &[FormField], value: Value) -> Result<Message> {
    let mut given = filled(value)?;
    let mut sent = Vec::new();
    if fields.is_empty() {
        sent.extend(
            given
                .drain(..)
                .map(|(_, label, value)| pair("label", label, value)),
        );
    }
    for field in fields {
        let at = given.iter().position(|(_, label, _)| *label == field.label);
        let (path, value) = match at {
            Some(at) => {
                let (path, _, value) = given.remove(at);
                (path, value)
            }
            None => (format!("{VALUE}.{}", field.label), Value::Null),
        };
        let value = checked(&path, field, value)?;
        sent.push(pair("label", field.label.clone(), value));
    }
    if let Some((path, ..)) = given.first() {
        let labels = named(fields.iter().map(|field| field.label.as_str()));
        return Err(refused(path, &format!("these fields, once each: {labels}")));
    }
    let data = Map::from_iter([("fields".to_owned(), sent.into())]);
    Ok(Message::new(kind::FORM_RESPONSE, data))
}

/// What was filled in: where each stands, its label and its value.
fn filled(value: Value) -> Result<Vec<(String, String, Value)>> {
    let all = match value {
        Value::Object(map) => map
            .into_iter()
            .map(|(label, value)| (format!("{VALUE}.{label}"), label, value))
            .collect(),
        Value::Array(items) => {
            let mut all = Vec::new();
            for (at, item) in items.into_iter().enumerate() {
                let path = format!("{VALUE}[{at}]");
                let mut fields = Fields::open(path.clone(), item)?;
                let label = fields.required_string("label")?;
                let value = fields.take("value").unwrap_or(Value::Null);
                fields.finish()?;
                all.push((format!("{path}.value"), label, value));
            }
            all
        }
        other => {
            let expected = "an object of values by the labels of the form's fields";
            return Err(wrong(VALUE, expected, &other));
        }
    };
    for (path, _, value) in &all {
        scalar(path, value)?;
    }
    Ok(all)
}

/// ASSUMED: `required`, `options` and `type`, with the vendor's names of variable types. A type that this
/// version does not know takes anything.
fn checked(path: &str, field: &FormField, value: Value) -> Result<Value> {
    let is_empty = match &value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        _ => false,
    };
    if is_empty {
        return match field.details.get("required") {
            Some(Value::Bool(true)) => Err(Error::invalid(
                path,
                "the bot requires this field; it must not be empty",
            )),
            _ => Ok("".into()),
        };
    }
    let options = field.details.get("options").and_then(Value::as_array);
    let options: Vec<String> = options
        .into_iter()
        .flatten()
        .filter_map(|option| string(Some(option)))
        .collect();
    if !options.is_empty() {
        let text = string(Some(&value));
        return match text.is_some_and(|text| options.contains(&text)) {
            true => Ok(value),
            false => {
                let options = named(options.iter().map(String::as_str));
                Err(refused(path, &format!("one of: {options}")))
            }
        };
    }
    let is_right: (_, fn(&str) -> bool) = match field.details.get("type").and_then(Value::as_str) {
        Some("email") => (formats::EMAIL, formats::is_email),
        Some("phone") => (formats::PHONE, formats::is_phone),
        Some("date") => (formats::DATE, formats::is_date),
        Some("number") => ("a number", |text| {
            text.parse().is_ok_and(|number: f64| number.is_finite())
        }),
        _ => return Ok(value),
    };
    match string(Some(&value)).is_some_and(|text| (is_right.1)(text.trim())) {
        true => Ok(value),
        false => Err(refused(path, is_right.0)),
    }
}

/// `contact.name` is the contact's variable `name`, `conversation.name` the conversation's, and so is
/// `name` alone.
pub(super) fn javascript(variables: &[Value], value: Value) -> Result<Message> {
    let Value::Object(mut given) = value else {
        let expected = "an object of values by the names of the variables";
        return Err(wrong(VALUE, expected, &value));
    };
    let mut wanted: Vec<String> = variables.iter().filter_map(variable_name).collect();
    if variables.is_empty() {
        wanted.extend(given.keys().cloned());
    }
    let (mut contact, mut other) = (Vec::new(), Vec::new());
    for name in &wanted {
        let path = format!("{VALUE}.{name}");
        let value = given
            .remove(name)
            .ok_or_else(|| refused(&path, "this variable"))?;
        scalar(&path, &value)?;
        let (list, bare) = match name.split_once('.') {
            Some(("contact", bare)) => (&mut contact, bare),
            Some(("conversation" | "system", bare)) => (&mut other, bare),
            _ => (&mut other, name.as_str()),
        };
        list.push(pair("name", bare.to_owned(), value));
    }
    if let Some(unknown) = given.keys().next() {
        let names = named(wanted.iter().map(String::as_str));
        let path = format!("{VALUE}.{unknown}");
        return Err(refused(&path, &format!("these variables: {names}")));
    }
    let lists = Map::from_iter([
        ("contact_variables".to_owned(), contact.into()),
        ("non_contact_variables".to_owned(), other.into()),
    ]);
    let data = Map::from_iter([("variables".to_owned(), lists.into())]);
    Ok(Message::new(kind::JAVASCRIPT_RESPONSE, data))
}

/// The name itself, or an object that has it.
fn variable_name(variable: &Value) -> Option<String> {
    let name = string(Some(variable)).or_else(|| string(variable.get("name")));
    name.filter(|name| !name.is_empty())
}

fn pair(key: &str, name: String, value: Value) -> Value {
    Value::Object(Map::from_iter([
        (key.to_owned(), name.into()),
        ("value".to_owned(), value),
    ]))
}
