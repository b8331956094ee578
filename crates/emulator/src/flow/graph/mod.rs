//! Drawings of a flow: Mermaid text for documents, and SVG with a layout of its own. Draws any flow that can be
//! read, faulty or not; what is wrong with it is `check`'s business.

mod layout;
mod mermaid;
mod svg;

use std::fmt;

use super::model::{Block, Button, Change, Flow};

pub use mermaid::{mermaid, mermaid_in};
pub use svg::{svg, svg_in};

/// Which way a drawing runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direction {
    /// Mermaid downwards; a picture to the right, unless it would be far wider than high.
    #[default]
    Auto,
    /// From the left to the right.
    Right,
    /// From the top down.
    Down,
}

/// The most blocks and bends of one SVG: more could neither be drawn soon nor be read.
pub const MAX_DRAWN: usize = 6_000;

/// The flow is too large to be drawn as SVG.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TooLargeToDraw;

impl std::error::Error for TooLargeToDraw {}

impl fmt::Display for TooLargeToDraw {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(
            "the flow is too large to be drawn as SVG: use `--format mermaid`, or split the flow",
        )
    }
}

/// What kind of step a block is, for its shape and colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Says,
    Asks,
    Decides,
    HandsOver,
    Ends,
}

/// A way out that leads to a block of the flow.
struct Link {
    label: String,
    to: usize,
}

fn role(block: &Block) -> Role {
    match block {
        Block::Message(_) | Block::Delay(_) => Role::Says,
        Block::Condition(_) | Block::Jump(_) | Block::SetVariable(_) => Role::Decides,
        Block::TalkToHuman(_) => Role::HandsOver,
        Block::End(_) => Role::Ends,
        _ => Role::Asks,
    }
}

/// What a block does, in a line.
fn summary(block: &Block) -> String {
    match block {
        Block::Delay(delay) => format!("{} s", delay.seconds),
        Block::SetVariable(set) => {
            let value: super::model::Scalar = set.change.operand().clone().into();
            let sign = match set.change {
                Change::Value(_) => "=",
                Change::Add(_) => "+",
                Change::Subtract(_) => "−",
                Change::Multiply(_) => "×",
                Change::Divide(_) => "÷",
            };
            format!("{} {sign} {value}", set.variable.variable())
        }
        Block::Javascript(javascript) => javascript.code.clone(),
        _ => block
            .templates()
            .first()
            .map(|text| text.source().to_owned())
            .unwrap_or_default(),
    }
}

/// All buttons of a block, those of its cards too.
fn buttons(block: &Block) -> Vec<&Button> {
    match block {
        Block::Buttons(block) => block.buttons.iter().collect(),
        Block::Carousel(block) => block.cards.iter().flat_map(|card| &card.buttons).collect(),
        _ => Vec::new(),
    }
}

/// The ways out of each block, in the order of the flow; those that name no block are left out.
fn links(flow: &Flow) -> Vec<Vec<Link>> {
    let known = |exit: super::model::Exit<'_>| {
        let to = flow.blocks.get_index_of(exit.to)?;
        Some(Link {
            label: exit.way.label(),
            to,
        })
    };
    flow.blocks
        .values()
        .map(|block| block.exits().into_iter().filter_map(known).collect())
        .collect()
}

/// Text on one line, without control characters, at most so many characters long.
fn short(text: &str, most: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let line: String = line.chars().filter(|each| !each.is_control()).collect();
    match line.char_indices().nth(most) {
        None => line,
        Some(_) => line
            .chars()
            .take(most.saturating_sub(1))
            .chain(['…'])
            .collect(),
    }
}
