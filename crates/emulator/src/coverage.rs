//! Which blocks and exits of a flow its conversations have walked.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use crate::flow::{BlockName, Flow};

/// What was walked of one flow so far: blocks by their number, and their exits by theirs.
#[derive(Debug, Default)]
pub(crate) struct Walked {
    blocks: Mutex<BTreeSet<usize>>,
    exits: Mutex<BTreeSet<(usize, usize)>>,
}

/// A block, and whether a conversation came to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BlockCoverage {
    /// Its name.
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
    /// The block that it leads to.
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

    /// A conversation left the block by the exit that names `to`: that very field of the flow, for two
    /// exits may lead to one block.
    pub fn leave(&self, flow: &Flow, block: &str, to: &BlockName) {
        let Some((index, _, block)) = flow.blocks.get_full(block) else {
            return;
        };
        let exits = block.exits();
        if let Some(exit) = exits.iter().position(|exit| std::ptr::eq(exit.to, to)) {
            lock(&self.exits).insert((index, exit));
        }
    }

    pub fn coverage(&self, flow: &Flow) -> Vec<BlockCoverage> {
        let (blocks, exits) = (lock(&self.blocks), lock(&self.exits));
        let coverage = flow.blocks.iter().enumerate();
        coverage
            .map(|(index, (name, block))| BlockCoverage {
                block: name.to_string(),
                walked: blocks.contains(&index),
                exits: block
                    .exits()
                    .iter()
                    .enumerate()
                    .map(|(number, exit)| ExitCoverage {
                        way: exit.way.label(),
                        to: exit.to.to_string(),
                        walked: exits.contains(&(index, number)),
                    })
                    .collect(),
            })
            .collect()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
