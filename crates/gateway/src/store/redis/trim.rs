//! What goes: what is too old, and what a visitor wants gone.
//!
//! An index holds for each conversation a time before which nothing in it came. What comes costs the index nothing: a
//! conversation that looks old there is looked at, and its time is put right.

use super::beside::parked_member;
use super::keys;
use super::scripts::{EXPIRE_PARKED, LOOK};
use super::{Store, parse};
use crate::clock::now_ms;
use crate::store::{ConversationRow, Expired, MarkKey, Retention, StoreError, Trim};

/// What is dropped at once at most, so that those who write beside it do not wait.
const AT_ONCE: usize = 500;

impl Store {
    pub(super) async fn trim(&self, trim: Trim) -> Result<Expired, StoreError> {
        let mut expired = Expired::default();
        self.trim_parked(trim.parked_before_ms, &mut expired)
            .await?;
        if let Some(before) = trim.retention {
            self.trim_conversations(before, &mut expired).await?;
            let marks = self.oldest(keys::MARKS, before.erased_ms, AT_ONCE).await?;
            expired.more |= marks.len() == AT_ONCE;
            if !marks.is_empty() {
                let drop = redis::cmd("ZREM").arg(keys::MARKS).arg(marks).take();
                self.writes.ask::<()>(drop).await?;
            }
        }
        Ok(expired)
    }

    async fn trim_parked(&self, before_ms: u64, expired: &mut Expired) -> Result<(), StoreError> {
        let mut left = AT_ONCE;
        for member in self.oldest(keys::PARKED, before_ms, AT_ONCE).await? {
            let (account, vendor_id): (String, String) = parse(&member)?;
            let call = EXPIRE_PARKED
                .on([keys::parked(&account, &vendor_id)])
                .arg(before_ms)
                .arg(left as u64);
            let (dropped, oldest): (usize, String) = self.writes.run(call).await?;
            expired.dead_letters += dropped as u64;
            left = left.saturating_sub(dropped);
            self.reindex(keys::PARKED, &parked_member(&account, &vendor_id), &oldest)
                .await?;
            if left == 0 {
                expired.more = true;
                break;
            }
        }
        Ok(())
    }

    /// Notes the time of what is oldest now; nothing is left where that is empty.
    async fn reindex(&self, index: &str, member: &str, oldest: &str) -> Result<(), StoreError> {
        let change = match oldest {
            "" => redis::cmd("ZREM").arg(index).arg(member).take(),
            oldest => redis::cmd("ZADD").arg(index).arg(oldest).arg(member).take(),
        };
        self.writes.ask(change).await
    }

    async fn trim_conversations(
        &self,
        before: Retention,
        expired: &mut Expired,
    ) -> Result<(), StoreError> {
        let old = self
            .oldest(keys::BY_LAST, before.conversations_ms, AT_ONCE)
            .await?;
        let raw = self.oldest(keys::BY_RAW, before.raw_ms, AT_ONCE).await?;
        expired.more |= old.len() == AT_ONCE || raw.len() == AT_ONCE;
        let (mut left, mut looked_at) = (AT_ONCE, Vec::new());
        for id in old.into_iter().chain(raw) {
            if looked_at.contains(&id) {
                continue;
            }
            if left == 0 {
                expired.more = true;
                break;
            }
            let dropped = self.look(&id, before, left, expired).await?;
            left = left.saturating_sub(dropped.max(1));
            expired.more |= left == 0;
            looked_at.push(id);
        }
        Ok(())
    }

    /// Gives how much of it was dropped.
    async fn look(
        &self,
        id: &str,
        before: Retention,
        left: usize,
        expired: &mut Expired,
    ) -> Result<usize, StoreError> {
        let call = LOOK.on(keys::conversation(id)).args([
            before.conversations_ms,
            before.raw_ms,
            left as u64,
        ]);
        type Found = (String, String, String, usize, String, String);
        let (what, last, oldest, dropped, vendor_id, base): Found = self.writes.run(call).await?;
        if what == "stays" {
            self.reindex(keys::BY_LAST, id, &last).await?;
            let oldest = match oldest.is_empty() {
                // What comes from now on is not older than this.
                true => now_ms().to_string(),
                false => oldest,
            };
            self.reindex(keys::BY_RAW, id, &oldest).await?;
            return Ok(dropped);
        }
        if what == "dropped" {
            let row: ConversationRow = parse(&base)?;
            let vendor_id = Some(vendor_id).filter(|it| !it.is_empty());
            self.forget(&ConversationRow { vendor_id, ..row }).await?;
            expired.conversations.push(id.to_owned());
        } else {
            self.unindex(id).await?;
        }
        Ok(dropped)
    }

    async fn unindex(&self, id: &str) -> Result<(), StoreError> {
        for index in [keys::BY_LAST, keys::BY_RAW] {
            self.writes
                .ask::<()>(redis::cmd("ZREM").arg(index).arg(id).take())
                .await?;
        }
        Ok(())
    }

    /// Drops what leads to a conversation that is gone.
    async fn forget(&self, row: &ConversationRow) -> Result<(), StoreError> {
        if let Some(vendor_id) = &row.vendor_id {
            self.drop_key(&keys::name(&row.account, vendor_id)).await?;
            self.drop_key(&keys::parked(&row.account, vendor_id))
                .await?;
        }
        for key in [
            keys::unnamed(&row.account, &row.vendor_visitor),
            keys::conversations_of(&row.visitor),
        ] {
            self.writes
                .ask::<()>(redis::cmd("ZREM").arg(key).arg(&row.id).take())
                .await?;
        }
        self.unindex(&row.id).await?;
        self.announce(format!("g {}", row.id)).await
    }

    pub(super) async fn erase(
        &self,
        visitor: &str,
        key: MarkKey,
        at_ms: u64,
    ) -> Result<Vec<String>, StoreError> {
        let mut gone = Vec::new();
        for row in self.conversations_of(visitor).await? {
            let mark = match &row.vendor_id {
                Some(id) => key.conversation(&row.account, id),
                None => key.visitor(&row.account, &row.vendor_visitor),
            };
            self.put_mark(mark, at_ms).await?;
            let all = redis::cmd("DEL")
                .arg(&keys::conversation(&row.id)[..])
                .take();
            self.writes.ask::<()>(all).await?;
            self.forget(&row).await?;
            gone.push(row.id);
        }
        let files = self.files_of(visitor).await?;
        self.drop_files(files.into_iter().map(|file| file.id).collect())
            .await?;
        for key in [
            keys::open(visitor),
            keys::conversations_of(visitor),
            keys::files_of(visitor),
        ] {
            self.drop_key(&key).await?;
        }
        // The row stays, empty, so that tokens that are about do not count.
        self.end_sessions(visitor, "{}").await?;
        Ok(gone)
    }
}
