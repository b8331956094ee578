//! Where paths through a flow end: dead ends, and blocks that nothing reaches.

use std::collections::HashSet;

use super::super::finding::Code;
use super::super::model::{Block, BlockName, Button, Destination, Exit, Flow, Step};
use super::super::yaml::shown;
use super::{Checker, Placed};

impl Checker<'_> {
    pub(super) fn paths(&self, flow: &Flow, blocks: &[Placed<'_>]) {
        for placed in blocks {
            self.dead_end(placed);
        }
        self.unreachable(flow, blocks);
    }

    fn dead_end(&self, placed: &Placed<'_>) {
        if placed.block.next().is_some() {
            return;
        }
        match placed.block {
            Block::End(_) | Block::TalkToHuman(_) => {}
            Block::Condition(_) => self.add(
                Code::DeadEnd,
                placed.key.span,
                format!(
                    "`{}` leads nowhere when no case holds",
                    shown(placed.name.as_str())
                ),
                "add an `else`",
            ),
            Block::Buttons(block) if !block.multiple => {
                self.dead_buttons(placed, &block.buttons, &[])
            }
            Block::Carousel(block) => {
                for (index, card) in block.cards.iter().enumerate() {
                    let within = [Step::Field("cards"), Step::Item(index)];
                    self.dead_buttons(placed, &card.buttons, &within);
                }
            }
            _ => self.add(
                Code::DeadEnd,
                placed.key.span,
                format!(
                    "the conversation stops after `{}`",
                    shown(placed.name.as_str())
                ),
                "add a `next`, or lead to a block of type `end`",
            ),
        }
    }

    /// A link keeps the visitor where they are, so it needs no `next`; but links alone are no way on.
    fn dead_buttons(&self, placed: &Placed<'_>, buttons: &[Button], within: &[Step]) {
        for (index, button) in buttons.iter().enumerate() {
            if button.next.is_none() && button.url.is_none() {
                let inner = [
                    Step::Field("buttons"),
                    Step::Item(index),
                    Step::Field("title"),
                ];
                self.add(
                    Code::DeadEnd,
                    placed.span(&[within, &inner].concat()),
                    format!(
                        "the button `{}` leads nowhere",
                        shown(button.title.source())
                    ),
                    "add a `next` to the button, or to the block for all its buttons",
                );
            }
        }
        let only_links = !buttons.is_empty() && buttons.iter().all(|button| button.url.is_some());
        if only_links && placed.block.exits().is_empty() {
            let message = format!(
                "`{}` offers links only: the conversation stops here",
                shown(placed.name.as_str())
            );
            self.add(
                Code::DeadEnd,
                placed.key.span,
                message,
                "add a button with a `next`",
            );
        }
    }

    fn unreachable(&self, flow: &Flow, blocks: &[Placed<'_>]) {
        if !flow.blocks.contains_key(&flow.start) {
            return;
        }
        let beginnings = flow.beginnings();
        let at = |exit: &Exit<'_>| flow.blocks.get_index_of(flow.block_at(exit.to)?);
        let mut reached = vec![false; blocks.len()];
        let mut open: Vec<usize> = beginnings.iter().filter_map(at).collect();
        let entered = self
            .jumps_into(flow)
            .filter_map(|name| flow.blocks.get_index_of(name));
        open.extend(entered);
        while let Some(index) = open.pop() {
            let Some(seen) = reached.get_mut(index) else {
                continue;
            };
            if std::mem::replace(seen, true) {
                continue;
            }
            let exits = blocks
                .get(index)
                .map(|placed| placed.block.exits())
                .unwrap_or_default();
            open.extend(exits.iter().filter_map(at));
        }
        let alone = self.unreachable_groups(flow, &reached);
        for (placed, _) in blocks
            .iter()
            .zip(&reached)
            .filter(|(placed, reached)| !**reached && !alone.contains(placed.name))
        {
            let message = format!("nothing leads to `{}`", shown(placed.name.as_str()));
            self.add(
                Code::Unreachable,
                placed.key.span,
                message,
                "lead to it with a `next`, or remove it",
            );
        }
    }

    /// The blocks that the flows of other bots jump to.
    fn jumps_into<'f>(&'f self, flow: &'f Flow) -> impl Iterator<Item = &'f BlockName> {
        let others = self.bots.unwrap_or_default().iter();
        let blocks = others.flat_map(|other| other.blocks.values());
        blocks.filter_map(|block| match block.next()? {
            Destination::Bot(jump) if jump.key == flow.bot.key => flow.entry(&jump.entry),
            _ => None,
        })
    }

    /// A group that nothing leads into is one finding, not one for each of its blocks, which are given.
    fn unreachable_groups<'f>(&self, flow: &'f Flow, reached: &[bool]) -> HashSet<&'f BlockName> {
        let is_reached = |name: &BlockName| {
            let index = flow.blocks.get_index_of(name);
            index.and_then(|index| reached.get(index)).copied() == Some(true)
        };
        let mut alone = HashSet::new();
        for (name, group) in &flow.groups {
            if group.blocks.is_empty() || group.blocks.iter().any(is_reached) {
                continue;
            }
            alone.extend(&group.blocks);
            // Where it has no start a jump into it leads nowhere, which is found already.
            if !group.blocks.contains(&group.start) {
                continue;
            }
            let message = format!("nothing leads into the group `{}`", shown(name.as_str()));
            self.add(
                Code::Unreachable,
                self.group_key(name.as_str()),
                message,
                "lead into it with a jump, or remove it",
            );
        }
        alone
    }
}
