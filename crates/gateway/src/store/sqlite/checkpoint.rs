//! Moves the write-ahead log into the file, on a thread of its own: on the writer's it would hold up
//! answers.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, OnceLock};

use rusqlite::{Connection, ErrorCode};

use super::failure::{failed, leave_the_log, stop};
use super::schema;
use crate::store::StoreError;

/// The log is moved after so many transactions, or when nothing else is to be done.
const EVERY: u32 = 1_000;
/// One of fewer jobs counts for several: its callers wait for the disk behind what is moved, so that is
/// little at a time. Many jobs at once wait for each other in any case, and are done sooner with less moving.
const SMALL: usize = 16;
const OF_SMALL: u32 = 10;
/// Pages in the log from which on it is to start again from its beginning.
const LONG: i64 = 16_384;

/// The writer's side of it.
pub(super) struct Checkpoints {
    wanted: SyncSender<()>,
    /// Whether the log is long, and all of it but what came in the last moments was moved.
    nearly_done: Arc<AtomicBool>,
    /// Transactions since, small ones counted several times.
    transactions: u32,
}

impl Checkpoints {
    pub fn start(file: PathBuf, failure: Arc<OnceLock<StoreError>>) -> std::io::Result<Self> {
        let (wanted, queue) = sync_channel(1);
        let nearly_done = Arc::<AtomicBool>::default();
        let flag = Arc::clone(&nearly_done);
        std::thread::Builder::new()
            .name("wotnot-checkpoint".into())
            .spawn(move || {
                if let Ok(connection) = schema::open_checkpointer(&file) {
                    run(&connection, &queue, &failure, &flag);
                }
            })?;
        Ok(Self {
            wanted,
            nearly_done,
            transactions: 0,
        })
    }

    /// After each transaction of this connection, the writer's, of so many jobs.
    ///
    /// While it writes, the other thread never comes to the log's end. The writer itself moves the rest,
    /// so that its next transaction begins the log again.
    ///
    /// # Errors
    /// The disk failed.
    pub fn after_transaction(
        &mut self,
        connection: &Connection,
        jobs: usize,
    ) -> Result<(), rusqlite::Error> {
        self.transactions += if jobs < SMALL { OF_SMALL } else { 1 };
        if self.nearly_done.swap(false, Ordering::Relaxed) {
            checkpoint(connection)?;
        }
        if self.transactions >= EVERY {
            self.ask();
        }
        Ok(())
    }

    /// There is nothing to write.
    pub fn idle(&mut self) {
        if self.transactions > 0 {
            self.ask();
        }
    }

    fn ask(&mut self) {
        self.transactions = 0;
        let _ = self.wanted.try_send(());
    }
}

fn run(
    connection: &Connection,
    wanted: &Receiver<()>,
    failure: &OnceLock<StoreError>,
    nearly_done: &AtomicBool,
) {
    while wanted.recv().is_ok() && failure.get().is_none() {
        match checkpoint(connection) {
            Ok(pages) => nearly_done.store(pages > LONG, Ordering::Relaxed),
            Err(error) => stop(failure, &failed(&error)),
        }
    }
    if failure.get().is_some() {
        leave_the_log(connection);
    }
}

/// Moves what no reader holds back; gives the pages in the log.
fn checkpoint(connection: &Connection) -> Result<i64, rusqlite::Error> {
    let pages = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get(1));
    match pages {
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
            tracing::warn!(%error, "the store's log was not moved into its file");
            Ok(0)
        }
        other => other,
    }
}
