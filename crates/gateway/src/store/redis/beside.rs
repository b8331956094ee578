//! What is kept beside conversations: parked events, posts that are to be passed on, files, marks.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::Value;

use super::append::mark_text;
use super::keys;
use super::scripts::{FILE_IS_READY, FIRST_FORWARD, PARK, PUT_FORWARDS};
use super::{Store, parse, text};
use crate::store::{FileRow, ForwardRow, Mark, OldFiles, Parked, StoreError};

/// A node that works on a queue has it for so long after it looked last: longer than a post takes.
const QUEUE_LEASE: Duration = Duration::from_secs(60);

/// A name under which events are parked, as a member of the index.
pub(super) fn parked_member(account: &str, vendor_id: &str) -> String {
    serde_json::json!([account, vendor_id]).to_string()
}

impl Store {
    /// The secret of this name that all nodes have: this node's own where there was none.
    pub(super) async fn shared_secret(&self, name: &str, own: &str) -> Result<String, StoreError> {
        let offer = redis::cmd("HSETNX")
            .arg(keys::SECRETS)
            .arg(name)
            .arg(own)
            .take();
        self.writes.ask::<()>(offer).await?;
        self.ask(redis::cmd("HGET").arg(keys::SECRETS).arg(name))
            .await
    }

    pub(super) async fn park(&self, events: Vec<Parked>) -> Result<(), StoreError> {
        let mut by_name: Vec<(&str, &str, Vec<&Parked>)> = Vec::new();
        for event in &events {
            let (account, id) = (event.account.as_str(), event.vendor_id.as_str());
            match by_name.iter_mut().find(|it| (it.0, it.1) == (account, id)) {
                Some((.., group)) => group.push(event),
                None => by_name.push((account, id, vec![event])),
            }
        }
        for (account, id, group) in by_name {
            let oldest = group.iter().map(|it| it.at_ms).min().unwrap_or(0);
            // Where it is found when it is too old, before it is there.
            let mut index = redis::cmd("ZADD");
            index
                .arg(keys::PARKED)
                .arg("NX")
                .arg(oldest)
                .arg(parked_member(account, id));
            self.writes.ask::<()>(index).await?;
            let call = PARK
                .on([keys::name(account, id), keys::parked(account, id)])
                .args(group.iter().map(|it| format!("{} {}", it.at_ms, it.raw)));
            if self.writes.run::<u64>(call).await? == 1 {
                continue;
            }
            // The name is taken by now: by a conversation, or by one that is gone.
            if self.by_vendor_id(account, id).await?.is_none() {
                self.drop_key(&keys::name(account, id)).await?;
            }
            return Err(StoreError::Conflict);
        }
        Ok(())
    }

    pub(super) async fn parked(
        &self,
        account: &str,
        vendor_id: &str,
    ) -> Result<Vec<Parked>, StoreError> {
        let key = keys::parked(account, vendor_id);
        let all: Vec<String> = self
            .ask(redis::cmd("LRANGE").arg(key).arg(0).arg(-1))
            .await?;
        let parked = all.iter().map(|event| {
            let digits = event.find(|c: char| !c.is_ascii_digit());
            let (at, raw) = event.split_at(digits.unwrap_or(event.len()));
            Ok(Parked {
                account: account.to_owned(),
                vendor_id: vendor_id.to_owned(),
                raw: parse::<Value>(raw)?,
                at_ms: at.parse().unwrap_or(0),
            })
        });
        parked.collect()
    }

    pub(super) async fn put_forwards(&self, posts: Vec<ForwardRow>) -> Result<(), StoreError> {
        let own = [keys::FORWARDS, keys::LAST_FORWARD].map(str::to_owned);
        let queues = posts.iter().map(|post| keys::queue(&post.receiver));
        let call = PUT_FORWARDS
            .on(own.into_iter().chain(queues))
            .args(posts.iter().map(text));
        self.writes.run(call).await
    }

    pub(super) async fn first_forward(
        &self,
        receiver: &str,
    ) -> Result<Option<ForwardRow>, StoreError> {
        let call = FIRST_FORWARD
            .on([
                keys::queue(receiver),
                keys::queue_lease(receiver),
                keys::FORWARDS.to_owned(),
            ])
            .arg(self.node())
            .arg(crate::clock::whole_ms(QUEUE_LEASE));
        let (number, post): (String, Option<String>) = self.link.run(&call).await?;
        match (number.parse(), post) {
            (Ok(number), Some(post)) => Ok(Some(ForwardRow {
                number,
                ..parse(&post)?
            })),
            _ => Ok(None),
        }
    }

    pub(super) async fn drop_forward(&self, number: u64) -> Result<(), StoreError> {
        let post: Option<String> = self
            .ask(redis::cmd("HGET").arg(keys::FORWARDS).arg(number))
            .await?;
        let Some(post) = post else { return Ok(()) };
        let receiver = parse::<ForwardRow>(&post)?.receiver;
        let mut queue = redis::cmd("ZREM");
        queue.arg(keys::queue(&receiver)).arg(number);
        self.writes.ask::<()>(queue).await?;
        self.writes
            .ask(redis::cmd("HDEL").arg(keys::FORWARDS).arg(number).take())
            .await
    }

    pub(super) async fn put_mark(&self, mark: Mark, at_ms: u64) -> Result<(), StoreError> {
        let mut keep = redis::cmd("ZADD");
        keep.arg(keys::MARKS).arg(at_ms).arg(mark_text(&mark));
        self.writes.ask(keep).await
    }

    pub(super) async fn is_marked(&self, mark: Mark) -> Result<bool, StoreError> {
        let mut look = redis::cmd("ZSCORE");
        let at: Option<f64> = self
            .ask(look.arg(keys::MARKS).arg(mark_text(&mark)))
            .await?;
        Ok(at.is_some())
    }

    pub(super) async fn put_file(&self, file: FileRow) -> Result<(), StoreError> {
        let mut indexes = vec![keys::files_of(&file.visitor), keys::FILES.to_owned()];
        if !file.ready {
            indexes.push(keys::UNREADY.to_owned());
        }
        for index in indexes {
            let add = redis::cmd("ZADD")
                .arg(index)
                .arg(file.created_ms)
                .arg(&file.id)
                .take();
            self.writes.ask::<()>(add).await?;
        }
        let ready = if file.ready { "1" } else { "0" };
        let mut keep = redis::cmd("HSET");
        keep.arg(keys::file(&file.id))
            .arg("row")
            .arg(text(&file))
            .arg("ready")
            .arg(ready);
        self.writes.ask(keep).await
    }

    pub(super) async fn file(&self, id: &str) -> Result<Option<FileRow>, StoreError> {
        let fields: HashMap<String, String> =
            self.ask(redis::cmd("HGETALL").arg(keys::file(id))).await?;
        let Some(row) = fields.get("row") else {
            return Ok(None);
        };
        Ok(Some(FileRow {
            ready: fields.get("ready").is_some_and(|ready| ready == "1"),
            ..parse(row)?
        }))
    }

    pub(super) async fn file_is_ready(&self, id: &str) -> Result<bool, StoreError> {
        let there: u64 = self.writes.run(FILE_IS_READY.on([keys::file(id)])).await?;
        if there == 1 {
            self.writes
                .ask::<()>(redis::cmd("ZREM").arg(keys::UNREADY).arg(id).take())
                .await?;
        }
        Ok(there == 1)
    }

    pub(super) async fn files_of(&self, visitor: &str) -> Result<Vec<FileRow>, StoreError> {
        let key = keys::files_of(visitor);
        let ids: Vec<String> = self
            .ask(redis::cmd("ZRANGE").arg(key).arg(0).arg(-1))
            .await?;
        let mut files = Vec::new();
        for id in ids {
            files.extend(self.file(&id).await?);
        }
        Ok(files)
    }

    pub(super) async fn old_files(&self, old: OldFiles) -> Result<Vec<FileRow>, StoreError> {
        let mut files: Vec<FileRow> = Vec::new();
        for (index, before) in [
            (keys::FILES, old.created_before_ms),
            (keys::UNREADY, old.unready_before_ms),
        ] {
            for id in self.oldest(index, before, old.limit).await? {
                match self.file(&id).await? {
                    Some(file) if files.iter().all(|known| known.id != id) => files.push(file),
                    Some(_) => {}
                    None => self.forget_file(&id).await?,
                }
            }
        }
        files.sort_by_key(|file| file.created_ms);
        files.truncate(old.limit);
        Ok(files)
    }

    /// Members of an index from before a time, the oldest first.
    pub(super) async fn oldest(
        &self,
        index: &str,
        before_ms: u64,
        limit: usize,
    ) -> Result<Vec<String>, StoreError> {
        let mut range = redis::cmd("ZRANGEBYSCORE");
        range
            .arg(index)
            .arg("-inf")
            .arg(format!("({before_ms}"))
            .arg("LIMIT")
            .arg(0)
            .arg(limit);
        self.ask(&mut range).await
    }

    async fn forget_file(&self, id: &str) -> Result<(), StoreError> {
        for index in [keys::FILES, keys::UNREADY] {
            self.writes
                .ask::<()>(redis::cmd("ZREM").arg(index).arg(id).take())
                .await?;
        }
        Ok(())
    }

    pub(super) async fn drop_files(&self, ids: Vec<String>) -> Result<(), StoreError> {
        for id in ids {
            if let Some(file) = self.file(&id).await? {
                let key = keys::files_of(&file.visitor);
                self.writes
                    .ask::<()>(redis::cmd("ZREM").arg(key).arg(&id).take())
                    .await?;
            }
            self.drop_key(&keys::file(&id)).await?;
            self.forget_file(&id).await?;
        }
        Ok(())
    }
}
