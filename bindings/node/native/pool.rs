//! The calls of one environment: each on a thread of [`WaiterPool`], ended by its number, reported when
//! it is over. Never on libuv's threads, which belong to the file system.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use wotnot_json::{CancelToken, Client, Code, Error, not_made};
use wotnot_pool::{Limits, Refused, Turn, Urgency, WaiterPool};

/// How many calls of one environment run at the same time.
const LIMITS: Limits = Limits {
    threads: 16,
    idle: Duration::from_secs(5),
    spin: Duration::from_micros(150),
};
/// TLS and JSON stay far below it.
const STACK: usize = 512 * 1024;

/// Tells the event loop that the call with this number is over, with its envelope.
pub(crate) type Done = Box<dyn Fn(i64, &str) + Send + Sync>;

/// What a job does with its client.
#[derive(PartialEq, Eq)]
pub(crate) enum Work {
    /// A method of the JSON facade.
    Call { method: String, params: String },
    /// The end, which waits for the listener's thread.
    Close,
}

/// The calls of one environment.
pub(crate) struct Pool {
    threads: WaiterPool<Job, JoinHandle<()>>,
    /// What ends each call that waits or runs.
    tokens: Mutex<HashMap<i64, CancelToken>>,
    done: Done,
}

/// One call to make.
struct Job {
    id: i64,
    client: Arc<Client>,
    work: Work,
    token: CancelToken,
}

impl Pool {
    pub(crate) fn new(done: Done) -> Self {
        Self {
            threads: WaiterPool::new(LIMITS),
            tokens: Mutex::default(),
            done,
        }
    }

    /// Takes a call, whose time counts from now. Its end is reported through [`Done`], even when the
    /// system gives no thread for it.
    pub(crate) fn submit(self: &Arc<Self>, id: i64, client: Arc<Client>, work: Work) -> Turn {
        let token = CancelToken::new();
        token.count_from(Instant::now());
        // What sends nothing must not wait behind calls that do, nor a close behind the calls that it
        // is meant to end.
        let urgency = match &work {
            Work::Call { method, .. } if wotnot_json::takes_turn(method) => Urgency::InTurn,
            Work::Call { .. } | Work::Close => Urgency::AtOnce,
        };
        self.tokens().insert(id, token.clone());
        let job = Job {
            id,
            client,
            work,
            token,
        };
        let spawn = |number| self.spawn(number);
        match self.threads.submit(job, urgency, spawn) {
            Ok(turn) => turn,
            // The environment ends: nobody is left to notify.
            Err(Refused::Stopped(_)) => Turn::Next,
            Err(Refused::NoThread(job, why)) => {
                let envelope = match job.work {
                    Work::Call { .. } => job.not_begun(&why),
                    Work::Close => job.run(),
                };
                self.tell(&job, &envelope);
                Turn::Next
            }
        }
    }

    /// Ends the call with this number at once, if it is not over.
    pub(crate) fn cancel(&self, id: i64) {
        let Some(token) = self.tokens().get(&id).cloned() else {
            return;
        };
        token.cancel();
        self.run_here(|job| job.id == id);
    }

    /// Ends the call with this number if it still waits for its turn: its time is over.
    pub(crate) fn expire(&self, id: i64) {
        for job in self.threads.take(|job| job.id == id) {
            job.token.expire();
            self.tell(&job, &job.run());
        }
    }

    /// Runs those of the waiting calls that need no turn any more: with their reason to stop they do
    /// nothing but say so.
    fn run_here(&self, is_one: impl Fn(&Job) -> bool) {
        for job in self.threads.take(is_one) {
            self.tell(&job, &job.run());
        }
    }

    /// Tells the end of a call.
    fn tell(&self, job: &Job, envelope: &str) {
        self.tokens().remove(&job.id);
        (self.done)(job.id, envelope);
        if job.work == Work::Close {
            self.run_here(|waiting| Arc::ptr_eq(&waiting.client, &job.client));
        }
    }

    /// Ends every call and waits for the threads. Nothing is taken from here on.
    pub(crate) fn stop(&self) {
        let (threads, _) = self.threads.stop();
        for token in std::mem::take(&mut *self.tokens()).into_values() {
            token.cancel();
        }
        for thread in threads {
            // The facade lets no panic out.
            let _ = thread.join();
        }
    }

    fn spawn(self: &Arc<Self>, number: u64) -> io::Result<JoinHandle<()>> {
        let pool = Arc::clone(self);
        thread::Builder::new()
            .name("wotnot-call".into())
            .stack_size(STACK)
            .spawn(move || {
                while let Some((urgency, job)) = pool.threads.next(number) {
                    let envelope = job.run();
                    pool.threads.finished(urgency);
                    pool.tell(&job, &envelope);
                }
            })
    }

    fn tokens(&self) -> MutexGuard<'_, HashMap<i64, CancelToken>> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Job {
    fn method(&self) -> &str {
        match &self.work {
            Work::Call { method, .. } => method,
            Work::Close => "close",
        }
    }

    /// The envelope of a call that there is no thread for.
    fn not_begun(&self, why: &io::Error) -> String {
        let text = format!("the system gives no thread for the call: {why}");
        not_made(Error::new(Code::Overloaded, text), self.method()).to_json()
    }

    /// The envelope, whatever happens.
    fn run(&self) -> String {
        match &self.work {
            Work::Call { method, params } => {
                self.client
                    .call_cancellable(method, params, Some(&self.token))
            }
            Work::Close => self.client.close(),
        }
        .to_json()
    }
}
