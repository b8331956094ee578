//! What a visitor can ask of a gateway beside talking.

use std::path::Path;

use serde_json::Value;
use wotnot_core::strict::Fields;
use wotnot_core::{
    AppState, CancelToken, Client, Error, Resolve, ResolveAction, Result, TranscriptFormat, Upload,
};

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

pub(super) fn upload(
    client: &Client,
    params: Value,
    cancel: Option<&CancelToken>,
) -> Result<Document> {
    let mut fields = Fields::open("", params)?;
    let path = fields.string("path")?;
    let file_id = fields.string("file_id")?;
    let name = fields.string("name")?;
    let media_type = fields.string("type")?;
    let size = fields.number("size", 1, u64::MAX >> 1)?;
    let offset = fields.number("offset", 0, u64::MAX >> 1)?;
    let data = fields.bytes("data")?;
    let progress = fields.flag("progress")?;
    let limits = Limits::read(&mut fields, CALL_MS)?;
    fields.finish()?;
    if data.as_ref().is_some_and(Vec::is_empty) {
        let problem = "has no bytes: is the file shorter than it was? Give `file_id` alone to ask how far it is";
        return Err(Error::invalid("data", problem));
    }
    let upload = match (&path, &name, size, &file_id, offset, &data) {
        (Some(path), name, None, None, None, None) => Upload::File {
            path: Path::new(path),
            name: name.as_deref(),
            media_type: media_type.as_deref(),
            progress,
        },
        (None, Some(name), Some(size), None, None, None) if !progress => Upload::Begin {
            name,
            media_type: media_type.as_deref(),
            size,
        },
        (None, None, None, Some(file_id), Some(offset), Some(bytes)) if !progress => Upload::Part {
            file_id,
            offset,
            bytes,
        },
        (None, None, None, Some(file_id), None, None) if !progress => Upload::Part {
            file_id,
            offset: 0,
            bytes: &[],
        },
        _ => {
            let problem = "give this alone; or `name` and `size` of a file whose bytes follow; or `file_id` with the next `data` and its `offset`, or alone to ask how far it is";
            return Err(Error::invalid("path", problem));
        }
    };
    let call = limits.begin(client, cancel)?;
    client
        .upload(&upload, &call.options())
        .map(Document::Uploaded)
}

pub(super) fn set_app_state(client: &Client, params: Value) -> Result<Document> {
    let mut fields = Fields::open("", params)?;
    let name = fields.required_string("state")?;
    read_unblocked(&mut fields)?;
    fields.finish()?;
    let mut states = AppState::ALL.into_iter();
    let state = states
        .find(|state| state.name() == name)
        .ok_or_else(|| Error::invalid("state", "expected \"foreground\" or \"background\""))?;
    client.set_app_state(state)?;
    Ok(Document::Done(Done { done: true }))
}
