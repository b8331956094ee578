//! The data of each kind of answer but files.

use serde_json::{Map, Value};

use super::{elements, object, scalar};
use crate::fields::{Fields, wrong};
use crate::{Error, Result};

type Data = Result<Map<String, Value>>;

pub(super) fn text(mut fields: Fields) -> Data {
    let body = fields.required_string("body")?;
    fields.finish()?;
    Ok(object([("body", body.into())]))
}

/// `body` is `value` as people write it; it is filled in when it is left out.
pub(super) fn slider(mut fields: Fields) -> Data {
    let value = match fields.take("value") {
        Some(value @ Value::Number(_)) => value,
        Some(other) => return Err(wrong(&fields.path("value"), "a number", &other)),
        None => return Err(fields.missing("value", "a number")),
    };
    let body = fields
        .string("body")?
        .unwrap_or_else(|| number_text(&value));
    let callback = fields.string("callback")?;
    fields.finish()?;
    Ok(object([
        ("body", body.into()),
        ("value", value),
        ("callback", callback.into()),
    ]))
}

/// 30 for 30.0: some languages have no other numbers.
fn number_text(value: &Value) -> String {
    let whole = |number: &f64| number.fract() == 0.0 && number.abs() < 1e15;
    match value.as_f64().filter(whole) {
        Some(number) if value.is_f64() => (number as i64).to_string(),
        _ => value.to_string(),
    }
}

pub(super) fn javascript(mut fields: Fields) -> Data {
    let mut variables = fields.object("variables")?.ok_or_else(|| {
        fields.missing(
            "variables",
            "an object with `contact_variables` and `non_contact_variables`",
        )
    })?;
    fields.finish()?;
    let contact = named_values(&mut variables, "contact_variables")?;
    let other = named_values(&mut variables, "non_contact_variables")?;
    variables.finish()?;
    Ok(object([(
        "variables",
        Value::Object(object([
            ("contact_variables", contact),
            ("non_contact_variables", other),
        ])),
    )]))
}

/// `[{name, value}]`; an empty list when it is left out.
fn named_values(fields: &mut Fields, name: &'static str) -> Result<Value> {
    if fields.is_absent(name) {
        return Ok(Value::Array(Vec::new()));
    }
    elements(fields, name)?
        .into_iter()
        .map(|(path, item)| pair(&path, item, "name"))
        .collect()
}

/// `{<key>, value}` with a text key and a scalar value.
fn pair(path: &str, item: Value, key: &'static str) -> Result<Value> {
    let mut fields = Fields::open(path, item)?;
    let name = fields.required_string(key)?;
    let value = fields
        .take_nullable("value")
        .ok_or_else(|| fields.missing("value", "a string, a number, true, false or null"))?;
    scalar(&fields.path("value"), &value)?;
    fields.finish()?;
    Ok(Value::Object(object([
        (key, name.into()),
        ("value", value),
    ])))
}

/// The fields are copied from the button that was offered, where they may be empty or null.
pub(super) fn button(mut fields: Fields) -> Data {
    let mut data = object([("body", fields.required_string("body")?.into())]);
    for name in ["callback", "next_dialog", "key"] {
        let value = match fields.take_nullable(name) {
            Some(value @ (Value::Null | Value::String(_))) => value,
            Some(other) => return Err(wrong(&fields.path(name), "a string or null", &other)),
            None => {
                let what =
                    "a string, copied from the button (the `answer` of a prompt's option has it)";
                return Err(fields.missing(name, what));
            }
        };
        data.insert(name.into(), value);
    }
    if !fields.is_absent("selected_button_index") {
        let indexes = elements(&mut fields, "selected_button_index")?;
        if indexes.is_empty() {
            return Err(Error::invalid(
                "message.data.selected_button_index",
                "must not be empty",
            ));
        }
        let mut picked = Vec::new();
        for (path, index) in indexes {
            let is_text = |text: &str| text.parse::<u32>().is_ok();
            if index.as_u64().is_none() && !index.as_str().is_some_and(is_text) {
                let what = "the index of a button, from 0, as a number or its text";
                return Err(wrong(&path, what, &index));
            }
            picked.push(index);
        }
        data.insert("selected_button_index".into(), picked.into());
    }
    fields.finish()?;
    Ok(data)
}

pub(super) fn form(mut fields: Fields) -> Data {
    let filled = elements(&mut fields, "fields")?;
    fields.finish()?;
    if filled.is_empty() {
        return Err(Error::invalid("message.data.fields", "must not be empty"));
    }
    let filled: Result<Vec<Value>> = filled
        .into_iter()
        .map(|(path, item)| pair(&path, item, "label"))
        .collect();
    Ok(object([("fields", filled?.into())]))
}

#[cfg(test)]
mod tests {
    use super::super::read_checked;
    use serde_json::{Value, json};

    fn sent(kind: &str, data: Value) -> Result<Value, String> {
        read_checked(json!({"type": kind, "data": data}))
            .map(|message| Value::Object(message.data))
            .map_err(|error| error.message().to_owned())
    }

    #[test]
    fn what_the_vendor_s_page_shows_can_be_pasted() {
        for (kind, data) in [
            ("text", json!({"body": "Hello"})),
            (
                "slider.response",
                json!({"body": "30", "value": 30, "callback": null}),
            ),
            (
                "javascript.response",
                json!({"variables": {
                "contact_variables": [{"name": "name", "value": "John"}],
                "non_contact_variables": [{"name": "ans", "value": 2}]}}),
            ),
            (
                "button.response",
                json!({"body": "Yes", "callback": "", "next_dialog": "d1", "key": "k1"}),
            ),
            (
                "button.response",
                json!({"body": "A, B", "callback": "", "next_dialog": "", "key": "",
                "selected_button_index": [0, 1]}),
            ),
            (
                "form.response",
                json!({"fields": [{"label": "Name", "value": "Asha"}]}),
            ),
        ] {
            assert_eq!(sent(kind, data.clone()), Ok(data), "{kind}");
        }
    }

    #[test]
    fn a_slider_answer_needs_its_value_alone() {
        assert_eq!(
            sent("slider.response", json!({"value": 2.5})),
            Ok(json!({"body": "2.5", "value": 2.5, "callback": null}))
        );
        for (value, body) in [
            (json!(30.0), "30"),
            (json!(-0.0), "0"),
            (json!(1e300), "1e+300"),
            (json!(u64::MAX), "18446744073709551615"),
        ] {
            assert_eq!(super::number_text(&value), body);
        }
    }

    #[test]
    fn each_wrong_field_is_named() {
        for (kind, data, expected) in [
            ("text", json!({}), "message.data.body: missing"),
            (
                "text",
                json!({"body": " "}),
                "message.data.body: must not be empty",
            ),
            (
                "text",
                json!({"body": "x", "bdy": 1}),
                "message.data.bdy: unknown field",
            ),
            (
                "slider.response",
                json!({"value": "30"}),
                "message.data.value: expected a number",
            ),
            (
                "button.response",
                json!({"body": "Yes"}),
                "message.data.callback: missing",
            ),
            (
                "button.response",
                json!({"body": "Y", "callback": "", "next_dialog": "", "key": "",
                "selected_button_index": [-1]}),
                "message.data.selected_button_index[0]: expected",
            ),
            (
                "form.response",
                json!({"fields": [{"label": "A", "value": [1]}]}),
                "message.data.fields[0].value: expected a string",
            ),
            (
                "javascript.response",
                json!({"variables": {"contact_variables": [{"value": 1}]}}),
                "message.data.variables.contact_variables[0].name: missing",
            ),
        ] {
            let message = sent(kind, data).unwrap_err();
            assert!(message.starts_with(expected), "{message}");
        }
    }
}
