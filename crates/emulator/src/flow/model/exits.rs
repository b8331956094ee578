//! The ways out of a block: where a conversation may go next, why, and which field says so.

use super::Block;
use super::asks::Button;
use super::condition::{Case, Joined, Test};
use super::values::BlockName;

/// One way out of a block.
#[derive(Debug, Clone, PartialEq)]
pub struct Exit<'a> {
    /// The block that it leads to.
    pub to: &'a BlockName,
    /// When it is taken.
    pub way: Way<'a>,
    /// The field that names the block, from the block inwards.
    pub field: Vec<Step>,
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
                    to: &case.next,
                    way: Way::Case(case),
                    field: vec![Step::Field("when"), Step::Item(index), Step::Field("next")],
                }))
            }
            _ => {}
        }
        let (way, field) = match self {
            Self::Condition(_) => (Way::Else, "else"),
            Self::Jump(_) => (Way::Next, "to"),
            _ => (Way::Next, "next"),
        };
        exits.extend(self.next().map(|to| Exit {
            to,
            way,
            field: vec![Step::Field(field)],
        }));
        let otherwise = self.prompt().and_then(|prompt| prompt.otherwise);
        exits.extend(otherwise.map(|to| Exit {
            to,
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
                to,
                way: Way::Button(button),
                field: [within, &inner].concat(),
            });
        }
    }
}
