//! The store on SQLite: one file, one writing thread, a few that read. Nothing to install.

pub(crate) mod all;
mod change;
mod checkpoint;
mod column;
mod failure;
mod file;
mod forward;
mod heads;
mod log;
mod query;
mod reader;
mod schema;
mod session;
mod sweep;
mod writer;

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use self::failure::{failed, text_of};
use self::heads::{Head, Heads};
use self::reader::Readers;
use self::writer::Writer;
use super::{
    Answer, Change, ConversationRow, Entry, Expired, FileRow, ForwardRow, History, Mark, MarkKey,
    OldFiles, Parked, RefreshRow, Rotation, SendRow, Store, StoreError, Trim, VisitorRow,
};

/// Threads that read.
const READERS: usize = 4;

/// How long a gateway that stops may keep the one that starts waiting.
const HANDED_OVER_WITHIN: Duration = Duration::from_secs(2);

/// A store in one file of SQLite, with its write-ahead log beside it.
pub struct SqliteStore {
    incarnation: Arc<str>,
    writer: Writer,
    /// What the writing thread knows of conversations.
    heads: Arc<Mutex<Heads>>,
    readers: Readers,
    /// Keeps others from writing until it is closed, after all of these.
    _alone: Option<File>,
}

impl SqliteStore {
    /// Opens the file, and makes it first where there is none.
    ///
    /// # Errors
    /// `Failed`: the file cannot be opened, is of a newer version, or another process writes to it.
    pub fn open(file: &Path) -> Result<Self, StoreError> {
        let file = &reachable(file);
        let alone = alone(file)?;
        let connection = open_writer(file)?;
        let incarnation = schema::incarnation(&connection).map_err(|error| failed(&error))?;
        let writer = Writer::start(connection, file)
            .map_err(|error| StoreError::Failed(error.to_string()))?;
        Ok(Self {
            incarnation: incarnation.into(),
            writer,
            heads: Arc::default(),
            readers: Readers::start(file, READERS)?,
            _alone: alone,
        })
    }

    /// Gives a file that was restored from a backup a life of its own, so that no reader takes its
    /// numbers for those that they saw before. The gateway must not run.
    ///
    /// # Errors
    /// `Failed`: the file cannot be opened, or a gateway writes to it.
    pub fn restore(file: &Path) -> Result<(), StoreError> {
        let file = &reachable(file);
        let _alone = alone(file)?;
        let connection = open_writer(file)?;
        schema::renew_incarnation(&connection).map_err(|error| failed(&error))
    }

    /// [`Store::history`] out of a file that no gateway has open.
    ///
    /// # Errors
    /// `Failed`: the file cannot be read, or another version wrote it.
    pub fn history_in(file: &Path, conversation: &str) -> Result<Option<History>, StoreError> {
        let file = &reachable(file);
        let connection = schema::open_reader(file).map_err(|error| failed(&error))?;
        schema::check_form(&connection).map_err(|error| failed(&error))?;
        query::history(&connection, conversation).map_err(|error| failed(&error))
    }
}

fn lock(heads: &Mutex<Heads>) -> std::sync::MutexGuard<'_, Heads> {
    heads.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Has these changes kept; the writer looks into the file for what is not among the heads that were loaded for it.
fn append(
    writer: &Writer,
    heads: &Arc<Mutex<Heads>>,
    changes: Vec<Change>,
    loaded: Vec<(String, Head)>,
) -> Answer<()> {
    let heads = Arc::clone(heads);
    writer.try_write(move |connection| {
        let mut heads = lock(&heads);
        for (id, head) in loaded {
            heads.offer(connection, id, head)?;
        }
        change::append(connection, &mut heads, &changes)
    })
}

/// Takes the file for this process: what a gateway knows of conversations, and what it is sending, is in its memory too.
/// `None` where files cannot be locked; why nothing can be made there, SQLite says.
fn alone(file: &Path) -> Result<Option<File>, StoreError> {
    let Ok(lock) = File::create(file.with_extension("lock")) else {
        return Ok(None);
    };
    let until = Instant::now() + HANDED_OVER_WITHIN;
    loop {
        match lock.try_lock() {
            Ok(()) => return Ok(Some(lock)),
            Err(TryLockError::Error(_)) => return Ok(None),
            Err(TryLockError::WouldBlock) if Instant::now() < until => {
                std::thread::sleep(Duration::from_millis(20));
            }
            Err(TryLockError::WouldBlock) => {
                return Err(StoreError::Failed(format!(
                    "{}: another gateway has it open; stop that one, or give this one another data folder",
                    file.display()
                )));
            }
        }
    }
}

/// The path as SQLite can open it: Windows takes more than 260 characters in a form alone that SQLite does not make.
fn reachable(file: &Path) -> PathBuf {
    let folder = match cfg!(windows) {
        true => file.parent().and_then(|folder| folder.canonicalize().ok()),
        false => None,
    };
    match (folder, file.file_name()) {
        (Some(folder), Some(name)) => folder.join(name),
        _ => file.to_path_buf(),
    }
}

fn open_writer(file: &Path) -> Result<Connection, StoreError> {
    schema::open_writer(file)
        .map_err(|error| StoreError::Failed(format!("{}: {}", file.display(), text_of(&error))))
}

impl Store for SqliteStore {
    fn incarnation(&self) -> Arc<str> {
        Arc::clone(&self.incarnation)
    }

    fn failure(&self) -> Option<StoreError> {
        self.writer.failure()
    }

    fn put_visitor(&self, visitor: VisitorRow) -> Answer<()> {
        self.writer
            .write(move |connection| session::put_visitor(connection, &visitor))
    }

    fn visitor(&self, id: &str) -> Answer<Option<VisitorRow>> {
        let id = id.to_owned();
        self.readers
            .read(move |connection| session::visitor(connection, &id))
    }

    fn revoke(&self, visitor: &str) -> Answer<u64> {
        let visitor = visitor.to_owned();
        self.writer
            .write(move |connection| session::revoke(connection, &visitor))
    }

    fn revocations(&self) -> Answer<Vec<(String, u64)>> {
        self.readers.read(session::revocations)
    }

    fn put_refresh(&self, refresh: RefreshRow) -> Answer<()> {
        self.writer
            .write(move |connection| session::put_refresh(connection, &refresh))
    }

    fn rotate_refresh(
        &self,
        family: &str,
        hash: [u8; 32],
        next: [u8; 32],
        now_ms: u64,
        expires_ms: u64,
        grace_ms: u64,
    ) -> Answer<Rotation> {
        let family = family.to_owned();
        self.writer.write(move |connection| {
            session::rotate(
                connection, &family, hash, next, now_ms, expires_ms, grace_ms,
            )
        })
    }

    fn create(&self, change: Change) -> Answer<Result<(), String>> {
        let heads = Arc::clone(&self.heads);
        self.writer
            .write(move |connection| change::create(connection, &mut lock(&heads), &change))
    }

    fn append(&self, changes: Vec<Change>) -> Answer<()> {
        let ids = changes.iter().map(|change| change.conversation.id.as_str());
        let Some((unknown, hasher)) = lock(&self.heads).unknown(ids) else {
            return append(&self.writer, &self.heads, changes, Vec::new());
        };
        let loaded = self.readers.read(move |connection| {
            let moment = connection.unchecked_transaction()?;
            let load = |id: String| {
                let head = heads::load(&moment, &id, &hasher)?;
                Ok(head.map(|head| (id, head)))
            };
            let heads = unknown.into_iter().map(load);
            heads.filter_map(Result::transpose).collect()
        });
        let (writer, heads) = (self.writer.clone(), Arc::clone(&self.heads));
        Box::pin(async move { append(&writer, &heads, changes, loaded.await?).await })
    }

    fn conversation(&self, id: &str) -> Answer<Option<ConversationRow>> {
        let id = id.to_owned();
        self.readers
            .read(move |connection| query::conversation(connection, &id))
    }

    fn latest_of(&self, visitor: &str, site: &str) -> Answer<Option<ConversationRow>> {
        let (visitor, site) = (visitor.to_owned(), site.to_owned());
        self.readers
            .read(move |connection| query::latest_of(connection, &visitor, &site))
    }

    fn conversations_of(&self, visitor: &str) -> Answer<Vec<ConversationRow>> {
        let visitor = visitor.to_owned();
        self.readers
            .read(move |connection| query::conversations_of(connection, &visitor))
    }

    fn by_vendor_id(&self, account: &str, vendor_id: &str) -> Answer<Option<String>> {
        let (account, vendor_id) = (account.to_owned(), vendor_id.to_owned());
        self.readers
            .read(move |connection| query::by_vendor_id(connection, &account, &vendor_id))
    }

    fn without_vendor_id(&self, account: &str, vendor_visitor: &str) -> Answer<Vec<String>> {
        let (account, visitor) = (account.to_owned(), vendor_visitor.to_owned());
        self.readers
            .read(move |connection| query::without_vendor_id(connection, &account, &visitor))
    }

    fn read(&self, conversation: &str, after: u64, limit: usize) -> Answer<Vec<Entry>> {
        let id = conversation.to_owned();
        self.readers
            .read(move |connection| log::entries_after(connection, &id, after, limit))
    }

    fn messages_before(&self, conversation: &str, before: u64, limit: usize) -> Answer<Vec<Entry>> {
        let id = conversation.to_owned();
        self.readers
            .read(move |connection| log::messages_before(connection, &id, before, limit))
    }

    fn sends(&self, conversation: &str) -> Answer<Vec<SendRow>> {
        let id = conversation.to_owned();
        self.readers
            .read(move |connection| query::sends(connection, &id))
    }

    fn seen(&self, conversation: &str, keys: Vec<String>) -> Answer<Vec<bool>> {
        let id = conversation.to_owned();
        self.readers
            .read(move |connection| log::seen(connection, &id, &keys))
    }

    fn history(&self, conversation: &str) -> Answer<Option<History>> {
        let id = conversation.to_owned();
        self.readers
            .read(move |connection| query::history(connection, &id))
    }

    fn unfinished(&self) -> Answer<Vec<String>> {
        self.readers.read(query::unfinished)
    }

    fn park(&self, events: Vec<Parked>) -> Answer<()> {
        self.writer
            .write(move |connection| change::park(connection, &events))
    }

    fn parked(&self, account: &str, vendor_id: &str) -> Answer<Vec<Parked>> {
        let (account, vendor_id) = (account.to_owned(), vendor_id.to_owned());
        self.readers
            .read(move |connection| query::parked(connection, &account, &vendor_id))
    }

    fn put_forwards(&self, posts: Vec<ForwardRow>) -> Answer<()> {
        self.writer
            .write(move |connection| forward::put(connection, &posts))
    }

    fn first_forward(&self, receiver: &str) -> Answer<Option<ForwardRow>> {
        let receiver = receiver.to_owned();
        self.readers
            .read(move |connection| forward::first(connection, &receiver))
    }

    fn drop_forward(&self, number: u64) -> Answer<()> {
        self.writer
            .write(move |connection| forward::drop(connection, number))
    }

    fn trim(&self, trim: Trim) -> Answer<Expired> {
        let old = self
            .readers
            .read(move |connection| sweep::find(connection, trim));
        let (writer, heads) = (self.writer.clone(), Arc::clone(&self.heads));
        Box::pin(async move {
            let old = old.await?;
            let dropped = writer.write(move |connection| {
                let expired = sweep::drop_found(connection, trim, old)?;
                lock(&heads).forget(&expired.conversations);
                Ok(expired)
            });
            dropped.await
        })
    }

    fn erase(&self, visitor: &str, key: MarkKey, at_ms: u64) -> Answer<Vec<String>> {
        let visitor = visitor.to_owned();
        let heads = Arc::clone(&self.heads);
        self.writer.write(move |connection| {
            let gone = sweep::erase(connection, &visitor, &key, at_ms)?;
            lock(&heads).forget(&gone);
            Ok(gone)
        })
    }

    fn put_mark(&self, mark: Mark, at_ms: u64) -> Answer<()> {
        self.writer
            .write(move |connection| sweep::put_mark(connection, &mark, at_ms))
    }

    fn is_marked(&self, mark: Mark) -> Answer<bool> {
        self.readers
            .read(move |connection| sweep::is_marked(connection, &mark))
    }

    fn put_file(&self, file: FileRow) -> Answer<()> {
        self.writer
            .write(move |connection| file::put(connection, &file))
    }

    fn file(&self, id: &str) -> Answer<Option<FileRow>> {
        let id = id.to_owned();
        self.readers
            .read(move |connection| file::file(connection, &id))
    }

    fn file_is_ready(&self, id: &str) -> Answer<bool> {
        let id = id.to_owned();
        self.writer
            .write(move |connection| file::is_ready(connection, &id))
    }

    fn files_of(&self, visitor: &str) -> Answer<Vec<FileRow>> {
        let visitor = visitor.to_owned();
        self.readers
            .read(move |connection| file::files_of(connection, &visitor))
    }

    fn old_files(&self, old: OldFiles) -> Answer<Vec<FileRow>> {
        self.readers
            .read(move |connection| file::old(connection, &old))
    }

    fn drop_files(&self, ids: Vec<String>) -> Answer<()> {
        self.writer
            .write(move |connection| file::remove(connection, &ids))
    }
}

#[cfg(test)]
mod tests;
