//! Visitors and their refresh tokens.

use std::collections::HashMap;

use super::keys;
use super::scripts::{PUT_VISITOR, REVOKE, ROTATE};
use super::{Store, parse, text};
use crate::clock::now_ms;
use crate::config::secrets::hex;
use crate::store::{RefreshRow, Rotation, StoreError, VisitorRow};

/// How long a family is kept after its newest token ended: clocks differ.
const KEPT_AFTER_MS: u64 = 24 * 3_600 * 1_000;

/// A use of a refresh token, as [`crate::store::Store::rotate_refresh`] has it.
pub(super) struct Use {
    pub family: String,
    pub hash: [u8; 32],
    pub next: [u8; 32],
    pub now_ms: u64,
    pub expires_ms: u64,
    pub grace_ms: u64,
}

impl Store {
    pub(super) async fn put_visitor(&self, visitor: VisitorRow) -> Result<(), StoreError> {
        let call = PUT_VISITOR
            .on([keys::visitor(&visitor.id)])
            .arg(visitor.site)
            .arg(visitor.context.to_string())
            .arg(visitor.revocation)
            .arg(visitor.created_ms);
        self.writes.run(call).await
    }

    pub(super) async fn visitor(&self, id: &str) -> Result<Option<VisitorRow>, StoreError> {
        let fields: HashMap<String, String> = self
            .ask(redis::cmd("HGETALL").arg(keys::visitor(id)))
            .await?;
        let (Some(site), Some(context)) = (fields.get("site"), fields.get("context")) else {
            return Ok(None);
        };
        let number = |name| fields.get(name).and_then(|it: &String| it.parse().ok());
        Ok(Some(VisitorRow {
            id: id.to_owned(),
            site: site.clone(),
            revocation: number("revocation").unwrap_or(0),
            context: parse(context)?,
            created_ms: number("created").unwrap_or(0),
        }))
    }

    pub(super) async fn revoke(&self, visitor: &str) -> Result<u64, StoreError> {
        self.end_sessions(visitor, "").await
    }

    /// Raises the revocation number, and ends the refresh tokens; `context` is what the visitor's becomes, `""` when it
    /// stays.
    pub(super) async fn end_sessions(
        &self,
        visitor: &str,
        context: &str,
    ) -> Result<u64, StoreError> {
        let call = REVOKE.on([keys::visitor(visitor)]).arg(context);
        let number: u64 = self.writes.run(call).await?;
        if number > 0 {
            let mut keep = redis::cmd("HSET");
            keep.arg(keys::REVOKED).arg(visitor).arg(number);
            self.writes.ask::<()>(keep).await?;
            self.announce(format!("r {visitor} {number}")).await?;
        }
        let families = keys::families_of(visitor);
        let all: Vec<String> = self.ask(redis::cmd("SMEMBERS").arg(&families)).await?;
        for family in all {
            self.drop_key(&keys::family(&family)).await?;
        }
        self.drop_key(&families).await?;
        Ok(number)
    }

    pub(super) async fn drop_key(&self, key: &str) -> Result<(), StoreError> {
        self.writes.ask(redis::cmd("DEL").arg(key).take()).await
    }

    pub(super) async fn revocations(&self) -> Result<Vec<(String, u64)>, StoreError> {
        let all: HashMap<String, u64> = self.ask(redis::cmd("HGETALL").arg(keys::REVOKED)).await?;
        Ok(all.into_iter().collect())
    }

    pub(super) async fn put_refresh(&self, refresh: RefreshRow) -> Result<(), StoreError> {
        // Where it is found when the visitor's tokens are taken back, before it is there.
        let mut index = redis::cmd("SADD");
        index
            .arg(keys::families_of(&refresh.visitor))
            .arg(&refresh.family);
        self.writes.ask::<()>(index).await?;
        let key = keys::family(&refresh.family);
        let hash = hex(&refresh.hash);
        let mut keep = redis::cmd("HSET");
        keep.arg(&key)
            .arg(&hash)
            .arg(text(&refresh))
            .arg(format!("ends {hash}"))
            .arg(refresh.expires_ms);
        self.writes.ask::<()>(keep).await?;
        let mut ends = redis::cmd("PEXPIRE");
        ends.arg(&key).arg(kept_ms(refresh.expires_ms, now_ms()));
        self.writes.ask(ends).await
    }

    pub(super) async fn rotate(&self, of: Use) -> Result<Rotation, StoreError> {
        let call = ROTATE
            .on([keys::family(&of.family)])
            .arg(hex(&of.hash))
            .arg(hex(&of.next))
            .args([of.now_ms, of.expires_ms, of.grace_ms])
            .arg(kept_ms(of.expires_ms, of.now_ms));
        let answer: Vec<String> = self.writes.run(call).await?;
        match answer.as_slice() {
            [what, row] if what == "rotated" => Ok(Rotation::Rotated(RefreshRow {
                hash: of.next,
                expires_ms: of.expires_ms,
                ..parse(row)?
            })),
            [what] if what == "reused" => Ok(Rotation::Reused),
            _ => Ok(Rotation::Expired),
        }
    }
}

fn kept_ms(expires_ms: u64, now_ms: u64) -> u64 {
    expires_ms.saturating_sub(now_ms) + KEPT_AFTER_MS
}
