//! From a file of SQLite to Redis, once, with the gateway stopped. It can be broken off, and goes on where it was.

use std::fmt;
use std::path::Path;

use super::redis::{RedisAddress, RedisStore};
use super::sqlite::all::Everything;
use super::{Store as _, StoreError};
use crate::tokens::keys;

/// What was moved, and found again there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Migrated {
    /// Conversations, whose newest entries' numbers and numbers of entries were compared.
    pub conversations: u64,
    /// Of those, the ones that an earlier run had moved.
    pub moved_before: u64,
    /// Entries of their logs.
    pub entries: u64,
    /// Visitors.
    pub visitors: u64,
    /// Refresh tokens.
    pub refresh_tokens: u64,
    /// Files, without their bytes.
    pub files: u64,
    /// Events without a conversation, and posts that are to be passed on.
    pub waiting: u64,
}

impl fmt::Display for Migrated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "moved and compared: {} conversations with {} entries ({} of them moved before), {} visitors, {} refresh tokens, {} files, {} that wait",
            self.conversations,
            self.entries,
            self.moved_before,
            self.visitors,
            self.refresh_tokens,
            self.files,
            self.waiting
        )
    }
}

/// Moves everything, and compares. Readers' cursors and visitors' tokens count as before.
///
/// # Errors
/// A gateway runs on either store, the server is not set up as it has to be, or what is there afterwards is not the same.
pub fn migrate(from: &Path, to: RedisAddress) -> Result<Migrated, StoreError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|error| StoreError::Failed(error.to_string()))?;
    let from_store = Everything::open(from)?;
    runtime.block_on(async {
        let to = RedisStore::open(to).await?;
        let moved = move_all(from, &from_store, &to).await;
        to.leave().await?;
        moved
    })
}

async fn move_all(
    file: &Path,
    from: &Everything,
    store: &RedisStore,
) -> Result<Migrated, StoreError> {
    store.begin_takeover(&from.incarnation()?).await?;
    let to = store.inner();
    let mut moved = Migrated::default();
    for (name, secret) in keys::kept_beside(file) {
        to.take_over_secret(name, &secret).await?;
    }
    let mut last = String::new();
    loop {
        let visitors = from.visitors(&last)?;
        if visitors.is_empty() {
            break;
        }
        for visitor in visitors {
            last.clone_from(&visitor.id);
            to.take_over_visitor(visitor).await?;
            moved.visitors += 1;
        }
    }
    let mut last = None;
    loop {
        let tokens = from.tokens(last.as_ref())?;
        if tokens.is_empty() {
            break;
        }
        for token in tokens {
            last = Some(token.clone());
            to.take_over_token(token.0, token.1).await?;
            moved.refresh_tokens += 1;
        }
    }
    let mut last = 0;
    loop {
        let conversations = from.conversations(last)?;
        if conversations.is_empty() {
            break;
        }
        for (number, id) in conversations {
            last = number;
            let Some((history, seen)) = from.conversation(&id, number)? else {
                continue;
            };
            let is_new = to.take_over(&history, &seen).await?;
            moved.conversations += 1;
            moved.moved_before += u64::from(!is_new);
            let entries = history.entries.len() as u64;
            moved.entries += entries;
            let extent = to.extent(&id).await?;
            if extent != (Some(history.conversation.head), entries) {
                return Err(StoreError::Failed(format!(
                    "{id} is not the same there: it has {extent:?}; a gateway was started meanwhile, or what was there was changed. Move to another database"
                )));
            }
        }
    }
    move_the_rest(from, store, &mut moved).await?;
    for (table, count) in [
        ("conversation", moved.conversations),
        ("visitor", moved.visitors),
    ] {
        let expected = from.count(table)?;
        if expected != count {
            return Err(StoreError::Failed(format!(
                "{expected} rows of `{table}`, and {count} were moved"
            )));
        }
    }
    Ok(moved)
}

async fn move_the_rest(
    from: &Everything,
    store: &RedisStore,
    moved: &mut Migrated,
) -> Result<(), StoreError> {
    let to = store.inner();
    let (mut last, mut parked) = (0, Vec::new());
    loop {
        let events = from.parked(last)?;
        if events.is_empty() {
            break;
        }
        for (number, event) in events {
            last = number;
            parked.push(event);
            moved.waiting += 1;
        }
    }
    to.take_over_parked(parked).await?;
    let mut last = 0;
    loop {
        let posts = from.forwards(last)?;
        if posts.is_empty() {
            break;
        }
        for post in posts {
            last = post.number;
            to.take_over_forward(post).await?;
            moved.waiting += 1;
        }
    }
    let mut last = String::new();
    loop {
        let files = from.files(&last)?;
        if files.is_empty() {
            break;
        }
        for file in files {
            last.clone_from(&file.id);
            to.take_over_file(file).await?;
            moved.files += 1;
        }
    }
    let mut last = Vec::new();
    loop {
        let marks = from.marks(&last)?;
        if marks.is_empty() {
            break;
        }
        for (mark, at_ms) in marks {
            last = mark.to_vec();
            to.take_over_mark(mark, at_ms).await?;
        }
    }
    Ok(())
}
