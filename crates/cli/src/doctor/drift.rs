//! `wotnot doctor --drift`: what a recorded wire holds that the library does not know, and what it lacks that
//! the library reads. Nothing is sent, and no value is shown.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use serde::Serialize;
use serde_json::{Value, json};

use crate::wire::fixture::{Call, Fixture, Kind};
use crate::{exit, output};

/// A field by its path, and whether the library can do without it. `[]` stands for every element of a list,
/// `*` at the end for whatever is within.
type Field = (&'static str, Need);

/// Whether a field must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Need {
    /// The library misses it.
    Required,
    /// It is read where it is there.
    Optional,
}

use Need::{Optional, Required};

const STARTED: &[Field] = &[
    ("ok", Optional),
    ("conversation.id", Required),
    ("conversation.created_at", Optional),
    ("conversation.assignee.id", Optional),
    ("conversation.assignee.to", Optional),
    ("contact.name", Optional),
    ("contact.email", Optional),
    ("contact.phone", Optional),
    ("contact.visitor_key", Required),
];

const SENT: &[Field] = &[("ok", Optional), ("message_id", Required)];

const REFUSED: &[Field] = &[
    ("ok", Optional),
    ("error", Required),
    ("code", Optional),
    ("message", Optional),
    ("status", Optional),
];

const ENVELOPE: &[Field] = &[
    ("event.type", Required),
    ("event.payload.*", Optional),
    ("conversation.key", Required),
    ("visitor.key", Required),
];

const CREATED: &[Field] = &[
    ("assigned_to_user.id", Optional),
    ("assigned_to_user.email", Optional),
    ("assigned_to_user.type", Optional),
    ("created_at", Optional),
    ("title", Optional),
    ("bot_id", Optional),
    ("channel.name", Optional),
    ("channel.provider", Optional),
    ("is_new_visitor", Optional),
    ("is_closed", Optional),
    ("external_key", Optional),
    ("browser", Optional),
    ("variables[].type", Optional),
    ("variables[].name", Optional),
    ("variables[].value", Optional),
];

const MESSAGE: &[Field] = &[
    ("message_by", Required),
    ("message_by.type", Optional),
    ("message.type", Required),
    ("message.text", Optional),
    ("message.payload.*", Optional),
    ("message.data.*", Optional),
    ("id", Optional),
    ("message_id", Optional),
    ("timestamp", Optional),
    ("created_at", Optional),
];

const BUTTONS: [Field; 6] = [
    ("buttons[].title", Required),
    ("buttons[].type", Optional),
    ("buttons[].callback", Required),
    ("buttons[].next_dialog", Required),
    ("buttons[].key", Required),
    ("buttons[].url", Optional),
];

/// What each type of message of a bot carries; of a type that is not here everything is unknown.
fn payload(kind: &str) -> Option<Vec<Field>> {
    let choice = |more: &[Field]| [&BUTTONS[..], more].concat();
    let fields = match kind {
        "name" | "email" | "phone" => vec![("text", Required)],
        "text" => vec![],
        "send_message" => vec![
            ("version", Optional),
            ("messages[].type", Required),
            ("messages[].text", Optional),
            ("messages[].image.*", Optional),
            ("messages[].video.*", Optional),
            ("messages[].audio.*", Optional),
            ("messages[].document.*", Optional),
            ("messages[].info.title", Optional),
        ],
        "button" => choice(&[
            ("title", Required),
            ("multiple", Optional),
            ("min", Optional),
            ("max", Optional),
        ]),
        "carousel" | "image_carousel" => {
            let mut fields = vec![
                ("title", Optional),
                ("cards[].title", Required),
                ("cards[].description", Optional),
                ("cards[].image", Optional),
            ];
            fields.extend([
                ("cards[].buttons[].title", Required),
                ("cards[].buttons[].type", Optional),
                ("cards[].buttons[].callback", Required),
                ("cards[].buttons[].next_dialog", Required),
                ("cards[].buttons[].key", Required),
                ("cards[].buttons[].url", Optional),
            ]);
            fields
        }
        "slider" => vec![
            ("title", Required),
            ("min", Required),
            ("max", Required),
            ("step", Optional),
            ("unit", Optional),
        ],
        "calendar" => vec![
            ("title", Required),
            ("auto_open", Optional),
            ("validation.*", Optional),
        ],
        "file_upload" => vec![
            ("title", Required),
            ("accept.*", Optional),
            ("max_files", Optional),
            ("max_size", Optional),
        ],
        "form" => vec![
            ("title", Required),
            ("fields[].label", Required),
            ("fields[].*", Optional),
        ],
        "javascript" => vec![("code", Required), ("variables.*", Required)],
        "image" | "audio" | "video" | "document" => {
            vec![("link", Required), ("file_name", Optional)]
        }
        "delay" => vec![("duration", Optional)],
        _ => return None,
    };
    Some(fields)
}

/// What events without a documented payload are known to carry.
fn event_payload(kind: &str) -> Option<&'static [Field]> {
    Some(match kind {
        "status" => &[("status", Optional), ("is_closed", Optional)],
        "assignee" => &[
            ("assigned_to_user.id", Optional),
            ("assigned_to_user.email", Optional),
            ("assigned_to_user.type", Optional),
        ],
        "variables" => &[
            ("variables[].type", Optional),
            ("variables[].name", Optional),
            ("variables[].value", Optional),
        ],
        // Their payload is handed on as it is.
        "label" | "note" | "sla_breached" | "message_status" => &[("*", Optional)],
        _ => return None,
    })
}

/// One field that is not as the library knows it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Drift {
    /// The document that it stands in.
    place: String,
    field: String,
}

/// How often each was seen.
#[derive(Default)]
struct Found {
    unknown: BTreeMap<Drift, usize>,
    missing: BTreeMap<Drift, usize>,
}

/// Runs the command: 0 without any drift, 1 with.
pub fn run(path: &Path, json: bool) -> ExitCode {
    let fixture = match Fixture::read(path) {
        Ok(fixture) => fixture,
        Err(problem) => return exit::fail("doctor", &problem, exit::USAGE),
    };
    let mut found = Found::default();
    for call in &fixture.calls {
        found.call(call);
    }
    let code = match found.unknown.is_empty() && found.missing.is_empty() {
        true => 0,
        false => exit::FAILED,
    };
    let text = match json {
        true => found.as_json(code == 0),
        false => found.in_words(&fixture),
    };
    output::end("doctor", code, output::line(&text))
}

impl Found {
    fn call(&mut self, call: &Call) {
        let (name, fields) = match (call.call, call.answer.status) {
            (Kind::Start, 200..=299) => ("answer of the start", STARTED),
            (Kind::Send, 200..=299) => ("answer of a send", SENT),
            _ => ("refusal", REFUSED),
        };
        self.compare(name, &call.answer.body, fields);
        for event in &call.events {
            self.event(event);
        }
    }

    fn event(&mut self, event: &Value) {
        self.compare("event", event, ENVELOPE);
        let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str);
        let kind = text("/event/type").unwrap_or_default();
        let Some(payload_of) = event.pointer("/event/payload") else {
            return;
        };
        let place = format!("event {kind}");
        match kind {
            "conversation_create" => self.compare(&place, payload_of, CREATED),
            "message" => {
                self.compare(&place, payload_of, MESSAGE);
                let by = text("/event/payload/message_by/type");
                let by = by.or_else(|| text("/event/payload/message_by"));
                if by != Some("visitor") {
                    self.message(payload_of);
                }
            }
            _ => match event_payload(kind) {
                Some(fields) => self.compare(&place, payload_of, fields),
                None => self.unknown("event", &format!("event.type: {kind}")),
            },
        }
    }

    /// What a bot or an agent said.
    fn message(&mut self, said: &Value) {
        let kind = said.pointer("/message/type").and_then(Value::as_str);
        let kind = kind.unwrap_or_default();
        match (payload(kind), said.pointer("/message/payload")) {
            (None, _) => self.unknown("event message", &format!("message.type: {kind}")),
            (Some(fields), Some(payload)) => {
                self.compare(&format!("message {kind}"), payload, &fields);
            }
            (Some(fields), None) if !fields.is_empty() => {
                self.missing("event message", "message.payload");
            }
            (Some(_), None) => {}
        }
    }

    /// Compares a document with the fields that are known of it.
    fn compare(&mut self, place: &str, document: &Value, fields: &[Field]) {
        walk("", document, &mut |path| {
            let known = fields.iter().any(|(field, _)| covers(field, path));
            if !known {
                self.unknown(place, path);
            }
            // What is within an unknown field is unknown with it.
            known
        });
        for (field, need) in fields {
            if *need == Required && lacks(document, field.trim_end_matches(".*")) {
                self.missing(place, field.trim_end_matches(".*"));
            }
        }
    }

    fn unknown(&mut self, place: &str, field: &str) {
        *self.unknown.entry(drift(place, field)).or_default() += 1;
    }

    fn missing(&mut self, place: &str, field: &str) {
        *self.missing.entry(drift(place, field)).or_default() += 1;
    }

    fn as_json(&self, ok: bool) -> String {
        let list = |found: &BTreeMap<Drift, usize>| -> Vec<Value> {
            found
                .iter()
                .map(|(drift, count)| json!({"place": drift.place, "field": drift.field, "count": count}))
                .collect()
        };
        json!({"ok": ok, "unknown": list(&self.unknown), "missing": list(&self.missing)})
            .to_string()
    }

    fn in_words(&self, fixture: &Fixture) -> String {
        let mut lines = Vec::new();
        for (word, found) in [("unknown", &self.unknown), ("missing", &self.missing)] {
            for (Drift { place, field }, count) in found {
                let times = output::counted(*count, "time");
                lines.push(format!("{word}  {place}: {field} ({times})"));
            }
        }
        if lines.is_empty() {
            let events: usize = fixture.calls.iter().map(|call| call.events.len()).sum();
            let calls = output::counted(fixture.calls.len(), "call");
            let events = output::counted(events, "event");
            lines.push(format!("{calls} and {events}: as the library knows them"));
        }
        lines.join("\n")
    }
}

fn drift(place: &str, field: &str) -> Drift {
    let visible = crate::talk::screen::visible;
    Drift {
        place: visible(place),
        field: visible(field),
    }
}

/// Shows every field of a document by its path, outside in; `enter` says whether to go on within.
fn walk(path: &str, value: &Value, enter: &mut dyn FnMut(&str) -> bool) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let path = match path {
                    "" => name.clone(),
                    path => format!("{path}.{name}"),
                };
                if enter(&path) {
                    walk(&path, value, enter);
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                walk(&format!("{path}[]"), item, enter);
            }
        }
        _ => {}
    }
}

/// Whether a known field is this one, holds it, or is held by it.
fn covers(field: &str, path: &str) -> bool {
    let within = |outer: &str, inner: &str| {
        inner
            .strip_prefix(outer)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    match field.strip_suffix('*') {
        Some("") => true,
        Some(open) => {
            let open = open.trim_end_matches('.');
            within(open, path) || within(path, open)
        }
        None => within(path, field),
    }
}

/// Whether a document has no such field; of lists, whether any element has none.
fn lacks(document: &Value, field: &str) -> bool {
    let (first, rest) = match field.find(['.', '[']) {
        None => return document.get(field).is_none_or(Value::is_null),
        Some(at) => field.split_at(at),
    };
    let Some(inner) = document.get(first) else {
        return true;
    };
    match rest.strip_prefix("[]") {
        Some(rest) => {
            let rest = rest.trim_start_matches('.');
            let items = inner.as_array().map(Vec::as_slice).unwrap_or_default();
            items.iter().any(|item| lacks(item, rest))
        }
        None => lacks(inner, rest.trim_start_matches('.')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(document: Value, fields: &[Field]) -> (Vec<String>, Vec<String>) {
        let mut found = Found::default();
        found.compare("x", &document, fields);
        let names = |list: BTreeMap<Drift, usize>| list.into_keys().map(|it| it.field).collect();
        (names(found.unknown), names(found.missing))
    }

    #[test]
    fn what_is_not_known_and_what_is_not_there_is_named_by_its_path() {
        let fields: &[Field] = &[
            ("a.b", Required),
            ("list[].c", Required),
            ("open.*", Optional),
            ("gone", Optional),
        ];
        let document = json!({"a": {"b": 1, "x": {"y": 1}}, "list": [{"c": 1}, {"d": 2}],
            "open": {"any": {"thing": 1}}, "z": null});
        let (unknown, missing) = found(document, fields);
        assert_eq!(unknown, ["a.x", "list[].d", "z"]);
        assert_eq!(missing, ["list[].c"]);
        let (unknown, missing) = found(json!({}), fields);
        assert!(unknown.is_empty());
        assert_eq!(missing, ["a.b", "list[].c"]);
    }
}
