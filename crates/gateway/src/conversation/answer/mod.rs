//! From what a browser says to the vendor's `message`. A browser never builds one: it names an
//! option, and the vendor's own answer is put in its place.

use serde_json::{Value, json};
use wotnot_core::strict::read_prompt;
use wotnot_core::{Message, check_message};

use super::draft::VisitorMessage;
use super::post::{Content, Post};
use crate::error::{ApiError, ApiResult};
use crate::files::Attached;
use crate::store::Entry;

/// Makes the vendor's message of it. `asked` is the entry that it answers, `attached` the files that
/// it names.
pub(crate) fn say(
    post: Post,
    asked: Option<&Entry>,
    attached: &[Attached],
) -> ApiResult<VisitorMessage> {
    let prompt = asked.map(public_prompt).unwrap_or_default();
    let kind = prompt["kind"].as_str().unwrap_or_default();
    let (text, message) = match post.content {
        Content::Text(text) => (text.clone(), Message::text(text)),
        Content::Date(date) => day(date, kind, asked)?,
        Content::Options(ids) => {
            expect(kind, "choice", "option")?;
            picked(&ids, &prompt, asked)?
        }
        Content::Value(value) => {
            expect(kind, "slider", "value")?;
            (value.to_string(), answered(&prompt, value, "value")?)
        }
        Content::Fields(fields) => {
            expect(kind, "form", "fields")?;
            let shown = shown_fields(&fields);
            (shown, answered(&prompt, fields, "fields")?)
        }
        Content::Variables(variables) => {
            expect(kind, "javascript", "variables")?;
            let message = answered(&prompt, variables.into(), "variables")?;
            (String::new(), message)
        }
        Content::Files(_) => {
            expect(kind, "file", "files")?;
            let names: Vec<&str> = attached.iter().map(|file| file.name.as_str()).collect();
            let files: Vec<Value> = attached
                .iter()
                .map(|file| {
                    json!({"link": file.link, "filename": file.name, "mime_type": file.media_type})
                })
                .collect();
            (
                names.join(", "),
                checked("file_upload.response", json!({"files": files}), "files")?,
            )
        }
    };
    Ok(VisitorMessage {
        client_id: post.client_id,
        digest: post.digest,
        text,
        answer_to: post.answer_to,
        message: json!(message),
    })
}

fn public_prompt(entry: &Entry) -> Value {
    let frame: Value = serde_json::from_slice(&entry.frame).unwrap_or_default();
    frame["prompt"].clone()
}

fn expect(kind: &str, expected: &str, field: &str) -> ApiResult<()> {
    match kind {
        "" => Err(ApiError::answer(
            field,
            "only as the answer to a question; `answer_to` names its entry",
        )),
        kind if kind == expected => Ok(()),
        kind => Err(ApiError::answer(
            field,
            format!("the question is of the kind `{kind}`, not `{expected}`"),
        )),
    }
}

/// A day as the bot wants it written: its rules stayed here when it asked.
fn day(date: String, kind: &str, asked: Option<&Entry>) -> ApiResult<(String, Message)> {
    let rules = asked.and_then(|entry| entry.answers.as_ref());
    let Some(rules) = rules.filter(|_| kind == "date") else {
        return Ok((date.clone(), Message::text(date)));
    };
    let prompt = json!({"kind": "date", "validation": rules});
    let message = answered(&prompt, date.into(), "date")?;
    let text = message.data.get("body").and_then(Value::as_str);
    Ok((text.unwrap_or_default().to_owned(), message))
}

fn checked(kind: &str, data: Value, field: &str) -> ApiResult<Message> {
    let Value::Object(data) = data else {
        return Err(ApiError::answer(field, "not an answer"));
    };
    check_message(Message::new(kind, data)).map_err(|error| {
        let reason = error.message().replace("message.data.", "");
        ApiError::answer(field, reason)
    })
}

/// The core's message for what fits the question, as the page was shown it.
fn answered(prompt: &Value, value: Value, field: &str) -> ApiResult<Message> {
    let message = read_prompt(prompt.clone()).and_then(|prompt| prompt.answer(value));
    message.map_err(|error| {
        let message = error.message();
        let rest = message.strip_prefix("value").unwrap_or(message);
        match rest.strip_prefix(": ") {
            Some(reason) => ApiError::answer(field, reason),
            None => ApiError::answer(field, rest.trim_start_matches('.')),
        }
    })
}

/// The labels, and the vendor's answer that belongs to the option; of several, one for all.
fn picked(ids: &[String], prompt: &Value, asked: Option<&Entry>) -> ApiResult<(String, Message)> {
    if ids.len() > 1 && prompt["multiple"] != true {
        return Err(ApiError::answer(
            "options",
            "only one of them can be picked",
        ));
    }
    let bound = |name: &str, missing| prompt[name].as_u64().unwrap_or(missing);
    let (least, most) = (bound("least", 1), bound("most", u64::MAX));
    let count = ids.len() as u64;
    if prompt["multiple"] == true && !(least..=most).contains(&count) {
        let reason = match most {
            u64::MAX => format!("at least {least} must be picked"),
            most if most == least => format!("exactly {most} must be picked"),
            most => format!("{least} to {most} must be picked"),
        };
        return Err(ApiError::answer("options", reason));
    }
    let answers = asked.and_then(|entry| entry.answers.as_ref());
    let mut labels = Vec::new();
    let mut messages = Vec::new();
    let mut indexes: Vec<usize> = Vec::new();
    for id in ids {
        let index = id
            .strip_prefix('o')
            .and_then(|number| number.parse::<usize>().ok()?.checked_sub(1))
            .ok_or_else(|| ApiError::answer("option", "was not offered"))?;
        let answer = answers
            .and_then(|answers| answers.get(index))
            .ok_or_else(|| ApiError::answer("option", "was not offered"))?;
        if answer.is_null() {
            return Err(ApiError::answer(
                "option",
                "is a link to open, not an answer",
            ));
        }
        if indexes.contains(&index) {
            return Err(ApiError::answer("options", "one of them is there twice"));
        }
        let message: Message = serde_json::from_value(answer.clone())
            .map_err(|_| ApiError::answer("option", "cannot be picked"))?;
        labels.push(
            prompt["options"][index]["label"]
                .as_str()
                .unwrap_or_default(),
        );
        messages.push(message);
        indexes.push(index);
    }
    let text = labels.join(", ");
    if let [message] = &messages[..] {
        return Ok((text, message.clone()));
    }
    let data = json!({"body": text, "callback": "", "next_dialog": "", "key": "",
                      "selected_button_index": indexes});
    Ok((text, checked("button.response", data, "options")?))
}

fn shown_fields(fields: &Value) -> String {
    let lines = fields.as_array().into_iter().flatten().filter_map(|field| {
        let value = match &field["value"] {
            Value::String(text) => text.clone(),
            Value::Null => return None,
            other => other.to_string(),
        };
        Some(format!("{}: {value}", field["label"].as_str()?))
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests;
