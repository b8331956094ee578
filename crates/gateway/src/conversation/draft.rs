//! What happens in a conversation, put together before it is kept. No I/O: a draft is made of the
//! state as it stands, and becomes one change of the store.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;

use super::State;
use crate::clock::now_ms;
use crate::projection;
use crate::store::{Change, ConversationState, Entry, EntryKind, SendRow, SendState};

/// A change that is being put together.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub state: State,
    pub now_ms: u64,
    entries: Vec<Entry>,
    changed: Vec<u64>,
    pub seen: Vec<String>,
    /// The events as they came, as JSON.
    pub raw: Vec<String>,
    pub unpark: Option<usize>,
    /// Kept only while this process is the one that sends here.
    pub by_sender: bool,
}

impl Draft {
    /// Of a conversation as it stands.
    pub fn of(state: &State) -> Self {
        Self {
            state: state.clone(),
            now_ms: now_ms(),
            entries: Vec::new(),
            changed: Vec::new(),
            seen: Vec::new(),
            raw: Vec::new(),
            unpark: None,
            by_sender: false,
        }
    }

    /// The same, by the one who sends in the conversation.
    pub fn of_sender(state: &State) -> Self {
        Self {
            by_sender: true,
            ..Self::of(state)
        }
    }

    /// The state after it, and what the store has to keep.
    pub fn finish(self) -> (State, Change) {
        let sends = self.state.sends.iter();
        let change = Change {
            at_ms: self.now_ms,
            conversation: self.state.row.clone(),
            entries: self.entries,
            sends: sends
                .filter(|send| self.changed.contains(&send.seq))
                .cloned()
                .collect(),
            seen: self.seen,
            raw: self.raw,
            unpark: self.unpark,
            by_sender: self.by_sender,
        };
        let mut state = self.state;
        state.row.version += 1;
        (state, change)
    }

    /// Whether there is anything to keep.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
            && self.changed.is_empty()
            && self.seen.is_empty()
            && self.raw.is_empty()
            && self.unpark.is_none()
    }

    /// Whether readers get something new.
    pub fn has_entries(&self) -> bool {
        !self.entries.is_empty()
    }

    /// Drops the oldest entries of a log that has grown by more than its tenth over `longest`; a
    /// question that waits for an answer stays.
    pub fn trim(&mut self, longest: u64) {
        let row = &mut self.state.row;
        if row.head - row.floor > longest + longest / 10 {
            let waits = row.prompt.unwrap_or(u64::MAX) - 1;
            row.floor = (row.head - longest).min(waits).max(row.floor);
        }
    }

    /// The number that the next entry gets.
    pub fn next_seq(&self) -> u64 {
        self.state.row.head + 1
    }

    /// Appends an entry whose frame was made for [`Self::next_seq`].
    pub fn push(&mut self, kind: EntryKind, frame: &Value, answers: Option<Value>) {
        let seq = self.next_seq();
        self.state.row.head = seq;
        self.state.row.last_ms = self.now_ms;
        self.entries.push(Entry {
            seq,
            kind,
            frame: Bytes::from(frame.to_string()),
            answers,
            at_ms: self.now_ms,
        });
    }

    /// Changes a send, and has it kept.
    pub fn change(&mut self, seq: u64, change: impl FnOnce(&mut SendRow)) {
        let sends = Arc::make_mut(&mut self.state.sends);
        if let Some(send) = sends.iter_mut().find(|send| send.seq == seq) {
            change(send);
            self.changed.push(seq);
        }
    }

    /// The visitor says something: an entry, and a send that waits for its turn.
    pub fn say(&mut self, said: VisitorMessage) -> u64 {
        let seq = self.next_seq();
        let frame = projection::visitor_message(
            seq,
            self.now_ms,
            &said.client_id,
            &said.text,
            said.answer_to,
        );
        self.push(EntryKind::Message, &frame, None);
        if said.answer_to.is_some() {
            self.state.row.prompt = None;
        }
        Arc::make_mut(&mut self.state.sends).push(SendRow {
            seq,
            client_id: said.client_id,
            digest: said.digest,
            answer_to: said.answer_to,
            message: said.message,
            state: SendState::Queued,
            attempts: 0,
            next_ms: 0,
            sent_ms: None,
            evidence_until_ms: None,
            message_id: None,
            echoed: false,
            code: None,
        });
        self.changed.push(seq);
        seq
    }

    /// Moves a send to another state, and notifies readers where that shows.
    pub fn move_to(&mut self, seq: u64, state: SendState) {
        let mut shown = None;
        self.change(seq, |send| {
            let before = send.state.public_name();
            send.state = state;
            if !state.is_unfinished() && state.public_name() != before {
                shown = Some(send.clone());
            }
        });
        let Some(send) = shown else { return };
        self.tell_delivery(&send, state.public_name());
        let gone = matches!(state, SendState::Rejected | SendState::Discarded);
        if gone && self.state.row.prompt.is_none() {
            // Its question waits for an answer again.
            self.state.row.prompt = send.answer_to;
        }
    }

    pub fn tell_delivery(&mut self, send: &SendRow, word: &str) {
        let frame = projection::delivery(self.next_seq(), self.now_ms, send, word);
        self.push(EntryKind::Delivery, &frame, None);
    }

    /// The conversation is over: what still waits for its turn is given up.
    pub fn end(&mut self) {
        if self.state.row.state == ConversationState::Ended {
            return;
        }
        let waiting: Vec<u64> = self
            .state
            .sends
            .iter()
            .filter(|send| send.state == SendState::Queued)
            .map(|send| send.seq)
            .collect();
        for seq in waiting {
            self.move_to(seq, SendState::Discarded);
        }
        self.state.row.state = ConversationState::Ended;
        self.state.row.prompt = None;
        let frame = projection::ended(self.next_seq(), self.now_ms);
        self.push(EntryKind::Ended, &frame, None);
    }

    /// The vendor's id of the conversation is known now: whatever started it arrived.
    pub fn name(&mut self, vendor_id: &str) {
        self.state.row.vendor_id = Some(vendor_id.to_owned());
        self.unpark = Some(0);
        let first = self.state.sends.first();
        let doubtful = first.filter(|send| {
            matches!(
                send.state,
                SendState::Sending | SendState::Unknown | SendState::Unconfirmed
            )
        });
        if let Some(seq) = doubtful.map(|send| send.seq) {
            self.move_to(seq, SendState::Accepted);
        }
    }
}

/// What the visitor says, ready to be sent.
#[derive(Debug)]
pub(crate) struct VisitorMessage {
    pub client_id: String,
    pub digest: String,
    /// As readers get it.
    pub text: String,
    pub answer_to: Option<u64>,
    /// The vendor's `message` object.
    pub message: Value,
}
