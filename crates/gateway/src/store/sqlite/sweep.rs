//! What goes: what is too old, and what a visitor wants gone.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::failure::Done;
use super::log;
use crate::store::{Expired, Mark, MarkKey, Trim};

/// Rows of a table that are dropped in one transaction, so that those who write beside it do not wait: a millisecond or two.
const AT_ONCE: usize = 500;

/// What is too old, a part of it.
pub(super) struct Old {
    conversations: Vec<(i64, String)>,
    raw: Vec<i64>,
    refresh: Vec<(String, Vec<u8>)>,
    marks: Vec<Vec<u8>>,
    parked: Vec<i64>,
}

/// Looks for it. The tables are read from one end to the other for it, which is not for the writer to do.
pub(super) fn find(connection: &Connection, trim: Trim) -> Done<Old> {
    let mut old = Old {
        conversations: Vec::new(),
        raw: Vec::new(),
        refresh: Vec::new(),
        marks: Vec::new(),
        parked: select(
            connection,
            "SELECT number FROM parked WHERE at_ms < ?1 LIMIT ?2",
            trim.parked_before_ms,
            |row| row.get(0),
        )?,
    };
    if let Some(before) = trim.retention {
        old.conversations = select(
            connection,
            "SELECT number, id FROM head JOIN conversation ON number = head.conversation
             WHERE last_ms < ?1 LIMIT ?2",
            before.conversations_ms,
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        // They are in the order of their times: what stays is not looked at.
        old.raw = select(
            connection,
            "SELECT number FROM (SELECT number, at_ms FROM raw ORDER BY number LIMIT ?2)
             WHERE at_ms < ?1",
            before.raw_ms,
            |row| row.get(0),
        )?;
        old.refresh = select(
            connection,
            "SELECT family, hash FROM refresh WHERE expires_ms < ?1 LIMIT ?2",
            before.refresh_ms,
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        old.marks = select(
            connection,
            "SELECT value FROM mark WHERE at_ms < ?1 LIMIT ?2",
            before.erased_ms,
            |row| row.get(0),
        )?;
    }
    Ok(old)
}

fn select<T>(
    connection: &Connection,
    sql: &str,
    before_ms: u64,
    read: impl FnMut(&Row<'_>) -> Done<T>,
) -> Done<Vec<T>> {
    connection
        .prepare_cached(sql)?
        .query_map(params![before_ms, AT_ONCE], read)?
        .collect()
}

/// Drops what was found, but for what got younger meanwhile.
pub(super) fn drop_found(connection: &Connection, trim: Trim, old: Old) -> Done<Expired> {
    let full = [
        old.conversations.len(),
        old.raw.len(),
        old.refresh.len(),
        old.marks.len(),
        old.parked.len(),
    ];
    let mut expired = Expired {
        more: full.contains(&AT_ONCE),
        ..Expired::default()
    };
    if let Some(before) = trim.retention {
        let mut is_old = connection
            .prepare_cached("SELECT 1 FROM head WHERE conversation = ?1 AND last_ms < ?2")?;
        let mut changes = 0;
        for (number, id) in old.conversations {
            if changes >= AT_ONCE {
                expired.more = true;
                break;
            }
            if is_old.exists(params![number, before.conversations_ms])? {
                changes += drop_conversation(connection, number)?.max(1);
                expired.conversations.push(id);
            }
        }
        drop_each(connection, "raw", old.raw, before.raw_ms)?;
        let mut refresh =
            connection.prepare_cached("DELETE FROM refresh WHERE family = ?1 AND hash = ?2")?;
        for (family, hash) in old.refresh {
            refresh.execute(params![family, hash])?;
        }
        let mut mark =
            connection.prepare_cached("DELETE FROM mark WHERE value = ?1 AND at_ms < ?2")?;
        for value in old.marks {
            mark.execute(params![value, before.erased_ms])?;
        }
    }
    let dead = drop_each(connection, "parked", old.parked, trim.parked_before_ms)?;
    expired.dead_letters = dead as u64;
    Ok(expired)
}

/// A number may be another row's by now.
fn drop_each(
    connection: &Connection,
    table: &str,
    numbers: Vec<i64>,
    before_ms: u64,
) -> Done<usize> {
    let sql = format!("DELETE FROM {table} WHERE number = ?1 AND at_ms < ?2");
    let mut delete = connection.prepare_cached(&sql)?;
    numbers
        .into_iter()
        .map(|number| delete.execute(params![number, before_ms]))
        .sum()
}

pub(super) fn erase(
    connection: &Connection,
    visitor: &str,
    key: &MarkKey,
    at_ms: u64,
) -> Done<Vec<String>> {
    let mut theirs: Vec<(i64, String)> = Vec::new();
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
    let mut conversations: Vec<String> = Vec::new();
    for (number, id) in theirs {
        drop_conversation(connection, number)?;
        conversations.push(id);
    }
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

/// Gives how many changes it had.
fn drop_conversation(connection: &Connection, number: i64) -> Done<usize> {
    let newest = connection
        .prepare_cached("SELECT newest FROM head WHERE conversation = ?1")?
        .query_row([number], |row| row.get(0))
        .optional()?;
    let changes = log::drop_all(connection, newest.flatten())?;
    for table in ["send", "seen", "head"] {
        connection
            .prepare_cached(&format!("DELETE FROM {table} WHERE conversation = ?1"))?
            .execute([number])?;
    }
    connection
        .prepare_cached("DELETE FROM conversation WHERE number = ?1")?
        .execute([number])?;
    Ok(changes)
}
