//! The way of one conversation through the flow of its bot: what it has walked, and where it is.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use crate::coverage::{BlockCoverage, Walked};
use crate::deploy::Bot;
use crate::flow::{BlockName, Destination, Exit};

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
        let mut with = self.lock();
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
        let index = self.of(bot)?.last()?;
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
        (self.lock().as_ptr() == Arc::as_ptr(bot)).then_some(&self.walked)
    }

    fn lock(&self) -> MutexGuard<'_, Weak<Bot>> {
        self.bot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn position(exits: &[Exit<'_>], to: Destination<'_>) -> Option<usize> {
    exits.iter().position(|exit| exit.to.is_same_field(&to))
}
