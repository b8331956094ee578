//! What is asked of conversations and their logs.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::column::{json, maybe_number, number, word};
use super::failure::Done;
use super::log;
use crate::store::{ConversationRow, ConversationState, History, Parked, SendRow, SendState};

const CONVERSATION: &str = "SELECT id, site, account, bot_key, visitor, vendor_visitor, vendor_id,
    nonce, head, floor, prompt, state, turn, variables, created_ms, last_ms, version
    FROM conversation JOIN head ON head.conversation = number";

fn conversation_row(row: &Row<'_>) -> Done<ConversationRow> {
    Ok(ConversationRow {
        id: row.get(0)?,
        site: row.get(1)?,
        account: row.get(2)?,
        bot_key: row.get(3)?,
        visitor: row.get(4)?,
        vendor_visitor: row.get(5)?,
        vendor_id: row.get(6)?,
        nonce: row.get(7)?,
        head: number(row, 8)?,
        floor: number(row, 9)?,
        prompt: maybe_number(row, 10)?,
        state: word(row, 11, ConversationState::from_name)?,
        turn: number(row, 12)?,
        variables: json(row, 13)?,
        created_ms: number(row, 14)?,
        last_ms: number(row, 15)?,
        version: number(row, 16)?,
    })
}

pub(super) fn conversation(connection: &Connection, id: &str) -> Done<Option<ConversationRow>> {
    connection
        .prepare_cached(&format!("{CONVERSATION} WHERE id = ?1"))?
        .query_row([id], conversation_row)
        .optional()
}

pub(super) fn latest_of(
    connection: &Connection,
    visitor: &str,
    site: &str,
) -> Done<Option<ConversationRow>> {
    connection
        .prepare_cached(&format!(
            "{CONVERSATION} WHERE visitor = ?1 AND site = ?2 ORDER BY number DESC LIMIT 1"
        ))?
        .query_row(params![visitor, site], conversation_row)
        .optional()
}

pub(super) fn conversations_of(
    connection: &Connection,
    visitor: &str,
) -> Done<Vec<ConversationRow>> {
    connection
        .prepare_cached(&format!(
            "{CONVERSATION} WHERE visitor = ?1 ORDER BY number"
        ))?
        .query_map([visitor], conversation_row)?
        .collect()
}

pub(super) fn by_vendor_id(
    connection: &Connection,
    account: &str,
    vendor_id: &str,
) -> Done<Option<String>> {
    connection
        .prepare_cached("SELECT id FROM conversation WHERE vendor_id = ?1 AND account = ?2")?
        .query_row([vendor_id, account], |row| row.get(0))
        .optional()
}

pub(super) fn without_vendor_id(
    connection: &Connection,
    account: &str,
    vendor_visitor: &str,
) -> Done<Vec<String>> {
    connection
        .prepare_cached(
            "SELECT id FROM conversation
             WHERE vendor_visitor = ?1 AND account = ?2 AND vendor_id IS NULL
             ORDER BY number DESC LIMIT 8",
        )?
        .query_map([vendor_visitor, account], |row| row.get(0))?
        .collect()
}

const THIS_ONE: &str = "conversation = (SELECT number FROM conversation WHERE id = ?1)";

pub(super) fn sends(connection: &Connection, id: &str) -> Done<Vec<SendRow>> {
    connection
        .prepare_cached(&format!(
            "SELECT seq, client_id, digest, answer_to, message, state, attempts, next_ms, sent_ms,
             evidence_until_ms, message_id, echoed, code FROM send WHERE {THIS_ONE} ORDER BY seq"
        ))?
        .query_map([id], |row| {
            Ok(SendRow {
                seq: number(row, 0)?,
                client_id: row.get(1)?,
                digest: row.get(2)?,
                answer_to: maybe_number(row, 3)?,
                message: json(row, 4)?,
                state: word(row, 5, SendState::from_name)?,
                attempts: row.get(6)?,
                next_ms: number(row, 7)?,
                sent_ms: maybe_number(row, 8)?,
                evidence_until_ms: maybe_number(row, 9)?,
                message_id: row.get(10)?,
                echoed: row.get(11)?,
                code: row.get(12)?,
            })
        })?
        .collect()
}

/// All that is kept of a conversation, as of one moment.
pub(super) fn history(connection: &Connection, id: &str) -> Done<Option<History>> {
    let moment = connection.unchecked_transaction()?;
    let Some(conversation) = conversation(&moment, id)? else {
        return Ok(None);
    };
    Ok(Some(History {
        conversation,
        entries: log::entries_after(&moment, id, 0, usize::MAX >> 1)?,
        sends: sends(&moment, id)?,
        raw: log::raw(&moment, id)?,
    }))
}

pub(super) fn unfinished(connection: &Connection) -> Done<Vec<String>> {
    connection
        .prepare(
            "SELECT id FROM conversation WHERE number IN (
               SELECT conversation FROM send WHERE state IN ('queued', 'sending', 'unknown'))",
        )?
        .query_map([], |row| row.get(0))?
        .collect()
}

pub(super) fn parked(connection: &Connection, account: &str, vendor_id: &str) -> Done<Vec<Parked>> {
    connection
        .prepare_cached(
            "SELECT account, vendor_id, raw, at_ms FROM parked
             WHERE vendor_id = ?1 AND account = ?2 ORDER BY number",
        )?
        .query_map([vendor_id, account], |row| {
            Ok(Parked {
                account: row.get(0)?,
                vendor_id: row.get(1)?,
                raw: json(row, 2)?,
                at_ms: number(row, 3)?,
            })
        })?
        .collect()
}
