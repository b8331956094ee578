//! From a message of the visitor's to what a gateway takes: an option by its id, everything else by its value.

use serde_json::{Map, Value};
use wotnot_protocol::{Message, kind};

use crate::answer::is_day;
use crate::event::{KEY_SEPARATOR, Prompt};
use crate::{Error, Result};

/// A question that the app was given, and the number of its entry.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The number of its entry.
    pub seq: u64,
    /// What is asked.
    pub prompt: Prompt,
}

/// What goes into the body of a post.
#[derive(Debug, PartialEq)]
pub struct Content {
    /// The one field that says something, and its value.
    pub field: &'static str,
    /// What stands there.
    pub value: Value,
    /// The entry of the question that it answers.
    pub answer_to: Option<u64>,
}

/// What the message says. `asked` is the last question that the app was given; links to the gateway's files begin
/// with `files`.
pub fn content(message: &Message, asked: Option<&Asked>, files: &str) -> Result<Content> {
    let data = &message.data;
    let field = |name: &str| data.get(name).cloned().unwrap_or_default();
    let prompt = asked.map(|asked| &asked.prompt);
    let answer_to = asked.map(|asked| asked.seq);
    let of = |field, value| {
        Ok(Content {
            field,
            value,
            answer_to,
        })
    };
    match (message.kind.as_str(), prompt) {
        // Another form is the bot's to read.
        (kind::TEXT, Some(Prompt::Date { .. })) if looks_like_a_day(&field("body")) => {
            match field("body").as_str().is_some_and(is_day) {
                true => of("date", field("body")),
                false => Err(Error::invalid(
                    "message.data.body",
                    "is no day of the calendar; give one as YYYY-MM-DD",
                )),
            }
        }
        (kind::TEXT, _) => of("text", field("body")),
        (kind::BUTTON_RESPONSE, prompt) => match field("selected_button_index") {
            Value::Array(indexes) => {
                let options = match prompt {
                    Some(Prompt::Choice { options, .. }) => options.as_slice(),
                    _ => &[],
                };
                let id = |index: &Value| {
                    let index = usize::try_from(index.as_u64()?).ok()?;
                    let key = options.get(index)?.answer.as_ref()?.data.get("key")?;
                    let (_, id) = split(key.as_str()?)?;
                    Some(Value::from(id))
                };
                let ids: Option<Value> = indexes.iter().map(id).collect();
                of("options", ids.ok_or_else(not_offered)?)
            }
            _ => {
                let key = field("key");
                let (seq, id) = key.as_str().and_then(split).ok_or_else(not_offered)?;
                Ok(Content {
                    field: "option",
                    value: id.into(),
                    answer_to: Some(seq),
                })
            }
        },
        (kind::SLIDER_RESPONSE, _) => of("value", field("value")),
        (kind::FORM_RESPONSE, _) => of("fields", field("fields")),
        (kind::FILE_UPLOAD_RESPONSE, _) => of("files", uploaded(&field("files"), files)?),
        (kind::JAVASCRIPT_RESPONSE, prompt) => {
            let wanted = match prompt {
                Some(Prompt::Javascript { variables, .. }) => variables.as_slice(),
                _ => &[],
            };
            of("variables", variables(&field("variables"), wanted))
        }
        (kind, _) => Err(Error::invalid(
            "message.type",
            format_args!("a gateway takes no `{kind}`"),
        )),
    }
}

fn not_offered() -> Error {
    Error::invalid(
        "message.data.key",
        "names no option of a question that a gateway asked; send the `answer` of an option as the event has it",
    )
}

/// The entry of the question, and the option's id.
fn split(key: &str) -> Option<(u64, &str)> {
    let (seq, id) = key.split_once(KEY_SEPARATOR)?;
    Some((seq.parse().ok()?, id))
}

/// The ids of files that the gateway has: the last part of their links.
fn uploaded(files: &Value, at: &str) -> Result<Value> {
    let id = |(index, file): (usize, &Value)| {
        let link = file.get("link").and_then(Value::as_str).unwrap_or_default();
        let id = link.strip_prefix(at).filter(|id| !id.is_empty());
        id.map(Value::from).ok_or_else(|| {
            Error::invalid(
                &format!("message.data.files[{index}].link"),
                "a gateway takes no links of other places; give the `link` that `upload` gave",
            )
        })
    };
    let files = files.as_array().into_iter().flatten();
    files.enumerate().map(id).collect()
}

/// Whether it is written as a gateway takes days, such as 2026-12-31.
fn looks_like_a_day(text: &Value) -> bool {
    let is_right = |(at, byte): (usize, u8)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    let text = text.as_str().unwrap_or_default();
    text.len() == 10 && text.bytes().enumerate().all(is_right)
}

/// What JavaScript returned, by the names that the bot gave: `wanted` lists them.
fn variables(returned: &Value, wanted: &[Value]) -> Value {
    let mut values = Map::new();
    for (list, scope) in [
        ("contact_variables", "contact"),
        ("non_contact_variables", ""),
    ] {
        let pairs = returned.get(list).and_then(Value::as_array);
        for pair in pairs.into_iter().flatten() {
            let name = pair.get("name").and_then(Value::as_str).unwrap_or_default();
            let is_meant = |wanted: &&str| match wanted.split_once('.') {
                Some(("contact", bare)) => scope == "contact" && bare == name,
                Some((_, bare)) => scope.is_empty() && bare == name,
                None => *wanted == name,
            };
            let asked = wanted.iter().filter_map(Value::as_str).find(is_meant);
            let full = match (asked, scope) {
                (Some(asked), _) => asked.to_owned(),
                (None, "") => name.to_owned(),
                (None, scope) => format!("{scope}.{name}"),
            };
            let value = pair.get("value").cloned().unwrap_or_default();
            values.insert(full, value);
        }
    }
    values.into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::event::prompt_of_entry;

    fn content_of(answer: impl FnOnce(&Prompt) -> Message, prompt: Value) -> Value {
        let prompt = prompt_of_entry(&json!({"seq": 7, "prompt": prompt})).unwrap();
        let message = answer(&prompt);
        let asked = Asked { seq: 7, prompt };
        let said = content(&message, Some(&asked), "http://g/v1/files/").unwrap();
        json!({said.field: said.value, "answer_to": said.answer_to})
    }

    #[test]
    fn each_answer_has_its_own_field() {
        let choice = json!({"kind": "choice", "multiple": true, "options": [
            {"id": "o1", "label": "Sales"}, {"id": "o2", "label": "Help"}]});
        let code = json!({"kind": "javascript", "code": "1", "variables": ["conversation.status", "contact.age"]});
        for (prompt, value, expected) in [
            (
                json!({"kind": "text", "format": "any"}),
                json!("Hi"),
                json!({"text": "Hi"}),
            ),
            (
                json!({"kind": "date"}),
                json!("2098-12-31"),
                json!({"date": "2098-12-31"}),
            ),
            (choice.clone(), json!("Help"), json!({"option": "o2"})),
            (
                choice,
                json!(["Sales", "Help"]),
                json!({"options": ["o1", "o2"]}),
            ),
            (
                json!({"kind": "slider", "min": 1, "max": 9, "step": null, "unit": null}),
                json!(3),
                json!({"value": 3}),
            ),
            (
                json!({"kind": "form", "fields": [{"label": "Name"}]}),
                json!({"Name": "Asha"}),
                json!({"fields": [{"label": "Name", "value": "Asha"}]}),
            ),
            (
                code,
                json!({"contact.age": 30, "conversation.status": "sent"}),
                json!({"variables": {"contact.age": 30, "conversation.status": "sent"}}),
            ),
            (
                json!({"kind": "file"}),
                json!([{"link": "http://g/v1/files/f_1", "filename": "a.png", "mime_type": "image/png"}]),
                json!({"files": ["f_1"]}),
            ),
        ] {
            let mut expected = expected;
            expected["answer_to"] = 7.into();
            let said = content_of(|asked| asked.answer(value.clone()).unwrap(), prompt);
            assert_eq!(said, expected);
        }
    }

    #[test]
    fn a_day_that_no_calendar_has_is_refused() {
        let prompt = prompt_of_entry(&json!({"seq": 7, "prompt": {"kind": "date"}})).unwrap();
        let asked = Asked { seq: 7, prompt };
        for wrong in ["2026-99-99", "2026-02-29", "2026-00-01"] {
            let message = Message::text(wrong);
            let error = content(&message, Some(&asked), "http://g/v1/files/").unwrap_err();
            assert!(
                error.message().starts_with("message.data.body: "),
                "{error}"
            );
        }
        let spoken = content(&Message::text("next Friday"), Some(&asked), "").unwrap();
        assert_eq!(spoken.field, "text");
    }

    #[test]
    fn what_no_gateway_takes_is_named() {
        let files = json!({"files": [{"link": "https://example.com/a.png"}]});
        for (kind, data, expected) in [
            (
                "button.response",
                json!({"key": "k"}),
                "message.data.key: names no option",
            ),
            (
                "file_upload.response",
                files,
                "message.data.files[0].link: a gateway takes no links",
            ),
            (
                "new.response",
                json!({}),
                "message.type: a gateway takes no `new.response`",
            ),
        ] {
            let Value::Object(data) = data else {
                panic!("no object")
            };
            let error = content(&Message::new(kind, data), None, "http://g/v1/files/").unwrap_err();
            assert!(error.message().starts_with(expected), "{error}");
        }
    }
}
