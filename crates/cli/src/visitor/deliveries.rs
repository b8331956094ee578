//! What became of the visitor's messages, by their own ids.

use std::collections::HashMap;

use wotnot_core::{Event, EventKind};

use crate::talk::Heard;

/// The messages that were sent, and those of a conversation that goes on.
#[derive(Default)]
pub struct Deliveries(HashMap<String, State>);

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// On its way to the service.
    Open,
    /// It is unknown whether the service has it.
    InDoubt,
    /// Nothing more becomes of it.
    Over,
}

impl Deliveries {
    /// A message is on its way.
    pub fn sent(&mut self, client_id: String) {
        // What became of it may have been read before its call was answered.
        self.0.entry(client_id).or_insert(State::Open);
    }

    /// Records an event; returns what is shown to the visitor.
    pub fn note(&mut self, event: &Event) -> Option<Heard> {
        let client_id = event.client_id.clone()?;
        if event.kind != EventKind::Delivery {
            return None;
        }
        let (state, problem) = match event.state.as_deref() {
            Some("rejected") => {
                let code = event.reason.as_deref().unwrap_or_default();
                let problem = format!("the service refused the message ({code})");
                (State::Over, Some(problem))
            }
            Some("unconfirmed") => {
                let problem = "it is unknown whether the message arrived: /resend sends it again, /discard drops it";
                (State::InDoubt, Some(problem.to_owned()))
            }
            Some("resent") => (State::Open, None),
            _ => (State::Over, None),
        };
        self.0.insert(client_id, state);
        problem.map(Heard::Undelivered)
    }

    /// Those that may or may not have arrived.
    pub fn in_doubt(&self) -> Vec<String> {
        let doubtful = self.0.iter().filter(|(_, state)| **state == State::InDoubt);
        doubtful.map(|(id, _)| id.clone()).collect()
    }

    /// Whether one is still on its way to the service.
    pub fn is_any_open(&self) -> bool {
        self.0.values().any(|state| *state == State::Open)
    }
}
