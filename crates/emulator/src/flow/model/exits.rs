//! The ways out of a block: where a conversation may go next, why, and which field says so.

use std::fmt;

use super::asks::Button;
use super::condition::{Case, Joined, Test};
use super::jump::{BotEntry, BotJump, Jump};
use super::values::{BlockName, GroupName};
use super::{Block, Flow};

/// What stands for the trigger of a flow among its blocks; no block begins so by accident.
pub(crate) const TRIGGER: &str = "(trigger)";

/// One way out of a block.
#[derive(Debug, Clone, PartialEq)]
pub struct Exit<'a> {
    /// Where it leads.
    pub to: Destination<'a>,
    /// When it is taken.
    pub way: Way<'a>,
    /// The field that names the block, from the block inwards.
    pub field: Vec<Step>,
}

/// Where a way out leads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Destination<'a> {
    /// To a block of the flow.
    Block(&'a BlockName),
    /// Into a group of the flow.
    Group(&'a GroupName),
    /// To another bot.
    Bot(&'a BotJump),
}

impl Jump {
    /// Where it leads.
    #[must_use]
    pub const fn destination(&self) -> Destination<'_> {
        match self {
            Self::Block(name) => Destination::Block(name),
            Self::Group(name) => Destination::Group(name),
            Self::Bot(jump) => Destination::Bot(jump),
        }
    }
}

impl Destination<'_> {
    /// Whether both are one field of one flow; two fields may lead to the same block.
    pub(crate) fn is_same_field(&self, other: &Self) -> bool {
        match (*self, *other) {
            (Self::Block(one), Self::Block(other)) => std::ptr::eq(one, other),
            (Self::Group(one), Self::Group(other)) => std::ptr::eq(one, other),
            (Self::Bot(one), Self::Bot(other)) => std::ptr::eq(one, other),
            _ => false,
        }
    }
}

/// A block is its name alone.
impl fmt::Display for Destination<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Block(name) => name.fmt(out),
            Self::Group(name) => write!(out, "group {name}"),
            Self::Bot(jump) => {
                write!(out, "bot {}", jump.key)?;
                match &jump.entry {
                    BotEntry::Start => Ok(()),
                    BotEntry::Block(name) => write!(out, ", {name}"),
                    BotEntry::Group(name) => write!(out, ", group {name}"),
                }
            }
        }
    }
}

impl Flow {
    /// The block of this flow that a way leads to; none where it leads to another bot, or nowhere.
    #[must_use]
    pub fn block_at(&self, to: Destination<'_>) -> Option<&BlockName> {
        let name = match to {
            Destination::Block(name) => name,
            Destination::Group(name) => &self.groups.get(name)?.start,
            Destination::Bot(_) => return None,
        };
        self.blocks.get_key_value(name).map(|(name, _)| name)
    }

    /// The block of this flow that a jump from another bot leads to; none where there is no such block.
    #[must_use]
    pub fn entry(&self, entry: &BotEntry) -> Option<&BlockName> {
        self.block_at(match entry {
            BotEntry::Start => Destination::Block(&self.start),
            BotEntry::Block(name) => Destination::Block(name),
            BotEntry::Group(name) => Destination::Group(name),
        })
    }

    /// The keys of the bots that the flow jumps to, in the order of its blocks.
    pub fn bots_jumped_to(&self) -> impl Iterator<Item = &str> {
        self.blocks.values().filter_map(|block| match block.next() {
            Some(Destination::Bot(jump)) => Some(jump.key.as_str()),
            _ => None,
        })
    }

    /// When a conversation begins with which block, in the order in which it is decided; the last is `start`.
    #[must_use]
    pub fn beginnings(&self) -> Vec<Exit<'_>> {
        let cases = self.trigger.iter().enumerate();
        let mut beginnings: Vec<Exit<'_>> = cases
            .map(|(index, case)| Exit {
                to: Destination::Block(&case.next),
                way: Way::Case(case),
                field: vec![
                    Step::Field("trigger"),
                    Step::Item(index),
                    Step::Field("next"),
                ],
            })
            .collect();
        beginnings.push(Exit {
            to: Destination::Block(&self.start),
            way: match self.trigger.is_empty() {
                true => Way::Next,
                false => Way::Else,
            },
            field: vec![Step::Field("start")],
        });
        beginnings
    }
}

/// When a way out is taken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Way<'a> {
    /// When the block is done and nothing says otherwise.
    Next,
    /// When this button is picked.
    Button(&'a Button),
    /// When this case holds.
    Case(&'a Case),
    /// When no case holds.
    Else,
    /// After the last wrong answer.
    WrongAnswers,
}

/// One step into a block's fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The field of this name.
    Field(&'static str),
    /// The item of a list, from 0.
    Item(usize),
}

impl Way<'_> {
    /// In a few words, as a drawing shows it; empty for plain `next`.
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Self::Next => String::new(),
            Self::Button(button) => button.title.source().to_owned(),
            Self::Case(case) => case.label(),
            Self::Else => "else".to_owned(),
            Self::WrongAnswers => "wrong answers".to_owned(),
        }
    }
}

impl Case {
    fn label(&self) -> String {
        let checks = self.checks.iter();
        let checks: Vec<String> = checks
            .map(|check| format!("{} {}", check.variable, check.test.label()))
            .collect();
        checks.join(match self.joined {
            Joined::Any => " or ",
            Joined::All | Joined::One => " and ",
        })
    }
}

impl Test {
    fn label(&self) -> String {
        match self {
            Self::Equals(value) => format!("= {value}"),
            Self::NotEquals(value) => format!("≠ {value}"),
            Self::Before(day) => format!("before {}", String::from(*day)),
            Self::After(day) => format!("after {}", String::from(*day)),
            Self::Contains(text) => format!("contains {text}"),
            Self::Greater(number) => format!("> {number}"),
            Self::Less(number) => format!("< {number}"),
            Self::Matches(pattern) => format!("matches {}", pattern.as_str()),
            Self::Set(true) => "is set".to_owned(),
            Self::Set(false) => "is not set".to_owned(),
        }
    }
}

impl Block {
    /// All ways out, in the order of the block's fields; a way that names no block is not among them.
    #[must_use]
    pub fn exits(&self) -> Vec<Exit<'_>> {
        let mut exits = Vec::new();
        match self {
            Self::Buttons(block) => buttons(&mut exits, &block.buttons, &[]),
            Self::Carousel(block) => {
                for (index, card) in block.cards.iter().enumerate() {
                    buttons(
                        &mut exits,
                        &card.buttons,
                        &[Step::Field("cards"), Step::Item(index)],
                    );
                }
            }
            Self::Condition(block) => {
                exits.extend(block.when.iter().enumerate().map(|(index, case)| Exit {
                    to: Destination::Block(&case.next),
                    way: Way::Case(case),
                    field: vec![Step::Field("when"), Step::Item(index), Step::Field("next")],
                }))
            }
            _ => {}
        }
        let (way, field) = match self {
            Self::Condition(_) => (Way::Else, "else"),
            Self::Jump(jump) => (Way::Next, jump.field()),
            _ => (Way::Next, "next"),
        };
        exits.extend(self.next().map(|to| Exit {
            to,
            way,
            field: vec![Step::Field(field)],
        }));
        let otherwise = self.prompt().and_then(|prompt| prompt.otherwise);
        exits.extend(otherwise.map(|to| Exit {
            to: Destination::Block(to),
            way: Way::WrongAnswers,
            field: vec![Step::Field("else")],
        }));
        exits
    }
}

fn buttons<'a>(exits: &mut Vec<Exit<'a>>, buttons: &'a [Button], within: &[Step]) {
    for (index, button) in buttons.iter().enumerate() {
        if let Some(to) = &button.next {
            let inner = [
                Step::Field("buttons"),
                Step::Item(index),
                Step::Field("next"),
            ];
            exits.push(Exit {
                to: Destination::Block(to),
                way: Way::Button(button),
                field: [within, &inner].concat(),
            });
        }
    }
}
