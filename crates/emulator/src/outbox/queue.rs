//! The events of one conversation that wait for delivery, and which of them go next.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::delivery::{Beside, Delivery};

/// What to do next.
pub(super) enum Next {
    /// These leave in one body.
    Deliver(Vec<Delivery>),
    /// The first must not leave before the one behind it, which is not there yet.
    AwaitNeighbour(Arc<Notify>),
    Nothing,
}

pub(super) struct Queue {
    waiting: VecDeque<Delivery>,
    arrived: Arc<Notify>,
    task: JoinHandle<()>,
}

impl Queue {
    pub fn new(task: JoinHandle<()>) -> Self {
        Self {
            waiting: VecDeque::new(),
            arrived: Arc::default(),
            task,
        }
    }

    pub fn add(&mut self, delivery: Delivery) {
        self.waiting.push_back(delivery);
        self.arrived.notify_one();
    }

    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub fn abort(&self) {
        self.task.abort();
    }

    /// The first event leaves alone after all.
    pub fn give_up_waiting(&mut self) {
        if let Some(first) = self.waiting.front_mut() {
            first.fate.beside_next = None;
        }
    }

    pub fn next(&mut self) -> Next {
        let Some(beside) = self.waiting.front().map(|first| first.fate.beside_next) else {
            return Next::Nothing;
        };
        if beside.is_some() && self.waiting.len() < 2 {
            return Next::AwaitNeighbour(self.arrived.clone());
        }
        match beside {
            None => Next::Deliver(self.waiting.drain(..1).collect()),
            Some(Beside::Together) => Next::Deliver(self.waiting.drain(..2).collect()),
            Some(Beside::Behind) => {
                self.waiting.swap(0, 1);
                if let Some(held) = self.waiting.get_mut(1) {
                    held.fate.beside_next = None;
                }
                Next::Deliver(self.waiting.drain(..1).collect())
            }
        }
    }
}
