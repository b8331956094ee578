//! Jobs and threads in every order in which they can meet: the pool's own file over loom's locks. A
//! job that no thread takes is a deadlock here, for a model's time-outs come only when a model says so.

#![allow(clippy::unwrap_used)]

use std::io;
use std::time::Duration;

use loom::sync::{Arc, Condvar, Mutex};
use loom::thread;

use waiters::{Limits, Refused, Turn, Urgency, WaiterPool};

mod sync {
    pub(crate) use loom::sync::atomic::AtomicU64;
    pub(crate) use loom::sync::{Condvar, Mutex, MutexGuard};
}

#[path = "../src/spin.rs"]
#[allow(dead_code)]
mod spin;

#[path = "../src/waiters.rs"]
#[allow(dead_code)]
mod waiters;

/// A job is its number.
type Pool = WaiterPool<u32, thread::JoinHandle<()>>;

/// A pool, and the jobs that its threads have run.
#[derive(Clone)]
struct Model {
    pool: Arc<Pool>,
    ran: Arc<(Mutex<Vec<u32>>, Condvar)>,
}

impl Model {
    /// No spinning, and a thread that wakes up without a job has been idle for too long.
    fn new(threads: usize) -> Self {
        Self {
            pool: Arc::new(WaiterPool::new(Limits {
                threads,
                idle: Duration::ZERO,
                spin: Duration::ZERO,
            })),
            ran: Arc::new((Mutex::new(Vec::new()), Condvar::new())),
        }
    }

    fn submit(&self, job: u32, urgency: Urgency) -> Result<Turn, Refused<u32>> {
        let model = self.clone();
        self.pool.submit(job, urgency, |number| {
            Ok(thread::spawn(move || model.work(number)))
        })
    }

    fn work(&self, number: u64) {
        while let Some((urgency, job)) = self.pool.next(number) {
            self.pool.finished(urgency);
            self.ran.0.lock().unwrap().push(job);
            self.ran.1.notify_all();
        }
    }

    /// Waits until so many jobs have run. Never ends when one of them is left lying.
    fn wait(&self, jobs: usize) -> Vec<u32> {
        let mut ran = self.ran.0.lock().unwrap();
        while ran.len() < jobs {
            ran = self.ran.1.wait(ran).unwrap();
        }
        ran.clone()
    }

    fn stop(&self) {
        for thread in self.pool.stop().0 {
            thread.join().unwrap();
        }
    }

    /// Lets time pass for every thread that sleeps now.
    fn time_passes(&self) {
        self.pool.wake.notify_all();
    }
}

/// Every order with at most three switches that no lock asks for: more find nothing, and take hours.
fn model(run: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(run);
}

#[test]
fn a_job_after_another_is_run_whether_its_thread_sleeps_or_not() {
    model(|| {
        let model = Model::new(1);
        for job in [1, 2] {
            model.submit(job, Urgency::InTurn).unwrap();
            model.wait(job as usize);
        }
        model.stop();
    });
}

#[test]
fn jobs_from_two_threads_are_all_run_within_the_limit() {
    model(|| {
        let model = Model::new(1);
        let other = model.clone();
        let submitting = thread::spawn(move || other.submit(1, Urgency::InTurn).map(drop));
        model.submit(2, Urgency::InTurn).unwrap();
        submitting.join().unwrap().unwrap();
        let mut ran = model.wait(2);
        ran.sort_unstable();
        assert_eq!(ran, [1, 2]);
        assert_eq!(model.pool.stop().0.len(), 1, "threads");
    });
}

#[test]
fn a_job_is_run_though_its_thread_has_just_been_idle_for_too_long() {
    model(|| {
        let model = Model::new(1);
        model.submit(1, Urgency::InTurn).unwrap();
        model.wait(1);
        let clock = model.clone();
        let ticking = thread::spawn(move || clock.time_passes());
        model.submit(2, Urgency::InTurn).unwrap();
        model.wait(2);
        ticking.join().unwrap();
        model.stop();
    });
}

/// Has a thread take this job and never end it.
fn stick(model: &Model, job: u32, urgency: Urgency) {
    let stuck = model.clone();
    let spawn = |number| {
        Ok(thread::spawn(move || {
            let (_, job) = stuck.pool.next(number).unwrap();
            stuck.ran.0.lock().unwrap().push(job);
            stuck.ran.1.notify_all();
        }))
    };
    model.pool.submit(job, urgency, spawn).unwrap();
    model.wait(1);
}

#[test]
fn what_cannot_wait_runs_beside_a_job_that_never_ends() {
    model(|| {
        let model = Model::new(1);
        stick(&model, 1, Urgency::InTurn);
        let turn = model.submit(2, Urgency::InTurn).unwrap();
        assert_eq!(turn, Turn::Waits);
        model.submit(3, Urgency::AtOnce).unwrap();
        assert_eq!(model.wait(2), [1, 3]);
        model.stop();
    });
}

#[test]
fn what_cannot_wait_takes_no_turn_from_the_others() {
    model(|| {
        let model = Model::new(1);
        stick(&model, 1, Urgency::AtOnce);
        let turn = model.submit(2, Urgency::InTurn).unwrap();
        assert_eq!(turn, Turn::Next);
        assert_eq!(model.wait(2), [1, 2]);
        model.stop();
    });
}

#[test]
fn a_job_is_taken_back_or_run_and_never_both() {
    model(|| {
        let model = Model::new(1);
        model.submit(1, Urgency::InTurn).unwrap();
        let taken = model.pool.take(|job| *job == 1);
        model.submit(2, Urgency::InTurn).unwrap();
        let ran = model.wait(2 - taken.len());
        assert_eq!(ran.contains(&1), taken.is_empty());
        model.stop();
    });
}

#[test]
fn a_stop_ends_every_thread_wherever_it_is() {
    model(|| {
        let model = Model::new(2);
        for job in [1, 2] {
            model.submit(job, Urgency::InTurn).unwrap();
        }
        let (threads, left) = model.pool.stop();
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(model.ran.0.lock().unwrap().len() + left.len(), 2);
        let late = model.submit(3, Urgency::InTurn);
        assert!(matches!(late, Err(Refused::Stopped(3))));
    });
}

#[test]
fn a_job_that_no_thread_would_run_is_given_back() {
    model(|| {
        let model = Model::new(2);
        let none = |_| Err(io::Error::other("no thread"));
        let refused = model.pool.submit(1, Urgency::InTurn, none);
        assert!(matches!(refused, Err(Refused::NoThread(1, _))));
        model.submit(2, Urgency::InTurn).unwrap();
        let kept = model.pool.submit(3, Urgency::InTurn, none);
        assert!(kept.is_ok(), "a thread is there, which will run it");
        assert_eq!(model.wait(2), [2, 3]);
        model.stop();
    });
}
