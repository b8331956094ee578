//! What readers of a log get, as types. `projection` and `streams` write them field by field; the
//! tests against a running gateway hold both to one another.

#![allow(dead_code, reason = "only their schemas are used")]

use schemars::JsonSchema;
use serde::Serialize;

/// Where a conversation stands.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    Open,
    Handover,
    Ended,
}

/// What became of a message of the visitor's so far.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MessageState {
    Queued,
    Sending,
    Accepted,
    Rejected,
    Unconfirmed,
    Discarded,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Author {
    Bot,
    Agent,
    Visitor,
}

/// Someone sent a message.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Message {
    #[schemars(extend("const" = "message"))]
    r#type: String,
    /// The number of the entry; they count from 1 without a gap.
    seq: u64,
    /// RFC 3339, in UTC.
    at: String,
    by: Author,
    /// Plain text, never HTML.
    text: String,
    /// The entry of the question that the visitor answers.
    answer_to: Option<u64>,
    prompt: Option<Prompt>,
    /// The pictures and files that it shows; left out where there are none. `text` has their names and links too.
    #[serde(skip_serializing_if = "Option::is_none")]
    media: Option<Vec<Media>>,
    /// Only of the visitor's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    /// Only of the visitor's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<MessageState>,
}

/// A picture or a file of a message.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Media {
    kind: MediaKind,
    url: String,
    name: Option<String>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MediaKind {
    Image,
    Audio,
    Video,
    Document,
}

/// A question, and what may answer it.
#[derive(Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Prompt {
    /// Answered with `text`.
    Text { format: Format },
    /// Answered with `option`, or `options` where several may be picked.
    Choice {
        options: Vec<ChoiceOption>,
        /// Whether several may be picked; left out when not.
        #[serde(skip_serializing_if = "Option::is_none")]
        multiple: Option<bool>,
        /// How many must be picked at least.
        #[serde(skip_serializing_if = "Option::is_none")]
        least: Option<u64>,
        /// How many may be picked at most.
        #[serde(skip_serializing_if = "Option::is_none")]
        most: Option<u64>,
    },
    /// Answered with `value`.
    Slider {
        min: Option<f64>,
        max: Option<f64>,
        step: Option<f64>,
        unit: Option<String>,
    },
    /// Answered with `files`.
    File,
    /// Answered with `fields`.
    Form { fields: Vec<FormField> },
    /// Answered with `date`, as `2026-12-31`.
    Date {
        /// The first day that is taken: a day as above, or `today`.
        #[serde(skip_serializing_if = "Option::is_none")]
        earliest: Option<String>,
        /// The last day that is taken.
        #[serde(skip_serializing_if = "Option::is_none")]
        latest: Option<String>,
    },
    /// Answered with `variables`. Only of sites that run code in a sandbox.
    Javascript {
        code: String,
        variables: Vec<String>,
    },
    /// Of a kind that is not known here.
    Unknown,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Format {
    Any,
    Name,
    Email,
    Phone,
}

#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChoiceOption {
    /// Goes into `option`.
    id: String,
    label: String,
    /// A link to open instead of an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    /// The card that the option belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    card: Option<Card>,
}

#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Card {
    index: u64,
    title: Option<String>,
    description: Option<String>,
    image: Option<String>,
}

#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FormField {
    label: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    r#type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    placeholder: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    required: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    options: Option<Vec<String>>,
}

/// The question that waits for an answer.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Asked {
    /// Its entry: what `answer_to` names.
    seq: u64,
    #[serde(flatten)]
    prompt: Prompt,
}

/// What became of a message of the visitor's.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Delivery {
    #[schemars(extend("const" = "delivery"))]
    r#type: String,
    seq: u64,
    at: String,
    client_id: String,
    state: DeliveryState,
    /// Why it was rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DeliveryState {
    Accepted,
    Rejected,
    Unconfirmed,
    /// It is sent once more, as the visitor wished.
    Resent,
    Discarded,
}

/// The conversation was opened again.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StatusChange {
    #[schemars(extend("const" = "status"))]
    r#type: String,
    seq: u64,
    at: String,
    status: State,
}

/// The other party answers now: a person or the bot.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Handover {
    #[schemars(extend("const" = "handover"))]
    r#type: String,
    seq: u64,
    at: String,
    to: HandoverTo,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum HandoverTo {
    Bot,
    Agent,
}

/// The conversation is over.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ended {
    #[schemars(extend("const" = "ended"))]
    r#type: String,
    seq: u64,
    at: String,
}

/// The cursor cannot be served: take a snapshot, and read on from its cursor.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reset {
    #[schemars(extend("const" = "reset"))]
    r#type: String,
    reason: ResetReason,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ResetReason {
    TooOld,
    Epoch,
    Ahead,
}

/// An entry of a log.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Entry {
    Message(Message),
    Delivery(Delivery),
    Status(StatusChange),
    Handover(Handover),
    Ended(Ended),
    Reset(Reset),
}

/// The first frame of a stream.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Hello {
    #[schemars(extend("const" = "hello"))]
    r#type: String,
    /// The first part of every cursor of this conversation.
    epoch: String,
    /// The number of the newest entry.
    head: u64,
    /// How often a quiet stream says that it is alive.
    heartbeat_ms: u64,
}

/// The token's time is over: refresh the session, and come back.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenEnds {
    #[schemars(extend("const" = "token"))]
    r#type: String,
}

/// The gateway stops: come back after a while.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Drain {
    #[schemars(extend("const" = "drain"))]
    r#type: String,
    retry_ms: u64,
}

/// The `data` of a frame of a stream.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Frame {
    Entry(Entry),
    Hello(Hello),
    Token(TokenEnds),
    Drain(Drain),
}

/// Entries that came, and where to go on.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Polled {
    events: Vec<Entry>,
    /// Go on from here.
    cursor: String,
    /// Where the log ends now.
    head: String,
}

/// A call that was refused. Some codes say more in fields of their own.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Refusal {
    error: RefusalError,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct RefusalError {
    code: String,
    /// What was wrong and what to do, for those who read a log.
    message: String,
    /// Whether the same call may succeed later.
    retryable: bool,
    /// After so long; `Retry-After` says the same in whole seconds.
    retry_after_ms: Option<u64>,
}

/// The answer to the vendor for a post that the library refused.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HookRefusal {
    #[schemars(extend("const" = false))]
    ok: bool,
    error: String,
}
