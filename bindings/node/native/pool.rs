//! The threads that calls run on: a bounded number, made when they are needed, gone when they are
//! not. Never libuv's, which belong to the file system.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use wotnot_json::{CancelToken, Client, Code, Error, Outcome, guarded, not_made};

use crate::lookout::Lookout;

/// How many calls of one environment run at the same time. More wait for their turn.
const MOST_THREADS: usize = 16;
/// A thread with nothing to do for this long goes.
const IDLE: Duration = Duration::from_secs(5);
/// TLS and JSON stay far below it.
const STACK: usize = 512 * 1024;

/// Tells the event loop that the call with this number is over, with its envelope.
pub(crate) type Done = Box<dyn Fn(i64, &str) + Send + Sync>;

/// One call to make.
pub(crate) struct Job {
    pub(crate) id: i64,
    pub(crate) client: Arc<Client>,
    pub(crate) work: Work,
}

/// What a job does with its client.
#[derive(PartialEq, Eq)]
pub(crate) enum Work {
    /// A method of the JSON facade.
    Call { method: String, params: String },
    /// The end, which waits for the listener's thread.
    Close,
}

/// What a thread does once a job is over.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Then {
    LooksForMore,
    DoesOtherThings,
}

/// The threads of one environment.
pub(crate) struct Pool {
    state: Mutex<State>,
    work: Condvar,
    /// How many jobs came so far, for whoever looks out for one without the lock.
    submitted: AtomicU64,
    done: Done,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    /// What ends each call that waits or runs.
    tokens: HashMap<i64, CancelToken>,
    threads: HashMap<u64, JoinHandle<()>>,
    next_thread: u64,
    /// Threads that wait for a job.
    asleep: usize,
    /// Threads that will look for a job without being woken.
    awake: usize,
    /// Wake-ups that no thread has taken yet.
    wakes: usize,
    lookout: Lookout,
    stopped: bool,
}

impl Pool {
    pub(crate) fn new(done: Done) -> Self {
        Self {
            state: Mutex::new(State::default()),
            work: Condvar::new(),
            submitted: AtomicU64::new(0),
            done,
        }
    }

    /// Takes a job; its end is told through [`Done`], even when the system gives no thread for it.
    pub(crate) fn submit(self: &Arc<Self>, job: Job) {
        let token = CancelToken::new();
        let mut state = self.lock();
        if state.stopped {
            return;
        }
        // A close must not wait behind the calls that it is meant to end.
        let most = match job.work {
            Work::Call { .. } => MOST_THREADS,
            Work::Close => usize::MAX,
        };
        let mut wake = false;
        if state.jobs.len() >= state.awake {
            if state.asleep > 0 {
                state.asleep -= 1;
                state.awake += 1;
                state.wakes += 1;
                wake = true;
            } else if state.threads.len() < most
                && let Err(error) = self.spawn(&mut state)
                && state.threads.is_empty()
            {
                drop(state);
                let envelope = match job.work {
                    Work::Call { .. } => job.not_begun(&error),
                    Work::Close => job.run(&token),
                };
                (self.done)(job.id, &envelope);
                return;
            }
        }
        if state.tokens.is_empty() {
            state.lookout.called();
        }
        state.tokens.insert(job.id, token);
        match job.work {
            Work::Call { .. } => state.jobs.push_back(job),
            Work::Close => state.jobs.push_front(job),
        }
        self.submitted.fetch_add(1, Ordering::Release);
        drop(state);
        if wake {
            // Not under the lock, or the woken thread would have to sleep again until it is free.
            self.work.notify_one();
        }
    }

    /// Ends the call with this number at once, if it is not over.
    pub(crate) fn cancel(&self, id: i64) {
        let Some(token) = self.lock().tokens.get(&id).cloned() else {
            return;
        };
        token.cancel();
        self.run_here(|job| job.id == id);
    }

    /// Ends those of the waiting calls that need no turn any more: with their reason to stop they
    /// do nothing but say so.
    fn run_here(&self, is_one: impl Fn(&Job) -> bool) {
        let ended: Vec<(Job, CancelToken)> = {
            let mut state = self.lock();
            let (ended, left) = state.jobs.drain(..).partition(&is_one);
            state.jobs = left;
            let ended: VecDeque<Job> = ended;
            ended
                .into_iter()
                .map(|job| {
                    let token = state.tokens.get(&job.id).cloned().unwrap_or_default();
                    (job, token)
                })
                .collect()
        };
        for (job, token) in ended {
            self.finish(&job, &token, Then::DoesOtherThings);
        }
    }

    fn finish(&self, job: &Job, token: &CancelToken, then: Then) {
        let envelope = job.run(token);
        {
            let mut state = self.lock();
            state.tokens.remove(&job.id);
            if then == Then::LooksForMore {
                // Counted before the event loop hears of it: its next call needs no wake-up then.
                state.awake += 1;
            }
        }
        (self.done)(job.id, &envelope);
        if job.work == Work::Close {
            self.run_here(|waiting| Arc::ptr_eq(&waiting.client, &job.client));
        }
    }

    /// Ends every call and waits for the threads. Nothing is taken from here on.
    pub(crate) fn stop(&self) {
        let (threads, tokens) = {
            let mut state = self.lock();
            state.stopped = true;
            state.jobs.clear();
            (
                std::mem::take(&mut state.threads),
                std::mem::take(&mut state.tokens),
            )
        };
        self.work.notify_all();
        for token in tokens.into_values() {
            token.cancel();
        }
        for thread in threads.into_values() {
            // Panics end in the guard around each job.
            let _ = thread.join();
        }
    }

    fn spawn(self: &Arc<Self>, state: &mut State) -> std::io::Result<()> {
        let number = state.next_thread;
        let pool = Arc::clone(self);
        let thread = thread::Builder::new()
            .name("wotnot-call".into())
            .stack_size(STACK)
            .spawn(move || pool.run(number))?;
        state.next_thread += 1;
        state.awake += 1;
        state.threads.insert(number, thread);
        Ok(())
    }

    fn run(&self, number: u64) {
        while let Some((job, token)) = self.next(number) {
            self.finish(&job, &token, Then::LooksForMore);
        }
    }

    /// The next job of a thread that is awake, which it is no more with a job or at its end.
    fn next(&self, number: u64) -> Option<(Job, CancelToken)> {
        let mut state = self.lock();
        loop {
            if state.stopped {
                return None;
            }
            let closes = matches!(state.jobs.front(), Some(job) if job.work == Work::Close);
            if state.threads.len() > MOST_THREADS && !closes {
                break;
            }
            if let Some(job) = state.jobs.pop_front() {
                state.awake -= 1;
                let token = state.tokens.get(&job.id).cloned().unwrap_or_default();
                return Some((job, token));
            }
            if state.tokens.is_empty()
                && let Some(until) = state.lookout.idle()
            {
                let submitted = self.submitted.load(Ordering::Relaxed);
                drop(state);
                let came = self.look_out(submitted, until);
                state = self.lock();
                state.lookout.ended(came);
                continue;
            }
            state.awake -= 1;
            state.asleep += 1;
            let (after, _) = self
                .work
                .wait_timeout_while(state, IDLE, |state| state.wakes == 0 && !state.stopped)
                .unwrap_or_else(PoisonError::into_inner);
            state = after;
            if state.wakes > 0 {
                // Whoever woke this thread has counted it already.
                state.wakes -= 1;
            } else {
                state.asleep -= 1;
                state.awake += 1;
                break;
            }
        }
        state.awake -= 1;
        state.threads.remove(&number);
        None
    }

    /// Whether a job comes until then, beyond those that were submitted already.
    fn look_out(&self, submitted: u64, until: Instant) -> bool {
        loop {
            for _ in 0..32 {
                if self.submitted.load(Ordering::Acquire) != submitted {
                    return true;
                }
                std::hint::spin_loop();
            }
            if Instant::now() >= until {
                return false;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
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
    fn not_begun(&self, why: &std::io::Error) -> String {
        let text = format!("the system gives no thread for the call: {why}");
        not_made(Error::new(Code::Overloaded, text), self.method()).to_json()
    }

    /// The envelope, whatever happens.
    fn run(&self, token: &CancelToken) -> String {
        match &self.work {
            Work::Call { method, params } => {
                self.client.call_cancellable(method, params, Some(token))
            }
            Work::Close => guarded(self.method(), || {
                self.client.close();
                Outcome::ok()
            }),
        }
        .to_json()
    }
}
