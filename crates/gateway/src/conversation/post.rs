//! What a browser posts, as far as its form goes. Whether it fits the question is `answer`'s.

use ring::digest::{SHA256, digest};
use serde_json::{Map, Value};
use wotnot_core::strict::{Fields, wrong};

use crate::config::secrets::hex;
use crate::error::{ApiError, ApiResult};

/// The longest text, in characters.
pub const LONGEST_TEXT: usize = 4_000;
const LONGEST_CLIENT_ID: usize = 64;

/// What a browser posts, as far as its form goes.
#[derive(Clone, Debug)]
pub(crate) struct Post {
    pub client_id: String,
    pub answer_to: Option<u64>,
    pub content: Content,
    pub digest: String,
}

/// What it says.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    Text(String),
    Options(Vec<String>),
    Value(Value),
    Fields(Value),
    Files(Vec<String>),
    Date(String),
    Variables(Map<String, Value>),
}

impl Post {
    /// Reads the body of a message.
    pub fn read(body: Value) -> ApiResult<Self> {
        let digest = digest_of_message(&body);
        let mut fields = Fields::open("body", body)?;
        let client_id = client_id(&mut fields)?;
        let answer_to = fields.number("answer_to", 1, u64::MAX >> 1)?;
        let content = content(&mut fields)?;
        fields.finish()?;
        Ok(Self {
            client_id,
            answer_to,
            content,
            digest,
        })
    }
}

/// Who says the same words once more may have been asked something else meanwhile: a text is the same whatever
/// question it was given for.
fn digest_of_message(body: &Value) -> String {
    match body {
        Value::Object(fields) if fields.contains_key("text") => {
            let mut fields = fields.clone();
            fields.remove("answer_to");
            digest_of(&Value::Object(fields))
        }
        _ => digest_of(body),
    }
}

/// Distinguishes a repeated post from another one under the same id.
pub(crate) fn digest_of(body: &Value) -> String {
    hex(&digest(&SHA256, body.to_string().as_bytes()).as_ref()[..16])
}

pub(crate) fn client_id(fields: &mut Fields<'_>) -> ApiResult<String> {
    let id = fields.required_string("client_id")?;
    let good = |c: char| c.is_ascii_alphanumeric() || "-_.:".contains(c);
    if id.len() > LONGEST_CLIENT_ID || !id.chars().all(good) {
        return Err(wotnot_core::Error::invalid(
            "body.client_id",
            "expected 1 to 64 letters, digits, - _ . and :",
        )
        .into());
    }
    Ok(id)
}

fn content(fields: &mut Fields<'_>) -> ApiResult<Content> {
    const NAMES: [&str; 8] = [
        "text",
        "option",
        "options",
        "value",
        "fields",
        "files",
        "date",
        "variables",
    ];
    let given: Vec<&'static str> = NAMES
        .into_iter()
        .filter(|name| !fields.is_absent(name))
        .collect();
    let [name] = given[..] else {
        return Err(wotnot_core::Error::invalid(
            "body",
            format_args!("expected exactly one of {}", NAMES.join(", ")),
        )
        .into());
    };
    let value = fields.take(name).unwrap_or_default();
    if holds_a_long_text(&value) {
        return Err(ApiError::answer(name, "longer than 4,000 characters"));
    }
    Ok(match (name, value) {
        ("text", Value::String(text)) => Content::Text(checked_text(name, text)?),
        ("option", Value::String(option)) => Content::Options(vec![option]),
        ("options", Value::Array(options)) => Content::Options(strings("options", options)?),
        ("value", value @ Value::Number(_)) => Content::Value(value),
        ("fields", fields @ Value::Array(_)) => Content::Fields(fields),
        ("files", Value::Array(files)) => Content::Files(strings("files", files)?),
        ("date", Value::String(date)) => Content::Date(checked_text(name, date)?),
        ("variables", Value::Object(variables)) => Content::Variables(variables),
        (name, value) => {
            let expected = match name {
                "text" | "option" | "date" => "a string",
                "value" => "a number",
                "variables" => "an object",
                _ => "an array",
            };
            return Err(wrong(&format!("body.{name}"), expected, &value).into());
        }
    })
}

pub(crate) fn checked_text(name: &str, text: String) -> ApiResult<String> {
    if text.trim().is_empty() {
        return Err(ApiError::answer(name, "must not be empty"));
    }
    if is_long(&text) {
        return Err(ApiError::answer(name, "longer than 4,000 characters"));
    }
    Ok(text)
}

fn is_long(text: &str) -> bool {
    text.chars().count() > LONGEST_TEXT
}

/// Whether any text in it is too long, such as what was written into one field of a form.
fn holds_a_long_text(value: &Value) -> bool {
    match value {
        Value::String(text) => is_long(text),
        Value::Array(values) => values.iter().any(holds_a_long_text),
        Value::Object(values) => values.values().any(holds_a_long_text),
        _ => false,
    }
}

fn strings(name: &str, values: Vec<Value>) -> ApiResult<Vec<String>> {
    if values.is_empty() || values.len() > 50 {
        return Err(ApiError::answer(name, "expected 1 to 50 of them"));
    }
    values
        .into_iter()
        .map(|value| match value {
            Value::String(text) => Ok(text),
            other => Err(wrong(&format!("body.{name}"), "strings", &other).into()),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_same_words_are_the_same_message_whatever_was_asked_meanwhile() {
        let digest = |body: Value| Post::read(body).unwrap().digest;
        let said = digest(json!({"client_id": "m", "text": "Hi"}));
        assert_eq!(
            said,
            digest(json!({"client_id": "m", "text": "Hi", "answer_to": 2}))
        );
        assert_ne!(said, digest(json!({"client_id": "m", "text": "Ho"})));
        // An option is one of its question.
        let picked = |seq: u64| digest(json!({"client_id": "m", "option": "o1", "answer_to": seq}));
        assert_ne!(picked(2), picked(7));
    }
}
