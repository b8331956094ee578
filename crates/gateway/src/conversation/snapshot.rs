//! A conversation as it stands: what a window shows when it opens, and after a `reset`.

use std::sync::Arc;

use serde_json::Value;

use super::Conversation;
use crate::answers::Snapshot;
use crate::app::App;
use crate::error::ApiResult;

/// The newest messages before `before`, with what became of the visitor's own.
pub(crate) async fn take(
    app: &App,
    conversation: &Arc<Conversation>,
    before: Option<u64>,
    limit: usize,
) -> ApiResult<Snapshot> {
    app.conversations.refresh(conversation).await?;
    let state = conversation.lock().await.clone();
    let head = state.row.head;
    let before = before.unwrap_or(u64::MAX).min(head + 1);
    let entries = app
        .store
        .messages_before(&conversation.id, before, limit)
        .await?;
    let messages: Vec<Value> = entries
        .iter()
        .filter_map(|entry| {
            let mut frame: Value = serde_json::from_slice(&entry.frame).ok()?;
            if let Some(send) = state.sends.iter().find(|send| send.seq == entry.seq) {
                frame["state"] = send.state.public_name().into();
            }
            Some(frame)
        })
        .collect();
    let prompt = match state.row.prompt {
        None => Value::Null,
        Some(seq) => {
            let asked = conversation.log.read(&*app.store, seq - 1, 1).await?;
            let frame: Option<Value> = asked
                .first()
                .and_then(|entry| serde_json::from_slice(&entry.frame).ok());
            let mut prompt = frame
                .map(|frame| frame["prompt"].clone())
                .unwrap_or_default();
            if prompt.is_object() {
                prompt["seq"] = seq.into();
            }
            prompt
        }
    };
    let cursor = format!("{}.{head}", conversation.log.epoch);
    Ok(Snapshot::new(cursor, state.row.state, prompt, messages))
}
