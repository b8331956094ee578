//! From an entry of a gateway's log to an [`Event`]: the same shapes as those of the service, and nothing that the
//! gateway does not tell.

use serde::Deserialize;
use serde_json::{Map, Value, json};
use wotnot_protocol::kind;

use super::prompt::string;
use super::{Card, Direction, Event, EventKind, Handover, MessageContent, Prompt, read_prompt};
use crate::inbox::Arrival;
use crate::uploading::Uploaded;

/// Between the number of a question's entry and the id of an option, in the `key` of the option's answer.
pub(crate) const KEY_SEPARATOR: char = ':';

/// Reads an entry. What cannot be read is `unknown`.
pub(crate) fn from_gateway(arrival: &Arrival) -> Event {
    let raw: Value = serde_json::from_str(&arrival.text).unwrap_or(Value::Null);
    let text = |name: &str| string(raw.get(name));
    let kind = kind_of(&raw);
    let id = arrival.service_id.as_ref().unwrap_or(&arrival.fallback_id);
    let handover = (text("type").as_deref() == Some("handover")).then(|| Handover {
        direction: match text("to").as_deref() {
            Some("agent") => Direction::ToAgent,
            _ => Direction::ToBot,
        },
        name: None,
    });
    let closed = match text("type").as_deref() {
        Some("ended") => Some(true),
        Some("status") => Some(text("status").as_deref() == Some("ended")),
        _ => None,
    };
    Event {
        conversation_id: arrival.conversation_id.as_deref().map(Into::into),
        occurred_at: text("at"),
        content: (kind == EventKind::Message).then(|| MessageContent {
            by: text("by"),
            text: text("text").unwrap_or_default(),
            html: None,
            message: Value::Null,
            prompt: prompt(&raw),
        }),
        closed,
        handover,
        client_id: text("client_id"),
        state: text("state"),
        reason: text("code").or_else(|| text("reason")),
        upload: raw
            .get("upload")
            .and_then(|it| Uploaded::deserialize(it).ok())
            .map(Box::new),
        raw,
        ..Event::bare(kind, id.to_string(), arrival.at)
    }
}

fn kind_of(raw: &Value) -> EventKind {
    match raw.get("type").and_then(Value::as_str) {
        Some("message") => EventKind::Message,
        Some("delivery") => EventKind::Delivery,
        Some("status" | "ended") => EventKind::Status,
        Some("handover") => EventKind::Assignee,
        Some("reset") => EventKind::Reset,
        Some("upload") => EventKind::Upload,
        Some("identity_wanted") => EventKind::IdentityWanted,
        _ => EventKind::Unknown,
    }
}

/// The question of an entry as the library has it. Picking an option says which one of which question.
pub fn prompt(entry: &Value) -> Option<Prompt> {
    let asked = entry.get("prompt").filter(|prompt| prompt.is_object())?;
    let seq = entry.get("seq").and_then(Value::as_u64).unwrap_or_default();
    let mut shown = asked.clone();
    if let Some(Value::Array(options)) = shown.get_mut("options") {
        for option in options {
            let is_link = option.get("url").is_some_and(|url| !url.is_null());
            let (id, label) = (string(option.get("id")), string(option.get("label")));
            if let (false, Some(id)) = (is_link, id) {
                let key = format!("{seq}{KEY_SEPARATOR}{id}");
                option["answer"] = json!({"type": kind::BUTTON_RESPONSE, "data": {
                    "body": label.unwrap_or_default(), "callback": "", "next_dialog": "", "key": key}});
            }
        }
    }
    let mut prompt = read_prompt(shown).unwrap_or(Prompt::Unknown {});
    match &mut prompt {
        Prompt::Date { validation } => {
            validation.insert("format".to_owned(), "YYYY-MM-DD".into());
            for name in ["earliest", "latest"] {
                if let Some(bound) = asked.get(name).filter(|bound| !bound.is_null()) {
                    validation.insert(name.to_owned(), bound.clone());
                }
            }
        }
        Prompt::Choice { options, .. } => {
            let shown = asked.get("options").and_then(Value::as_array);
            for (option, shown) in options.iter_mut().zip(shown.into_iter().flatten()) {
                option.card = shown.get("card").and_then(Value::as_object).and_then(card);
            }
        }
        _ => {}
    }
    Some(prompt)
}

fn card(card: &Map<String, Value>) -> Option<Card> {
    let text = |name: &str| string(card.get(name));
    Some(Card {
        index: usize::try_from(card.get("index")?.as_u64()?).ok()?,
        title: text("title").unwrap_or_default(),
        description: text("description").unwrap_or_default(),
        image: text("image"),
    })
}
