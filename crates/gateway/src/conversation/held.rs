//! The conversations and logs that are held in memory, and which of them go.

use std::borrow::Borrow;
use std::collections::{HashMap, HashSet};
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::{Conversation, Log, State};
use crate::store::ConversationRow;

/// Conversations that are held though nobody works on them are looked through once there are so many: those that were not used
/// since the last time go. What a quiet reader needs is not theirs.
pub(super) const MOST_AT_REST: usize = 512;

/// A log that is found by its conversation's id.
pub(super) struct ById(pub(super) Arc<Log>);

impl Borrow<str> for ById {
    fn borrow(&self) -> &str {
        &self.0.id
    }
}

impl Hash for ById {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        (*self.0.id).hash(hasher);
    }
}

impl PartialEq for ById {
    fn eq(&self, other: &Self) -> bool {
        self.0.id == other.0.id
    }
}

impl Eq for ById {}

/// What is held of conversations.
#[derive(Default)]
pub(super) struct Held {
    pub(super) active: HashMap<String, Arc<Conversation>>,
    /// The ids of those that are active and that the vendor has named, by account and by the vendor's id.
    pub(super) named: HashMap<String, HashMap<String, String>>,
    /// How many of them there may be until those that nobody uses go.
    pub(super) most: usize,
    /// Of those that are active, and of those that have a reader.
    pub(super) logs: HashSet<ById>,
}

impl Held {
    /// The one log of this conversation.
    pub(super) fn log(&mut self, row: &ConversationRow, incarnation: &str) -> Arc<Log> {
        if let Some(ById(log)) = self.logs.get(row.id.as_str()) {
            return Arc::clone(log);
        }
        let log = Arc::new(Log::new(row, incarnation));
        self.logs.insert(ById(Arc::clone(&log)));
        log
    }

    /// Finds an active one by the vendor's id from now on, if it has one.
    pub(super) fn name(&mut self, row: &ConversationRow) {
        let Some(vendor_id) = row.vendor_id.clone() else {
            return;
        };
        if !self.named.contains_key(&row.account) {
            self.named.insert(row.account.clone(), HashMap::new());
        }
        if let Some(of_account) = self.named.get_mut(&row.account) {
            of_account.insert(vendor_id, row.id.clone());
        }
    }

    pub(super) fn insert(&mut self, state: State, incarnation: &str) -> Arc<Conversation> {
        let log = self.log(&state.row, incarnation);
        self.name(&state.row);
        let made = Arc::new(Conversation::new(state, log));
        self.active.insert(made.id.clone(), Arc::clone(&made));
        if self.active.len() > self.most.max(MOST_AT_REST) {
            self.let_go();
        }
        made
    }

    /// Lets go of conversations that nobody used since the last time.
    pub(super) fn let_go(&mut self) {
        self.active.retain(|_, conversation| {
            let stays = Arc::strong_count(conversation) > 1
                || conversation.used.swap(false, Ordering::Relaxed);
            if !stays {
                conversation.log.rest();
            }
            stays
        });
        let active = &self.active;
        for of_account in self.named.values_mut() {
            of_account.retain(|_, id| active.contains_key(id));
        }
        // Those who are many because all are busy are not looked through for each one that comes.
        self.most = 2 * self.active.len();
    }
}
