//! How far the recorded conversation is played, and what its log holds by then.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::EPOCH;
use crate::replay::differ;
use crate::wire::fixture::{Answer, Call, Kind};
use crate::wire::server::Reply;

/// Where the conversation stands.
pub(super) struct Stage {
    /// What every session is answered with.
    pub session: Answer,
    /// What was recorded.
    pub calls: Vec<Call>,
    /// The index of the next call.
    pub next: usize,
    /// The entries that came up to now.
    pub entries: Vec<Value>,
    /// The messages' own ids: what was recorded, and what is sent now.
    pub names: HashMap<String, String>,
    /// What was answered to a message, for the post that is repeated.
    pub answered: HashMap<String, Reply>,
    /// Whether nobody waits any more.
    pub is_stopping: bool,
    /// Whether the end was sent.
    pub is_reported: bool,
}

impl Stage {
    /// A session begins or goes on, as often as somebody comes. Where the recording has it next, gives what differs.
    pub fn begin(&mut self, kind: Kind, sent: &Value) -> Option<Vec<String>> {
        let call = self.calls.get(self.next).filter(|it| it.call == kind)?;
        let mut differences = Vec::new();
        differ("", &call.request, sent, &mut differences);
        self.next += 1;
        Some(differences)
    }

    /// Sessions are no part of the order: when a token runs out is another time in each run.
    pub fn pass_sessions(&mut self) {
        let is_session = |call: &Call| matches!(call.call, Kind::Session | Kind::Refresh);
        while self.calls.get(self.next).is_some_and(is_session) {
            self.next += 1;
        }
    }

    /// With the messages' own ids of now.
    pub fn renamed(&self, value: Value) -> Value {
        match value {
            Value::Object(fields) => fields
                .into_iter()
                .map(|(name, value)| {
                    let value = match (&*name, value) {
                        ("client_id", Value::String(id)) => {
                            self.names.get(&id).cloned().unwrap_or(id).into()
                        }
                        (_, value) => self.renamed(value),
                    };
                    (name, value)
                })
                .collect(),
            Value::Array(items) => items.into_iter().map(|item| self.renamed(item)).collect(),
            other => other,
        }
    }

    pub fn snapshot(&self) -> Value {
        let of = |kind: &'static str| {
            let entries = self.entries.iter();
            entries.filter(move |entry| entry["type"] == kind)
        };
        let mut prompt = Value::Null;
        for message in of("message") {
            if message["prompt"].is_object() {
                prompt = message["prompt"].clone();
                prompt["seq"] = message["seq"].clone();
            } else if message["answer_to"] == prompt["seq"] {
                prompt = Value::Null;
            }
        }
        let handed = of("handover").next_back().map(|it| it["to"] == "agent");
        let state = match (of("ended").next(), handed) {
            (Some(_), _) => "ended",
            (None, Some(true)) => "handover",
            (None, _) => "open",
        };
        let head = self.entries.last().map_or(0, seq_of);
        let messages: Vec<&Value> = of("message").collect();
        json!({"cursor": format!("{EPOCH}.{head}"), "state": state, "prompt": prompt,
            "messages": messages})
    }
}

pub(super) fn seq_of(entry: &Value) -> u64 {
    entry["seq"].as_u64().unwrap_or_default()
}
