//! The events of one conversation that wait for delivery, and which of them go next.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::delivery::{Beside, Delivery};

/// What to do next.
pub(super) enum Next {
    /// These leave in one body.
    Deliver(Vec<Delivery>),
    /// The first is held until its call was answered.
    AwaitRelease(Arc<Notify>),
    /// The first must not leave before the one behind it, which is not there yet.
    AwaitNeighbour(Arc<Notify>),
    Nothing,
}

/// An event, and whether it may leave.
struct Waiting {
    delivery: Delivery,
    released: Arc<AtomicBool>,
}

#[derive(Default)]
pub(super) struct Queue {
    waiting: VecDeque<Waiting>,
    changed: Arc<Notify>,
    task: Option<JoinHandle<()>>,
}

impl Queue {
    pub fn add(&mut self, delivery: Delivery, released: Arc<AtomicBool>) {
        self.waiting.push_back(Waiting { delivery, released });
    }

    /// Something may leave now: tells the task that delivers, or starts it.
    pub fn wake(&mut self, start: impl FnOnce() -> JoinHandle<()>) {
        match self.task {
            Some(_) => self.changed.notify_one(),
            None => self.task = Some(start()),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub fn abort(&self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }

    /// The first event leaves alone after all.
    pub fn give_up_waiting(&mut self) {
        if let Some(first) = self.waiting.front_mut() {
            first.delivery.plan.beside_next = None;
        }
    }

    pub fn next(&mut self) -> Next {
        let may_leave = |index| {
            let waiting: Option<&Waiting> = self.waiting.get(index);
            waiting.is_some_and(|it| it.released.load(Ordering::Acquire))
        };
        let Some(first) = self.waiting.front() else {
            return Next::Nothing;
        };
        if !may_leave(0) {
            return Next::AwaitRelease(self.changed.clone());
        }
        let beside = first.delivery.plan.beside_next;
        if beside.is_some() && !may_leave(1) {
            return Next::AwaitNeighbour(self.changed.clone());
        }
        match beside {
            None => self.deliver(1),
            Some(Beside::Together) => self.deliver(2),
            Some(Beside::Behind) => {
                self.waiting.swap(0, 1);
                if let Some(held) = self.waiting.get_mut(1) {
                    held.delivery.plan.beside_next = None;
                }
                self.deliver(1)
            }
        }
    }

    fn deliver(&mut self, count: usize) -> Next {
        let events = self.waiting.drain(..count);
        Next::Deliver(events.map(|it| it.delivery).collect())
    }
}
