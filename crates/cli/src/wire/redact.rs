//! Replaces secrets and personal data in what is written down: the same value by the same word everywhere, so
//! that the conversation still holds together.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde_json::{Map, Value};

use super::fixture::{Call, Kind};

/// Fields whose value is never written down, whatever it is.
const SECRET_FIELDS: [&str; 8] = [
    "token",
    "refresh",
    "identity",
    "authorization",
    "password",
    "secret",
    "api_key",
    "access_token",
];

/// What is replaced.
pub struct Redactor {
    /// Values that are known, the longest first, each with its word.
    known: Vec<(String, String)>,
    emails: Numbered,
    phones: Numbered,
    jwt: Regex,
    email: Regex,
    phone: Regex,
    address: Regex,
    query: Regex,
}

/// Words that are given out by number, the same for the same value.
struct Numbered {
    given: HashMap<String, usize>,
}

impl Numbered {
    fn of(&mut self, value: &str) -> usize {
        let next = self.given.len() + 1;
        *self.given.entry(value.to_lowercase()).or_insert(next)
    }
}

/// A pattern of this file; all of them are tried by its tests.
#[allow(clippy::expect_used)]
fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a pattern of this file compiles")
}

impl Redactor {
    /// A redactor that knows what the calls say of the account and of the visitor. `secrets` are tokens.
    pub fn new(calls: &[Call], secrets: &[String]) -> Self {
        let mut known = Known::default();
        for secret in secrets {
            known.add(secret, "[token]");
        }
        for call in calls {
            known.learn(call);
        }
        let mut known: Vec<(String, String)> = known.words.into_iter().collect();
        known.sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
        let none = || Numbered {
            given: HashMap::new(),
        };
        Self {
            known,
            emails: none(),
            phones: none(),
            jwt: pattern(r"eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"),
            email: pattern(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"),
            phone: pattern(r"\+[0-9][0-9 ().-]{6,}[0-9]"),
            address: pattern(r"\b(?:[0-9]{1,3}\.){3}[0-9]{1,3}\b"),
            query: pattern(r#"(https?://[^\s?#"<>]+)[?#][^\s"<>]*"#),
        }
    }

    /// A document without them.
    pub fn value(&mut self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(&text)),
            Value::Array(items) => items.into_iter().map(|item| self.value(item)).collect(),
            Value::Object(fields) => fields
                .into_iter()
                .map(|(name, value)| {
                    let folded = name.to_lowercase();
                    let value = match value {
                        Value::Null => Value::Null,
                        _ if SECRET_FIELDS.contains(&folded.as_str()) => "[secret]".into(),
                        value => self.value(value),
                    };
                    (name, value)
                })
                .collect(),
            other => other,
        }
    }

    /// A text without them.
    pub fn text(&mut self, text: &str) -> String {
        let mut text = self.jwt.replace_all(text, "[token]").into_owned();
        for (value, word) in &self.known {
            text = replace_word(&text, value, word);
        }
        let (emails, phones) = (&mut self.emails, &mut self.phones);
        let text = self.email.replace_all(&text, |found: &Captures<'_>| {
            let found = &found[0];
            match found.ends_with("@example.com") {
                true => found.to_owned(),
                false => format!("person-{}@example.com", emails.of(found)),
            }
        });
        let text = self.phone.replace_all(&text, |found: &Captures<'_>| {
            let found = &found[0];
            match found.starts_with(PHONE) {
                true => found.to_owned(),
                false => format!("{PHONE}{:04}", phones.of(found) + 1),
            }
        });
        let text = self.address.replace_all(&text, "192.0.2.1");
        self.query.replace_all(&text, "$1").into_owned()
    }
}

/// How every phone number begins that stands for another: of a range that is nobody's.
const PHONE: &str = "+1555010";

/// Whether a text holds a word that stands for something else, so that nothing real can be equal to it.
pub fn holds_stand_in(text: &str) -> bool {
    static WORDS: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"\b(?:visitor|client|contact|person|user|bot|bot-user|external|title)-[0-9]+\b|Visitor Name|visitor@example\.com|\+1555010[0-9]{4}|\[(?:token|secret)\]",
        )
    });
    WORDS.is_match(text)
}

/// Replaces a value where it stands as a word of its own.
fn replace_word(text: &str, value: &str, word: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut before = None;
    while let Some(at) = rest.find(value) {
        let (head, tail) = rest.split_at(at);
        let tail = tail.get(value.len()..).unwrap_or_default();
        let left = head.chars().next_back().or(before);
        let is_inside =
            |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric());
        let first = value.chars().next();
        let last = value.chars().next_back();
        out.push_str(head);
        let within = (is_inside(first) && is_inside(left))
            || (is_inside(last) && is_inside(tail.chars().next()));
        out.push_str(if within { value } else { word });
        before = last;
        rest = tail;
    }
    out.push_str(rest);
    out
}

/// Values by what they are, each with its word.
#[derive(Default)]
struct Known {
    words: HashMap<String, String>,
    counts: HashMap<&'static str, usize>,
}

impl Known {
    fn add(&mut self, value: &str, word: &str) {
        // A single letter or digit stands everywhere.
        if value.trim().chars().count() > 1 {
            let entry = self.words.entry(value.to_owned());
            entry.or_insert_with(|| word.to_owned());
        }
    }

    /// Gives the value a word with a number.
    fn number(&mut self, value: Option<&Value>, kind: &'static str, ending: &str) {
        let text: Cow<'_, str> = match value {
            Some(Value::String(text)) => text.into(),
            Some(Value::Number(number)) => number.to_string().into(),
            _ => return,
        };
        if !self.words.contains_key(text.as_ref()) {
            let count = self.counts.entry(kind).or_default();
            *count += 1;
            let word = format!("{kind}-{count}{ending}");
            self.add(&text, &word);
        }
    }

    fn learn(&mut self, call: &Call) {
        self.learn_ids(call);
        if call.call == Kind::Start {
            let visitor = call.request.pointer("/from/user_external_id");
            let own = visitor.and_then(Value::as_str).unwrap_or_default();
            self.number(visitor, "visitor", "");
            let body = &call.answer.body;
            let key = body.pointer("/contact/visitor_key").and_then(Value::as_str);
            if let (Some(key), Some(word)) = (key, self.words.get(own).cloned()) {
                self.add(key, &format!("{word}_1"));
            }
            self.number(body.pointer("/conversation/id"), "conversation", "");
            self.number(body.pointer("/conversation/assignee/id"), "bot-user", "");
            self.number(
                body.pointer("/conversation/assignee/to"),
                "bot",
                "@example.com",
            );
            for contact in [
                call.request.pointer("/variables/contact"),
                body.pointer("/contact"),
            ] {
                if let Some(Value::Object(contact)) = contact {
                    self.contact(contact);
                }
            }
        }
        for event in &call.events {
            let payload = event.pointer("/event/payload");
            let field = |pointer: &str| payload.and_then(|payload| payload.pointer(pointer));
            self.number(field("/assigned_to_user/id"), "user", "");
            self.number(field("/assigned_to_user/email"), "user", "@example.com");
            self.number(field("/external_key"), "external", "");
            self.number(field("/title"), "title", "");
            for variable in field("/variables")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
            {
                self.variable(variable);
            }
        }
    }

    /// What a gateway gives ids to, and the visitor's own ids of messages.
    fn learn_ids(&mut self, call: &Call) {
        let body = &call.answer.body;
        match call.call {
            Kind::Session => {
                self.number(body.pointer("/visitor/id"), "visitor", "");
                self.number(body.pointer("/conversation/id"), "conversation", "");
            }
            Kind::File => self.number(body.pointer("/file/id"), "file", ""),
            Kind::Start | Kind::Send => self.number(call.request.get("client_id"), "client", ""),
            Kind::Refresh | Kind::Resolve | Kind::Upload | Kind::Complete => {}
        }
    }

    /// A variable of the contact, as events name it.
    fn variable(&mut self, variable: &Value) {
        let text = |name: &str| variable.get(name).and_then(Value::as_str);
        let name = text("name").unwrap_or_default();
        let is_contact = text("type") == Some("contact");
        if let (Some(value), true) = (variable.get("value"), is_contact) {
            let name = name.strip_prefix("visitor_").unwrap_or(name);
            self.contact(&Map::from_iter([(name.to_owned(), value.clone())]));
        }
    }

    fn contact(&mut self, contact: &Map<String, Value>) {
        for (name, value) in contact {
            let Some(text) = value.as_str() else { continue };
            match name.as_str() {
                "visitor_key" => {}
                "name" => self.add(text, "Visitor Name"),
                "email" => self.add(text, "visitor@example.com"),
                "phone" => self.add(text, &format!("{PHONE}0001")),
                // Numbers, dates and words of one or two letters are what a flow compares.
                _ if text.chars().filter(|letter| letter.is_alphabetic()).count() > 2 => {
                    self.number(Some(value), "contact", "");
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::fixture::Answer;
    use super::*;

    fn call() -> Call {
        Call {
            call: Kind::Start,
            request: json!({
                "from": {"user_external_id": "asha@firm.example", "type": "VISITOR"},
                "variables": {"contact": {"name": "Asha Rao", "phone": "+91 98 7654 3210", "plan": "gold", "age": "30"}},
            }),
            answer: Answer {
                status: 200,
                retry_after: None,
                body: json!({"conversation": {"id": "3f0c", "assignee": {"id": "77", "to": "bot@firm.example"}},
                    "contact": {"visitor_key": "asha@firm.example_777"}}),
            },
            events: vec![json!({"event": {"payload": {"variables":
                [{"type": "contact", "name": "visitor_email", "value": "asha@home.example"}]}}})],
        }
    }

    #[test]
    fn secrets_and_personal_data_give_way_to_words_that_stay_the_same() {
        let mut redactor = Redactor::new(&[call()], &["hush-token".to_owned()]);
        for (text, wanted) in [
            ("Hi Asha Rao, 3f0c", "Hi Visitor Name, conversation-1"),
            ("asha@firm.example_777", "visitor-1_1"),
            ("asha@home.example", "visitor@example.com"),
            (
                "x@other.example and X@other.example",
                "person-1@example.com and person-1@example.com",
            ),
            ("y@other.example", "person-2@example.com"),
            ("call +91 98 7654 3210", "call +15550100001"),
            ("or +44 20 7946 0000", "or +15550100002"),
            (
                "Bearer eyJhbGci.eyJpYXQ.c2ln and hush-token",
                "Bearer [token] and [token]",
            ),
            ("from 10.1.2.3", "from 192.0.2.1"),
            (
                "https://files.firm.example/a.pdf?sig=hush#x",
                "https://files.firm.example/a.pdf",
            ),
            ("a golden plan, gold", "a golden plan, contact-1"),
            ("30 years", "30 years"),
        ] {
            assert_eq!(redactor.text(text), wanted);
        }
    }

    #[test]
    fn fields_that_hold_secrets_are_emptied_and_numbers_stay() {
        let mut redactor = Redactor::new(&[call()], &[]);
        let value =
            json!({"token": "t", "a": [{"Password": 7, "value": 7, "secret": null}], "bot_id": 5});
        assert_eq!(
            redactor.value(value),
            json!({"token": "[secret]", "a": [{"Password": "[secret]", "value": 7, "secret": null}], "bot_id": 5})
        );
    }
}
