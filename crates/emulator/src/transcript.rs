//! A conversation as tests and the control API see it: everything that was said, and a line of it for a list.

use serde::Serialize;
use serde_json::Value;

use crate::conversation::{Conversation, Entry};

/// One conversation with everything that was said in it.
#[derive(Clone, Debug, Serialize)]
pub struct Transcript {
    /// `conversation.id` of the start call's answer.
    pub conversation: String,
    /// The integrator's own id of the visitor.
    pub visitor_id: String,
    /// The key of the bot.
    pub bot_key: String,
    /// The version of the bot that the conversation began with.
    pub bot_version: u64,
    /// Where it stands: `asked`, `waiting`, `human`, `idle` or `ended`.
    pub place: String,
    /// The block that waits for an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block: Option<String>,
    /// The block where it stands: the one that waits, or else the one that it came to last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_block: Option<String>,
    /// Variables of this conversation.
    pub variables: Value,
    /// Variables of the visitor.
    pub contact: Value,
    /// A hash over all entries; the same run has the same one.
    pub hash: String,
    /// The entries, oldest first; beyond 2,000 the oldest are dropped.
    pub entries: Vec<TranscriptEntry>,
}

/// One conversation in a list.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Summary {
    conversation: String,
    visitor_id: String,
    bot_key: String,
    bot_version: u64,
    place: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    current_block: Option<String>,
    entries: u64,
    hash: String,
}

/// One event of a conversation.
#[derive(Clone, Debug, Serialize)]
pub struct TranscriptEntry {
    /// Counts from 1 within the conversation.
    pub seq: u64,
    /// When, `YYYY-MM-DD HH:MM:SS.ffffff`.
    pub at: String,
    /// The type of the event.
    pub kind: String,
    /// The event as the webhook carries it.
    pub event: Value,
    /// The faults that struck its delivery.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
}

pub(crate) fn summary(conversation: &Conversation) -> Summary {
    Summary {
        conversation: conversation.key.to_string(),
        visitor_id: conversation.visitor_id.clone(),
        bot_key: conversation.bot.key.clone(),
        bot_version: conversation.bot.version,
        place: conversation.place.name(),
        current_block: conversation.current_block().map(str::to_owned),
        entries: conversation.entries_dropped + conversation.entries.len() as u64,
        hash: conversation.hash_hex(),
    }
}

/// The conversation with its entries of larger numbers than `after`.
pub(crate) fn transcript(conversation: &Conversation, contact: Value, after: u64) -> Transcript {
    let newer = |entry: &&Entry| entry.seq > after;
    Transcript {
        conversation: conversation.key.to_string(),
        visitor_id: conversation.visitor_id.clone(),
        bot_key: conversation.bot.key.clone(),
        bot_version: conversation.bot.version,
        place: conversation.place.name().to_owned(),
        block: conversation.place.block().map(str::to_owned),
        current_block: conversation.current_block().map(str::to_owned),
        variables: Value::Object(conversation.variables.clone()),
        contact,
        hash: conversation.hash_hex(),
        entries: conversation
            .entries
            .iter()
            .filter(newer)
            .map(entry)
            .collect(),
    }
}

fn entry(entry: &Entry) -> TranscriptEntry {
    TranscriptEntry {
        seq: entry.seq,
        at: entry.at.clone(),
        kind: entry.kind.to_string(),
        event: serde_json::from_str(&entry.body).unwrap_or_default(),
        faults: entry.faults.clone(),
    }
}
