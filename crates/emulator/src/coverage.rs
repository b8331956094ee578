//! Which blocks and exits of a flow its conversations have walked.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use crate::flow::{Exit, Flow, TRIGGER};

/// What was walked of one flow so far: blocks by their number, and their exits by theirs.
#[derive(Debug, Default)]
pub(crate) struct Walked {
    /// The ways in which conversations began, by their number.
    beginnings: Mutex<BTreeSet<usize>>,
    /// The block that was come to last.
    last: Mutex<Option<usize>>,
    blocks: Mutex<BTreeSet<usize>>,
    exits: Mutex<BTreeSet<(usize, usize)>>,
}

/// A block, and whether a conversation came to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BlockCoverage {
    /// Its name; `(trigger)` for the trigger of a flow that has one.
    pub block: String,
    /// Whether a conversation came to it.
    pub walked: bool,
    /// Its ways out, in the order of its fields.
    pub exits: Vec<ExitCoverage>,
}

/// A way out of a block, and whether a conversation took it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExitCoverage {
    /// When it is taken, in a few words; empty for plain `next`.
    pub way: String,
    /// The block that it leads to; `group NAME` and `bot KEY` for a jump.
    pub to: String,
    /// Whether a conversation took it.
    pub walked: bool,
}

impl Walked {
    pub fn enter(&self, block: usize) {
        *lock(&self.last) = Some(block);
        lock(&self.blocks).insert(block);
    }

    pub fn begin(&self, number: usize) {
        lock(&self.beginnings).insert(number);
    }

    pub fn leave(&self, block: usize, exit: usize) {
        lock(&self.exits).insert((block, exit));
    }

    pub fn forget(&self) {
        *lock(&self.last) = None;
        lock(&self.beginnings).clear();
        lock(&self.blocks).clear();
        lock(&self.exits).clear();
    }

    /// The block that was come to last, by its number.
    pub fn last(&self) -> Option<usize> {
        *lock(&self.last)
    }

    /// What was walked: of the trigger, where the flow has one, and of each block.
    pub fn coverage(&self, flow: &Flow) -> Vec<BlockCoverage> {
        let (blocks, exits) = (lock(&self.blocks), lock(&self.exits));
        let mut coverage = Vec::with_capacity(flow.blocks.len() + 1);
        if !flow.trigger.is_empty() {
            let beginnings = lock(&self.beginnings);
            coverage.push(BlockCoverage {
                block: TRIGGER.to_owned(),
                walked: !beginnings.is_empty(),
                exits: exits_of(&flow.beginnings(), |number| beginnings.contains(&number)),
            });
        }
        coverage.extend(
            flow.blocks
                .iter()
                .enumerate()
                .map(|(index, (name, block))| BlockCoverage {
                    block: name.to_string(),
                    walked: blocks.contains(&index),
                    exits: exits_of(&block.exits(), |number| exits.contains(&(index, number))),
                }),
        );
        coverage
    }
}

fn exits_of(exits: &[Exit<'_>], is_walked: impl Fn(usize) -> bool) -> Vec<ExitCoverage> {
    let exits = exits.iter().enumerate();
    exits
        .map(|(number, exit)| ExitCoverage {
            way: exit.way.label(),
            to: exit.to.to_string(),
            walked: is_walked(number),
        })
        .collect()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
