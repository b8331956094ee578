//! What is written, and when it counts as kept. A server that flushes its log with each write answers once that is done;
//! one of 7.2 or later is asked for it, once for all that was written together.

use std::sync::Arc;

use redis::{Cmd, FromRedisValue, RedisResult, Value};
use tokio::sync::{mpsc, oneshot};

use super::link::{Link, Request, read};
use super::scripts::Call;
use crate::store::StoreError;

/// Writes that are waited for together.
const BATCH: usize = 256;
const QUEUE: usize = 16_384;
/// How long a flush may take, in milliseconds.
const FLUSHED_WITHIN_MS: u64 = 3_000;
/// Batches that are under way at one time, each over a connection of its own.
const LANES: usize = 2;

enum Write {
    Command(Cmd),
    Script(Call),
}

struct Job {
    write: Write,
    done: oneshot::Sender<Result<Value, StoreError>>,
}

/// The way to the server for what must survive.
pub(super) struct Writes {
    link: Arc<Link>,
    /// Where flushes are asked for.
    lanes: Option<mpsc::Sender<Job>>,
}

impl Writes {
    pub fn new(link: Arc<Link>, asks_for_flushes: bool) -> Self {
        let lanes = asks_for_flushes.then(|| {
            let (sender, receiver) = mpsc::channel(QUEUE);
            let receiver = Arc::new(tokio::sync::Mutex::new(receiver));
            for _ in 0..LANES {
                tokio::spawn(lane(link.second(), Arc::clone(&receiver)));
            }
            sender
        });
        Self { link, lanes }
    }

    pub async fn run<T: FromRedisValue>(&self, call: Call) -> Result<T, StoreError> {
        self.keep(Write::Script(call)).await
    }

    pub async fn ask<T: FromRedisValue>(&self, command: Cmd) -> Result<T, StoreError> {
        self.keep(Write::Command(command)).await
    }

    async fn keep<T: FromRedisValue>(&self, write: Write) -> Result<T, StoreError> {
        let Some(lanes) = &self.lanes else {
            return match write {
                Write::Command(command) => self.link.ask(&command).await,
                Write::Script(call) => self.link.run(&call).await,
            };
        };
        let (done, answered) = oneshot::channel();
        let stopped = || StoreError::Away("the store was closed".into());
        let job = Job { write, done };
        lanes.send(job).await.map_err(|_| stopped())?;
        read(answered.await.map_err(|_| stopped())??)
    }
}

/// Takes what is queued, writes it, has it flushed, and answers.
async fn lane(link: Link, queue: Arc<tokio::sync::Mutex<mpsc::Receiver<Job>>>) {
    loop {
        let mut jobs = Vec::new();
        if queue.lock().await.recv_many(&mut jobs, BATCH).await == 0 {
            return;
        }
        let mut whole = false;
        while !jobs.is_empty() {
            match write(&link, &jobs, whole).await {
                Err(error) => answer_all(std::mem::take(&mut jobs), &error),
                Ok(answers) => {
                    let mut again = Vec::new();
                    for (job, answer) in jobs.drain(..).zip(answers) {
                        match answer {
                            Err(error) if error.code() == Some("NOSCRIPT") && !whole => {
                                again.push(job);
                            }
                            answer => {
                                let answer = answer.map_err(|error| StoreError::from(&error));
                                // Who asked may have gone; what was kept is kept.
                                let _ = job.done.send(answer);
                            }
                        }
                    }
                    jobs = again;
                    whole = true;
                }
            }
        }
    }
}

fn answer_all(jobs: Vec<Job>, error: &StoreError) {
    for job in jobs {
        let _ = job.done.send(Err(error.clone()));
    }
}

/// One answer for each job, once all of them are flushed.
async fn write(
    link: &Link,
    jobs: &[Job],
    whole: bool,
) -> Result<Vec<RedisResult<Value>>, StoreError> {
    let mut pipeline = redis::pipe();
    pipeline.ignore_errors();
    for job in jobs {
        pipeline.add_command(match &job.write {
            Write::Command(command) => command.clone(),
            Write::Script(call) if whole => call.whole(),
            Write::Script(call) => call.short(),
        });
    }
    pipeline.cmd("WAITAOF").arg(1).arg(0).arg(FLUSHED_WITHIN_MS);
    let mut answers: Vec<RedisResult<Value>> = read(link.answer(Request::Many(&pipeline)).await?)?;
    let flushed: (u64, u64) = match answers.pop() {
        Some(Ok(value)) => read(value)?,
        Some(Err(error)) => return Err(StoreError::from(&error)),
        None => (0, 0),
    };
    match flushed.0 {
        0 => Err(StoreError::Away("its disk does not keep up".into())),
        _ => Ok(answers),
    }
}
