//! Where paths through a flow lead: unknown targets, dead ends, blocks that nothing reaches, circles that never wait.

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use super::super::decode::closest;
use super::super::finding::{Code, Severity};
use super::super::model::{Block, Button, Flow, Step};
use super::super::yaml::shown;
use super::{Checker, Placed};

/// With how many names an unknown one is compared: enough for flows that people write.
const COMPARED: usize = 2000;

impl Checker<'_> {
    pub(super) fn paths(&self, flow: &Flow, blocks: &[Placed<'_>]) {
        self.targets(flow, blocks);
        for placed in blocks {
            self.dead_end(placed);
        }
        self.unreachable(flow, blocks);
        self.circles(flow, blocks);
    }

    fn targets(&self, flow: &Flow, blocks: &[Placed<'_>]) {
        let unknown = |name: &str| format!("there is no block `{}`", shown(name));
        let hint = |name: &str| match closest(
            name,
            flow.blocks.keys().take(COMPARED).map(|each| each.as_str()),
        ) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "add the block, or name another one".to_owned(),
        };
        if !flow.blocks.contains_key(&flow.start) {
            let name = flow.start.as_str();
            self.add(
                Code::UnknownTarget,
                self.frame_span(&["start"]),
                unknown(name),
                &hint(name),
            );
        }
        for placed in blocks {
            for exit in placed.block.exits() {
                if !self.report.is_full() && !flow.blocks.contains_key(exit.to) {
                    let name = exit.to.as_str();
                    self.add(
                        Code::UnknownTarget,
                        placed.span(&exit.field),
                        unknown(name),
                        &hint(name),
                    );
                }
            }
        }
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
        let Some(start) = flow.blocks.get_index_of(&flow.start) else {
            return;
        };
        let mut reached = vec![false; blocks.len()];
        let mut open = vec![start];
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
            open.extend(
                exits
                    .iter()
                    .filter_map(|exit| flow.blocks.get_index_of(exit.to)),
            );
        }
        for (placed, _) in blocks
            .iter()
            .zip(&reached)
            .filter(|(_, reached)| !**reached)
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

    /// A circle in which no block waits for the visitor never ends, unless a condition in it leads out.
    fn circles(&self, flow: &Flow, blocks: &[Placed<'_>]) {
        let mut graph = DiGraph::<(), ()>::new();
        let nodes: Vec<NodeIndex> = blocks.iter().map(|_| graph.add_node(())).collect();
        for (placed, from) in blocks.iter().zip(&nodes) {
            // Both wait for somebody.
            if placed.block.prompt().is_some() || matches!(placed.block, Block::TalkToHuman(_)) {
                continue;
            }
            for exit in placed.block.exits() {
                if let Some(to) = flow
                    .blocks
                    .get_index_of(exit.to)
                    .and_then(|index| nodes.get(index))
                {
                    graph.add_edge(*from, *to, ());
                }
            }
        }
        for mut circle in kosaraju_scc(&graph) {
            circle.sort();
            let Some(first) = circle.first().copied() else {
                continue;
            };
            if circle.len() == 1 && graph.find_edge(first, first).is_none() {
                continue;
            }
            let members = || circle.iter().filter_map(|node| blocks.get(node.index()));
            let Some(placed) = members().next() else {
                continue;
            };
            let mut names: Vec<String> = members()
                .take(5)
                .map(|each| format!("`{}`", shown(each.name.as_str())))
                .collect();
            if circle.len() > 5 {
                names.push(format!("{} more", circle.len() - 5));
            }
            let message = match names.as_slice() {
                [only] => format!("{only} leads to itself without waiting for the visitor"),
                names => format!(
                    "{} go round in a circle without waiting for the visitor",
                    names.join(", ")
                ),
            };
            let leaves = members().any(|each| matches!(each.block, Block::Condition(_)));
            let severity = if leaves {
                Severity::Warning
            } else {
                Severity::Error
            };
            let hint = "put a block that asks something into the circle".to_owned();
            self.report.add_as(
                severity,
                Code::LoopWithoutPrompt,
                placed.key.span,
                message,
                hint,
            );
        }
    }
}
