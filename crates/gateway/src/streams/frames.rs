//! The bytes of an SSE stream.

use std::fmt::Write;

use bytes::{BufMut, Bytes, BytesMut};
use serde_json::{Value, json};

use crate::store::Entry;

/// How often a quiet stream says that it is alive, in milliseconds.
pub(super) const HEARTBEAT_MS: u64 = 15_000;

/// A comment.
pub(super) const HEARTBEAT: &[u8] = b":\n\n";

/// An entry of the log.
pub(super) fn entry(into: &mut BytesMut, epoch: &str, entry: &Entry) {
    let _ = write!(
        into,
        "id: {epoch}.{}\nevent: {}\ndata: ",
        entry.seq,
        entry.kind.name()
    );
    into.put_slice(&entry.frame);
    into.put_slice(b"\n\n");
}

/// A frame that is no entry; `id` when a reader may go on from it.
pub(super) fn other(name: &str, id: Option<&str>, data: &Value) -> Bytes {
    let id = id.map(|id| format!("id: {id}\n")).unwrap_or_default();
    Bytes::from(format!("{id}event: {name}\ndata: {data}\n\n"))
}

/// The first frame of every stream.
pub(super) fn hello(epoch: &str, head: u64) -> Bytes {
    let data = json!({
        "type": "hello", "epoch": epoch, "head": head, "heartbeat_ms": HEARTBEAT_MS,
    });
    other("hello", None, &data)
}
