//! One conversation's timeline, for those who look for what was slow or got lost. It holds kinds,
//! states and numbers, never what was said nor anything else that a caller chose.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use wotnot_core::Event;

use crate::clock::rfc3339;
use crate::store::{Entry, EntryKind, History};

/// What is known of a conversation besides what was said. The admin address gives it as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timeline {
    /// The conversation's id.
    pub conversation: String,
    /// Its site.
    pub site: String,
    /// The site's account.
    pub account: String,
    /// `open`, `handover` or `ended`.
    pub state: String,
    /// What happened, in order.
    pub moments: Vec<Moment>,
}

/// Something that happened in a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// Milliseconds since 1970.
    pub at_ms: u64,
    /// What it was.
    pub step: Step,
    /// Of which entry of the log, and how it ended.
    pub detail: String,
}

impl Moment {
    /// When it was: RFC 3339, with milliseconds.
    #[must_use]
    pub fn at(&self) -> String {
        rfc3339(self.at_ms)
    }
}

/// What happened. In one millisecond, the order is this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The visitor was answered for what they said.
    Accepted,
    /// The newest call to the vendor with it began.
    Sent,
    /// The vendor's echo of what the visitor said came.
    Echo,
    /// Readers were sent its outcome.
    Verdict,
    /// Something came from the vendor, or the conversation changed.
    Event,
}

impl Step {
    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Step::Accepted => "accepted",
            Step::Sent => "sent",
            Step::Echo => "echo",
            Step::Verdict => "verdict",
            Step::Event => "event",
        }
    }
}

/// What happened, in order.
#[must_use]
pub fn timeline(history: &History) -> Timeline {
    let row = &history.conversation;
    Timeline {
        conversation: row.id.clone(),
        site: row.site.clone(),
        account: row.account.clone(),
        state: row.state.name().to_owned(),
        moments: moments(history),
    }
}

fn moments(history: &History) -> Vec<Moment> {
    let entries = history.entries.iter().map(|entry| of_entry(history, entry));
    let sends = history.sends.iter().filter_map(|send| {
        Some(Moment {
            at_ms: send.sent_ms?,
            step: Step::Sent,
            detail: format!("#{}, call {}", send.seq, send.attempts),
        })
    });
    let echoes = history.raw.iter().filter_map(|(at_ms, raw)| {
        let event = Event::from_raw(raw.clone());
        (event.by() == Some("visitor")).then(|| Moment {
            at_ms: *at_ms,
            step: Step::Echo,
            detail: String::new(),
        })
    });
    let mut moments: Vec<Moment> = entries.chain(sends).chain(echoes).collect();
    moments.sort_by_key(|moment| (moment.at_ms, moment.step));
    moments
}

fn of_entry(history: &History, entry: &Entry) -> Moment {
    let frame: Value = serde_json::from_slice(&entry.frame).unwrap_or_default();
    let word = |name: &str| frame[name].as_str().unwrap_or_default();
    let seq = entry.seq;
    let send = |matches: &dyn Fn(u64, &str) -> bool| {
        let mut sends = history.sends.iter();
        sends.find(|send| matches(send.seq, &send.client_id))
    };
    let (step, detail) = match entry.kind {
        EntryKind::Message if word("by") == "visitor" => {
            let send = send(&|of, _| of == seq);
            let state = send.map_or("named by the vendor", |send| send.state.name());
            (Step::Accepted, format!("#{seq}, now {state}"))
        }
        EntryKind::Message => {
            let kind = frame["prompt"]["kind"].as_str();
            let asks = kind.map(|kind| format!(", asks: {kind}"));
            let asks = asks.unwrap_or_default();
            (
                Step::Event,
                format!("#{seq} message by {}{asks}", word("by")),
            )
        }
        EntryKind::Delivery => {
            let send = send(&|_, client_id| client_id == word("client_id"));
            let of = send.map_or(0, |send| send.seq);
            let code = send.and_then(|send| send.code.as_deref());
            let code = code.map(|code| format!(", {code}")).unwrap_or_default();
            (Step::Verdict, format!("#{of} {}{code}", word("state")))
        }
        kind => (Step::Event, format!("#{seq} {}", kind.name())),
    };
    Moment {
        at_ms: entry.at_ms,
        step,
        detail,
    }
}
