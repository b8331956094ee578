//! The shapes of configuration and parameters, as types.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::message::{Message, scalar};

/// The parameters of a call that may be named and cancelled. `serde(flatten)` does not go with `deny_unknown_fields`.
macro_rules! call {
    ($(#[$doc:meta])* $name:ident { $($(#[$about:meta])* $field:ident: $type:ty,)* }) => {
        #[derive(Serialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        $(#[$doc])*
        pub(super) struct $name {
            $($(#[$about])* $field: $type,)*
            /// Your own name for this call, so that `cancel` can end it.
            call_id: Option<CallId>,
            /// How long the call has waited in a queue of yours already; it counts against its time.
            queued_ms: Option<u64>,
            /// Whether it was cancelled in that queue: it ends with `interrupted`, and nothing is sent.
            cancelled: Option<bool>,
        }
    };
}

call! {
    /// Parameters of `start_conversation`.
    StartConversation {
        /// Your own unique id of the visitor. Through a gateway it may be left out.
        #[schemars(regex(pattern = r"\S"))]
        visitor_id: Option<String>,
        /// What they said first.
        message: Message,
        /// What is known about them.
        variables: Option<Variables>,
        /// The bot to talk to, instead of the configured one.
        bot_key: Option<String>,
        /// Your own id of the message: the same message under the same id counts once. Through a gateway alone.
        #[schemars(regex(pattern = r"^[A-Za-z0-9_.:-]{1,64}$"))]
        client_id: Option<String>,
        /// The overall deadline of this call.
        #[schemars(range(min = 1, max = 3_600_000))]
        timeout_ms: Option<u64>,
    }
}

call! {
    /// Parameters of `send_message`.
    SendMessage {
        /// `conversation.id` of `start_conversation`.
        #[schemars(regex(pattern = r"\S"), extend("not" = serde_json::json!({"enum": [".", ".."]})))]
        conversation_id: String,
        /// What the visitor answered.
        message: Message,
        /// Your own id of the message: the same message under the same id counts once. Through a gateway alone.
        #[schemars(regex(pattern = r"^[A-Za-z0-9_.:-]{1,64}$"))]
        client_id: Option<String>,
        /// Keeps the message where it cannot be sent now, and sends it in its turn. Through a gateway alone.
        queue: Option<bool>,
        /// The overall deadline of this call.
        #[schemars(range(min = 1, max = 3_600_000))]
        timeout_ms: Option<u64>,
    }
}

call! {
    /// Parameters of `open_conversation`.
    OpenConversation {
        /// Your own unique id of the visitor. Through a gateway it may be left out.
        #[schemars(regex(pattern = r"\S"))]
        visitor_id: Option<String>,
        /// What they said first; sent only where a conversation is started.
        message: Message,
        /// What is known about them.
        variables: Option<Variables>,
        /// The bot to talk to, instead of the configured one.
        bot_key: Option<String>,
        /// What to do when they have a conversation; `reuse` when absent.
        if_known: Option<IfKnown>,
        /// Your own id of the message: the same message under the same id counts once. Through a gateway alone.
        #[schemars(regex(pattern = r"^[A-Za-z0-9_.:-]{1,64}$"))]
        client_id: Option<String>,
        /// The overall deadline of this call.
        #[schemars(range(min = 1, max = 3_600_000))]
        timeout_ms: Option<u64>,
    }
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(dead_code)]
enum IfKnown {
    Reuse,
    Refuse,
    New,
}

call! {
    /// Parameters of `converse`.
    Converse {
        /// `conversation.id` of `start_conversation`.
        #[schemars(regex(pattern = r"\S"), extend("not" = serde_json::json!({"enum": [".", ".."]})))]
        conversation_id: String,
        /// What the visitor says.
        message: Message,
        /// How long a bot that has said something may be silent before its turn is over; 3000 when absent.
        #[schemars(range(min = 1, max = 3_600_000))]
        quiet_ms: Option<u64>,
        /// Your own id of the message: the same message under the same id counts once. Through a gateway alone.
        #[schemars(regex(pattern = r"^[A-Za-z0-9_.:-]{1,64}$"))]
        client_id: Option<String>,
        /// The overall deadline of this call: of the message and of the bot's turn.
        #[schemars(range(min = 1, max = 3_600_000))]
        timeout_ms: Option<u64>,
    }
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

/// Parameters of `forget`: one of the two, or through a gateway none.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Forget {
    /// The visitor, with every bot.
    visitor_id: Option<String>,
    /// The conversation.
    conversation_id: Option<String>,
}

call! {
    /// Parameters of `resolve`.
    Resolve {
        /// The conversation that the message was said in.
        #[schemars(regex(pattern = r"\S"))]
        conversation_id: String,
        /// The message's own id, as `delivery` events name it.
        #[schemars(regex(pattern = r"\S"))]
        client_id: String,
        /// Send it once more, or let it be.
        action: Action,
        /// The overall deadline of this call.
        #[schemars(range(min = 1, max = 3_600_000))]
        timeout_ms: Option<u64>,
    }
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(dead_code)]
enum Action {
    Resend,
    Discard,
}

call! {
    /// Parameters of `transcript`.
    Transcript {
        /// The conversation.
        #[schemars(regex(pattern = r"\S"))]
        conversation_id: String,
        /// The form; `json` when absent.
        format: Option<Format>,
        /// The overall deadline of this call.
        #[schemars(range(min = 1, max = 3_600_000))]
        timeout_ms: Option<u64>,
    }
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(dead_code)]
enum Format {
    Json,
    Txt,
    Html,
}

call! {
    /// Parameters of `set_identity`.
    SetIdentity {
        /// What the site signed of the visitor; nobody in particular when absent.
        #[schemars(regex(pattern = r"\S"))]
        identity: Option<String>,
    }
}

call! {
    /// Parameters of `upload`: the `path` of a file; or `name` and `size` of one whose bytes follow; or `file_id`, and its
    /// next bytes.
    #[schemars(
        extend("oneOf" = serde_json::json!([
            {"required": ["path"]}, {"required": ["name", "size"]}, {"required": ["file_id"]}
        ])),
        extend("dependentRequired" = serde_json::json!({"data": ["offset"], "offset": ["data"]}))
    )]
    Upload {
        /// The file.
        path: Option<String>,
        /// The name to show; that of `path` when absent.
        name: Option<String>,
        /// Such as `image/png`; what the name says when absent.
        r#type: Option<String>,
        /// How many bytes it has.
        #[schemars(range(min = 1))]
        size: Option<u64>,
        /// `file_id` of the call before.
        file_id: Option<String>,
        /// `offset` of the call before: from which byte of the file on `data` is.
        offset: Option<u64>,
        /// The next bytes of the file, in Base64; asks how far it is when absent.
        #[schemars(regex(pattern = r"^[A-Za-z0-9+/]+={0,2}$"), extend("contentEncoding" = "base64"))]
        data: Option<String>,
        /// Whether events of the type `upload` tell how far it is.
        progress: Option<bool>,
        /// The deadline of the whole call; without it each part has that of the client.
        #[schemars(range(min = 1, max = 3_600_000))]
        timeout_ms: Option<u64>,
    }
}

call! {
    /// Parameters of `set_app_state`.
    SetAppState {
        /// Whether somebody looks at the app.
        state: AppState,
    }
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(dead_code)]
enum AppState {
    Foreground,
    Background,
}

call! {
    /// Parameters of `receive`.
    Receive {
        /// The conversation whose next event is wanted; else the next one of any.
        conversation_id: Option<String>,
        /// Whether events of the type `log` alone are wanted, or all others; else what comes first.
        log: Option<LogFilter>,
        /// How long to wait; 0 looks without waiting, and without it the wait has no end.
        #[schemars(range(max = 4_294_967_294u32))]
        timeout_ms: Option<u64>,
    }
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(dead_code)]
enum LogFilter {
    Only,
    Without,
}

call! {
    /// Parameters of `wait`.
    Wait {
        /// `change` of the wait before; 0 at first.
        after: Option<u64>,
        /// How long to wait; 0 looks without waiting, and without it the wait has no end.
        #[schemars(range(max = 4_294_967_294u32))]
        timeout_ms: Option<u64>,
    }
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
