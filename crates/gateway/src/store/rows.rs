//! The things that stores keep.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A visitor, as a site knows them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VisitorRow {
    /// `v_…`, or `u_…` for one whom the site identified.
    pub id: String,
    /// The site's name.
    pub site: String,
    /// Tokens that carry a smaller number no longer count.
    pub revocation: u64,
    /// What the session said of the page, the language and the time zone, and what the site signed
    /// of the person: what a conversation starts with.
    pub context: Value,
    /// Milliseconds since 1970.
    pub created_ms: u64,
}

/// A refresh token that can be used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RefreshRow {
    /// The family: all that were made from one session.
    pub family: String,
    /// SHA-256 of the token.
    pub hash: [u8; 32],
    /// Whose it is.
    pub visitor: String,
    /// The site's name.
    pub site: String,
    /// The exact origin, or `app:<id>`.
    pub origin: String,
    /// Milliseconds since 1970.
    pub expires_ms: u64,
}

/// What became of a refresh token.
#[derive(Clone, Debug, PartialEq)]
pub enum Rotation {
    /// It was used; the next one counts.
    Rotated(RefreshRow),
    /// It was used too long ago, and so was one that came after it: somebody else has it, and its family has ended.
    Reused,
    /// It is not known, or its time is over.
    Expired,
}

/// Where a conversation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConversationState {
    /// The bot answers.
    Open,
    /// A person answers.
    Handover,
    /// Nothing more can be said in it.
    Ended,
}

impl ConversationState {
    /// The name in JSON and in the store.
    pub const fn name(self) -> &'static str {
        match self {
            ConversationState::Open => "open",
            ConversationState::Handover => "handover",
            ConversationState::Ended => "ended",
        }
    }

    /// The state of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Open, Self::Handover, Self::Ended]
            .into_iter()
            .find(|state| state.name() == name)
    }
}

/// A conversation, without what was said in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConversationRow {
    /// `c_…`; what browsers know it by.
    pub id: String,
    /// The site's name when it began. A later change of the file does not move it.
    pub site: String,
    /// The account's name when it began.
    pub account: String,
    /// The bot when it began.
    pub bot_key: String,
    /// Whose it is.
    pub visitor: String,
    /// The visitor id that the vendor was given.
    pub vendor_visitor: String,
    /// The vendor's id of it, once it is known.
    pub vendor_id: Option<String>,
    /// Eight hex digits; with the store's incarnation the epoch of its cursors.
    pub nonce: String,
    /// The number of the newest entry.
    pub head: u64,
    /// Entries up to this number are gone: a change that raises it drops them.
    pub floor: u64,
    /// The entry with the question that waits for an answer.
    pub prompt: Option<u64>,
    /// Where it stands.
    pub state: ConversationState,
    /// Counts the messages of the visitor, to distinguish equal events.
    pub turn: u64,
    /// `variables` of the start call.
    pub variables: Value,
    /// Milliseconds since 1970.
    pub created_ms: u64,
    /// When the newest entry came.
    pub last_ms: u64,
    /// Counts changes; a change that was made for another number is refused.
    pub version: u64,
}

/// The kinds of entry in a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// Someone sent a message.
    Message,
    /// What became of a message of the visitor's.
    Delivery,
    /// It was opened again.
    Status,
    /// The other party answers now: a person or the bot.
    Handover,
    /// It is over.
    Ended,
}

impl EntryKind {
    /// Every kind.
    pub const ALL: [EntryKind; 5] = [
        EntryKind::Message,
        EntryKind::Delivery,
        EntryKind::Status,
        EntryKind::Handover,
        EntryKind::Ended,
    ];

    /// The name in JSON and in the store.
    pub const fn name(self) -> &'static str {
        match self {
            EntryKind::Message => "message",
            EntryKind::Delivery => "delivery",
            EntryKind::Status => "status",
            EntryKind::Handover => "handover",
            EntryKind::Ended => "ended",
        }
    }

    /// The kind of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// An entry of a log, as readers get it.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Counts from 1 within the conversation, without a gap.
    pub seq: u64,
    /// What it is.
    pub kind: EntryKind,
    /// The JSON that readers get, made once.
    pub frame: Bytes,
    /// The vendor's ready answers to the question in it, which never leave.
    pub answers: Option<Value>,
    /// Milliseconds since 1970.
    pub at_ms: u64,
}

/// What became of a message of the visitor's so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SendState {
    /// Waits for its turn.
    Queued,
    /// A call is under way, or was when the process ended.
    Sending,
    /// The call ended without saying whether the message was taken; evidence is waited for.
    Unknown,
    /// The vendor took it.
    Accepted,
    /// The vendor refused it for good.
    Rejected,
    /// Nobody knows; the visitor decides.
    Unconfirmed,
    /// The visitor gave it up, or its conversation ended before its turn.
    Discarded,
}

impl SendState {
    /// Every state.
    pub const ALL: [SendState; 7] = [
        SendState::Queued,
        SendState::Sending,
        SendState::Unknown,
        SendState::Accepted,
        SendState::Rejected,
        SendState::Unconfirmed,
        SendState::Discarded,
    ];

    /// The name in the store.
    pub const fn name(self) -> &'static str {
        match self {
            SendState::Queued => "queued",
            SendState::Sending => "sending",
            SendState::Unknown => "unknown",
            SendState::Accepted => "accepted",
            SendState::Rejected => "rejected",
            SendState::Unconfirmed => "unconfirmed",
            SendState::Discarded => "discarded",
        }
    }

    /// The name that browsers get: while evidence is waited for, the message is still being sent.
    pub const fn public_name(self) -> &'static str {
        match self {
            SendState::Unknown => "sending",
            other => other.name(),
        }
    }

    /// The state of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether a worker still has something to do about it.
    pub const fn is_unfinished(self) -> bool {
        matches!(self, Self::Queued | Self::Sending | Self::Unknown)
    }
}

/// A message of the visitor's, on its way to the vendor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SendRow {
    /// The number of its entry.
    pub seq: u64,
    /// The browser's own id of it.
    pub client_id: String,
    /// Of what the browser said, to distinguish a repeated post from another one under the same id.
    pub digest: String,
    /// The question that it answers.
    pub answer_to: Option<u64>,
    /// The vendor's `message` object.
    pub message: Value,
    /// What became of it.
    pub state: SendState,
    /// Calls that were begun.
    pub attempts: u32,
    /// Not before this time, in milliseconds since 1970.
    pub next_ms: u64,
    /// When the newest call was begun.
    pub sent_ms: Option<u64>,
    /// Until when evidence is waited for.
    pub evidence_until_ms: Option<u64>,
    /// The vendor's id of the message.
    pub message_id: Option<String>,
    /// Whether the vendor's echo of it came.
    pub echoed: bool,
    /// Why it was refused: a code of the library's.
    pub code: Option<String>,
}

/// What happened in one conversation, to be kept in one piece.
#[derive(Clone, Debug)]
pub struct Change {
    /// When it happened, in milliseconds since 1970.
    pub at_ms: u64,
    /// The conversation as it is now. Its `version` is the one that the change was made for; the
    /// store keeps the next one.
    pub conversation: ConversationRow,
    /// New entries, numbered on from the head before.
    pub entries: Vec<Entry>,
    /// Sends that are new or changed.
    pub sends: Vec<SendRow>,
    /// Keys of the events that were taken.
    pub seen: Vec<String>,
    /// The vendor's events as they came, each as JSON, kept for a day.
    pub raw: Vec<String>,
    /// Drops the parked events of the conversation's `vendor_id`, of which so many were taken along.
    pub unpark: Option<usize>,
    /// Kept only while this process is the one that sends in the conversation.
    pub by_sender: bool,
}

impl Change {
    /// Nothing but the conversation itself.
    pub fn of(conversation: ConversationRow) -> Self {
        Self {
            at_ms: conversation.last_ms,
            conversation,
            entries: Vec::new(),
            sends: Vec::new(),
            seen: Vec::new(),
            raw: Vec::new(),
            unpark: None,
            by_sender: false,
        }
    }
}

/// What is kept of one conversation.
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    /// As it is now.
    pub conversation: ConversationRow,
    /// Its whole log, as far as it is kept.
    pub entries: Vec<Entry>,
    /// Everything that was to be sent, in order.
    pub sends: Vec<SendRow>,
    /// The vendor's events of the last day as they came, each with its time in milliseconds since 1970.
    pub raw: Vec<(u64, Value)>,
}

/// An event of a conversation that is not known (yet).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parked {
    /// The account's name.
    pub account: String,
    /// The vendor's id of the conversation.
    pub vendor_id: String,
    /// The element of `events` as it came.
    pub raw: Value,
    /// Milliseconds since 1970.
    pub at_ms: u64,
}

/// A post of the vendor's that is to be passed on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForwardRow {
    /// The store's own; what it is when it is put does not count.
    pub number: u64,
    /// The receiver's id.
    pub receiver: String,
    /// As it came.
    pub body: String,
    /// As it came.
    pub content_type: Option<String>,
    /// Whether it had an `Authorization`. What stood there is not kept.
    pub has_authorization: bool,
    /// When it came, in milliseconds since 1970.
    pub at_ms: u64,
}

/// A file that a visitor sends. Its bytes are kept elsewhere (`files/`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileRow {
    /// `f_…`
    pub id: String,
    /// Whose it is.
    pub visitor: String,
    /// The site's name.
    pub site: String,
    /// As the visitor calls it.
    pub name: String,
    /// Such as `image/png`.
    pub media_type: String,
    /// In bytes.
    pub size: u64,
    /// Whether all of it is there, and was looked at.
    pub ready: bool,
    /// Milliseconds since 1970.
    pub created_ms: u64,
}
