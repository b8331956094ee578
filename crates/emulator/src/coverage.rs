//! Which blocks and exits of a flow its conversations have walked.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use crate::flow::{BlockName, Destination, Exit, Flow};

/// What stands for the trigger of a flow among its blocks; no block begins so by accident.
const TRIGGER: &str = "(trigger)";

/// What was walked of one flow so far: blocks by their number, and their exits by theirs.
#[derive(Debug, Default)]
pub(crate) struct Walked {
    /// The ways in which conversations began, by their number.
    beginnings: Mutex<BTreeSet<usize>>,
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
    /// A conversation came to the block.
    pub fn enter(&self, flow: &Flow, block: &BlockName) {
        if let Some(index) = flow.blocks.get_index_of(block) {
            lock(&self.blocks).insert(index);
        }
    }

    /// A conversation began by the way that names `to`, a field of the flow.
    pub fn begin(&self, flow: &Flow, to: &BlockName) {
        let to = Destination::Block(to);
        if let Some(number) = position(&flow.beginnings(), to) {
            lock(&self.beginnings).insert(number);
        }
    }

    /// A conversation left the block by the exit that names `to`: that very field of the flow, for two
    /// exits may lead to one block.
    pub fn leave(&self, flow: &Flow, block: &str, to: Destination<'_>) {
        let Some((index, _, block)) = flow.blocks.get_full(block) else {
            return;
        };
        if let Some(exit) = position(&block.exits(), to) {
            lock(&self.exits).insert((index, exit));
        }
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

fn position(exits: &[Exit<'_>], to: Destination<'_>) -> Option<usize> {
    exits.iter().position(|exit| exit.to.is_same_field(&to))
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
