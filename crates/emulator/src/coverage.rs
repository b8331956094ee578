//! Which blocks and exits of a flow its conversations have walked, all of them and each of them.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use serde::Serialize;

use crate::deploy::Bot;
use crate::flow::{BlockName, Destination, Exit, Flow, TRIGGER};

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
    fn enter(&self, block: usize) {
        *lock(&self.last) = Some(block);
        lock(&self.blocks).insert(block);
    }

    fn begin(&self, number: usize) {
        lock(&self.beginnings).insert(number);
    }

    fn leave(&self, block: usize, exit: usize) {
        lock(&self.exits).insert((block, exit));
    }

    fn forget(&self) {
        *lock(&self.last) = None;
        lock(&self.beginnings).clear();
        lock(&self.blocks).clear();
        lock(&self.exits).clear();
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

/// The way that one conversation took through the bot that it is with.
#[derive(Debug, Default)]
pub(crate) struct Path {
    /// A conversation may go on to another version or bot, where its path starts over.
    bot: Mutex<Weak<Bot>>,
    walked: Walked,
}

impl Path {
    /// The conversation began by the way that names `to`, a field of the flow.
    pub fn begin(&self, bot: &Arc<Bot>, to: &BlockName) {
        self.go_with(bot);
        if let Some(number) = position(&bot.flow.beginnings(), Destination::Block(to)) {
            bot.walked.begin(number);
            self.walked.begin(number);
        }
    }

    /// The conversation came to a block of the bot.
    pub fn enter(&self, bot: &Arc<Bot>, block: &BlockName) {
        self.go_with(bot);
        if let Some(index) = bot.flow.blocks.get_index_of(block) {
            bot.walked.enter(index);
            self.walked.enter(index);
        }
    }

    fn go_with(&self, bot: &Arc<Bot>) {
        let mut with = lock(&self.bot);
        if with.as_ptr() != Arc::as_ptr(bot) {
            *with = Arc::downgrade(bot);
            self.walked.forget();
        }
    }

    /// The conversation left the block by the exit that names `to`: that very field of the flow, for two
    /// exits may lead to one block.
    pub fn leave(&self, bot: &Bot, block: &str, to: Destination<'_>) {
        let Some((index, _, block)) = bot.flow.blocks.get_full(block) else {
            return;
        };
        if let Some(exit) = position(&block.exits(), to) {
            bot.walked.leave(index, exit);
            self.walked.leave(index, exit);
        }
    }

    /// The block that it came to last; nothing of a bot that it is no longer with.
    pub fn last<'f>(&self, bot: &'f Arc<Bot>) -> Option<&'f str> {
        let index = (*lock(&self.of(bot)?.last))?;
        let (name, _) = bot.flow.blocks.get_index(index)?;
        Some(name.as_str())
    }

    /// Which blocks and exits of the bot it walked.
    pub fn coverage(&self, bot: &Arc<Bot>) -> Vec<BlockCoverage> {
        match self.of(bot) {
            Some(walked) => walked.coverage(&bot.flow),
            None => Walked::default().coverage(&bot.flow),
        }
    }

    fn of(&self, bot: &Arc<Bot>) -> Option<&Walked> {
        (lock(&self.bot).as_ptr() == Arc::as_ptr(bot)).then_some(&self.walked)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
