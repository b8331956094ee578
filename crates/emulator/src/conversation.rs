//! One conversation: where it stands in its flow, what it knows, and everything that was said.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use wotnot_protocol::Object;

use crate::deploy::Bot;
use crate::path::Path;
use crate::seed::hex;

/// Older entries are dropped beyond this many, so that a long run stays within bounds; the hash keeps them.
const ENTRIES_KEPT: usize = 2_000;

/// Where a conversation stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "place", rename_all = "snake_case")]
pub(crate) enum DialogPosition {
    /// The block has asked, and has heard so many wrong answers.
    Asked { block: String, wrong: u32 },
    /// A delay block runs until then (milliseconds since 1970), then the flow goes on at `next`.
    Waiting { until_ms: i64, next: Option<String> },
    /// A person answers; the bot is silent. The block is the one that stood when they took over.
    Human {
        #[serde(default)]
        block: Option<String>,
    },
    /// The flow led nowhere further; the conversation stays open and the bot is silent.
    Idle,
    /// Closed.
    Ended,
}

impl DialogPosition {
    /// The name as transcripts write it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Asked { .. } => "asked",
            Self::Waiting { .. } => "waiting",
            Self::Human { .. } => "human",
            Self::Idle => "idle",
            Self::Ended => "ended",
        }
    }

    /// The block that waits for an answer.
    pub fn block(&self) -> Option<&str> {
        match self {
            Self::Asked { block, .. } => Some(block),
            _ => None,
        }
    }
}

/// Who answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Assigned {
    pub id: String,
    pub email: String,
    /// `bot` or `agent`.
    #[serde(rename = "type")]
    pub kind: String,
}

/// One line of a transcript.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// Counts from 1 within the conversation.
    pub seq: u64,
    /// When, as the events write it.
    pub at: String,
    /// The event's type.
    pub kind: Cow<'static, str>,
    /// The whole event as it is delivered.
    pub body: Arc<str>,
    /// Faults that strike this event's delivery.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
}

/// One conversation.
#[derive(Clone)]
pub(crate) struct Conversation {
    pub key: Arc<str>,
    pub visitor_id: String,
    pub visitor_key: Arc<str>,
    /// Counts the visitor's conversations from 1.
    pub ordinal: u64,
    pub bot: Arc<Bot>,
    pub place: DialogPosition,
    /// What it walked; a state that is exported does not hold it.
    pub path: Arc<Path>,
    pub assigned: Assigned,
    pub created_at: String,
    pub system: Object,
    /// What the start call said of the conversation.
    pub visit: Object,
    pub variables: Object,
    pub entries: VecDeque<Entry>,
    pub entries_dropped: u64,
    pub messages: u64,
    /// Milliseconds since 1970 of the last entry, when times are drawn from the seed.
    pub logical_ms: i64,
    pub hash: [u8; 32],
}

impl Conversation {
    /// Adds a line, and chains it into the hash.
    pub fn record(
        &mut self,
        kind: Cow<'static, str>,
        at: String,
        body: Arc<str>,
        faults: Vec<String>,
    ) -> u64 {
        let seq = self.entries_dropped + self.entries.len() as u64 + 1;
        let mut hash = Sha256::new();
        hash.update(self.hash);
        for part in [&*kind, &at, &body, &faults.join(",")] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        self.hash = hash.finalize().into();
        self.entries.push_back(Entry {
            seq,
            at,
            kind,
            body,
            faults,
        });
        while self.entries.len() > ENTRIES_KEPT {
            self.entries.pop_front();
            self.entries_dropped += 1;
        }
        seq
    }

    /// The block where it stands: the one that waits for an answer, or else the one that it came to last.
    pub fn current_block(&self) -> Option<&str> {
        self.place.block().or_else(|| self.path.last(&self.bot))
    }

    /// The hash of everything that was recorded so far.
    pub fn hash_hex(&self) -> String {
        hex(&self.hash)
    }
}
