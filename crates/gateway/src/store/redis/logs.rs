//! What is asked of conversations and their logs.

use std::collections::HashMap;

use bytes::Bytes;
use redis::{Cmd, FromRedisValue};
use serde_json::Value;

use super::keys;
use super::link::{Request, read};
use super::scripts::HISTORY;
use super::{Store, Stored, parse};
use crate::store::{ConversationRow, Entry, EntryKind, History, SendRow, StoreError};

/// Entries that are looked through at once for messages.
const AT_ONCE: usize = 100;
/// Conversations without the vendor's id that one visitor can have, as far as anybody looks.
const UNNAMED_AT_MOST: usize = 8;

/// An entry of a stream: its id, and names and values in turn.
type Raw = (String, Vec<Vec<u8>>);

fn entry((id, parts): Raw) -> Result<Entry, StoreError> {
    let wrong = || StoreError::Failed(format!("the entry {id} of a log cannot be read"));
    let mut parts = parts.into_iter();
    let mut fields: HashMap<Vec<u8>, Vec<u8>> = HashMap::new();
    while let (Some(name), Some(value)) = (parts.next(), parts.next()) {
        fields.insert(name, value);
    }
    let mut take = |name: &str| fields.remove(name.as_bytes());
    let text = |bytes: Option<Vec<u8>>| String::from_utf8(bytes.unwrap_or_default()).ok();
    let answers = text(take("a")).ok_or_else(wrong)?;
    Ok(Entry {
        seq: id
            .split('-')
            .next()
            .and_then(|seq| seq.parse().ok())
            .ok_or_else(wrong)?,
        kind: text(take("k"))
            .and_then(|name| EntryKind::from_name(&name))
            .ok_or_else(wrong)?,
        at_ms: text(take("t"))
            .and_then(|at| at.parse().ok())
            .ok_or_else(wrong)?,
        answers: match answers.is_empty() {
            true => None,
            false => Some(parse(&answers)?),
        },
        frame: take("f").map(Bytes::from).ok_or_else(wrong)?,
    })
}

fn entries(raw: Vec<Raw>) -> Result<Vec<Entry>, StoreError> {
    raw.into_iter().map(entry).collect()
}

fn sends(texts: Vec<String>) -> Result<Vec<SendRow>, StoreError> {
    let rows: Result<Vec<SendRow>, _> = texts.iter().map(|text| parse(text)).collect();
    let mut rows = rows?;
    rows.sort_by_key(|row| row.seq);
    Ok(rows)
}

impl Store {
    pub(super) async fn ask<T: FromRedisValue>(&self, command: &mut Cmd) -> Result<T, StoreError> {
        self.link.ask(command).await
    }

    pub(super) async fn conversation(
        &self,
        id: &str,
    ) -> Result<Option<ConversationRow>, StoreError> {
        let meta = self.ask(redis::cmd("HGETALL").arg(keys::meta(id))).await?;
        Stored(meta).row()
    }

    /// The newest entry's number of each; `None` of what is not there.
    pub(super) async fn heads(&self, ids: &[String]) -> Result<Vec<Option<u64>>, StoreError> {
        if self.link.is_cluster() {
            let mut heads = Vec::new();
            for id in ids {
                heads.push(
                    self.ask(redis::cmd("HGET").arg(keys::meta(id)).arg("head"))
                        .await?,
                );
            }
            return Ok(heads);
        }
        let mut heads = Vec::new();
        for part in ids.chunks(AT_ONCE) {
            let mut pipeline = redis::pipe();
            for id in part {
                pipeline.cmd("HGET").arg(keys::meta(id)).arg("head");
            }
            let found: Vec<Option<u64>> = read(self.link.answer(Request::Many(&pipeline)).await?)?;
            heads.extend(found);
        }
        Ok(heads)
    }

    pub(super) async fn latest_of(
        &self,
        visitor: &str,
        site: &str,
    ) -> Result<Option<ConversationRow>, StoreError> {
        let open = keys::open(visitor);
        let newest: Option<String> = self.ask(redis::cmd("HGET").arg(open).arg(site)).await?;
        let Some(newest) = newest else {
            return Ok(None);
        };
        if let Some(row) = self.conversation(&newest).await? {
            return Ok(Some(row));
        }
        // It was never made, or is gone.
        let all = self.conversations_of(visitor).await?;
        Ok(all.into_iter().rev().find(|row| row.site == site))
    }

    pub(super) async fn conversations_of(
        &self,
        visitor: &str,
    ) -> Result<Vec<ConversationRow>, StoreError> {
        let key = keys::conversations_of(visitor);
        let ids: Vec<String> = self
            .ask(redis::cmd("ZRANGE").arg(key).arg(0).arg(-1))
            .await?;
        let mut rows = Vec::new();
        for id in ids {
            rows.extend(self.conversation(&id).await?);
        }
        Ok(rows)
    }

    pub(super) async fn by_vendor_id(
        &self,
        account: &str,
        vendor_id: &str,
    ) -> Result<Option<String>, StoreError> {
        let key = keys::name(account, vendor_id);
        let id: Option<String> = self.ask(redis::cmd("GET").arg(key)).await?;
        let Some(id) = id else { return Ok(None) };
        // Who gave it the name may not have come further.
        let held = self.conversation(&id).await?;
        let fits = held.is_some_and(|row| row.vendor_id.is_none_or(|own| own == vendor_id));
        Ok(fits.then_some(id))
    }

    pub(super) async fn without_vendor_id(
        &self,
        account: &str,
        vendor_visitor: &str,
    ) -> Result<Vec<String>, StoreError> {
        let key = keys::unnamed(account, vendor_visitor);
        let all: Vec<String> = self
            .ask(redis::cmd("ZREVRANGE").arg(key).arg(0).arg(-1))
            .await?;
        let mut ids = Vec::new();
        for id in all {
            let held = self.conversation(&id).await?;
            if held.is_some_and(|row| row.vendor_id.is_none()) {
                ids.push(id);
            }
            if ids.len() == UNNAMED_AT_MOST {
                break;
            }
        }
        Ok(ids)
    }

    pub(super) async fn read(
        &self,
        conversation: &str,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        if limit == 0 || after == u64::MAX {
            return Ok(Vec::new());
        }
        let mut command = redis::cmd("XRANGE");
        command
            .arg(keys::log(conversation))
            .arg(format!("{}-0", after + 1))
            .arg("+")
            .arg("COUNT")
            .arg(limit);
        entries(self.ask(&mut command).await?)
    }

    pub(super) async fn messages_before(
        &self,
        conversation: &str,
        before: u64,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let mut messages = Vec::new();
        let mut before = before;
        while messages.len() < limit && before > 1 {
            let mut command = redis::cmd("XREVRANGE");
            command
                .arg(keys::log(conversation))
                .arg(format!("{}-0", before - 1))
                .arg("-")
                .arg("COUNT")
                .arg(AT_ONCE);
            let part = entries(self.ask(&mut command).await?)?;
            before = match part.last() {
                Some(oldest) if part.len() == AT_ONCE => oldest.seq,
                _ => 0,
            };
            messages.extend(part.into_iter().filter(|it| it.kind == EntryKind::Message));
        }
        messages.truncate(limit);
        messages.reverse();
        Ok(messages)
    }

    pub(super) async fn sends(&self, conversation: &str) -> Result<Vec<SendRow>, StoreError> {
        sends(
            self.ask(redis::cmd("HVALS").arg(keys::send(conversation)))
                .await?,
        )
    }

    pub(super) async fn seen(
        &self,
        conversation: &str,
        of: Vec<String>,
    ) -> Result<Vec<bool>, StoreError> {
        if of.is_empty() {
            return Ok(Vec::new());
        }
        self.ask(
            redis::cmd("SMISMEMBER")
                .arg(keys::seen(conversation))
                .arg(of),
        )
        .await
    }

    pub(super) async fn history(&self, id: &str) -> Result<Option<History>, StoreError> {
        let call = HISTORY.on([keys::meta(id), keys::log(id), keys::send(id), keys::raw(id)]);
        type All = (HashMap<String, String>, Vec<Raw>, Vec<String>, Vec<String>);
        let (meta, log, send, posts): All = self.link.run(&call).await?;
        let Some(conversation) = Stored(meta).row()? else {
            return Ok(None);
        };
        let mut raw = Vec::new();
        for post in posts {
            let (at, bodies) = post.split_at(post.find('[').unwrap_or(post.len()));
            let at = at.parse().unwrap_or(0);
            let bodies: Vec<Value> = parse(bodies)?;
            raw.extend(bodies.into_iter().map(|body| (at, body)));
        }
        Ok(Some(History {
            conversation,
            entries: entries(log)?,
            sends: sends(send)?,
            raw,
        }))
    }
}
