//! What the writer remembers of the conversations that it wrote last, so that an event costs no look
//! into the file. It alone writes, so what it remembers is what the file holds.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};

use rusqlite::{Connection, OptionalExtension, params};

use super::column::number;
use super::failure::Done;
use super::log::{self, Chain};
use crate::store::ConversationRow;

/// Conversations, and keys of events, that are remembered at most. Of more, about half go.
const MOST: usize = 20_000;
const MOST_KEYS: usize = 2_000_000;

/// A conversation as the file holds it.
pub(super) struct Head {
    pub number: i64,
    pub version: u64,
    pub floor: u64,
    pub vendor_id: Option<String>,
    pub chain: Chain,
    /// Of every event that it took, as hashes: a key that is not among them is new.
    keys: HashSet<u64>,
}

impl Head {
    /// Of a conversation that was just made.
    pub fn new(number: i64, row: &ConversationRow, chain: Chain) -> Self {
        Self {
            number,
            version: 1,
            floor: row.floor,
            vendor_id: row.vendor_id.clone(),
            chain,
            keys: HashSet::new(),
        }
    }
}

#[derive(Default)]
pub(super) struct Heads {
    known: HashMap<String, Head>,
    keys: usize,
    hasher: RandomState,
}

impl Heads {
    /// Those of these conversations that it does not know, and what [`load`] makes their keys with.
    pub fn unknown<'a>(
        &self,
        ids: impl Iterator<Item = &'a str>,
    ) -> Option<(Vec<String>, RandomState)> {
        let unknown: Vec<String> = ids
            .filter(|id| !self.known.contains_key(*id))
            .map(str::to_owned)
            .collect();
        (!unknown.is_empty()).then(|| (unknown, self.hasher.clone()))
    }

    /// Takes what somebody else has loaded, unless the conversation was changed since, or is gone.
    pub fn offer(&mut self, connection: &Connection, id: String, head: Head) -> Done<()> {
        let version: Option<u64> = connection
            .prepare_cached(
                "SELECT version FROM conversation JOIN head ON head.conversation = number
                 WHERE id = ?1 AND number = ?2",
            )?
            .query_row(params![id, head.number], |row| number(row, 0))
            .optional()?;
        if version == Some(head.version) && !self.known.contains_key(&id) {
            self.insert(id, head);
        }
        Ok(())
    }

    /// Remembers a conversation as it is in the file.
    pub fn insert(&mut self, id: String, head: Head) {
        self.keys += head.keys.len();
        self.known.insert(id, head);
    }

    /// The conversation with this id, if there is one.
    pub fn get(&mut self, connection: &Connection, id: &str) -> Done<Option<&mut Head>> {
        if !self.known.contains_key(id) {
            let Some(head) = load(connection, id, &self.hasher)? else {
                return Ok(None);
            };
            self.insert(id.to_owned(), head);
        }
        Ok(self.known.get_mut(id))
    }

    /// Whether an event with one of these keys was taken before.
    pub fn any_seen(&self, connection: &Connection, id: &str, keys: &[String]) -> Done<bool> {
        let Some(head) = self.known.get(id) else {
            return Ok(false);
        };
        let may_be = |key: &String| head.keys.contains(&self.hasher.hash_one(key.as_str()));
        if !keys.iter().any(may_be) {
            return Ok(false);
        }
        // Two keys may have one hash; this is rare.
        log::has_any_key(connection, head.number, head.chain.newest, keys)
    }

    /// Remembers the keys of events that were taken.
    pub fn take(&mut self, id: &str, keys: &[String]) {
        if let Some(head) = self.known.get_mut(id) {
            let hashes = keys.iter().map(|key| self.hasher.hash_one(key.as_str()));
            let before = head.keys.len();
            head.keys.extend(hashes);
            self.keys += head.keys.len() - before;
        }
    }

    /// Forgets about half of what is remembered when that is too much.
    pub fn make_room(&mut self) {
        if self.known.len() <= MOST && self.keys <= MOST_KEYS {
            return;
        }
        let mut stays = false;
        self.known.retain(|_, _| {
            stays = !stays;
            stays
        });
        self.keys = self.known.values().map(|head| head.keys.len()).sum();
    }

    /// Forgets conversations that are gone.
    pub fn forget(&mut self, ids: &[String]) {
        for id in ids {
            if let Some(head) = self.known.remove(id) {
                self.keys -= head.keys.len();
            }
        }
    }
}

/// Looks at every change of the conversation: a reader does it, so that the writer is held up by none of them.
pub(super) fn load(connection: &Connection, id: &str, hasher: &RandomState) -> Done<Option<Head>> {
    let head = connection
        .prepare_cached(
            "SELECT number, version, floor, vendor_id, newest, milestone, steps
             FROM conversation JOIN head ON head.conversation = number WHERE id = ?1",
        )?
        .query_row([id], |row| {
            Ok(Head {
                number: row.get(0)?,
                version: number(row, 1)?,
                floor: number(row, 2)?,
                vendor_id: row.get(3)?,
                chain: Chain {
                    newest: row.get(4)?,
                    milestone: row.get(5)?,
                    steps: row.get(6)?,
                },
                keys: HashSet::new(),
            })
        })
        .optional()?;
    let Some(mut head) = head else {
        return Ok(None);
    };
    let keys = &mut head.keys;
    log::every_key(connection, head.number, head.chain.newest, |key| {
        keys.insert(hasher.hash_one(key));
    })?;
    Ok(Some(head))
}
