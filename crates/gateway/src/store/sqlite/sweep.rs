//! What goes: what is too old, and what a visitor wants gone.

use rusqlite::{Connection, params};

use super::writer::Done;
use crate::store::{Expired, Trim};

/// Conversations that one sweep drops at most, so that it does not hold up the others' writes.
const AT_ONCE: u32 = 200;

pub(super) fn trim(connection: &Connection, trim: Trim) -> Done<Expired> {
    let mut conversations = Vec::new();
    if let Some(before) = trim.retention {
        let old: Vec<(i64, String)> = connection
            .prepare("SELECT number, id FROM conversation WHERE last_ms < ?1 LIMIT ?2")?
            .query_map(params![before.conversations_ms, AT_ONCE], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?
            .collect::<Done<_>>()?;
        conversations = drop_conversations(connection, old)?;
        connection.execute("DELETE FROM raw WHERE at_ms < ?1", [before.raw_ms])?;
        connection.execute(
            "DELETE FROM refresh WHERE expires_ms < ?1",
            [before.refresh_ms],
        )?;
    }
    let dead_letters = connection.execute(
        "DELETE FROM parked WHERE at_ms < ?1",
        [trim.parked_before_ms],
    )?;
    Ok(Expired {
        conversations,
        dead_letters: dead_letters as u64,
    })
}

pub(super) fn erase(connection: &Connection, visitor: &str) -> Done<Vec<String>> {
    let theirs: Vec<(i64, String)> = connection
        .prepare("SELECT number, id FROM conversation WHERE visitor = ?1")?
        .query_map([visitor], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Done<_>>()?;
    let conversations = drop_conversations(connection, theirs)?;
    connection.execute("DELETE FROM refresh WHERE visitor = ?1", [visitor])?;
    // The row stays, empty, so that tokens that are about do not count.
    connection.execute(
        "UPDATE visitor SET context = '{}', revocation = revocation + 1 WHERE id = ?1",
        [visitor],
    )?;
    Ok(conversations)
}

fn drop_conversations(connection: &Connection, which: Vec<(i64, String)>) -> Done<Vec<String>> {
    let mut gone = Vec::with_capacity(which.len());
    for (number, id) in which {
        for table in ["event", "send", "seen", "raw"] {
            connection
                .prepare_cached(&format!("DELETE FROM {table} WHERE conversation = ?1"))?
                .execute([number])?;
        }
        connection.execute("DELETE FROM conversation WHERE number = ?1", [number])?;
        gone.push(id);
    }
    Ok(gone)
}
