//! A conversation's log as its readers hold it: where it ends, its newest entries while it is busy, and how they learn of more. A quiet reader
//! holds this and nothing else of the conversation, so it is small.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use tokio::sync::Notify;

use super::lock;
use crate::store::{ConversationRow, Entry, Store, StoreError};

/// Entries that are kept in memory for readers who follow.
const TAIL: usize = 64;

/// The log of one conversation. There is one of each.
pub(crate) struct Log {
    pub id: Box<str>,
    pub epoch: Box<str>,
    /// Whose it is; this never changes.
    pub visitor: Box<str>,
    head: AtomicU64,
    /// Entries up to this number are gone.
    floor: AtomicU64,
    tail: Mutex<VecDeque<Entry>>,
    /// Counts the times that readers were woken to read again.
    wakes: AtomicU64,
    notify: Notify,
    /// How many readers hold it now.
    readers: AtomicU32,
    /// The newest entry that a reader has shown to have.
    read_up_to: AtomicU64,
    /// The store has begun another life: this is the log of the one before.
    pub(super) over: AtomicBool,
}

impl Log {
    pub fn new(row: &ConversationRow, incarnation: &str) -> Self {
        Self {
            id: row.id.as_str().into(),
            epoch: format!("{incarnation}{}", row.nonce).into(),
            visitor: row.visitor.as_str().into(),
            head: AtomicU64::new(row.head),
            floor: AtomicU64::new(row.floor),
            tail: Mutex::default(),
            wakes: AtomicU64::new(0),
            notify: Notify::new(),
            readers: AtomicU32::new(0),
            read_up_to: AtomicU64::new(0),
            over: AtomicBool::new(false),
        }
    }

    /// The newest entry's number.
    pub fn head(&self) -> u64 {
        self.head.load(Ordering::Acquire)
    }

    /// Entries up to this number are gone.
    pub fn floor(&self) -> u64 {
        self.floor.load(Ordering::Acquire)
    }

    /// Whether it is the log of another life of the store.
    pub fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }

    /// Whether anybody reads it now.
    pub fn has_readers(&self) -> bool {
        self.readers.load(Ordering::Acquire) > 0
    }

    /// The newest entry that a reader has, as far as is known: 0 after a start.
    pub fn read_up_to(&self) -> u64 {
        self.read_up_to.load(Ordering::Acquire)
    }

    /// Who asks for what comes after an entry has it.
    pub fn has_read(&self, seq: u64) {
        self.read_up_to.fetch_max(seq, Ordering::AcqRel);
    }

    /// Has every reader look again.
    pub fn wake_readers(&self) {
        self.wakes.fetch_add(1, Ordering::AcqRel);
        self.notify.notify_waiters();
    }

    /// Passes on to readers what was stored.
    pub fn announce(&self, row: &ConversationRow, entries: Vec<Entry>) {
        self.floor.store(row.floor, Ordering::Release);
        if entries.is_empty() {
            return;
        }
        let mut tail = lock(&self.tail);
        // The vendor's ready answers are not for readers.
        tail.extend(entries.into_iter().map(|entry| Entry {
            answers: None,
            ..entry
        }));
        while tail.len() > TAIL {
            tail.pop_front();
        }
        drop(tail);
        self.head.store(row.head, Ordering::Release);
        self.wake_readers();
    }

    /// Somebody else changed the conversation: it stands like this now.
    pub fn replace(&self, row: &ConversationRow) {
        self.rest();
        self.floor.store(row.floor, Ordering::Release);
        self.head.store(row.head, Ordering::Release);
        self.wake_readers();
    }

    /// Holds no entries any more: who still needs them reads them from the store.
    pub fn rest(&self) {
        *lock(&self.tail) = VecDeque::new();
    }

    /// Entries after `after`, at most `limit`: from memory when they are there. Never one that was
    /// not announced yet: its reader's cursor would be ahead of the log for who asks next.
    pub async fn read(
        &self,
        store: &dyn Store,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let announced = self.head().saturating_sub(after);
        let limit = limit.min(usize::try_from(announced).unwrap_or(usize::MAX));
        if let Some(found) = self.in_memory(after, limit) {
            return Ok(found);
        }
        store.read(&self.id, after, limit).await
    }

    fn in_memory(&self, after: u64, limit: usize) -> Option<Vec<Entry>> {
        let tail = lock(&self.tail);
        let first = tail.front()?.seq;
        let skip = usize::try_from(after.checked_add(1)?.checked_sub(first)?).ok()?;
        Some(tail.iter().skip(skip).take(limit).cloned().collect())
    }
}

/// A reader of the log who waits for more.
pub(crate) struct Follower {
    log: Arc<Log>,
    seen: u64,
}

impl Follower {
    pub fn new(log: Arc<Log>) -> Self {
        let seen = log.wakes.load(Ordering::Acquire);
        log.readers.fetch_add(1, Ordering::AcqRel);
        Self { log, seen }
    }

    pub fn log(&self) -> &Log {
        &self.log
    }

    /// The newest entry's number; [`Self::changed`] resolves when more come after it.
    pub fn newest(&mut self) -> u64 {
        self.seen = self.log.wakes.load(Ordering::Acquire);
        self.log.head()
    }

    /// Waits until there may be more.
    pub async fn changed(&mut self) {
        let mut notified = std::pin::pin!(self.log.notify.notified());
        // From here on nothing is missed, and what came before is seen in the count.
        notified.as_mut().enable();
        if self.log.wakes.load(Ordering::Acquire) == self.seen {
            notified.await;
        }
        self.seen = self.log.wakes.load(Ordering::Acquire);
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.log.readers.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::talk;
    use super::*;
    use crate::store::Change;
    use futures_util::FutureExt;

    #[tokio::test]
    async fn a_follower_is_notified_once_each_time_it_waits() {
        let folder = tempfile::tempdir().unwrap();
        let (_, conversation) = talk(folder.path()).await;
        let log = &conversation.log;
        let mut follower = Follower::new(Arc::clone(log));
        assert!(follower.changed().now_or_never().is_none());
        log.wake_readers();
        log.wake_readers();
        assert!(follower.changed().now_or_never().is_some());
        assert!(follower.changed().now_or_never().is_none());
        let mut listening = Box::pin(follower.changed());
        assert!(listening.as_mut().now_or_never().is_none());
        log.wake_readers();
        assert!(listening.now_or_never().is_some());
        log.wake_readers();
        follower.newest();
        assert!(follower.changed().now_or_never().is_none());
    }

    #[tokio::test]
    async fn an_entry_that_is_kept_but_not_announced_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let (conversations, conversation) = talk(folder.path()).await;
        let store = &*conversations.store;
        let log = &conversation.log;
        let first = log.read(store, 0, 9).await.unwrap().remove(0);
        let second = Entry { seq: 2, ..first };
        let mut change = Change::of(conversation.lock().await.row.clone());
        change.conversation.head = 2;
        change.entries = vec![second.clone()];
        let row = change.conversation.clone();
        store.append(vec![change]).await.unwrap();
        assert_eq!(log.read(store, 1, 9).await.unwrap(), []);
        lock(&log.tail).push_back(second.clone());
        assert_eq!(log.read(store, 1, 9).await.unwrap(), []);
        log.rest();
        log.announce(&row, vec![second.clone()]);
        assert_eq!(
            log.read(store, 1, 9).await.unwrap()[..],
            *std::slice::from_ref(&second)
        );
        // What is not held any more is read from the store.
        log.rest();
        assert_eq!(log.read(store, 1, 9).await.unwrap(), [second]);
    }
}
