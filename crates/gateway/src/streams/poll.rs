//! The log by long poll, for where streams do not get through.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Reader, Reset};
use crate::error::{ApiResult, unavailable};
use crate::store::Entry;

/// Waits for entries; `None` when none came in time.
pub(crate) async fn poll(
    mut reader: Reader,
    reset: Option<Reset>,
    wait: Duration,
    limit: usize,
) -> ApiResult<Option<String>> {
    if let Some(reset) = reset {
        let events = vec![json!({"type": "reset", "reason": reset.name()}).to_string()];
        return Ok(Some(body(&mut reader, events)));
    }
    let mut stopping = reader.app.stopping.subscribe();
    let deadline = tokio::time::Instant::now() + wait;
    loop {
        let entries = reader.read(limit).await?;
        if !entries.is_empty() {
            let events = entries.iter().filter_map(frame).collect();
            return Ok(Some(body(&mut reader, events)));
        }
        tokio::select! {
            waited = tokio::time::timeout_at(deadline, reader.changed()) => {
                if waited.is_err() {
                    return Ok(None);
                }
            }
            // With a wait before the next one: a reader that gets an empty answer asks again at once.
            _ = stopping.wait_for(|stops| *stops) => return Err(unavailable()),
        }
    }
}

fn frame(entry: &Entry) -> Option<String> {
    String::from_utf8(entry.frame.to_vec()).ok()
}

/// Frames are JSON already; they go in as they are.
fn body(reader: &mut Reader, events: Vec<String>) -> String {
    let events = events.join(",");
    let cursor: Value = reader.cursor().into();
    let newest = reader.newest();
    let head: Value = reader.cursor_at(newest).into();
    format!("{{\"events\":[{events}],\"cursor\":{cursor},\"head\":{head}}}")
}
