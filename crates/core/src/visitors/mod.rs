//! Which conversation each visitor has, so that none is started twice.

mod entries;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::Result;
use crate::state_file::{Stamp, StateFile};

/// Somebody who talks to a bot. Ordered by the visitor first, so that an event finds its own at once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Visitor {
    pub(crate) visitor_id: String,
    pub(crate) bot_key: String,
}

/// The conversation of a visitor, or the mark of a start that has no answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Entry {
    /// `None` while a start is under way, and after its answer was lost.
    pub(crate) conversation_id: Option<String>,
    pub(crate) created_at: Option<String>,
    pub(crate) visitor_key: Option<String>,
    /// The conversation was learned from an event, and nobody was given it since.
    pub(crate) is_recovered: bool,
    /// The conversation that the visitor had before: its events say nothing of the new one.
    pub(crate) replaces: Option<String>,
}

type Entries = BTreeMap<Visitor, Entry>;

/// What is kept in memory, and in the state file where one is configured.
pub(crate) struct Visitors {
    state: Mutex<State>,
    file: Option<StateFile>,
}

#[derive(Default)]
struct State {
    entries: Entries,
    /// Visitors whose start this client is making.
    starting: BTreeSet<Visitor>,
    /// Of the file, when `entries` were read.
    stamp: Option<Stamp>,
}

/// What a caller may do for a visitor.
pub(crate) enum Claim<'a> {
    /// Start the conversation: nobody else does.
    Ours(Starting<'a>),
    /// Wait: a start is under way, or its answer was lost.
    Pending,
    /// Go on with this conversation.
    Known(Entry),
}

/// A start that is being made. Dropping it lets others try.
pub(crate) struct Starting<'a> {
    visitors: &'a Visitors,
    visitor: Visitor,
}

impl Visitors {
    /// # Errors
    /// `invalid_argument` when the file cannot be used.
    pub(crate) fn new(file: Option<StateFile>) -> Result<Self> {
        let visitors = Self {
            state: Mutex::default(),
            file,
        };
        visitors.change(|_| ())?;
        Ok(visitors)
    }

    /// What may be done for `visitor`. With `is_new` the conversation that they have is left.
    ///
    /// With `is_marked` the start is noted before it is made, because an event can name its conversation
    /// when the answer cannot.
    pub(crate) fn claim(
        &self,
        visitor: &Visitor,
        is_new: bool,
        is_marked: bool,
    ) -> Result<Claim<'_>> {
        self.change(|state| {
            let entry = state.entries.get_mut(visitor);
            if !is_new {
                if state.starting.contains(visitor) {
                    return Claim::Pending;
                }
                match entry {
                    Some(entry) if entry.conversation_id.is_none() => return Claim::Pending,
                    Some(entry) => {
                        let known = entry.clone();
                        entry.is_recovered = false;
                        return Claim::Known(known);
                    }
                    None => {}
                }
            }
            if is_marked {
                let replaces = state
                    .entries
                    .remove(visitor)
                    .and_then(|old| old.conversation_id.or(old.replaces));
                let mark = Entry {
                    replaces,
                    ..Entry::default()
                };
                state.entries.insert(visitor.clone(), mark);
            }
            state.starting.insert(visitor.clone());
            Claim::Ours(Starting {
                visitors: self,
                visitor: visitor.clone(),
            })
        })
    }

    /// The conversation of a visitor whose start has no answer, once an event has named it.
    pub(crate) fn recovered(&self, visitor: &Visitor) -> Option<Entry> {
        self.change(|state| {
            let entry = state.entries.get_mut(visitor)?;
            std::mem::take(&mut entry.is_recovered).then(|| entry.clone())
        })
        .ok()?
    }

    /// Learns from an event. What cannot be written is learned from a later one: no event is refused
    /// for it.
    pub(crate) fn observe(&self, conversation: &str, visitor_key: Option<&str>, is_closed: bool) {
        let visitor_id = visitor_key.and_then(visitor_of);
        // Most events are of nobody who is awaited: they cost one look-up, however many there are.
        let awaited = |entries: &Entries| {
            let first = Visitor {
                visitor_id: visitor_id?.to_owned(),
                bot_key: String::new(),
            };
            entries
                .range(first..)
                .take_while(|(visitor, _)| Some(visitor.visitor_id.as_str()) == visitor_id)
                .find(|(_, entry)| {
                    entry.conversation_id.is_none()
                        && entry.replaces.as_deref() != Some(conversation)
                })
                .map(|(visitor, _)| visitor.clone())
        };
        let has = |entry: &Entry| entry.conversation_id.as_deref() == Some(conversation);
        let matters = |entries: &Entries| {
            awaited(entries).is_some() || is_closed && entries.values().any(has)
        };
        if !self.refreshed().is_ok_and(|state| matters(&state.entries)) {
            return;
        }
        let _ = self.change(|state| {
            let is_told = state.entries.values().any(has);
            match awaited(&state.entries) {
                Some(visitor) if !is_closed && !is_told => {
                    let learned = Entry {
                        conversation_id: Some(conversation.to_owned()),
                        visitor_key: visitor_key.map(str::to_owned),
                        is_recovered: true,
                        ..Entry::default()
                    };
                    state.entries.insert(visitor, learned);
                }
                _ if is_closed => state.entries.retain(|_, entry| !has(entry)),
                _ => {}
            }
        });
    }

    /// The service does not know this conversation any more.
    pub(crate) fn is_gone(&self, conversation: &str) {
        // What cannot be written is tried when the next send fails.
        let _ = self.forget(|_, id| id == Some(conversation));
    }

    /// Forgets the visitors that `matches`, and gives their conversations; `None` for those of a
    /// start without an answer.
    pub(crate) fn forget(
        &self,
        matches: impl Fn(&Visitor, Option<&str>) -> bool,
    ) -> Result<Vec<Option<String>>> {
        self.change(|state| {
            let mut gone = Vec::new();
            state.entries.retain(|visitor, entry| {
                let is_match = matches(visitor, entry.conversation_id.as_deref());
                if is_match {
                    gone.push(entry.conversation_id.clone());
                }
                !is_match
            });
            gone
        })
    }

    /// Changes what is known, in the file too. Nobody else changes the file meanwhile.
    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> Result<T> {
        let Some(file) = &self.file else {
            return Ok(change(&mut self.lock()));
        };
        let _locked = file.lock()?;
        let mut state = self.refreshed()?;
        let before = state.entries.clone();
        let result = change(&mut state);
        if state.entries != before {
            state.stamp = None;
            file.write(&entries::document(&state.entries))?;
            state.stamp = file.stamp();
        }
        Ok(result)
    }

    /// What is known, read again when another process has written the file.
    fn refreshed(&self) -> Result<MutexGuard<'_, State>> {
        let mut state = self.lock();
        if let Some(file) = &self.file {
            let stamp = file.stamp();
            if stamp.is_none() || stamp != state.stamp {
                state.entries = file.read(entries::entries)?.unwrap_or_default();
                state.stamp = stamp;
            }
        }
        Ok(state)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Starting<'_> {
    /// The service answered: this is the conversation.
    ///
    /// It stands although it may not be written down: the caller is given it.
    pub(crate) fn succeeded(&self, entry: Entry) {
        let _ = self.visitors.change(|state| {
            state.entries.insert(self.visitor.clone(), entry);
        });
    }

    /// Nothing was started: the visitor has the conversation that they had.
    pub(crate) fn failed(&self) {
        let _ = self.visitors.change(|state| {
            let Some(mark) = state.entries.get_mut(&self.visitor) else {
                return;
            };
            if mark.conversation_id.is_none() {
                mark.conversation_id = mark.replaces.take();
            }
            if mark.conversation_id.is_none() {
                state.entries.remove(&self.visitor);
            }
        });
    }
}

impl Drop for Starting<'_> {
    fn drop(&mut self) {
        self.visitors.lock().starting.remove(&self.visitor);
    }
}

/// The visitor's id in a key of events: `<visitor_id>_<account_id>`, and an account's id has no `_`.
/// A mere beginning would give `ann` the conversation of `ann_lee`.
fn visitor_of(visitor_key: &str) -> Option<&str> {
    visitor_key.rsplit_once('_').map(|(visitor, _)| visitor)
}
