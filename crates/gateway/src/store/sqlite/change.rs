//! Changes of conversations: each is kept whole, for the version that it was made for, or not at all.

use rusqlite::{CachedStatement, Connection, OptionalExtension, params};

use super::query::number;
use super::writer::Done;
use crate::store::{Change, ConversationRow, Parked, StoreError};

pub(super) fn create(connection: &Connection, change: Change) -> Done<Result<(), String>> {
    let row = &change.conversation;
    let open: Option<String> = connection
        .prepare_cached(
            "SELECT id FROM conversation WHERE visitor = ?1 AND site = ?2 AND state <> 'ended'",
        )?
        .query_row(params![row.visitor, row.site], |row| row.get(0))
        .optional()?;
    if let Some(open) = open {
        return Ok(Err(open));
    }
    connection
        .prepare_cached(
            "INSERT INTO conversation (id, site, account, bot_key, visitor, vendor_visitor, vendor_id,
             nonce, head, floor, prompt, state, turn, variables, created_ms, last_ms, version)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, 1)",
        )?
        .execute(params![
            row.id,
            row.site,
            row.account,
            row.bot_key,
            row.visitor,
            row.vendor_visitor,
            row.vendor_id,
            row.nonce,
            row.head,
            row.floor,
            row.prompt,
            row.state.name(),
            row.turn,
            row.variables.to_string(),
            row.created_ms,
            row.last_ms,
        ])?;
    let number = connection.last_insert_rowid();
    keep_parts(connection, number, change)?;
    Ok(Ok(()))
}

pub(super) fn append(
    connection: &Connection,
    changes: Vec<Change>,
) -> Done<Result<(), StoreError>> {
    // All are checked before any is kept.
    let mut numbers = Vec::with_capacity(changes.len());
    for change in &changes {
        let row = &change.conversation;
        let found: Option<(i64, u64, u64, bool)> = connection
            .prepare_cached(
                "SELECT number, version, floor, vendor_id IS ?2 FROM conversation WHERE id = ?1",
            )?
            .query_row(params![row.id, row.vendor_id], |found| {
                let (version, floor) = (number(found, 1)?, number(found, 2)?);
                Ok((found.get(0)?, version, floor, found.get(3)?))
            })
            .optional()?;
        match found {
            Some((number, version, floor, is_named)) if version == row.version => {
                numbers.push((number, row.floor > floor, is_named));
                if any_seen(connection, number, &change.seen)? {
                    return Ok(Err(StoreError::Conflict));
                }
            }
            _ => return Ok(Err(StoreError::Conflict)),
        }
    }
    for ((number, trims, is_named), change) in numbers.into_iter().zip(changes) {
        let floor = change.conversation.floor;
        if !is_named {
            name(connection, number, &change.conversation)?;
        }
        update(connection, number, &change.conversation)?;
        keep_parts(connection, number, change)?;
        if trims {
            connection
                .prepare_cached("DELETE FROM event WHERE conversation = ?1 AND seq <= ?2")?
                .execute(params![number, floor])?;
        }
    }
    Ok(Ok(()))
}

fn any_seen(connection: &Connection, number: i64, keys: &[String]) -> Done<bool> {
    let mut find =
        connection.prepare_cached("SELECT 1 FROM seen WHERE conversation = ?1 AND key = ?2")?;
    for key in keys {
        if find.exists(params![number, key])? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Apart from [`update`]: the indexes over this column are written again by every statement that names it.
fn name(connection: &Connection, number: i64, row: &ConversationRow) -> Done<()> {
    connection
        .prepare_cached("UPDATE conversation SET vendor_id = ?2 WHERE number = ?1")?
        .execute(params![number, row.vendor_id])
        .map(drop)
}

fn update(connection: &Connection, number: i64, row: &ConversationRow) -> Done<()> {
    connection
        .prepare_cached(
            "UPDATE conversation SET head = ?2, floor = ?3, prompt = ?4, state = ?5, turn = ?6,
             last_ms = ?7, version = version + 1 WHERE number = ?1",
        )?
        .execute(params![
            number,
            row.head,
            row.floor,
            row.prompt,
            row.state.name(),
            row.turn,
            row.last_ms,
        ])
        .map(drop)
}

fn keep_parts(connection: &Connection, number: i64, change: Change) -> Done<()> {
    let row = &change.conversation;
    for entry in &change.entries {
        connection
            .prepare_cached(
                "INSERT INTO event (conversation, seq, kind, frame, answers, at_ms)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![
                number,
                entry.seq,
                entry.kind.name(),
                &entry.frame[..],
                entry.answers.as_ref().map(ToString::to_string),
                entry.at_ms,
            ])?;
    }
    for send in &change.sends {
        connection
            .prepare_cached(
                "INSERT OR REPLACE INTO send (conversation, seq, client_id, digest, answer_to,
                 message, state, attempts, next_ms, sent_ms, evidence_until_ms, message_id, echoed,
                 code) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
            )?
            .execute(params![
                number,
                send.seq,
                send.client_id,
                send.digest,
                send.answer_to,
                send.message.to_string(),
                send.state.name(),
                send.attempts,
                send.next_ms,
                send.sent_ms,
                send.evidence_until_ms,
                send.message_id,
                send.echoed,
                send.code,
            ])?;
    }
    for key in &change.seen {
        connection
            .prepare_cached("INSERT OR IGNORE INTO seen (conversation, key) VALUES (?1, ?2)")?
            .execute(params![number, key])?;
    }
    for raw in &change.raw {
        connection
            .prepare_cached("INSERT INTO raw (conversation, at_ms, body) VALUES (?1, ?2, ?3)")?
            .execute(params![number, change.at_ms, raw.to_string()])?;
    }
    if let (true, Some(vendor_id)) = (change.unpark, &row.vendor_id) {
        connection
            .prepare_cached("DELETE FROM parked WHERE vendor_id = ?1 AND account = ?2")?
            .execute(params![vendor_id, row.account])?;
    }
    Ok(())
}

pub(super) fn park(connection: &Connection, events: &[Parked]) -> Done<()> {
    let mut insert: CachedStatement<'_> = connection.prepare_cached(
        "INSERT INTO parked (account, vendor_id, raw, at_ms) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for event in events {
        insert.execute(params![
            event.account,
            event.vendor_id,
            event.raw.to_string(),
            event.at_ms
        ])?;
    }
    Ok(())
}
