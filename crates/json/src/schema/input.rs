//! The shapes of configuration and parameters, as types.

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::message::{Message, scalar};

/// What a client does where its configuration says nothing.
fn defaults() -> wotnot_core::Config {
    wotnot_core::Config::new("")
}

fn webhook() -> wotnot_core::Webhook {
    wotnot_core::Webhook::new("")
}

fn millis(time: Duration) -> u64 {
    time.as_millis().try_into().unwrap_or(u64::MAX)
}

/// The configuration of a client. All but the token have defaults.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    /// The account's JWT.
    token: String,
    /// The bot to talk to when a call names none.
    bot_key: Option<String>,
    /// The name of the field that carries the bot key on the wire: `bot_key` or `publish_key`.
    #[schemars(extend("default" = defaults().bot_key_field))]
    bot_key_field: Option<String>,
    /// The service; https, or http on loopback. A path `/api/v1` at its end is left off.
    #[schemars(extend("default" = defaults().base_url))]
    base_url: Option<String>,
    /// The overall deadline of a call, in milliseconds.
    #[schemars(range(min = 1, max = 3_600_000))]
    #[schemars(extend("default" = millis(defaults().timeout)))]
    timeout_ms: Option<u64>,
    /// The share of `timeout_ms` that making one connection may take: look-up, TCP, TLS and the way through a
    /// proxy. What takes longer has sent nothing, and is tried again.
    #[schemars(range(min = 1, max = 3_600_000))]
    #[schemars(extend("default" = millis(defaults().connect_timeout)))]
    connect_timeout_ms: Option<u64>,
    /// Automatic retries.
    retry: Option<Retry>,
    /// `"env"`, the URL of an http or https proxy, or null for none.
    #[schemars(extend("default" = "env"))]
    proxy: Option<String>,
    /// TLS trust roots.
    tls: Option<Tls>,
    /// How events come in.
    webhook: Option<Webhook>,
    /// What is kept beyond the life of the client.
    state: Option<State>,
    /// The `User-Agent` header.
    user_agent: Option<String>,
    /// Allows http beyond loopback.
    #[schemars(extend("default" = false))]
    allow_http: Option<bool>,
    /// What is logged: `retries` tells each retry and the end of each call that was tried again or failed, `calls` the end of every other call too.
    #[schemars(extend("default" = "off"))]
    log: Option<LogLevel>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(dead_code)]
enum LogLevel {
    Off,
    Retries,
    Calls,
}

/// Automatic retries.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Retry {
    /// Requests in all, the first included.
    #[schemars(range(min = 1, max = 20))]
    #[schemars(extend("default" = defaults().retry.max_attempts))]
    max_attempts: Option<u64>,
    /// The upper bound of the first wait.
    #[schemars(range(max = 3_600_000))]
    #[schemars(extend("default" = millis(defaults().retry.base_delay)))]
    base_delay_ms: Option<u64>,
    /// The upper bound of any wait.
    #[schemars(range(max = 3_600_000))]
    #[schemars(extend("default" = millis(defaults().retry.max_delay)))]
    max_delay_ms: Option<u64>,
}

/// TLS trust roots.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Tls {
    /// The base set of authorities.
    #[schemars(extend("default" = "auto"))]
    roots: Option<Roots>,
    /// A PEM file whose certificates are trusted besides.
    ca_file: Option<String>,
    /// PEM text whose certificates are trusted besides.
    ca_pem: Option<String>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(dead_code)]
enum Roots {
    Auto,
    System,
    Bundled,
    None,
}

/// How events come in.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Webhook {
    /// The shared token that is set beside the endpoint at the vendor.
    token: String,
    /// Where to listen, such as `127.0.0.1:8089`.
    listen: Option<String>,
    /// The path of the endpoint.
    #[schemars(extend("default" = webhook().path))]
    path: Option<String>,
    /// How many events wait for `receive` before posts are refused.
    #[schemars(range(min = 1, max = 1_000_000))]
    #[schemars(extend("default" = webhook().capacity))]
    capacity: Option<u64>,
    /// How many bytes they take before posts are refused: each its JSON text and 256 bytes.
    #[schemars(range(min = 1_024, max = 1_099_511_627_776_u64))]
    #[schemars(extend("default" = webhook().capacity_bytes))]
    capacity_bytes: Option<u64>,
    /// After how many milliseconds without a reader a conversation gives way when all is full.
    #[schemars(range(max = 86_400_000))]
    #[schemars(extend("default" = millis(webhook().idle)))]
    idle_ms: Option<u64>,
}

/// What is kept beyond the life of the client.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct State {
    /// The file that keeps which conversation each visitor has. Several processes may share it.
    path: String,
}

/// Parameters of `start_conversation`.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct StartConversation {
    /// Your own unique id of the visitor.
    #[schemars(regex(pattern = r"\S"))]
    visitor_id: String,
    /// What they said first.
    message: Message,
    /// What is known about them.
    variables: Option<Variables>,
    /// The bot to talk to, instead of the configured one.
    bot_key: Option<String>,
    /// The overall deadline of this call.
    #[schemars(range(min = 1, max = 3_600_000))]
    timeout_ms: Option<u64>,
    /// Your own name for this call, so that `cancel` can end it.
    call_id: Option<CallId>,
    /// How long the call has waited in a queue of yours already; it counts against its time.
    queued_ms: Option<u64>,
    /// Whether it was cancelled in that queue: it ends with `interrupted`, and nothing is sent.
    cancelled: Option<bool>,
}

/// Parameters of `send_message`.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SendMessage {
    /// `conversation.id` of `start_conversation`.
    #[schemars(regex(pattern = r"\S"), extend("not" = serde_json::json!({"enum": [".", ".."]})))]
    conversation_id: String,
    /// What the visitor answered.
    message: Message,
    /// The overall deadline of this call.
    #[schemars(range(min = 1, max = 3_600_000))]
    timeout_ms: Option<u64>,
    /// Your own name for this call, so that `cancel` can end it.
    call_id: Option<CallId>,
    /// How long the call has waited in a queue of yours already; it counts against its time.
    queued_ms: Option<u64>,
    /// Whether it was cancelled in that queue: it ends with `interrupted`, and nothing is sent.
    cancelled: Option<bool>,
}

/// Parameters of `open_conversation`.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OpenConversation {
    /// Your own unique id of the visitor.
    #[schemars(regex(pattern = r"\S"))]
    visitor_id: String,
    /// What they said first; sent only where a conversation is started.
    message: Message,
    /// What is known about them.
    variables: Option<Variables>,
    /// The bot to talk to, instead of the configured one.
    bot_key: Option<String>,
    /// What to do when they have a conversation; `reuse` when absent.
    if_known: Option<IfKnown>,
    /// The overall deadline of this call.
    #[schemars(range(min = 1, max = 3_600_000))]
    timeout_ms: Option<u64>,
    /// Your own name for this call, so that `cancel` can end it.
    call_id: Option<CallId>,
    /// How long the call has waited in a queue of yours already; it counts against its time.
    queued_ms: Option<u64>,
    /// Whether it was cancelled in that queue: it ends with `interrupted`, and nothing is sent.
    cancelled: Option<bool>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(dead_code)]
enum IfKnown {
    Reuse,
    Refuse,
    New,
}

/// Parameters of `converse`.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Converse {
    /// `conversation.id` of `start_conversation`.
    #[schemars(regex(pattern = r"\S"), extend("not" = serde_json::json!({"enum": [".", ".."]})))]
    conversation_id: String,
    /// What the visitor says.
    message: Message,
    /// How long a bot that has said something may be silent before its turn is over; 3000 when absent.
    #[schemars(range(min = 1, max = 3_600_000))]
    quiet_ms: Option<u64>,
    /// The overall deadline of this call: of the message and of the bot's turn.
    #[schemars(range(min = 1, max = 3_600_000))]
    timeout_ms: Option<u64>,
    /// Your own name for this call, so that `cancel` can end it.
    call_id: Option<CallId>,
    /// How long the call has waited in a queue of yours already; it counts against its time.
    queued_ms: Option<u64>,
    /// Whether it was cancelled in that queue: it ends with `interrupted`, and nothing is sent.
    cancelled: Option<bool>,
}

/// Parameters of `answer`.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Answer {
    /// The `prompt` of an event or of a turn, as it was given.
    prompt: Map<String, Value>,
    /// What answers it: a text, a number, an object or an array, by the kind of prompt.
    value: Value,
}

/// Parameters of `forget`: one of the two.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [
    {"required": ["visitor_id"], "properties": {"visitor_id": {"type": "string"}}},
    {"required": ["conversation_id"], "properties": {"conversation_id": {"type": "string"}}},
]))]
pub(super) struct Forget {
    /// The visitor, with every bot.
    visitor_id: Option<String>,
    /// The conversation.
    conversation_id: Option<String>,
}

/// Parameters of `receive`.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Receive {
    /// The conversation whose next event is wanted; else the next one of any.
    conversation_id: Option<String>,
    /// Whether events of the type `log` alone are wanted, or all others; else what comes first.
    log: Option<LogFilter>,
    /// How long to wait; 0 looks without waiting, and without it the wait has no end.
    #[schemars(range(max = 4_294_967_294u32))]
    timeout_ms: Option<u64>,
    /// Your own name for this call, so that `cancel` can end it.
    call_id: Option<CallId>,
    /// How long the call has waited in a queue of yours already; it counts against its time.
    queued_ms: Option<u64>,
    /// Whether it was cancelled in that queue: it ends with `interrupted`, and nothing is sent.
    cancelled: Option<bool>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(dead_code)]
enum LogFilter {
    Only,
    Without,
}

/// Parameters of `wait`.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Wait {
    /// `change` of the wait before; 0 at first.
    after: Option<u64>,
    /// How long to wait; 0 looks without waiting, and without it the wait has no end.
    #[schemars(range(max = 4_294_967_294u32))]
    timeout_ms: Option<u64>,
    /// Your own name for this call, so that `cancel` can end it.
    call_id: Option<CallId>,
    /// How long the call has waited in a queue of yours already; it counts against its time.
    queued_ms: Option<u64>,
    /// Whether it was cancelled in that queue: it ends with `interrupted`, and nothing is sent.
    cancelled: Option<bool>,
}

/// Parameters of `public_event`.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PublicEvent {
    /// An event, as `receive`, `converse` or `parse_webhook` gave it.
    #[schemars(extend("required" = ["type"]))]
    event: Map<String, Value>,
}

/// Parameters of `cancel`.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Cancel {
    /// `call_id` of the call to end.
    call_id: CallId,
}

/// A string or a number; `7` and `"7"` are two.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
#[allow(dead_code)]
enum CallId {
    Text(String),
    Number(f64),
}

/// Parameters of `parse_webhook` and `accept_webhook`.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Post {
    /// The whole body of the post.
    body: String,
    /// Its `Authorization` header.
    authorization: Option<String>,
}

/// From names to a string, a number, true, false or null.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Variables {
    /// About the visitor's device.
    system: Option<BTreeMap<String, Scalar>>,
    /// About the person.
    contact: Option<BTreeMap<String, Scalar>>,
    /// About this conversation.
    conversation: Option<BTreeMap<String, Scalar>>,
}

/// A value of a variable.
#[derive(Serialize)]
struct Scalar;

impl JsonSchema for Scalar {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Scalar".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::Schema::try_from(scalar()).unwrap_or_default()
    }
}
