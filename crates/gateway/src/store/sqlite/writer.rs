//! The one thread that writes: it takes what is queued, keeps it in one transaction, and answers.

use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::checkpoint::Checkpoints;
use super::failure::{Done, failed, leave_the_log, stop, stopped};
use crate::store::{Answer, StoreError};

/// Jobs in one transaction.
const BATCH: usize = 256;
/// Jobs that wait; beyond, callers get the error that the store cannot keep up.
const QUEUE: usize = 16_384;
/// What to do in the transaction. It says afterwards what came of it, once the commit is known.
type Job = Box<dyn FnOnce(&Connection) -> (Option<StoreError>, Finish) + Send>;
type Finish = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// The way to the writing thread.
#[derive(Clone)]
pub(super) struct Writer {
    jobs: SyncSender<Job>,
    failure: Arc<OnceLock<StoreError>>,
}

impl Writer {
    pub fn start(connection: Connection, file: &Path) -> std::io::Result<Self> {
        let (jobs, queue) = sync_channel(QUEUE);
        let failure = Arc::new(OnceLock::new());
        let checkpoints = Checkpoints::start(file.to_path_buf(), Arc::clone(&failure))?;
        let shared = Arc::clone(&failure);
        std::thread::Builder::new()
            .name("wotnot-store".into())
            .spawn(move || run(&connection, &queue, &shared, checkpoints))?;
        Ok(Self { jobs, failure })
    }

    pub fn failure(&self) -> Option<StoreError> {
        self.failure.get().cloned()
    }

    /// Runs `work` in the next transaction.
    pub fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Done<T> + Send + 'static,
    ) -> Answer<T> {
        self.try_write(move |connection| work(connection).map(Ok))
    }

    /// Runs `work`, which may decide to change nothing and say why.
    pub fn try_write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Done<Result<T, StoreError>> + Send + 'static,
    ) -> Answer<T> {
        let (sender, receiver) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            let worked = work(connection);
            let failure = worked.as_ref().err().map(failed);
            let finish: Finish = Box::new(move |committed| {
                let answer = match (committed, worked) {
                    (Err(error), _) => Err(error),
                    (Ok(()), Ok(answer)) => answer,
                    (Ok(()), Err(error)) => Err(failed(&error)),
                };
                // Who asked may have gone; what was kept is kept.
                let _ = sender.send(answer);
            });
            (failure, finish)
        });
        let queued = self.jobs.try_send(job);
        let failure = Arc::clone(&self.failure);
        Box::pin(async move {
            match queued {
                Err(TrySendError::Full(_)) => {
                    return Err(StoreError::Failed("it cannot keep up".into()));
                }
                Err(TrySendError::Disconnected(_)) => return Err(stopped(&failure)),
                Ok(()) => {}
            }
            receiver.await.unwrap_or_else(|_| Err(stopped(&failure)))
        })
    }
}

fn run(
    connection: &Connection,
    queue: &Receiver<Job>,
    failure: &OnceLock<StoreError>,
    mut checkpoints: Checkpoints,
) {
    loop {
        let first = match queue.recv_timeout(Duration::from_millis(200)) {
            Ok(job) => job,
            Err(RecvTimeoutError::Timeout) => {
                checkpoints.idle();
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => return,
        };
        let jobs = std::iter::once(first).chain(queue.try_iter()).take(BATCH);
        let done = match failure.get() {
            Some(_) => None,
            None => transaction(connection, jobs, failure),
        };
        let Some(done) = done else {
            leave_the_log(connection);
            return;
        };
        if let Err(error) = checkpoints.after_transaction(connection, done) {
            stop(failure, &failed(&error));
        }
    }
}

/// How many jobs it did; `None` when the writer cannot go on.
fn transaction(
    connection: &Connection,
    jobs: impl Iterator<Item = Job>,
    failure: &OnceLock<StoreError>,
) -> Option<usize> {
    let mut result = run_cached(connection, "BEGIN IMMEDIATE");
    let mut finishes = Vec::new();
    for job in jobs {
        let (error, finish) = job(connection);
        finishes.push(finish);
        if let (Ok(()), Some(error)) = (&result, error) {
            result = Err(error);
        }
    }
    let result = result.and_then(|()| run_cached(connection, "COMMIT"));
    if let Err(error) = &result {
        // Never a second try: after a failed write nobody knows what the disk holds. It is known
        // before anybody is answered.
        let _ = connection.execute_batch("ROLLBACK");
        stop(failure, error);
    }
    let done = finishes.len();
    for finish in finishes {
        finish(result.clone());
    }
    result.is_ok().then_some(done)
}

fn run_cached(connection: &Connection, sql: &str) -> Result<(), StoreError> {
    connection
        .prepare_cached(sql)
        .and_then(|mut statement| statement.execute([]))
        .map(drop)
        .map_err(|error| failed(&error))
}
