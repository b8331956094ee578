//! What a visitor can ask of a gateway beside talking.

use serde_json::Value;
use wotnot_core::strict::Fields;
use wotnot_core::{CancelToken, Client, Error, Resolve, ResolveAction, Result, TranscriptFormat};

use super::limits::{CALL_MS, Limits, read_unblocked};
use crate::envelope::{Document, Done};

pub(super) fn resolve(
    client: &Client,
    params: Value,
    cancel: Option<&CancelToken>,
) -> Result<Document> {
    let mut fields = Fields::open("", params)?;
    let conversation_id = fields.required_string("conversation_id")?;
    let client_id = fields.required_string("client_id")?;
    let name = fields.required_string("action")?;
    let limits = Limits::read(&mut fields, CALL_MS)?;
    fields.finish()?;
    let mut actions = ResolveAction::ALL.into_iter();
    let action = actions
        .find(|action| action.name() == name)
        .ok_or_else(|| Error::invalid("action", "expected \"resend\" or \"discard\""))?;
    let call = limits.begin(client, cancel)?;
    let resolve = Resolve {
        conversation_id: &conversation_id,
        client_id: &client_id,
        action,
    };
    client
        .resolve(&resolve, &call.options())
        .map(Document::Sent)
}

pub(super) fn transcript(
    client: &Client,
    params: Value,
    cancel: Option<&CancelToken>,
) -> Result<Document> {
    let mut fields = Fields::open("", params)?;
    let conversation_id = fields.required_string("conversation_id")?;
    let name = fields.string("format")?;
    let limits = Limits::read(&mut fields, CALL_MS)?;
    fields.finish()?;
    let format = match name {
        None => TranscriptFormat::default(),
        Some(name) => *TranscriptFormat::ALL
            .iter()
            .find(|format| format.name() == name)
            .ok_or_else(|| Error::invalid("format", "expected \"json\", \"txt\" or \"html\""))?,
    };
    let call = limits.begin(client, cancel)?;
    client
        .transcript(&conversation_id, format, &call.options())
        .map(Document::Transcript)
}

pub(super) fn set_identity(client: &Client, params: Value) -> Result<Document> {
    let mut fields = Fields::open("", params)?;
    let identity = fields.string("identity")?;
    read_unblocked(&mut fields)?;
    fields.finish()?;
    client.set_identity(identity.as_deref())?;
    Ok(Document::Done(Done { done: true }))
}
