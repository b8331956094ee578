//! `wotnot doctor --drift`: what a recorded wire holds that is not known here, and what it lacks that is read: of the
//! service by the library, of a gateway by its visitors. Nothing is sent, and no value is shown.

mod gateway;
mod service;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use serde::Serialize;
use serde_json::{Value, json};

use crate::wire::fixture::{Fixture, Wire};
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

use Need::Required;

/// One field that is not as it is known.
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
        match fixture.wire {
            Wire::Service => service::call(&mut found, call),
            Wire::Gateway => gateway::call(&mut found, call),
        }
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
    let visible = crate::screen::visible;
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
    use super::Need::Optional;
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
