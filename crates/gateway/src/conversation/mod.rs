//! The conversations that are in use: each has one lock, and a log that its readers hold.
//! What happens in one is decided by `draft` and its neighbours, without I/O.

pub(crate) mod answer;
pub(crate) mod draft;
pub(crate) mod echo;
mod elsewhere;
pub(crate) mod events;
mod held;
pub(crate) mod log;
pub(crate) mod post;
pub(crate) mod snapshot;
pub(crate) mod start;
pub(crate) mod talk;
pub(crate) mod transcript;
pub(crate) mod waiting;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::store::{ConversationRow, SendRow, Store, StoreError};
pub(crate) use draft::Draft;
use held::{ById, Held};
pub(crate) use log::{Follower, Log};
use waiting::Waiting;

/// A conversation as it stands: what is decided is decided on this.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub row: ConversationRow,
    /// Everything that was to be sent, in order.
    pub sends: Arc<Vec<SendRow>>,
}

/// One conversation in use.
pub(crate) struct Conversation {
    pub id: String,
    /// Whose it is; this never changes.
    pub visitor: String,
    pub site: String,
    /// What its readers hold.
    pub log: Arc<Log>,
    state: tokio::sync::Mutex<State>,
    /// The vendor's posts that are kept next.
    pub posts: Waiting,
    /// Wakes the worker because something changed.
    pub changed: Notify,
    /// Whether a worker is about. Cleared with the state locked.
    pub working: AtomicBool,
    used: AtomicBool,
}

pub(crate) type Locked<'a> = tokio::sync::MutexGuard<'a, State>;

impl Conversation {
    fn new(state: State, log: Arc<Log>) -> Self {
        let row = &state.row;
        Self {
            id: row.id.clone(),
            visitor: row.visitor.clone(),
            site: row.site.clone(),
            log,
            changed: Notify::new(),
            working: AtomicBool::new(false),
            used: AtomicBool::new(true),
            state: tokio::sync::Mutex::new(state),
            posts: Waiting::default(),
        }
    }

    pub async fn lock(&self) -> Locked<'_> {
        self.state.lock().await
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// All conversations in use.
pub(crate) struct Conversations {
    store: Arc<dyn Store>,
    longest_log: u64,
    held: Mutex<Held>,
}

impl Conversations {
    /// The newest `longest_log` entries of each are kept.
    pub fn new(store: Arc<dyn Store>, longest_log: u64) -> Self {
        Self {
            store,
            longest_log,
            held: Mutex::default(),
        }
    }

    /// The conversation with this id, read from the store when it is not in use.
    pub async fn get(&self, id: &str) -> Result<Option<Arc<Conversation>>, StoreError> {
        loop {
            if let Some(found) = lock(&self.held).active.get(id) {
                found.used.store(true, Ordering::Relaxed);
                return Ok(Some(Arc::clone(found)));
            }
            let Some(state) = self.load(id).await? else {
                return Ok(None);
            };
            let mut held = lock(&self.held);
            // Somebody else may have been faster, and have let go of it again: there is one of each, and
            // what was read must not be older than what readers were notified of.
            let known = held.logs.get(id).map_or(0, |ById(log)| log.head());
            if !held.active.contains_key(id) && known <= state.row.head {
                return Ok(Some(held.insert(state, &self.store.incarnation())));
            }
        }
    }

    /// The id of the conversation that the vendor knows by this id, if it is in use.
    pub fn named(&self, account: &str, vendor_id: &str) -> Option<String> {
        lock(&self.held).named.get(account)?.get(vendor_id).cloned()
    }

    async fn load(&self, id: &str) -> Result<Option<State>, StoreError> {
        let Some(row) = self.store.conversation(id).await? else {
            return Ok(None);
        };
        let sends = Arc::new(self.store.sends(id).await?);
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
        let mut held = lock(&self.held);
        // A post of the vendor's may have found it already.
        let found = held.active.get(&state.row.id).map(Arc::clone);
        Ok(Ok(found.unwrap_or_else(|| {
            held.insert(state, &self.store.incarnation())
        })))
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
                        conversation.log.replace(&loaded.row);
                        *state = loaded;
                    }
                    None => kept = Err(StoreError::Gone),
                }
            }
            return kept;
        }
        kept?;
        let mut elsewhere = Vec::new();
        for (conversation, state, after, entries) in places {
            if state.row.vendor_id != after.row.vendor_id {
                let mut held = lock(&self.held);
                if held.active.contains_key(&conversation.id) {
                    held.name(&after.row);
                }
            }
            *state = after;
            conversation.log.announce(&state.row, entries);
            conversation.changed.notify_one();
            if conversation.log.is_over() {
                elsewhere.push((conversation.id.clone(), state.row.head));
            }
        }
        // Its readers hold another log by now.
        for (id, head) in elsewhere {
            self.moved(&id, head).await?;
        }
        Ok(())
    }

    /// Lets go of what nobody used since the last time.
    pub fn sweep(&self) {
        let mut held = lock(&self.held);
        held.let_go();
        held.active.shrink_to_fit();
        held.logs.retain(|ById(log)| Arc::strong_count(log) > 1);
        held.logs.shrink_to_fit();
    }

    /// Lets go of conversations that the store dropped; their readers find nothing more.
    pub fn forget(&self, ids: &[String]) {
        let mut held = lock(&self.held);
        for id in ids {
            held.active.remove(id);
            for of_account in held.named.values_mut() {
                of_account.retain(|_, known| known != id);
            }
            if let Some(ById(log)) = held.logs.take(id.as_str()) {
                log.rest();
                log.wake_readers();
            }
        }
    }

    /// Has the readers of these look whether they still may read.
    pub fn wake_readers<'a>(&self, ids: impl IntoIterator<Item = &'a str>) {
        let held = lock(&self.held);
        for ById(log) in ids.into_iter().filter_map(|id| held.logs.get(id)) {
            log.wake_readers();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Site;
    use crate::store::sqlite::SqliteStore;
    use crate::store::{Change, Entry, EntryKind};
    use futures_util::FutureExt;

    pub(super) async fn talk(folder: &std::path::Path) -> (Conversations, Arc<Conversation>) {
        let store = Arc::new(SqliteStore::open(&folder.join("gateway.db")).unwrap());
        let conversations = Conversations::new(store, 100);
        let id = begin(&conversations).await;
        let conversation = conversations.get(&id).await.unwrap().unwrap();
        (conversations, conversation)
    }

    /// A conversation with one entry; gives its id.
    async fn begin(conversations: &Conversations) -> String {
        let row = start::new_row(
            &Site::new("shop", "main", "bot"),
            &format!("v_{}", fastrand::u64(..)),
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
        conversations.store.create(change).await.unwrap().unwrap();
        conversations.get(&id).await.unwrap().unwrap();
        id
    }

    #[tokio::test]
    async fn readers_of_a_conversation_that_was_dropped_look_again() {
        let folder = tempfile::tempdir().unwrap();
        let (conversations, conversation) = talk(folder.path()).await;
        let id = conversation.id.clone();
        let mut follower = Follower::new(Arc::clone(&conversation.log));
        conversations.wake_readers(["another", &id]);
        assert!(follower.changed().now_or_never().is_some());
        conversations.forget(&[id]);
        assert!(follower.changed().now_or_never().is_some());
    }

    #[tokio::test]
    async fn conversations_that_nobody_uses_are_let_go_and_their_readers_go_on() {
        let folder = tempfile::tempdir().unwrap();
        let (conversations, first) = talk(folder.path()).await;
        let mut reader = Follower::new(Arc::clone(&first.log));
        let (id, log) = (first.id.clone(), Arc::downgrade(&first.log));
        drop(first);
        for _ in 0..3 * held::MOST_AT_REST {
            begin(&conversations).await;
        }
        {
            let held = lock(&conversations.held);
            assert!(held.active.len() <= 2 * held::MOST_AT_REST + 1);
            assert!(!held.active.contains_key(&id));
        }
        conversations.sweep();
        assert!(lock(&conversations.held).logs.contains(id.as_str()));
        // It is read again when it is needed, and a reader that waits is notified.
        let again = conversations.get(&id).await.unwrap().unwrap();
        assert!(std::ptr::eq(log.as_ptr(), Arc::as_ptr(&again.log)));
        let mut state = again.lock().await;
        let mut draft = Draft::of(&state);
        draft.push(EntryKind::Ended, &serde_json::json!({}), None);
        conversations
            .commit(&again, &mut state, draft)
            .await
            .unwrap();
        drop(state);
        assert!(reader.changed().now_or_never().is_some());
        assert_eq!(reader.newest(), 2);
        // Without readers none of it is kept in memory.
        drop((again, reader));
        conversations.sweep();
        conversations.sweep();
        let held = lock(&conversations.held);
        assert!(held.active.is_empty() && held.logs.is_empty());
    }
}
