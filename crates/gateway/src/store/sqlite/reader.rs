//! Threads that read, each with a connection of its own.

use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::failure::{Done, failed};
use super::schema;
use crate::store::{Answer, StoreError};

const QUEUE: usize = 16_384;

type Job = Box<dyn FnOnce(&Connection) + Send>;

/// The way to the reading threads.
pub(super) struct Readers {
    jobs: SyncSender<Job>,
}

impl Readers {
    pub fn start(file: &Path, count: usize) -> Result<Self, StoreError> {
        let (jobs, queue) = sync_channel(QUEUE);
        let queue = Arc::new(Mutex::new(queue));
        for number in 0..count {
            let connection = schema::open_reader(file).map_err(|error| failed(&error))?;
            let queue = Arc::clone(&queue);
            std::thread::Builder::new()
                .name(format!("wotnot-read-{number}"))
                .spawn(move || run(&connection, &queue))
                .map_err(|error| StoreError::Failed(error.to_string()))?;
        }
        Ok(Self { jobs })
    }

    pub fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Done<T> + Send + 'static,
    ) -> Answer<T> {
        let (sender, receiver) = oneshot::channel();
        let queued = self.jobs.try_send(Box::new(move |connection| {
            let _ = sender.send(work(connection).map_err(|error| failed(&error)));
        }));
        Box::pin(async move {
            match queued {
                Err(TrySendError::Full(_)) => Err(StoreError::Failed("it cannot keep up".into())),
                Err(TrySendError::Disconnected(_)) => {
                    Err(StoreError::Failed("it was stopped".into()))
                }
                Ok(()) => receiver
                    .await
                    .unwrap_or_else(|_| Err(StoreError::Failed("it was stopped".into()))),
            }
        })
    }
}

fn run(connection: &Connection, queue: &Mutex<Receiver<Job>>) {
    loop {
        let job = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match job {
            Ok(job) => job(connection),
            Err(_) => return,
        }
    }
}
