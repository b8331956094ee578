//! The pool's state: jobs that wait for a thread, threads that wait for a job.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::spin::AdaptiveSpin;
use crate::sync::{AtomicU64, Condvar, Mutex, MutexGuard};

/// How many threads, and how long they stay without a job.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// So many jobs run in turn at the same time; more wait.
    pub threads: usize,
    /// A thread without a job for this long goes.
    pub idle: Duration,
    /// The longest that a thread spins for the next job before it sleeps; zero for never.
    pub spin: Duration,
}

/// What a job may wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    /// Its turn.
    InTurn,
    /// Nothing: it comes first, on a thread beyond the limit where need be. For what ends other
    /// jobs, and for what is short or mostly sleeps.
    AtOnce,
}

/// When a job that was taken runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// A thread is on its way to it.
    Next,
    /// When a job that runs now has ended.
    Waits,
}

/// A job that was not taken.
#[derive(Debug)]
pub enum Refused<J> {
    /// [`WaiterPool::stop`] was called.
    Stopped(J),
    /// There is no thread, and the system gives none.
    NoThread(J, io::Error),
}

/// Threads for jobs of the type `J`; `H` is the handle of a thread. A thread is:
///
/// ```text
/// while let Some((urgency, job)) = pool.next(number) {
///     run(job);
///     pool.finished(urgency);
///     // tell the result
/// }
/// ```
pub struct WaiterPool<J, H> {
    state: Mutex<State<J, H>>,
    pub(crate) wake: Condvar,
    /// How many jobs came so far, for a thread that spins without the lock.
    submitted: AtomicU64,
    limits: Limits,
}

struct State<J, H> {
    jobs: VecDeque<(Urgency, J)>,
    /// Jobs that threads run.
    running: usize,
    /// Jobs that wait for nothing, from the moment that they are submitted: a thread for one of them that has
    /// not begun must not count as one for a job in turn.
    at_once: usize,
    threads: HashMap<u64, H>,
    next_thread: u64,
    /// Threads that wait for a job.
    asleep: usize,
    /// Threads that will look for a job without being woken.
    awake: usize,
    /// Wake-ups that no thread has taken yet.
    wakes: usize,
    spin: AdaptiveSpin,
    stopped: bool,
}

impl<J, H> WaiterPool<J, H> {
    /// A pool without threads.
    pub fn new(limits: Limits) -> Self {
        Self {
            state: Mutex::new(State {
                jobs: VecDeque::new(),
                running: 0,
                at_once: 0,
                threads: HashMap::new(),
                next_thread: 0,
                asleep: 0,
                awake: 0,
                wakes: 0,
                spin: AdaptiveSpin::new(limits.spin),
                stopped: false,
            }),
            wake: Condvar::new(),
            submitted: AtomicU64::new(0),
            limits,
        }
    }

    /// Takes a job. `spawn` starts a thread with this number when one is needed; it must not call
    /// the pool.
    ///
    /// # Errors
    /// The job, when nobody would run it.
    pub fn submit(
        &self,
        job: J,
        urgency: Urgency,
        spawn: impl FnOnce(u64) -> io::Result<H>,
    ) -> Result<Turn, Refused<J>> {
        let mut state = self.lock();
        if state.stopped {
            return Err(Refused::Stopped(job));
        }
        let most = match urgency {
            Urgency::InTurn => self.limits.threads + state.at_once,
            Urgency::AtOnce => usize::MAX,
        };
        let mut wakes_one = false;
        if state.jobs.len() >= state.awake {
            if state.asleep > 0 {
                state.asleep -= 1;
                state.awake += 1;
                state.wakes += 1;
                wakes_one = true;
            } else if state.threads.len() < most {
                let number = state.next_thread;
                match spawn(number) {
                    Ok(thread) => {
                        state.next_thread += 1;
                        state.awake += 1;
                        state.threads.insert(number, thread);
                    }
                    Err(error) if state.threads.is_empty() => {
                        return Err(Refused::NoThread(job, error));
                    }
                    // The threads that there are will get to it.
                    Err(_) => {}
                }
            }
        }
        if state.jobs.is_empty() && state.running == 0 {
            state.spin.job_came();
        }
        match urgency {
            Urgency::InTurn => state.jobs.push_back((urgency, job)),
            Urgency::AtOnce => {
                state.at_once += 1;
                state.jobs.push_front((urgency, job));
            }
        }
        let turn = match state.jobs.len() > state.awake {
            true => Turn::Waits,
            false => Turn::Next,
        };
        self.submitted.fetch_add(1, Ordering::Release);
        drop(state);
        if wakes_one {
            // Not under the lock, or the woken thread would have to sleep again until it is free.
            self.wake.notify_one();
        }
        Ok(turn)
    }

    /// The next job for the thread with this number, which is to end when there is none.
    pub fn next(&self, number: u64) -> Option<(Urgency, J)> {
        let mut state = self.lock();
        loop {
            if state.stopped {
                return None;
            }
            let first = state.jobs.front().map(|(urgency, _)| *urgency);
            let most = self.limits.threads + state.at_once;
            if state.threads.len() > most && first != Some(Urgency::AtOnce) {
                break;
            }
            if let Some((urgency, job)) = state.jobs.pop_front() {
                state.awake -= 1;
                state.running += 1;
                return Some((urgency, job));
            }
            if state.running == 0
                && let Some(until) = state.spin.idle()
            {
                let submitted = self.submitted.load(Ordering::Relaxed);
                drop(state);
                let came = self.spin(submitted, until);
                state = self.lock();
                state.spin.ended(came);
                continue;
            }
            state = self.sleep(state);
            if state.wakes == 0 {
                state.asleep -= 1;
                state.awake += 1;
                break;
            }
            // The job that woke this thread has counted it already.
            state.wakes -= 1;
        }
        state.awake -= 1;
        state.threads.remove(&number);
        None
    }

    /// A thread is done with its job and will ask for the next. To be called before the result is
    /// notified: what is submitted then needs no other thread.
    pub fn finished(&self, urgency: Urgency) {
        let mut state = self.lock();
        state.running -= 1;
        state.at_once -= usize::from(urgency == Urgency::AtOnce);
        state.awake += 1;
    }

    /// Takes back the waiting jobs that `is_one` names, in their order.
    pub fn take(&self, is_one: impl Fn(&J) -> bool) -> Vec<J> {
        let mut state = self.lock();
        let (taken, left): (VecDeque<_>, _) =
            state.jobs.drain(..).partition(|(_, job)| is_one(job));
        state.jobs = left;
        let at_once = |(urgency, _): &&(Urgency, J)| *urgency == Urgency::AtOnce;
        state.at_once -= taken.iter().filter(at_once).count();
        taken.into_iter().map(|(_, job)| job).collect()
    }

    /// Takes nothing more and ends every thread once its job is over. Gives the handles to join, and
    /// the jobs that did not begin.
    pub fn stop(&self) -> (Vec<H>, Vec<J>) {
        let mut state = self.lock();
        state.stopped = true;
        let jobs = std::mem::take(&mut state.jobs);
        let threads = std::mem::take(&mut state.threads);
        drop(state);
        self.wake.notify_all();
        (
            threads.into_values().collect(),
            jobs.into_iter().map(|(_, job)| job).collect(),
        )
    }

    /// Until there is a wake-up to take, the pool stops, or the thread has been idle for too long.
    fn sleep<'a>(&'a self, mut state: MutexGuard<'a, State<J, H>>) -> MutexGuard<'a, State<J, H>> {
        state.awake -= 1;
        state.asleep += 1;
        let until = Instant::now() + self.limits.idle;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            state = self
                .wake
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
            if state.wakes > 0 || state.stopped || Instant::now() >= until {
                return state;
            }
        }
    }

    /// Whether a job comes until then, beyond those that were submitted already.
    fn spin(&self, submitted: u64, until: Instant) -> bool {
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

    fn lock(&self) -> MutexGuard<'_, State<J, H>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
