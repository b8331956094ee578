//! JSON Schemas of what goes in and what comes out, for editors, generators and tests.
//!
//! What comes out is derived from the types themselves. What goes in is read field by field, so
//! that every error names its field; `input` says the same as types, `config` as the core's table of
//! keys, and a test holds both to the reading.

mod config;
mod input;
mod message;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::Serialize;
use wotnot_core::{
    Change, Event, Forgotten, Opened, PublicEvent, Sent, Started, Status, Transcript, Turn,
    Uploaded,
};

use crate::envelope::{AcceptedWebhook, Answer, Cancelled, Done, ErrorDocument, ParsedWebhook};

/// The success envelope of a call.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "Success")]
struct Success<T> {
    /// Always true.
    #[schemars(extend("const" = true))]
    ok: bool,
    /// What the method gives.
    value: T,
}

/// The failure envelope of any call.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "Failure")]
struct Failure {
    /// Always false.
    #[schemars(extend("const" = false))]
    ok: bool,
    /// Why.
    error: ErrorDocument,
}

/// Every schema, under the name of its file without `.schema.json`.
pub fn all() -> Vec<(&'static str, Schema)> {
    vec![
        ("config", config::schema()),
        (
            "start_conversation.params",
            input::<input::StartConversation>(),
        ),
        ("send_message.params", input::<input::SendMessage>()),
        (
            "open_conversation.params",
            input::<input::OpenConversation>(),
        ),
        ("converse.params", input::<input::Converse>()),
        ("answer.params", input::<input::Answer>()),
        ("public_event.params", input::<input::PublicEvent>()),
        ("forget.params", input::<input::Forget>()),
        ("resolve.params", input::<input::Resolve>()),
        ("transcript.params", input::<input::Transcript>()),
        ("set_identity.params", input::<input::SetIdentity>()),
        ("upload.params", input::<input::Upload>()),
        ("set_app_state.params", input::<input::SetAppState>()),
        ("receive.params", input::<input::Receive>()),
        ("wait.params", input::<input::Wait>()),
        ("cancel.params", input::<input::Cancel>()),
        ("webhook.params", input::<input::Post>()),
        ("start_conversation.result", output::<Success<Started>>()),
        ("send_message.result", output::<Success<Sent>>()),
        ("parse_webhook.result", output::<Success<ParsedWebhook>>()),
        (
            "accept_webhook.result",
            output::<Success<AcceptedWebhook>>(),
        ),
        ("status.result", output::<Success<Status>>()),
        ("receive.result", output::<Success<Event>>()),
        ("open_conversation.result", output::<Success<Opened>>()),
        ("converse.result", output::<Success<Turn>>()),
        ("answer.result", output::<Success<Answer>>()),
        ("public_event.result", output::<Success<PublicEvent>>()),
        ("forget.result", output::<Success<Forgotten>>()),
        ("wait.result", output::<Success<Change>>()),
        ("cancel.result", output::<Success<Cancelled>>()),
        ("resolve.result", output::<Success<Sent>>()),
        ("transcript.result", output::<Success<Transcript>>()),
        ("set_identity.result", output::<Success<Done>>()),
        ("upload.result", output::<Success<Uploaded>>()),
        ("set_app_state.result", output::<Success<Done>>()),
        ("event", output::<Event>()),
        ("error", output::<Failure>()),
    ]
}

/// The schema of what the library reads.
fn input<T: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12()
        .for_deserialize()
        .into_generator()
        .into_root_schema_for::<T>()
}

/// The schema of what the library writes: fields that may be left out are not required.
fn output<T: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<T>()
}
