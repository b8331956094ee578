//! Readers: they pull entries of a log from a cursor on, so that what they missed and what comes now
//! have no seam. Each holds a position and nothing else. Long poll and SSE are forms of one reader.

mod frames;
pub(crate) mod poll;
pub(crate) mod sse;

use std::sync::Arc;

use crate::app::App;
use crate::conversation::{Conversation, Follower};
use crate::error::{ApiError, ApiResult, ErrorCode};
use crate::store::{Entry, StoreError};

/// Why a reader cannot go on from its cursor. It takes a snapshot, and reads on from there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reset {
    /// What came after it is gone.
    TooOld,
    /// It was made in another life of the store.
    Epoch,
    /// The log never was that long.
    Ahead,
}

impl Reset {
    pub fn name(self) -> &'static str {
        match self {
            Reset::TooOld => "too_old",
            Reset::Epoch => "epoch",
            Reset::Ahead => "ahead",
        }
    }
}

/// Reads a cursor: `<epoch>.<seq>`.
pub(crate) fn parse(cursor: &str) -> Option<(&str, u64)> {
    let (epoch, seq) = cursor.split_once('.')?;
    let hex = epoch.len() == 16 && epoch.bytes().all(|byte| byte.is_ascii_hexdigit());
    let digits =
        !seq.is_empty() && seq.len() <= 18 && seq.bytes().all(|byte| byte.is_ascii_digit());
    (hex && digits).then(|| Some((epoch, seq.parse().ok()?)))?
}

/// Reads one conversation's log.
pub(crate) struct Reader {
    app: Arc<App>,
    follower: Follower,
    /// The newest entry that was given.
    at: u64,
}

impl Reader {
    /// A reader who goes on after `cursor`; from the beginning without one.
    pub async fn open(
        app: &Arc<App>,
        conversation: &Conversation,
        cursor: Option<&str>,
    ) -> ApiResult<(Self, Option<Reset>)> {
        let log = &conversation.log;
        // Another node may have more: what was answered for there is read here at once.
        app.conversations.refresh(conversation).await?;
        let mut follower = Follower::new(Arc::clone(log));
        let newest = follower.newest();
        let floor = log.floor();
        let (at, reset) = match cursor.map(parse) {
            None => (floor, None),
            Some(None) => {
                return Err(ApiError::new(
                    ErrorCode::InvalidCursor,
                    "the cursor is none of this gateway's; take a snapshot",
                ));
            }
            Some(Some((epoch, _))) if epoch != &*log.epoch => (newest, Some(Reset::Epoch)),
            Some(Some((_, seq))) if seq > newest => (newest, Some(Reset::Ahead)),
            Some(Some((_, seq))) if seq < floor => (newest, Some(Reset::TooOld)),
            Some(Some((_, seq))) => (seq, None),
        };
        let reader = Self {
            app: Arc::clone(app),
            follower,
            at,
        };
        Ok((reader, reset))
    }

    pub fn epoch(&self) -> &str {
        &self.follower.log().epoch
    }

    pub fn cursor(&self) -> String {
        self.cursor_at(self.at)
    }

    pub fn cursor_at(&self, seq: u64) -> String {
        format!("{}.{seq}", self.epoch())
    }

    pub fn newest(&mut self) -> u64 {
        self.follower.newest()
    }

    /// The revocation number of the visitor whose log it is.
    pub fn revocation(&self) -> u64 {
        self.app.revocation_of(&self.follower.log().visitor)
    }

    /// What is there now, at most `limit` entries.
    pub async fn read(&mut self, limit: usize) -> Result<Vec<Entry>, StoreError> {
        let newest = self.newest();
        if self.follower.log().is_over() {
            return Err(StoreError::Conflict);
        }
        self.follower.log().has_read(self.at);
        if newest <= self.at {
            return Ok(Vec::new());
        }
        let log = self.follower.log();
        let entries = log.read(&*self.app.store, self.at, limit).await?;
        let after_a_hole = |first: &Entry| first.seq != self.at + 1;
        if entries.first().is_some_and(after_a_hole) && log.floor() > self.at {
            // It was too slow: what it is to get was dropped. With its cursor it gets a `reset`.
            return Err(StoreError::Conflict);
        }
        for entry in &entries {
            if entry.seq != self.at + 1 {
                self.app.counters.gaps.add(1);
                tracing::error!(conversation = &*log.id, "a reader met a gap");
            }
            self.at = entry.seq;
        }
        Ok(entries)
    }

    /// Waits until there may be more.
    pub async fn changed(&mut self) {
        self.follower.changed().await;
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_cursor_is_an_epoch_and_a_number() {
        assert_eq!(parse("0123456789abcdef.42"), Some(("0123456789abcdef", 42)));
        for text in [
            "",
            ".",
            "42",
            "0123456789abcdef.",
            "0123456789abcdef.-1",
            "0123456789abcdef.+1",
            "0123456789abcdeg.1",
            "0123456789abcdef.1.2",
            "0123456789abcdef.9999999999999999999",
            "é123456789abcde.1",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
