//! The logs of conversations: changes, each of which names the one before it.

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::column::{number, unreadable};
use super::failure::Done;
use crate::store::{Change, Entry, EntryKind};

/// Every so many changes one is a milestone: an old entry is found in a few steps.
const STRIDE: u32 = 64;

/// Where a conversation's chain begins.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Chain {
    pub newest: Option<i64>,
    pub milestone: Option<i64>,
    /// Changes since the milestone.
    pub steps: u32,
}

impl Chain {
    /// Keeps the entries of a change, the keys of its events and what they came as.
    pub fn extend(
        &mut self,
        connection: &Connection,
        conversation: i64,
        change: &Change,
    ) -> Done<()> {
        if change.entries.is_empty() && change.seen.is_empty() && change.raw.is_empty() {
            return Ok(());
        }
        if self.steps >= STRIDE {
            self.milestone = self.newest;
            self.steps = 0;
        }
        connection
            .prepare_cached(
                "INSERT INTO log (conversation, before, milestone, last_seq, keys, entries)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![
                conversation,
                self.newest,
                self.milestone,
                change.conversation.head,
                written_keys(&change.seen),
                written_entries(&change.entries),
            ])?;
        let number = connection.last_insert_rowid();
        if !change.raw.is_empty() {
            connection
                .prepare_cached("INSERT INTO raw (number, at_ms, bodies) VALUES (?1, ?2, ?3)")?
                .execute(params![number, change.at_ms, array(&change.raw)])?;
        }
        self.newest = Some(number);
        self.steps += 1;
        Ok(())
    }
}

fn array(documents: &[String]) -> String {
    format!("[{}]", documents.join(","))
}

fn written_keys(keys: &[String]) -> Option<String> {
    let written = serde_json::to_string(keys).ok();
    written.filter(|_| !keys.is_empty())
}

fn written_entries(entries: &[Entry]) -> Option<String> {
    if entries.is_empty() {
        return None;
    }
    let entries: Vec<String> = entries
        .iter()
        .map(|entry| {
            let answers = entry.answers.as_ref();
            let answers = answers.map(|answers| format!(r#","answers":{answers}"#));
            format!(
                r#"{{"seq":{},"at_ms":{},"kind":"{}"{},"frame":{}}}"#,
                entry.seq,
                entry.at_ms,
                entry.kind.name(),
                answers.unwrap_or_default(),
                String::from_utf8_lossy(&entry.frame)
            )
        })
        .collect();
    Some(array(&entries))
}

#[derive(Deserialize)]
struct Written<'a> {
    seq: u64,
    at_ms: u64,
    kind: &'a str,
    answers: Option<Value>,
    #[serde(borrow)]
    frame: &'a RawValue,
}

/// A change that is kept.
pub(super) struct Link<'a> {
    row: &'a Row<'a>,
    pub number: i64,
    pub last_seq: u64,
}

impl Link<'_> {
    const KEYS: usize = 2;
    const ENTRIES: usize = 3;

    pub fn entries(&self) -> Done<Vec<Entry>> {
        let Some(text) = self.row.get_ref(Self::ENTRIES)?.as_str_or_null()? else {
            return Ok(Vec::new());
        };
        let wrong = |why: String| unreadable(Self::ENTRIES, why);
        let written: Vec<Written<'_>> =
            serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
        let entries = written.into_iter().map(|it| {
            Ok(Entry {
                seq: it.seq,
                kind: EntryKind::from_name(it.kind)
                    .ok_or_else(|| wrong(format!("`{}` is no kind of this version", it.kind)))?,
                frame: Bytes::copy_from_slice(it.frame.get().as_bytes()),
                answers: it.answers,
                at_ms: it.at_ms,
            })
        });
        entries.collect()
    }

    pub fn keys(&self) -> Done<Vec<String>> {
        let Some(text) = self.row.get_ref(Self::KEYS)?.as_str_or_null()? else {
            return Ok(Vec::new());
        };
        serde_json::from_str(text).map_err(|error| unreadable(Self::KEYS, error))
    }
}

/// Visits the changes from this one to older ones, until `visit` says that it is enough.
pub(super) fn walk(
    connection: &Connection,
    from: Option<i64>,
    mut visit: impl FnMut(&Link<'_>) -> Done<bool>,
) -> Done<()> {
    let mut find = connection
        .prepare_cached("SELECT before, last_seq, keys, entries FROM log WHERE number = ?1")?;
    let mut next = from;
    while let Some(at) = next {
        let mut rows = find.query([at])?;
        let Some(row) = rows.next()? else { break };
        next = row.get(0)?;
        let link = Link {
            row,
            number: at,
            last_seq: number(row, 1)?,
        };
        if !visit(&link)? {
            break;
        }
    }
    Ok(())
}

/// A change at which the way back to the entry `seq` can begin, or to the newest one that there is.
fn seek(connection: &Connection, newest: Option<i64>, seq: u64) -> Done<Option<i64>> {
    let mut find = connection.prepare_cached(
        "SELECT stone.number, stone.last_seq FROM log
         JOIN log AS stone ON stone.number = log.milestone WHERE log.number = ?1",
    )?;
    let mut at = newest;
    loop {
        let stone: Option<(i64, u64)> = find
            .query_row([at], |row| Ok((row.get(0)?, number(row, 1)?)))
            .optional()?;
        match stone {
            Some((stone, last_seq)) if last_seq >= seq => at = Some(stone),
            _ => return Ok(at),
        }
    }
}

/// The newest change of a conversation, and the number up to which its entries are gone.
fn ends(connection: &Connection, id: &str) -> Done<(Option<i64>, u64)> {
    let found = connection
        .prepare_cached(
            "SELECT newest, floor FROM head
             WHERE conversation = (SELECT number FROM conversation WHERE id = ?1)",
        )?
        .query_row([id], |row| Ok((row.get(0)?, number(row, 1)?)))
        .optional()?;
    Ok(found.unwrap_or_default())
}

pub(super) fn entries_after(
    connection: &Connection,
    id: &str,
    after: u64,
    limit: usize,
) -> Done<Vec<Entry>> {
    let (newest, floor) = ends(connection, id)?;
    let after = after.max(floor);
    let last = after.saturating_add(u64::try_from(limit).unwrap_or(u64::MAX));
    let mut changes = Vec::new();
    walk(connection, seek(connection, newest, last)?, |link| {
        if link.last_seq <= after {
            return Ok(false);
        }
        changes.push(link.entries()?);
        Ok(true)
    })?;
    let entries = changes.into_iter().rev().flatten();
    Ok(entries
        .filter(|entry| entry.seq > after)
        .take(limit)
        .collect())
}

pub(super) fn messages_before(
    connection: &Connection,
    id: &str,
    before: u64,
    limit: usize,
) -> Done<Vec<Entry>> {
    let (newest, floor) = ends(connection, id)?;
    let mut messages = Vec::new();
    let from = seek(connection, newest, before.saturating_sub(1))?;
    walk(connection, from, |link| {
        let entries = link.entries()?.into_iter().rev();
        messages.extend(entries.filter(|entry| {
            entry.seq < before && entry.seq > floor && entry.kind == EntryKind::Message
        }));
        Ok(messages.len() < limit && link.last_seq > floor)
    })?;
    messages.truncate(limit);
    messages.reverse();
    Ok(messages)
}

/// The vendor's events of a conversation as they came, each with its time, as far as they are kept.
pub(super) fn raw(connection: &Connection, id: &str) -> Done<Vec<(u64, Value)>> {
    let (newest, _) = ends(connection, id)?;
    let mut find = connection.prepare_cached("SELECT at_ms, bodies FROM raw WHERE number = ?1")?;
    let mut posts = Vec::new();
    walk(connection, newest, |link| {
        let post = find.query_row([link.number], |row| {
            let at_ms = number(row, 0)?;
            let bodies: Vec<Value> = serde_json::from_str(row.get_ref(1)?.as_str()?)
                .map_err(|error| unreadable(1, error))?;
            Ok((at_ms, bodies))
        });
        posts.extend(post.optional()?);
        Ok(true)
    })?;
    let posts = posts.into_iter().rev();
    Ok(posts
        .flat_map(|(at_ms, bodies)| bodies.into_iter().map(move |body| (at_ms, body)))
        .collect())
}

pub(super) fn seen(connection: &Connection, id: &str, keys: &[String]) -> Done<Vec<bool>> {
    let number = connection
        .prepare_cached("SELECT number FROM conversation WHERE id = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()?;
    let Some(number) = number else {
        return Ok(vec![false; keys.len()]);
    };
    let (newest, _) = ends(connection, id)?;
    let mut known = vec![false; keys.len()];
    every_key(connection, number, newest, |key| {
        let same = keys.iter().zip(&mut known).filter(|(it, _)| *it == key);
        same.for_each(|(_, known)| *known = true);
    })?;
    Ok(known)
}

/// Whether an event with one of these keys was taken. An event that comes again is mostly a young one, so the way
/// begins at the newest.
pub(super) fn has_any_key(
    connection: &Connection,
    conversation: i64,
    newest: Option<i64>,
    keys: &[String],
) -> Done<bool> {
    let mut found = false;
    walk(connection, newest, |link| {
        found = link.keys()?.iter().any(|key| keys.contains(key));
        Ok(!found)
    })?;
    let mut old =
        connection.prepare_cached("SELECT 1 FROM seen WHERE conversation = ?1 AND key = ?2")?;
    for key in keys {
        found = found || old.exists(params![conversation, key])?;
    }
    Ok(found)
}

/// Visits the key of every event that this conversation took.
pub(super) fn every_key(
    connection: &Connection,
    conversation: i64,
    newest: Option<i64>,
    mut visit: impl FnMut(&str),
) -> Done<()> {
    let mut old = connection.prepare_cached("SELECT key FROM seen WHERE conversation = ?1")?;
    let mut rows = old.query([conversation])?;
    while let Some(row) = rows.next()? {
        visit(row.get_ref(0)?.as_str()?);
    }
    walk(connection, newest, |link| {
        link.keys()?.iter().for_each(|key| visit(key));
        Ok(true)
    })
}

/// Drops the changes whose entries are all below the floor. The keys of their events stay.
pub(super) fn drop_below(
    connection: &Connection,
    conversation: i64,
    chain: &Chain,
    floor: u64,
) -> Done<()> {
    let mut keep = connection
        .prepare_cached("INSERT OR IGNORE INTO seen (conversation, key) VALUES (?1, ?2)")?;
    let mut below = Vec::new();
    let from = seek(connection, chain.newest, floor)?;
    walk(connection, from, |link| {
        if link.last_seq <= floor && Some(link.number) != chain.newest {
            for key in link.keys()? {
                keep.execute(params![conversation, key])?;
            }
            below.push(link.number);
        }
        Ok(true)
    })?;
    drop_changes(connection, &below)
}

/// Drops all of a conversation's changes; gives how many there were.
pub(super) fn drop_all(connection: &Connection, newest: Option<i64>) -> Done<usize> {
    let mut all = Vec::new();
    walk(connection, newest, |link| {
        all.push(link.number);
        Ok(true)
    })?;
    drop_changes(connection, &all)?;
    Ok(all.len())
}

fn drop_changes(connection: &Connection, numbers: &[i64]) -> Done<()> {
    for table in ["log", "raw"] {
        let mut delete =
            connection.prepare_cached(&format!("DELETE FROM {table} WHERE number = ?1"))?;
        for number in numbers {
            delete.execute([number])?;
        }
    }
    Ok(())
}
