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
        let told = error.message();
        let rest = told.strip_prefix("value").unwrap_or(told);
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
mod tests {
    use super::*;
    use crate::store::EntryKind;

    fn asked(prompt: Value, answers: Option<Value>) -> Entry {
        Entry {
            seq: 4,
            kind: EntryKind::Message,
            frame: json!({"prompt": prompt}).to_string().into(),
            answers,
            at_ms: 0,
        }
    }

    fn choice() -> Entry {
        let answer = |label: &str| {
            json!({"type": "button.response", "data": {"body": label, "callback": "c",
                   "next_dialog": "", "key": ""}})
        };
        asked(
            json!({"kind": "choice", "options": [{"id": "o1", "label": "Sales"}, {"id": "o2", "label": "Site"}]}),
            Some(json!([answer("Sales"), null])),
        )
    }

    fn said(body: Value, asked: Option<&Entry>) -> Result<(String, Value), String> {
        Post::read(body)
            .and_then(|post| say(post, asked, &[]))
            .map(|said| (said.text, said.message))
            .map_err(|error| {
                format!(
                    "{} {}",
                    error.code().name(),
                    error.body()["error"]["message"]
                )
            })
    }

    #[test]
    fn an_option_becomes_the_vendors_own_answer() {
        let body = json!({"client_id": "m1", "answer_to": 4, "option": "o1"});
        let (text, message) = said(body, Some(&choice())).unwrap();
        assert_eq!(text, "Sales");
        assert_eq!(message["data"]["callback"], "c");
    }

    #[test]
    fn a_slider_and_a_form_are_checked_by_the_library() {
        let slider = asked(json!({"kind": "slider", "min": 18, "max": 99}), None);
        let (text, message) = said(json!({"client_id": "m", "value": 30}), Some(&slider)).unwrap();
        assert_eq!(text, "30");
        assert_eq!(
            message["data"],
            json!({"body": "30", "value": 30, "callback": null})
        );
        let form = asked(json!({"kind": "form", "fields": []}), None);
        let body = json!({"client_id": "m", "fields": [{"label": "Name", "value": "Asha"}]});
        assert_eq!(said(body, Some(&form)).unwrap().0, "Name: Asha");
    }

    #[test]
    fn several_are_picked_within_the_bounds_that_were_told() {
        let answer = json!({"type": "button.response", "data": {"body": "A", "callback": "",
            "next_dialog": "", "key": ""}});
        let options = json!([{"id": "o1", "label": "A"}, {"id": "o2", "label": "B"}, {"id": "o3", "label": "C"}]);
        let asked = asked(
            json!({"kind": "choice", "multiple": true, "least": 2, "most": 2, "options": options}),
            Some(json!([answer.clone(), answer.clone(), answer])),
        );
        let pick = |ids: &[&str]| said(json!({"client_id": "m", "options": ids}), Some(&asked));
        assert_eq!(pick(&["o1", "o2"]).unwrap().0, "A, B");
        for wrong in [&["o1"][..], &["o1", "o2", "o3"]] {
            let error = pick(wrong).unwrap_err();
            assert!(error.contains("exactly 2 must be picked"), "{error}");
        }
    }

    #[test]
    fn a_day_is_written_as_the_bot_wants_it() {
        let date = |day: &str| json!({"client_id": "m", "answer_to": 4, "date": day});
        let rules = json!({"format": "DD/MM/YYYY", "latest": "2099-12-31"});
        let ruled = asked(json!({"kind": "date"}), Some(rules));
        let (text, message) = said(date("2030-01-31"), Some(&ruled)).unwrap();
        assert_eq!(
            (&*text, &message["data"]["body"]),
            ("31/01/2030", &json!("31/01/2030"))
        );
        let error = said(date("2100-01-01"), Some(&ruled)).unwrap_err();
        assert!(error.contains("not after 2099-12-31"), "{error}");
        let free = asked(json!({"kind": "date"}), None);
        assert_eq!(said(date("tomorrow"), Some(&free)).unwrap().0, "tomorrow");
    }

    #[test]
    fn a_variable_goes_by_its_name_alone() {
        let asked = asked(
            json!({"kind": "javascript", "code": "1", "variables": ["contact.name", "sum"]}),
            None,
        );
        let body = json!({"client_id": "m", "variables": {"contact.name": "Asha", "sum": 2}});
        let (_, message) = said(body, Some(&asked)).unwrap();
        assert_eq!(
            message["data"]["variables"],
            json!({"contact_variables": [{"name": "name", "value": "Asha"}],
                   "non_contact_variables": [{"name": "sum", "value": 2}]})
        );
    }

    #[test]
    fn what_does_not_fit_is_refused_with_its_field() {
        let slider = asked(json!({"kind": "slider", "min": 18, "max": 99}), None);
        let stepped = asked(json!({"kind": "slider", "min": 18, "step": 1}), None);
        let form = asked(
            json!({"kind": "form", "fields": [{"label": "Name", "required": true}]}),
            None,
        );
        let long = "x".repeat(4_001);
        for (body, asked, expected) in [
            (json!({}), None, "body.client_id: missing"),
            (
                json!({"client_id": "a b", "text": "x"}),
                None,
                "body.client_id: expected",
            ),
            (json!({"client_id": "m"}), None, "exactly one of"),
            (
                json!({"client_id": "m", "text": "x", "value": 1}),
                None,
                "exactly one of",
            ),
            (
                json!({"client_id": "m", "text": 3}),
                None,
                "body.text: expected a string",
            ),
            (
                json!({"client_id": "m", "text": " "}),
                None,
                "text: must not be empty",
            ),
            (
                json!({"client_id": "m", "text": long}),
                None,
                "longer than 4,000",
            ),
            (
                json!({"client_id": "m", "text": "x", "txt": 1}),
                None,
                "body.txt: unknown field",
            ),
            (
                json!({"client_id": "m", "option": "o1"}),
                None,
                "only as the answer",
            ),
            (
                json!({"client_id": "m", "option": "o1"}),
                Some(&slider),
                "of the kind `slider`",
            ),
            (
                json!({"client_id": "m", "option": "o2"}),
                Some(&choice()),
                "a link to open",
            ),
            (
                json!({"client_id": "m", "option": "o3"}),
                Some(&choice()),
                "was not offered",
            ),
            (
                json!({"client_id": "m", "option": "o0"}),
                Some(&choice()),
                "was not offered",
            ),
            (
                json!({"client_id": "m", "options": ["o1", "o2"]}),
                Some(&choice()),
                "only one",
            ),
            (
                json!({"client_id": "m", "value": 7}),
                Some(&slider),
                "a number from 18 to 99",
            ),
            (
                json!({"client_id": "m", "value": 18.5}),
                Some(&stepped),
                "in steps of 1",
            ),
            (
                json!({"client_id": "m", "fields": [{"label": "Name", "value": ""}]}),
                Some(&form),
                "requires this field",
            ),
            (
                json!({"client_id": "m", "value": "7"}),
                Some(&slider),
                "body.value: expected a number",
            ),
            (
                json!({"client_id": "m", "files": ["f"]}),
                None,
                "only as the answer",
            ),
        ] {
            let error = said(body.clone(), asked).unwrap_err();
            assert!(error.contains(expected), "{body}: {error} lacks {expected}");
        }
    }
}
