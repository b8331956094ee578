//! From a message of the visitor's to what a gateway takes: an option by its id, everything else by its value.

use jiff::civil::Date;
use serde_json::Value;
use wotnot_core::visitor::named_variables;
use wotnot_core::{Error, Message, Prompt, Result};

use crate::talk::Question;

/// How a gateway writes a day.
const DAY: &str = "%Y-%m-%d";

/// What the message says, as a field and its value. Files are named by `files`, which the gateway has already.
///
/// # Errors
/// A gateway has no such answer.
pub fn content(
    message: &Message,
    question: Option<&Question>,
    files: Vec<String>,
) -> Result<(&'static str, Value)> {
    let field = |name: &str| message.data.get(name).cloned().unwrap_or_default();
    let prompt = question.map(|question| &question.prompt);
    Ok(match (message.kind.as_str(), prompt) {
        // Another form is the bot's to read.
        ("text", Some(Prompt::Date { .. })) if is_day(&field("body")) => ("date", field("body")),
        ("text", _) => ("text", field("body")),
        ("button.response", Some(Prompt::Choice { options, .. })) => {
            let picked = |index: &Value| {
                let index = usize::try_from(index.as_u64()?).ok()?;
                let answer = options.get(index)?.answer.as_ref()?;
                answer.data.get("key").cloned()
            };
            match field("selected_button_index") {
                Value::Array(indexes) => ("options", indexes.iter().filter_map(picked).collect()),
                _ => ("option", field("key")),
            }
        }
        ("slider.response", _) => ("value", field("value")),
        ("form.response", _) => ("fields", field("fields")),
        ("file_upload.response", _) => ("files", files.into()),
        ("javascript.response", prompt) => {
            let wanted = match prompt {
                Some(Prompt::Javascript { variables, .. }) => variables.as_slice(),
                _ => &[],
            };
            ("variables", named_variables(&field("variables"), wanted))
        }
        (kind, _) => {
            let problem = format!("a gateway takes no `{kind}` here");
            return Err(Error::invalid("message.type", problem));
        }
    })
}

/// Whether it is a day as a gateway takes it, such as 2026-12-31.
fn is_day(text: &Value) -> bool {
    let day = text.as_str().unwrap_or_default().trim();
    Date::strptime(DAY, day).is_ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use wotnot_core::strict::{read_message, read_prompt};

    use super::*;

    fn content_of(message: Value, prompt: Value) -> (&'static str, Value) {
        let question = Question::of(read_prompt(prompt).unwrap(), Some(1));
        content(
            &read_message(message).unwrap(),
            Some(&question),
            vec!["f_1".to_owned()],
        )
        .unwrap()
    }

    #[test]
    fn each_answer_has_its_own_field() {
        let option = |id: &str| {
            json!({"label": id, "answer": {"type": "button.response", "data":
                {"body": id, "callback": "", "next_dialog": "", "key": id}}})
        };
        let choice =
            json!({"kind": "choice", "multiple": true, "options": [option("o1"), option("o2")]});
        let code = json!({"kind": "javascript", "code": "1", "variables": ["conversation.status", "contact.age"]});
        for (message, prompt, expected) in [
            (
                json!({"type": "text", "data": {"body": "Hi"}}),
                json!({"kind": "text"}),
                ("text", json!("Hi")),
            ),
            (
                json!({"type": "text", "data": {"body": "2098-12-31"}}),
                json!({"kind": "date"}),
                ("date", json!("2098-12-31")),
            ),
            (
                json!({"type": "text", "data": {"body": "31/12/2098"}}),
                json!({"kind": "date"}),
                ("text", json!("31/12/2098")),
            ),
            (
                json!({"type": "button.response", "data": {"body": "o2", "callback": "", "next_dialog": "", "key": "o2"}}),
                choice.clone(),
                ("option", json!("o2")),
            ),
            (
                json!({"type": "button.response", "data": {"body": "o1, o2", "callback": "", "next_dialog": "",
                    "key": "", "selected_button_index": [0, 1]}}),
                choice,
                ("options", json!(["o1", "o2"])),
            ),
            (
                json!({"type": "javascript.response", "data": {"variables": {
                    "contact_variables": [{"name": "age", "value": 30}],
                    "non_contact_variables": [{"name": "status", "value": "sent"}]}}}),
                code,
                (
                    "variables",
                    json!({"contact.age": 30, "conversation.status": "sent"}),
                ),
            ),
            (
                json!({"type": "file_upload.response", "data": {"files": [{"link": "https://example.com/a.png"}]}}),
                json!({"kind": "file"}),
                ("files", json!(["f_1"])),
            ),
        ] {
            assert_eq!(content_of(message, prompt), expected);
        }
    }
}
