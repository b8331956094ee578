//! The shape of a visitor's message, by its type alone: which fields must be there and what they must be.

use serde_json::Value;
use wotnot_protocol::{Message, Object, kind};

use crate::engine::Rejection;

/// Refuses a message that is not of a documented type or lacks what its type needs.
pub(crate) fn check_shape(message: &Message) -> Result<(), Rejection> {
    let data = &message.data;
    match message.kind.as_str() {
        kind::TEXT => text(data, "body"),
        kind::SLIDER_RESPONSE => {
            text(data, "body")?;
            need(
                data.get("value").is_some_and(Value::is_number),
                "`value` must be a number",
            )?;
            text_or_null(data, "callback")
        }
        kind::FILE_UPLOAD_RESPONSE => files(data),
        kind::JAVASCRIPT_RESPONSE => variables(data),
        kind::BUTTON_RESPONSE => {
            text(data, "body")?;
            ["callback", "next_dialog", "key"]
                .iter()
                .try_for_each(|field| text_or_null(data, field))?;
            match data.get("selected_button_index") {
                None => Ok(()),
                Some(Value::Array(indexes)) => need(
                    indexes.iter().all(Value::is_u64),
                    "`selected_button_index` must hold numbers",
                ),
                Some(_) => refuse("`selected_button_index` must be a list"),
            }
        }
        kind::FORM_RESPONSE => {
            for field in list(data, "fields")? {
                let label = field.get("label").is_some_and(Value::is_string);
                need(
                    label && field.get("value").is_some(),
                    "each field needs `label` and `value`",
                )?;
            }
            Ok(())
        }
        other => Err(Rejection(
            format!("`{}` is no message type", shorten(other)).into(),
        )),
    }
}

fn files(data: &Object) -> Result<(), Rejection> {
    let files = list(data, "files")?;
    need(!files.is_empty(), "`files` must not be empty")?;
    for file in files {
        for field in ["filename", "link", "mime_type", "extension"] {
            let there = file.get(field).is_some_and(Value::is_string);
            need(
                there,
                "each file needs `filename`, `link`, `mime_type` and `extension`",
            )?;
        }
    }
    Ok(())
}

fn variables(data: &Object) -> Result<(), Rejection> {
    let Some(Value::Object(variables)) = data.get("variables") else {
        return refuse("`variables` must be an object");
    };
    for field in ["contact_variables", "non_contact_variables"] {
        let items = match variables.get(field) {
            None => continue,
            Some(Value::Array(items)) => items,
            Some(_) => return refuse("`contact_variables` and `non_contact_variables` are lists"),
        };
        for item in items {
            let name = item.get("name").is_some_and(Value::is_string);
            need(
                name && item.get("value").is_some(),
                "each variable needs `name` and `value`",
            )?;
        }
    }
    Ok(())
}

fn list<'a>(data: &'a Object, field: &str) -> Result<&'a Vec<Value>, Rejection> {
    data.get(field)
        .and_then(Value::as_array)
        .ok_or_else(|| Rejection(format!("`{field}` must be a list").into()))
}

fn text(data: &Object, field: &str) -> Result<(), Rejection> {
    match data.get(field) {
        Some(Value::String(_)) => Ok(()),
        _ => Err(Rejection(
            format!("`message.data.{field}` must be a string").into(),
        )),
    }
}

fn text_or_null(data: &Object, field: &str) -> Result<(), Rejection> {
    match data.get(field) {
        None | Some(Value::String(_) | Value::Null) => Ok(()),
        _ => Err(Rejection(
            format!("`message.data.{field}` must be a string").into(),
        )),
    }
}

fn need(holds: bool, otherwise: &'static str) -> Result<(), Rejection> {
    if holds { Ok(()) } else { refuse(otherwise) }
}

fn refuse<T>(why: &'static str) -> Result<T, Rejection> {
    Err(Rejection(why.into()))
}

fn shorten(text: &str) -> String {
    text.chars().take(40).collect()
}
