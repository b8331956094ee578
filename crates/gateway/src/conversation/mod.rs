//! The conversations that are in use: each has one lock, its newest entries, and a notification for readers.
//! What happens in one is decided by `draft` and its neighbours, without I/O.

pub(crate) mod answer;
pub(crate) mod draft;
pub(crate) mod echo;
pub(crate) mod events;
pub(crate) mod post;
pub(crate) mod snapshot;
pub(crate) mod start;
pub(crate) mod talk;
pub(crate) mod transcript;

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, watch};

use crate::store::{ConversationRow, Entry, SendRow, Store, StoreError};
pub(crate) use draft::Draft;

/// Entries that are kept in memory for readers who follow.
const TAIL: usize = 64;

/// A conversation as it stands: what is decided is decided on this.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub row: ConversationRow,
    /// Everything that was to be sent, in order.
    pub sends: Vec<SendRow>,
}

/// One conversation in use.
pub(crate) struct Conversation {
    pub id: String,
    pub epoch: String,
    /// Whose it is; this never changes.
    pub visitor: String,
    pub site: String,
    state: tokio::sync::Mutex<State>,
    head: watch::Sender<u64>,
    tail: Mutex<VecDeque<Entry>>,
    /// Tells the worker that something changed.
    pub changed: Notify,
    /// Whether a worker is about. Cleared with the state locked.
    pub working: AtomicBool,
    used: AtomicBool,
}

pub(crate) type Locked<'a> = tokio::sync::MutexGuard<'a, State>;

impl Conversation {
    fn new(state: State, incarnation: &str) -> Self {
        let row = &state.row;
        Self {
            id: row.id.clone(),
            epoch: format!("{incarnation}{}", row.nonce),
            visitor: row.visitor.clone(),
            site: row.site.clone(),
            head: watch::Sender::new(row.head),
            tail: Mutex::default(),
            changed: Notify::new(),
            working: AtomicBool::new(false),
            used: AtomicBool::new(true),
            state: tokio::sync::Mutex::new(state),
        }
    }

    pub async fn lock(&self) -> Locked<'_> {
        self.state.lock().await
    }

    /// The newest entry's number, and a notification for the next ones.
    pub fn head(&self) -> watch::Receiver<u64> {
        self.head.subscribe()
    }

    fn wake_readers(&self) {
        self.head.send_modify(|_| {});
    }

    /// Tells readers and the worker what was kept.
    fn announce(&self, head: u64, entries: Vec<Entry>) {
        let has_entries = !entries.is_empty();
        let mut tail = lock(&self.tail);
        tail.extend(entries);
        while tail.len() > TAIL {
            tail.pop_front();
        }
        drop(tail);
        if has_entries {
            self.head.send_replace(head);
        }
        self.changed.notify_one();
    }

    /// Entries after `after`, at most `limit`: from memory when they are there. Never one that was
    /// not announced yet: its reader's cursor would be ahead of the log for who asks next.
    pub async fn read(
        &self,
        store: &dyn Store,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let announced = self.head.borrow().saturating_sub(after);
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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// All conversations in use.
pub(crate) struct Conversations {
    store: Arc<dyn Store>,
    longest_log: u64,
    active: Mutex<HashMap<String, Arc<Conversation>>>,
}

impl Conversations {
    /// The newest `longest_log` entries of each are kept.
    pub fn new(store: Arc<dyn Store>, longest_log: u64) -> Self {
        Self {
            store,
            longest_log,
            active: Mutex::default(),
        }
    }

    /// The conversation with this id, read from the store when it is not in use.
    pub async fn get(&self, id: &str) -> Result<Option<Arc<Conversation>>, StoreError> {
        if let Some(found) = lock(&self.active).get(id) {
            found.used.store(true, Ordering::Relaxed);
            return Ok(Some(Arc::clone(found)));
        }
        let Some(state) = self.load(id).await? else {
            return Ok(None);
        };
        let loaded = Arc::new(Conversation::new(state, self.store.incarnation()));
        // Somebody else may have been faster: there is one of each.
        let mut active = lock(&self.active);
        let kept = active.entry(id.to_owned()).or_insert(loaded);
        Ok(Some(Arc::clone(kept)))
    }

    async fn load(&self, id: &str) -> Result<Option<State>, StoreError> {
        let Some(row) = self.store.conversation(id).await? else {
            return Ok(None);
        };
        let sends = self.store.sends(id).await?;
        Ok(Some(State { row, sends }))
    }

    /// Keeps a new one; the id of the one that is open already otherwise.
    pub async fn create(
        &self,
        draft: Draft,
    ) -> Result<Result<Arc<Conversation>, String>, StoreError> {
        let (state, change) = draft.finish();
        if let Err(open) = self.store.create(change).await? {
            return Ok(Err(open));
        }
        let made = Arc::new(Conversation::new(state, self.store.incarnation()));
        let mut active = lock(&self.active);
        let kept = active.entry(made.id.clone()).or_insert(made);
        Ok(Ok(Arc::clone(kept)))
    }

    /// Keeps what happened in one conversation, whose `state` is locked.
    pub async fn commit(
        &self,
        conversation: &Conversation,
        state: &mut State,
        draft: Draft,
    ) -> Result<(), StoreError> {
        self.commit_all(vec![(conversation, state, draft)]).await
    }

    /// Keeps what happened in several conversations, all of it or nothing.
    pub async fn commit_all(
        &self,
        parts: Vec<(&Conversation, &mut State, Draft)>,
    ) -> Result<(), StoreError> {
        let mut changes = Vec::with_capacity(parts.len());
        let mut places = Vec::with_capacity(parts.len());
        for (conversation, state, mut draft) in parts {
            draft.trim(self.longest_log);
            let (after, change) = draft.finish();
            places.push((conversation, state, after, change.entries.clone()));
            changes.push(change);
        }
        let kept = self.store.append(changes).await;
        if kept == Err(StoreError::Conflict) {
            // Another node was here: what we hold is old. Or its visitor wanted it gone.
            let mut kept = kept;
            for (conversation, state, ..) in places {
                match self.load(&conversation.id).await? {
                    Some(loaded) => {
                        lock(&conversation.tail).clear();
                        conversation.head.send_replace(loaded.row.head);
                        *state = loaded;
                    }
                    None => kept = Err(StoreError::Gone),
                }
            }
            return kept;
        }
        kept?;
        for (conversation, state, after, entries) in places {
            *state = after;
            conversation.announce(state.row.head, entries);
        }
        Ok(())
    }

    /// Lets go of those that nobody used since the last time.
    pub fn sweep(&self) {
        lock(&self.active).retain(|_, conversation| {
            Arc::strong_count(conversation) > 1 || conversation.used.swap(false, Ordering::Relaxed)
        });
    }

    /// Lets go of conversations that the store dropped; their readers find nothing more.
    pub fn forget(&self, ids: &[String]) {
        let mut active = lock(&self.active);
        for id in ids {
            if let Some(conversation) = active.remove(id) {
                conversation.wake_readers();
            }
        }
    }

    /// Has the readers of these look whether they still may read.
    pub fn wake_readers<'a>(&self, ids: impl IntoIterator<Item = &'a str>) {
        let active = lock(&self.active);
        for conversation in ids.into_iter().filter_map(|id| active.get(id)) {
            conversation.wake_readers();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Site;
    use crate::store::sqlite::SqliteStore;
    use crate::store::{Change, EntryKind};

    async fn talk(folder: &std::path::Path) -> (Conversations, Arc<Conversation>) {
        let store = Arc::new(SqliteStore::open(&folder.join("gateway.db")).unwrap());
        let row = start::new_row(
            &Site::new("shop", "main", "bot"),
            "v_1",
            serde_json::Value::Null,
        );
        let row = row.unwrap();
        let entry = Entry {
            seq: 1,
            kind: EntryKind::Message,
            frame: "{}".into(),
            answers: None,
            at_ms: 1,
        };
        let id = row.id.clone();
        let mut change = Change::of(row);
        change.conversation.head = 1;
        change.entries = vec![entry];
        store.create(change).await.unwrap().unwrap();
        let conversations = Conversations::new(store, 100);
        let conversation = conversations.get(&id).await.unwrap().unwrap();
        (conversations, conversation)
    }

    #[tokio::test]
    async fn readers_of_a_conversation_that_was_dropped_look_again() {
        let folder = tempfile::tempdir().unwrap();
        let (conversations, conversation) = talk(folder.path()).await;
        let id = conversation.id.clone();
        let mut head = conversation.head();
        head.mark_unchanged();
        conversations.wake_readers(["another", &id]);
        assert!(head.has_changed().unwrap());
        head.mark_unchanged();
        conversations.forget(&[id]);
        assert!(head.has_changed().unwrap());
    }

    #[tokio::test]
    async fn an_entry_that_is_kept_but_not_announced_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let (conversations, conversation) = talk(folder.path()).await;
        let store = &*conversations.store;
        let first = conversation.read(store, 0, 9).await.unwrap().remove(0);
        let second = Entry { seq: 2, ..first };
        let mut change = Change::of(conversation.lock().await.row.clone());
        change.conversation.head = 2;
        change.entries = vec![second.clone()];
        store.append(vec![change]).await.unwrap();
        assert_eq!(conversation.read(store, 1, 9).await.unwrap(), []);
        lock(&conversation.tail).push_back(second.clone());
        assert_eq!(conversation.read(store, 1, 9).await.unwrap(), []);
        conversation.head.send_replace(2);
        assert_eq!(conversation.read(store, 1, 9).await.unwrap(), [second]);
    }
}
