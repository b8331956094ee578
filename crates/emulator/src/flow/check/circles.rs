//! Circles of blocks that never wait for the visitor.

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use super::super::finding::{Code, Severity};
use super::super::model::{Block, Flow};
use super::super::yaml::shown;
use super::{Checker, Placed};

impl Checker<'_> {
    /// A circle in which no block waits for the visitor never ends, unless a condition in it leads out.
    pub(super) fn circles(&self, flow: &Flow, blocks: &[Placed<'_>]) {
        let mut graph = DiGraph::<(), ()>::new();
        let nodes: Vec<NodeIndex> = blocks.iter().map(|_| graph.add_node(())).collect();
        for (placed, from) in blocks.iter().zip(&nodes) {
            // Both wait for somebody.
            if placed.block.prompt().is_some() || matches!(placed.block, Block::TalkToHuman(_)) {
                continue;
            }
            for exit in placed.block.exits() {
                let to = flow.block_at(exit.to);
                if let Some(to) = to
                    .and_then(|to| flow.blocks.get_index_of(to))
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
