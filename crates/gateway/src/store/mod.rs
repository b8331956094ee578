//! What is kept, and the one trait of every store. What a change means is decided elsewhere
//! (`conversation/`): a store keeps what it is given, whole or not at all.

#[cfg(test)]
mod conformance;
mod expiry;
mod mark;
mod migrate;
pub mod redis;
mod rows;
mod signal;
pub mod sqlite;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

pub use expiry::{Expired, OldFiles, Retention, Trim};
pub use mark::{Mark, MarkKey};
pub use migrate::{Migrated, migrate};
pub use rows::{
    Change, ConversationRow, ConversationState, Entry, EntryKind, FileRow, ForwardRow, History,
    Parked, RefreshRow, Rotation, SendRow, SendState, VisitorRow,
};

pub use signal::Signal;
use tokio::sync::mpsc::UnboundedReceiver;

/// What a store answers with: once it is `Ok`, the change survives a crash.
pub type Answer<T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send>>;

/// Why a store did not do what it was asked to. It then kept nothing of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreError {
    /// Somebody else changed the conversation first: read it again, and decide again.
    Conflict,
    /// The conversation is not there any more.
    Gone,
    /// Nobody knows whether it was kept: the store cannot be reached now, and may be later.
    Away(String),
    /// The store cannot go on: the disk is full, or a write failed. The process should end.
    Failed(String),
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreError::Conflict => f.write_str("the conversation was changed meanwhile"),
            StoreError::Gone => f.write_str("the conversation is not there any more"),
            StoreError::Away(why) => write!(f, "the store cannot be reached: {why}"),
            StoreError::Failed(why) => write!(f, "the store failed: {why}"),
        }
    }
}

impl std::error::Error for StoreError {}

/// Keeps visitors, conversations, their logs and what is to be sent.
pub trait Store: Send + Sync + 'static {
    /// This store's life: a copy that is restored gets another one, so that no cursor of the
    /// first one is taken for its own. Eight hex digits.
    fn incarnation(&self) -> Arc<str>;

    /// Whether other processes change it too: what is held of it in memory may be old.
    fn is_shared(&self) -> bool {
        false
    }

    /// Milliseconds since 1970, by a clock that all processes share: what one parked is not too old for another.
    fn now_ms(&self) -> u64 {
        crate::clock::now_ms()
    }

    /// What other processes do, for one taker; `None` where there are none.
    fn signals(&self) -> Option<UnboundedReceiver<Signal>> {
        None
    }

    /// Why no visitor should be sent here now, although the process goes on.
    fn trouble(&self) -> Option<String> {
        None
    }

    /// A secret that all processes have which share the store: this one's `own` where there is none yet.
    fn shared_secret(&self, _name: &str, own: String) -> Answer<String> {
        Box::pin(async { Ok(own) })
    }

    /// The newest entry's number of each conversation, as it is kept; `None` of what is not there.
    fn heads(&self, _conversations: Vec<String>) -> Answer<Vec<Option<u64>>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    /// Whether no other process can have taken over what this one sends.
    fn may_send(&self) -> bool {
        true
    }

    /// Makes this process the one that sends in a conversation; false when another one that lives is.
    fn take_on(&self, _conversation: &str) -> Answer<bool> {
        Box::pin(async { Ok(true) })
    }

    /// Nothing is unfinished in a conversation as of this version; false when it was changed since.
    fn let_go(&self, _conversation: &str, _version: u64) -> Answer<bool> {
        Box::pin(async { Ok(true) })
    }

    /// Nothing more is done here: what is unfinished is free for other processes at once.
    fn leave(&self) -> Answer<()> {
        Box::pin(async { Ok(()) })
    }

    /// Why the store stopped, once it has.
    fn failure(&self) -> Option<StoreError>;

    /// Keeps a visitor; one with the same id is overwritten but for its revocation number.
    fn put_visitor(&self, visitor: VisitorRow) -> Answer<()>;

    /// The visitor with this id.
    fn visitor(&self, id: &str) -> Answer<Option<VisitorRow>>;

    /// Raises the visitor's revocation number and ends their refresh tokens; gives the new number.
    fn revoke(&self, visitor: &str) -> Answer<u64>;

    /// Visitors whose tokens were ever revoked, with the number that counts now.
    fn revocations(&self) -> Answer<Vec<(String, u64)>>;

    /// Keeps the first refresh token of a family.
    fn put_refresh(&self, refresh: RefreshRow) -> Answer<()>;

    /// Uses the token with this hash, and keeps `next` in its place.
    ///
    /// A token that was used before is good for `grace_ms` more. After that it is good as long as none that came after
    /// it was used, since the answer with it was lost then, and ends those; otherwise its family ends.
    fn rotate_refresh(
        &self,
        family: &str,
        hash: [u8; 32],
        next: [u8; 32],
        now_ms: u64,
        expires_ms: u64,
        grace_ms: u64,
    ) -> Answer<Rotation>;

    /// Keeps a conversation that is new, with its first entries and sends, unless its visitor has
    /// one on the same site that has not ended: then gives that one's id.
    fn create(&self, change: Change) -> Answer<Result<(), String>>;

    /// Keeps these changes, all of them or none.
    ///
    /// # Errors
    /// `Conflict` when one of the conversations is not as its change was made for, when a key of
    /// its `seen` was kept before, or when more is parked for it than its `unpark` says.
    fn append(&self, changes: Vec<Change>) -> Answer<()>;

    /// The conversation with this id.
    fn conversation(&self, id: &str) -> Answer<Option<ConversationRow>>;

    /// The visitor's newest conversation on this site.
    fn latest_of(&self, visitor: &str, site: &str) -> Answer<Option<ConversationRow>>;

    /// Every conversation of the visitor, oldest first.
    fn conversations_of(&self, visitor: &str) -> Answer<Vec<ConversationRow>>;

    /// The conversation that the vendor knows by this id.
    fn by_vendor_id(&self, account: &str, vendor_id: &str) -> Answer<Option<String>>;

    /// The conversations that were begun for this visitor of the vendor's and have no id of the
    /// vendor's, the newest first, a few at most.
    fn without_vendor_id(&self, account: &str, vendor_visitor: &str) -> Answer<Vec<String>>;

    /// Entries after `after`, in order, at most `limit`.
    fn read(&self, conversation: &str, after: u64, limit: usize) -> Answer<Vec<Entry>>;

    /// Messages before `before`, in order, the newest `limit` of them.
    fn messages_before(&self, conversation: &str, before: u64, limit: usize) -> Answer<Vec<Entry>>;

    /// Everything that was to be sent in this conversation, in order.
    fn sends(&self, conversation: &str) -> Answer<Vec<SendRow>>;

    /// Which of these keys of events were kept with an earlier change of this conversation.
    fn seen(&self, conversation: &str, keys: Vec<String>) -> Answer<Vec<bool>>;

    /// All that is kept of a conversation, as of one moment.
    fn history(&self, conversation: &str) -> Answer<Option<History>>;

    /// Conversations in which something is still to be sent or to be found out.
    fn unfinished(&self) -> Answer<Vec<String>>;

    /// Keeps events that belong to no conversation that is known.
    ///
    /// # Errors
    /// `Conflict` when another process has given a conversation that id meanwhile.
    fn park(&self, events: Vec<Parked>) -> Answer<()>;

    /// Takes the parked events of a conversation of the vendor's, in the order of their arrival.
    /// They stay parked until [`Change::unpark`] is kept.
    fn parked(&self, account: &str, vendor_id: &str) -> Answer<Vec<Parked>>;

    /// Keeps posts that are to be passed on; each gets a number, higher than any before.
    fn put_forwards(&self, posts: Vec<ForwardRow>) -> Answer<()>;

    /// The first post that is kept for this receiver.
    fn first_forward(&self, receiver: &str) -> Answer<Option<ForwardRow>>;

    /// Drops a post that was passed on.
    fn drop_forward(&self, number: u64) -> Answer<()>;

    /// Drops what is older than its time, a part of it at once: [`Expired::more`] says whether to go on.
    fn trim(&self, trim: Trim) -> Answer<Expired>;

    /// Drops everything of a visitor, and keeps a mark of each conversation: of the vendor's id of it,
    /// or of the visitor id that the vendor was given while that is not known. Gives the
    /// conversations that they had.
    fn erase(&self, visitor: &str, key: MarkKey, at_ms: u64) -> Answer<Vec<String>>;

    /// Keeps a mark of something that was erased.
    fn put_mark(&self, mark: Mark, at_ms: u64) -> Answer<()>;

    /// Whether this mark is kept.
    fn is_marked(&self, mark: Mark) -> Answer<bool>;

    /// Keeps a file that is new.
    fn put_file(&self, file: FileRow) -> Answer<()>;

    /// The file is ready now; false when it is not there any more.
    fn file_is_ready(&self, id: &str) -> Answer<bool>;

    /// The file with this id.
    fn file(&self, id: &str) -> Answer<Option<FileRow>>;

    /// Every file of the visitor, oldest first.
    fn files_of(&self, visitor: &str) -> Answer<Vec<FileRow>>;

    /// Files that are too old, to be dropped with [`Self::drop_files`] once their bytes are gone.
    fn old_files(&self, old: OldFiles) -> Answer<Vec<FileRow>>;

    /// Drops these files.
    fn drop_files(&self, ids: Vec<String>) -> Answer<()>;
}
