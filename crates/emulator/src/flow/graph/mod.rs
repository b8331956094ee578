//! Drawings of a flow: Mermaid text for documents, and SVG with a layout of its own. Draws any flow that can be
//! read, faulty or not; what is wrong with it is `check`'s business.

mod layout;
mod mermaid;
mod svg;

use std::fmt;

use super::model::{Block, Button, Change, Destination, Exit, Flow, Jump};

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

/// A way out that leads to something that is drawn.
struct Link {
    /// Its number among all ways out.
    exit: usize,
    label: String,
    to: usize,
}

/// Everything that is drawn, by its number: the blocks in the order of the flow, then its trigger when it has
/// one, then the places in other bots that it jumps to.
struct Drawn<'a> {
    flow: &'a Flow,
    /// The ways out of each of them; those that lead nowhere are left out.
    links: Vec<Vec<Link>>,
    /// Where a conversation begins: the trigger, or the start.
    first: Option<usize>,
    /// What the places in other bots are called.
    elsewhere: Vec<String>,
    /// The number of the group that each block is in.
    groups: Vec<Option<usize>>,
}

/// What is written on the trigger where it is drawn among the blocks.
const TRIGGER: &str = "trigger";

impl<'a> Drawn<'a> {
    fn new(flow: &'a Flow) -> Self {
        let mut drawn = Self {
            flow,
            links: Vec::with_capacity(flow.blocks.len()),
            first: flow.blocks.get_index_of(&flow.start),
            elsewhere: Vec::new(),
            groups: vec![None; flow.blocks.len()],
        };
        for (number, group) in flow.groups.values().enumerate() {
            for name in &group.blocks {
                let index = flow.blocks.get_index_of(name);
                if let Some(home) = index.and_then(|index| drawn.groups.get_mut(index)) {
                    *home = Some(number);
                }
            }
        }
        for block in flow.blocks.values() {
            let links = drawn.links_of(&block.exits());
            drawn.links.push(links);
        }
        if drawn.has_trigger() {
            drawn.first = Some(flow.blocks.len());
            let links = drawn.links_of(&flow.beginnings());
            drawn.links.push(links);
        }
        let ends = drawn.elsewhere.len();
        drawn.links.resize_with(drawn.links.len() + ends, Vec::new);
        drawn
    }

    fn has_trigger(&self) -> bool {
        !self.flow.trigger.is_empty()
    }

    /// The number of the first place in another bot.
    fn first_elsewhere(&self) -> usize {
        self.flow.blocks.len() + usize::from(self.has_trigger())
    }

    fn links_of(&mut self, exits: &[Exit<'_>]) -> Vec<Link> {
        let links = exits.iter().enumerate().filter_map(|(number, exit)| {
            let label = exit.way.label();
            let to = match exit.to {
                Destination::Bot(_) => self.number_elsewhere(exit.to.to_string()),
                to => self.flow.blocks.get_index_of(self.flow.block_at(to)?)?,
            };
            Some(Link {
                exit: number,
                label,
                to,
            })
        });
        links.collect()
    }

    fn number_elsewhere(&mut self, name: String) -> usize {
        let known = self.elsewhere.iter().position(|each| *each == name);
        let number = known.unwrap_or_else(|| {
            self.elsewhere.push(name);
            self.elsewhere.len() - 1
        });
        self.first_elsewhere() + number
    }
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
        Block::Jump(jump @ (Jump::Group(_) | Jump::Bot(_))) => jump.destination().to_string(),
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
