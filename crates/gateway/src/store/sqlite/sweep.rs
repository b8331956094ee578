//! What goes: what is too old, and what a visitor wants gone.

use rusqlite::{Connection, OptionalExtension, params};

use super::log;
use super::writer::Done;
use crate::store::{Expired, Mark, MarkKey, Trim};

/// Conversations that one sweep drops at most, so that it does not hold up the others' writes.
const AT_ONCE: u32 = 200;

pub(super) fn trim(connection: &Connection, trim: Trim) -> Done<Expired> {
    let mut conversations = Vec::new();
    if let Some(before) = trim.retention {
        let old: Vec<(i64, String)> = connection
            .prepare(
                "SELECT number, id FROM head JOIN conversation ON number = head.conversation
                 WHERE last_ms < ?1 LIMIT ?2",
            )?
            .query_map(params![before.conversations_ms, AT_ONCE], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?
            .collect::<Done<_>>()?;
        conversations = drop_conversations(connection, old)?;
        drop_raw(connection, before.raw_ms)?;
        connection.execute(
            "DELETE FROM refresh WHERE expires_ms < ?1",
            [before.refresh_ms],
        )?;
        connection.execute("DELETE FROM mark WHERE at_ms < ?1", [before.erased_ms])?;
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

/// They are in the order of their times, so that what stays is not looked at.
fn drop_raw(connection: &Connection, before_ms: u64) -> Done<()> {
    connection
        .execute(
            "DELETE FROM raw WHERE number < coalesce(
               (SELECT number FROM raw WHERE at_ms >= ?1 ORDER BY number LIMIT 1),
               9223372036854775807)",
            [before_ms],
        )
        .map(drop)
}

pub(super) fn erase(
    connection: &Connection,
    visitor: &str,
    key: &MarkKey,
    at_ms: u64,
) -> Done<Vec<String>> {
    let mut theirs = Vec::new();
    let mut found = connection.prepare(
        "SELECT number, id, account, vendor_id, vendor_visitor FROM conversation WHERE visitor = ?1",
    )?;
    let mut rows = found.query([visitor])?;
    while let Some(row) = rows.next()? {
        let account: String = row.get(2)?;
        let vendor_id: Option<String> = row.get(3)?;
        let vendor_visitor: String = row.get(4)?;
        let mark = match &vendor_id {
            Some(id) => key.conversation(&account, id),
            None => key.visitor(&account, &vendor_visitor),
        };
        put_mark(connection, &mark, at_ms)?;
        if let Some(id) = vendor_id {
            connection
                .prepare_cached("DELETE FROM parked WHERE vendor_id = ?1 AND account = ?2")?
                .execute([id, account])?;
        }
        theirs.push((row.get(0)?, row.get(1)?));
    }
    let conversations = drop_conversations(connection, theirs)?;
    for table in ["refresh", "file"] {
        connection.execute(
            &format!("DELETE FROM {table} WHERE visitor = ?1"),
            [visitor],
        )?;
    }
    // The row stays, empty, so that tokens that are about do not count.
    connection.execute(
        "UPDATE visitor SET context = '{}', revocation = revocation + 1 WHERE id = ?1",
        [visitor],
    )?;
    Ok(conversations)
}

pub(super) fn put_mark(connection: &Connection, mark: &Mark, at_ms: u64) -> Done<()> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO mark (value, at_ms) VALUES (?1, ?2)")?
        .execute(params![mark, at_ms])
        .map(drop)
}

pub(super) fn is_marked(connection: &Connection, mark: &Mark) -> Done<bool> {
    connection
        .prepare_cached("SELECT 1 FROM mark WHERE value = ?1")?
        .exists([mark])
}

fn drop_conversations(connection: &Connection, which: Vec<(i64, String)>) -> Done<Vec<String>> {
    let mut gone = Vec::with_capacity(which.len());
    for (number, id) in which {
        let newest = connection
            .prepare_cached("SELECT newest FROM head WHERE conversation = ?1")?
            .query_row([number], |row| row.get(0))
            .optional()?;
        log::drop_all(connection, newest.flatten())?;
        for table in ["send", "seen", "head"] {
            connection
                .prepare_cached(&format!("DELETE FROM {table} WHERE conversation = ?1"))?
                .execute([number])?;
        }
        connection.execute("DELETE FROM conversation WHERE number = ?1", [number])?;
        gone.push(id);
    }
    Ok(gone)
}
