//! Changes of conversations: each is kept whole, for the version that it was made for, or not at all.

use rusqlite::{CachedStatement, Connection, OptionalExtension, params};

use super::failure::Done;
use super::heads::{Head, Heads};
use super::log::{self, Chain};
use crate::store::{Change, ConversationRow, Parked, StoreError};

pub(super) fn create(
    connection: &Connection,
    heads: &mut Heads,
    change: &Change,
) -> Done<Result<(), String>> {
    heads.make_room();
    let row = &change.conversation;
    let open: Option<String> = connection
        .prepare_cached(
            "SELECT id FROM conversation JOIN head ON head.conversation = number
             WHERE visitor = ?1 AND site = ?2 AND state <> 'ended'",
        )?
        .query_row(params![row.visitor, row.site], |row| row.get(0))
        .optional()?;
    if let Some(open) = open {
        return Ok(Err(open));
    }
    connection
        .prepare_cached(
            "INSERT INTO conversation (id, site, account, bot_key, visitor, vendor_visitor, vendor_id,
             nonce, variables, created_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
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
            row.variables.to_string(),
            row.created_ms,
        ])?;
    let number = connection.last_insert_rowid();
    let mut chain = Chain::default();
    chain.extend(connection, number, change)?;
    let head = Head::new(number, row, chain);
    put_head(connection, row, &head)?;
    keep_parts(connection, number, change)?;
    heads.insert(row.id.clone(), head);
    heads.take(&row.id, &change.seen);
    Ok(Ok(()))
}

pub(super) fn append(
    connection: &Connection,
    heads: &mut Heads,
    changes: &[Change],
) -> Done<Result<(), StoreError>> {
    heads.make_room();
    // All are checked before any is kept.
    for change in changes {
        let row = &change.conversation;
        let head = heads.get(connection, &row.id)?;
        if head.is_none_or(|head| head.version != row.version)
            || heads.any_seen(connection, &row.id, &change.seen)?
            || is_more_parked(connection, change)?
        {
            return Ok(Err(StoreError::Conflict));
        }
    }
    for change in changes {
        let row = &change.conversation;
        let Some(head) = heads.get(connection, &row.id)? else {
            return Ok(Err(StoreError::Conflict));
        };
        if head.vendor_id != row.vendor_id {
            name(connection, head.number, row)?;
            head.vendor_id.clone_from(&row.vendor_id);
        }
        head.chain.extend(connection, head.number, change)?;
        head.version += 1;
        put_head(connection, row, head)?;
        keep_parts(connection, head.number, change)?;
        if row.floor > head.floor {
            head.floor = row.floor;
            log::drop_below(connection, head.number, &head.chain, row.floor)?;
        }
        heads.take(&row.id, &change.seen);
    }
    Ok(Ok(()))
}

/// Whether more waits for the conversation than was taken along.
fn is_more_parked(connection: &Connection, change: &Change) -> Done<bool> {
    let row = &change.conversation;
    let (Some(taken), Some(vendor_id)) = (change.unpark, &row.vendor_id) else {
        return Ok(false);
    };
    let parked: usize = connection
        .prepare_cached("SELECT count(*) FROM parked WHERE vendor_id = ?1 AND account = ?2")?
        .query_row([vendor_id, &row.account], |row| row.get(0))?;
    Ok(parked > taken)
}

/// The indexes over this column are written again by every statement that names it.
fn name(connection: &Connection, number: i64, row: &ConversationRow) -> Done<()> {
    connection
        .prepare_cached("UPDATE conversation SET vendor_id = ?2 WHERE number = ?1")?
        .execute(params![number, row.vendor_id])
        .map(drop)
}

fn put_head(connection: &Connection, row: &ConversationRow, head: &Head) -> Done<()> {
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO head (conversation, head, floor, prompt, state, turn, last_ms,
             version, newest, milestone, steps) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?
        .execute(params![
            head.number,
            row.head,
            row.floor,
            row.prompt,
            row.state.name(),
            row.turn,
            row.last_ms,
            head.version,
            head.chain.newest,
            head.chain.milestone,
            head.chain.steps,
        ])
        .map(drop)
}

fn keep_parts(connection: &Connection, number: i64, change: &Change) -> Done<()> {
    let row = &change.conversation;
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
    if let (Some(_), Some(vendor_id)) = (change.unpark, &row.vendor_id) {
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
