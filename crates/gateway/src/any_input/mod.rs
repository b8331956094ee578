//! What must hold of each parser that outsiders reach, whatever they send. Tests ask it of random changes
//! of real inputs, the fuzz targets of what libFuzzer finds.

#![allow(
    clippy::expect_used,
    reason = "what does not hold ends the test or the target"
)]

#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::path::Path;
use std::sync::LazyLock;

use serde_json::{Value, json};
use wotnot_core::{Event, EventKind, check_message};

use crate::config::{Config, Hidden, Javascript, Site, TokenKey};
use crate::conversation::answer::say;
use crate::conversation::draft::Draft;
use crate::conversation::post::{LONGEST_TEXT, Post};
use crate::conversation::start::First;
use crate::conversation::{State, events};
use crate::store::{ConversationRow, ConversationState, Entry, EntryKind};
use crate::tokens::{ClientKind, VisitorTokens, identity, refresh};
use crate::{projection, streams};

const KEY: &str = "a-key-that-no-fuzzer-knows-by-heart";
/// Stands in all that must not leave.
const MARK: &str = "m4rk3d";

static TOKENS: LazyLock<VisitorTokens> = LazyLock::new(|| {
    VisitorTokens::new(&[TokenKey {
        id: "k1".into(),
        key: Hidden::new(KEY),
    }])
});

/// Any text as a token of either kind, and as an identity: refused, for nobody signed it. And any change
/// of a good token: refused, or the same token still.
pub fn token(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        assert!(TOKENS.check(text).is_err(), "nobody signed this");
        assert!(identity::check(text, &Hidden::new(KEY)).is_err());
        if let Some((family, _)) = refresh::read(text) {
            assert!(text.starts_with(family) && !family.is_empty());
        }
    }
    let good = TOKENS
        .mint("shop", "v_1", "https://a.example", ClientKind::Web, 3)
        .expect("there is a key");
    let claims = TOKENS.check(&good).expect("it was just made");
    let mut changed = good.into_bytes();
    for edit in data.chunks_exact(3) {
        let place = usize::from(u16::from_le_bytes([edit[0], edit[1]])) % changed.len();
        match edit[2] {
            0 => {
                changed.remove(place);
            }
            1..=127 => changed[place] = edit[2],
            other => changed.insert(place, other & 127),
        }
        if changed.is_empty() {
            return;
        }
    }
    let changed = String::from_utf8(changed).expect("it is ASCII");
    if let Ok(found) = TOKENS.check(&changed) {
        assert_eq!(found, claims, "a change that counts");
    }
}

/// Any text as a cursor: one of ours, which reads as it is written, or none.
pub fn cursor(text: &str) {
    if let Some((epoch, seq)) = streams::parse(text) {
        assert!(epoch.len() == 16 && seq < 1_000_000_000_000_000_000);
        let again = format!("{epoch}.{seq}");
        assert_eq!(streams::parse(&again), Some((epoch, seq)));
    }
}

fn asked(prompt: &Value, answers: Option<Value>) -> Entry {
    Entry {
        seq: 4,
        kind: EntryKind::Message,
        frame: json!({"prompt": prompt}).to_string().into(),
        answers,
        at_ms: 0,
    }
}

/// One question of each kind, and none.
static QUESTIONS: LazyLock<Vec<Option<Entry>>> = LazyLock::new(|| {
    let answer = |label: &str| {
        json!({"type": "button.response",
               "data": {"body": label, "callback": MARK, "next_dialog": MARK, "key": MARK}})
    };
    let options = json!([{"id": "o1", "label": "Sales"}, {"id": "o2", "label": "Site"}, {"id": "o3", "label": "A"}]);
    let answers = json!([answer("Sales"), null, answer("A")]);
    let field = json!([{"label": "Name", "required": true}, {"label": "Mail", "type": "email"}]);
    let question = |prompt: Value| Some(asked(&prompt, None));
    vec![
        None,
        question(json!({"kind": "text", "format": "email"})),
        Some(asked(
            &json!({"kind": "choice", "options": options}),
            Some(answers.clone()),
        )),
        Some(asked(
            &json!({"kind": "choice", "multiple": true, "options": options}),
            Some(answers),
        )),
        question(json!({"kind": "slider", "min": 18, "max": 99, "step": 3, "unit": null})),
        question(json!({"kind": "form", "fields": field})),
        question(json!({"kind": "javascript", "code": "1", "variables": ["contact.name", "sum"]})),
        question(json!({"kind": "date"})),
        question(json!({"kind": "file"})),
        question(json!({"kind": "unknown"})),
    ]
});

/// Any text as the body of a message, to each kind of question, and as a first message: the vendor's
/// message of a form that the library takes, or a refusal with a code that names no secret.
pub fn message(text: &str) {
    let Ok(body) = serde_json::from_str::<Value>(text) else {
        return;
    };
    for question in QUESTIONS.iter() {
        let said = Post::read(body.clone()).and_then(|post| say(post, question.as_ref(), &[]));
        match said {
            Ok(said) => {
                let message = serde_json::from_value(said.message).expect("it is a message");
                check_message(message).expect("the library takes what is sent");
                assert!(!said.client_id.is_empty() && said.client_id.len() <= 64);
                assert!(
                    !said.text.contains(MARK),
                    "an answer's own parts are not shown"
                );
            }
            Err(error) => {
                assert!((400..500).contains(&error.code().status()));
                assert!(!error.body().to_string().contains(MARK));
            }
        }
    }
    let site = Site::new("shop", "main", "lead-bot");
    if let Ok(first) = First::read(&site, body) {
        assert!(!first.text.trim().is_empty() && first.text.chars().count() <= LONGEST_TEXT);
    }
}

/// Any text as a configuration: one, or mistakes that each have a place in it.
pub fn config(text: &str) {
    // What it names would be read: nothing that never ends.
    if text.contains("dev") || text.contains("proc") {
        return;
    }
    match Config::from_toml(text, Path::new("no-such-folder")) {
        Ok(config) => {
            let _ = format!("{config:?}");
        }
        Err(mistakes) => {
            assert!(!mistakes.is_empty());
            let lines = text.lines().count() + 1;
            for mistake in mistakes {
                assert!((1..=lines).contains(&mistake.line), "{mistake}");
                assert!(mistake.column >= 1 && !mistake.message.is_empty());
            }
        }
    }
}

/// Any text as an element of the vendor's post: what readers get of it is whole, has no field that is not
/// listed, and grows the log by as many entries as it says.
pub fn event(text: &str) {
    let Ok(raw) = serde_json::from_str::<Value>(text) else {
        return;
    };
    let event = Event::from_raw(raw);
    for javascript in [Javascript::Off, Javascript::Sandbox] {
        let Some(projected) = projection::message(&event, 1, 0, javascript) else {
            continue;
        };
        assert!(event.kind == EventKind::Message);
        let frame = projected.frame.as_object().expect("a frame is an object");
        let names: Vec<&str> = frame.keys().map(String::as_str).collect();
        let listed = [
            "answer_to",
            "at",
            "by",
            "media",
            "prompt",
            "seq",
            "text",
            "type",
        ];
        assert!(names.iter().all(|name| listed.contains(name)), "{names:?}");
        assert_eq!(projected.has_prompt, frame["prompt"].is_object());
        let options = frame["prompt"]["options"].as_array().map(Vec::len);
        let answers = projected.answers.as_ref().and_then(Value::as_array);
        assert_eq!(options, answers.map(Vec::len), "each option has its answer");
        let is_web = |url: &str| url.to_ascii_lowercase().starts_with("http");
        let media = frame.get("media").and_then(Value::as_array);
        for one in media.into_iter().flatten() {
            assert!(one["url"].as_str().is_some_and(is_web), "{one}");
        }
        for option in frame["prompt"]["options"].as_array().into_iter().flatten() {
            assert!(option["url"].as_str().is_none_or(is_web), "{option}");
        }
    }
    let row = ConversationRow {
        id: "c_1".into(),
        site: "shop".into(),
        account: "main".into(),
        bot_key: "lead".into(),
        visitor: "v_1".into(),
        vendor_visitor: "v_1".into(),
        vendor_id: None,
        nonce: "0000000a".into(),
        head: 0,
        floor: 0,
        prompt: None,
        state: ConversationState::Open,
        turn: 0,
        variables: json!({}),
        created_ms: 10,
        last_ms: 10,
        version: 1,
    };
    let mut draft = Draft::of(&State {
        row,
        sends: std::sync::Arc::default(),
    });
    let twice = vec![event.clone(), event];
    let _ = events::keys(&draft, &twice);
    events::take(&mut draft, &twice, &HashSet::new(), Javascript::Off);
    let (state, change) = draft.finish();
    assert_eq!(state.row.head, change.entries.len() as u64);
    for (entry, seq) in change.entries.iter().zip(1..) {
        assert_eq!(entry.seq, seq);
        let frame: Value = serde_json::from_slice(&entry.frame).expect("a frame is JSON");
        assert_eq!(frame["seq"], seq);
    }
}
