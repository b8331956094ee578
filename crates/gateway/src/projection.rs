//! What readers may see: a whitelist. No data of the account, no HTML, no ready answers; every
//! field that leaves is named here.

use serde_json::{Map, Value, json};
use wotnot_core::{Event, FormField, Media, Prompt, TextFormat};

use crate::clock::rfc3339;
use crate::config::Javascript;
use crate::store::{ConversationState, SendRow, SendState};

/// A message of the bot's or an agent's, as readers get it, and what stays here.
pub(crate) struct Projected {
    pub frame: Value,
    /// The vendor's ready answers to the options, `null` where one is a mere link; its rules for a date.
    pub answers: Option<Value>,
    pub has_prompt: bool,
}

/// A message event. `seq` and `at_ms` are those of its entry.
pub(crate) fn message(
    event: &Event,
    seq: u64,
    at_ms: u64,
    javascript: Javascript,
) -> Option<Projected> {
    let said = event.content.as_ref()?;
    let by = match said.by.as_deref() {
        Some("agent") => "agent",
        Some("visitor") => "visitor",
        _ => "bot",
    };
    let several = event.takes_several();
    let prompt = said
        .prompt
        .as_ref()
        .map(|prompt| public_prompt(prompt, several, javascript));
    if said.text.is_empty() && prompt.is_none() {
        return None;
    }
    let answers = match &said.prompt {
        Some(Prompt::Choice { options, .. }) => {
            let answers = options.iter().map(|option| json!(option.answer));
            Some(Value::Array(answers.collect()))
        }
        Some(Prompt::Date { validation }) => Some(Value::Object(validation.clone())),
        _ => None,
    };
    let has_prompt = prompt.is_some();
    let mut frame = json!({
        "type": "message", "seq": seq, "at": rfc3339(at_ms), "by": by, "text": said.text,
        "answer_to": null, "prompt": prompt,
    });
    let media: Vec<Value> = event.media().iter().filter_map(public_media).collect();
    if !media.is_empty() {
        frame["media"] = media.into();
    }
    Some(Projected {
        frame,
        answers,
        has_prompt,
    })
}

/// A picture or a file that a page may show.
fn public_media(media: &Media) -> Option<Value> {
    let url = web_url(&media.link)?;
    Some(json!({"kind": media.kind.name(), "url": url, "name": media.name}))
}

fn public_prompt(prompt: &Prompt, several: bool, javascript: Javascript) -> Value {
    match prompt {
        Prompt::Text { format } => json!({"kind": "text", "format": format_name(*format)}),
        Prompt::Choice {
            options,
            least,
            most,
            ..
        } => {
            let options: Vec<Value> = options
                .iter()
                .zip(1..)
                .map(|(option, number)| {
                    let mut public = json!({"id": format!("o{number}"), "label": option.label});
                    if let Some(url) = option.url.as_deref().and_then(web_url) {
                        public["url"] = url.into();
                    }
                    if let Some(card) = &option.card {
                        public["card"] = json!({
                            "index": card.index, "title": card.title,
                            "description": card.description,
                            "image": card.image.as_deref().and_then(web_url),
                        });
                    }
                    public
                })
                .collect();
            let mut public = json!({"kind": "choice", "options": options});
            if several {
                public["multiple"] = true.into();
                for (name, bound) in [("least", least), ("most", most)] {
                    if let Some(bound) = bound {
                        public[name] = (*bound).into();
                    }
                }
            }
            public
        }
        Prompt::Slider {
            min,
            max,
            step,
            unit,
        } => json!({"kind": "slider", "min": min, "max": max, "step": step, "unit": unit}),
        Prompt::File { .. } => json!({"kind": "file"}),
        Prompt::Form { fields } => {
            let fields: Vec<Value> = fields.iter().map(form_field).collect();
            json!({"kind": "form", "fields": fields})
        }
        Prompt::Date { validation } => {
            let mut public = json!({"kind": "date"});
            for name in ["earliest", "latest"] {
                let bound = validation.get(name).and_then(Value::as_str);
                if let Some(bound) = bound.filter(|bound| is_day(bound)) {
                    public[name] = bound.into();
                }
            }
            public
        }
        Prompt::Javascript { code, variables } if javascript == Javascript::Sandbox => {
            let names: Vec<&str> = variables.iter().filter_map(Value::as_str).collect();
            json!({"kind": "javascript", "code": code, "variables": names})
        }
        Prompt::Javascript { .. } | Prompt::Unknown {} => json!({"kind": "unknown"}),
    }
}

fn format_name(format: TextFormat) -> &'static str {
    match format {
        TextFormat::Any => "any",
        TextFormat::Name => "name",
        TextFormat::Email => "email",
        TextFormat::Phone => "phone",
    }
}

/// Of what the vendor says about a field, what a window needs, and only in plain form.
fn form_field(field: &FormField) -> Value {
    let mut public = Map::new();
    public.insert("label".into(), field.label.clone().into());
    for name in ["type", "placeholder"] {
        if let Some(Value::String(text)) = field.details.get(name) {
            public.insert(name.into(), wotnot_core::html_to_text(text).into());
        }
    }
    if let Some(required @ Value::Bool(_)) = field.details.get("required") {
        public.insert("required".into(), required.clone());
    }
    if let Some(Value::Array(options)) = field.details.get("options") {
        let texts: Vec<&str> = options.iter().filter_map(Value::as_str).collect();
        if texts.len() == options.len() {
            public.insert("options".into(), texts.into());
        }
    }
    Value::Object(public)
}

/// A day that a calendar can begin or end with: `2026-12-31` or `today`.
fn is_day(text: &str) -> bool {
    let is_digit = |(at, byte): (usize, u8)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    text == "today" || (text.len() == 10 && text.bytes().enumerate().all(is_digit))
}

/// A link that a page may open: no `javascript:`, no `data:`.
fn web_url(url: &str) -> Option<&str> {
    let scheme = url.split_once("://")?.0;
    (scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http")).then_some(url)
}

/// What the visitor said, as readers get it.
pub(crate) fn visitor_message(
    seq: u64,
    at_ms: u64,
    client_id: &str,
    text: &str,
    answer_to: Option<u64>,
) -> Value {
    json!({
        "type": "message", "seq": seq, "at": rfc3339(at_ms), "by": "visitor", "text": text,
        "answer_to": answer_to, "prompt": null, "client_id": client_id,
        "state": SendState::Queued.public_name(),
    })
}

/// What became of a message of the visitor's. `word` is the state, or `resent`.
pub(crate) fn delivery(seq: u64, at_ms: u64, send: &SendRow, word: &str) -> Value {
    let mut frame = json!({
        "type": "delivery", "seq": seq, "at": rfc3339(at_ms), "client_id": send.client_id,
        "state": word,
    });
    if let Some(code) = &send.code {
        frame["code"] = code.clone().into();
    }
    frame
}

/// The conversation is open again.
pub(crate) fn status(seq: u64, at_ms: u64, state: ConversationState) -> Value {
    json!({"type": "status", "seq": seq, "at": rfc3339(at_ms), "status": state.name()})
}

/// Somebody else answers now: `agent` or `bot`.
pub(crate) fn handover(seq: u64, at_ms: u64, to: &str) -> Value {
    json!({"type": "handover", "seq": seq, "at": rfc3339(at_ms), "to": to})
}

/// The conversation is over.
pub(crate) fn ended(seq: u64, at_ms: u64) -> Value {
    json!({"type": "ended", "seq": seq, "at": rfc3339(at_ms)})
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARK: &str = "m4rk3d";

    fn event(kind: &str, payload: Value) -> Event {
        Event::from_raw(json!({
            "event": {"type": kind, "payload": payload},
            "conversation": {"key": format!("{MARK}-conversation")},
            "visitor": {"key": format!("{MARK}-visitor_777")},
            "secret": MARK,
        }))
    }

    fn button(title: &str, url: &str) -> Value {
        json!({"title": title, "type": MARK, "callback": MARK, "next_dialog": MARK, "key": MARK,
               "url": url, "extra": MARK})
    }

    #[test]
    fn nothing_leaves_but_what_is_listed() {
        let payloads = [
            json!({"type": "button", "payload": {"title": "Pick", "id": MARK,
                "buttons": [button("Sales", "javascript:alert('m4rk3d')"), button("Site", "")]}}),
            json!({"type": "carousel", "payload": {"cards": [{"title": "A", "description": "B",
                "image": "data:m4rk3d", "id": MARK, "buttons": [button("Go", "")]}]}}),
            json!({"type": "form", "payload": {"title": "Form", "key": MARK, "fields": [
                {"label": "Name", "type": "text", "key": MARK, "callback": MARK,
                 "validation": {"regex": MARK}, "options": [{"id": MARK}]}]}}),
            json!({"type": "file_upload", "payload": {"title": "File", "bucket": MARK}}),
            json!({"type": "calendar", "payload": {"title": "Date",
                "validation": {"v": MARK, "format": MARK, "earliest": MARK}}}),
            json!({"type": "image", "payload": {"link": "data:m4rk3d", "file_name": "x", "id": MARK}}),
            json!({"type": "javascript", "payload": {"code": MARK, "variables": [MARK]}}),
            json!({"type": "slider", "payload": {"title": "Age", "min": 1, "max": 9, "k": MARK}}),
            json!({"type": "sticker", "payload": {"text": "New", "secret": MARK}}),
            json!({"type": "text", "text": "Hi <b onclick='m4rk3d'>there</b>", "bot": MARK}),
        ];
        for message in payloads {
            let event = event(
                "message",
                json!({"message_by": {"type": "bot", "email": MARK}, "message": message,
                       "id": MARK, "created_at": "2026-01-01 00:00:00"}),
            );
            let projected = super::message(&event, 1, 0, Javascript::Off).unwrap();
            let frame = projected.frame.to_string();
            assert!(!frame.contains(MARK), "{frame}");
        }
    }

    #[test]
    fn an_option_has_an_id_and_its_answer_stays_here() {
        let event = event(
            "message",
            json!({"message_by": "bot", "message": {"type": "button", "payload": {"title": "Pick",
                "buttons": [{"title": "Sales", "type": "", "callback": "c", "next_dialog": "", "key": "k"},
                            {"title": "Our site", "type": "", "callback": "", "next_dialog": "", "key": "",
                             "url": "https://example.com"}]}}}),
        );
        let projected = super::message(&event, 4, 0, Javascript::Off).unwrap();
        assert_eq!(
            projected.frame,
            json!({"type": "message", "seq": 4, "at": "1970-01-01T00:00:00.000Z", "by": "bot",
                   "text": "Pick", "answer_to": null,
                   "prompt": {"kind": "choice", "options": [
                       {"id": "o1", "label": "Sales"},
                       {"id": "o2", "label": "Our site", "url": "https://example.com"}]}})
        );
        let answers = projected.answers.unwrap();
        assert_eq!(answers[0]["data"]["callback"], "c");
        assert_eq!(answers[1], Value::Null);
    }

    #[test]
    fn pictures_and_files_are_listed_beside_the_text() {
        let media = |link: &str| json!({"link": link, "file_name": "a.png", "id": MARK});
        let event = event(
            "message",
            json!({"message_by": "bot", "message": {"type": "send_message", "payload": {"messages": [
                {"type": "text", "text": "Look"},
                {"type": "image", "image": media("https://example.com/a.png")},
                {"type": "document", "document": media("javascript:alert(1)")}]}}}),
        );
        let frame = super::message(&event, 1, 0, Javascript::Off).unwrap().frame;
        assert_eq!(
            frame["media"],
            json!([{"kind": "image", "url": "https://example.com/a.png", "name": "a.png"}])
        );
    }

    #[test]
    fn the_bounds_of_a_question_are_shown_and_the_rules_of_a_date_stay_here() {
        let rules = json!({"format": "DD/MM/YYYY", "earliest": "today", "latest": "2099-12-31"});
        let event = event(
            "message",
            json!({"message_by": "bot",
                   "message": {"type": "calendar", "payload": {"title": "When?", "validation": rules.clone()}}}),
        );
        let projected = super::message(&event, 1, 0, Javascript::Off).unwrap();
        assert_eq!(
            projected.frame["prompt"],
            json!({"kind": "date", "earliest": "today", "latest": "2099-12-31"})
        );
        assert_eq!(projected.answers, Some(rules));
    }

    #[test]
    fn code_leaves_only_for_sites_that_run_it_in_a_sandbox() {
        let event = event(
            "message",
            json!({"message_by": "bot",
                   "message": {"type": "javascript", "payload": {"code": "1+1", "variables": ["a"]}}}),
        );
        let prompt =
            |javascript| super::message(&event, 1, 0, javascript).unwrap().frame["prompt"].clone();
        assert_eq!(prompt(Javascript::Off), json!({"kind": "unknown"}));
        assert_eq!(
            prompt(Javascript::Sandbox),
            json!({"kind": "javascript", "code": "1+1", "variables": ["a"]})
        );
    }
}
