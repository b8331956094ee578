//! Which variables a block reads and which it writes.

use super::Block;
use super::asks::Button;
use super::condition::{Case, Test};
use super::steps::MessagePart;
use super::values::Value;
use super::variables::{Template, Variable, WritableVariable};

/// A place where a block reads a variable.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Read<'a> {
    /// As text that is said, or put into a variable.
    Template(&'a Variable),
    /// As what a condition compares; asking whether it is set is no read.
    Case(&'a Variable),
}

impl Case {
    /// The variables whose values it compares; asking whether one is set is no read.
    pub fn reads(&self) -> impl Iterator<Item = &Variable> {
        let compared = self.checks.iter();
        let compared = compared.filter(|check| !matches!(check.test, Test::Set(_)));
        compared.map(|check| &check.variable)
    }
}

impl Block {
    /// The variables that the block writes when it is done.
    #[must_use]
    pub fn writes(&self) -> Vec<&Variable> {
        let kept: Vec<&WritableVariable> = match self {
            Self::Form(block) => block
                .fields
                .iter()
                .filter_map(|field| field.save_to.as_ref())
                .collect(),
            Self::Javascript(block) => block.variables.iter().collect(),
            Self::SetVariable(block) => vec![&block.variable],
            _ => {
                let answer = self.prompt().and_then(|prompt| prompt.save_to);
                let callback = match self {
                    Self::Buttons(block) => block.save_callback_to.as_ref(),
                    Self::Carousel(block) => block.save_callback_to.as_ref(),
                    _ => None,
                };
                answer.into_iter().chain(callback).collect()
            }
        };
        kept.into_iter().map(WritableVariable::variable).collect()
    }

    /// The variables that the block reads, in the order of its fields.
    #[must_use]
    pub fn reads(&self) -> Vec<Read<'_>> {
        match self {
            Self::Condition(block) => {
                let variables = block.when.iter().flat_map(Case::reads);
                variables.map(Read::Case).collect()
            }
            _ => self
                .templates()
                .into_iter()
                .flat_map(Template::variables)
                .map(Read::Template)
                .collect(),
        }
    }

    /// All texts of the block that may hold variables, the question first.
    #[must_use]
    pub fn templates(&self) -> Vec<&Template> {
        let mut templates = Vec::new();
        if let Some(prompt) = self.prompt() {
            templates.extend(prompt.text);
        }
        match self {
            Self::Message(block) => {
                templates.extend(&block.text);
                templates.extend(block.media.iter().map(|media| &media.link));
                templates.extend(block.messages.iter().map(|part| match part {
                    MessagePart::Text(text) | MessagePart::Info(text) => text,
                    MessagePart::Media(media) => &media.link,
                }));
            }
            Self::Buttons(block) => add_buttons(&mut templates, &block.buttons),
            Self::Carousel(block) => {
                for card in &block.cards {
                    templates.push(&card.title);
                    templates.extend(&card.description);
                    templates.extend(&card.image);
                    add_buttons(&mut templates, &card.buttons);
                }
            }
            Self::SetVariable(block) => match block.change.operand() {
                Value::Text(template) => templates.push(template),
                Value::Bool(_) | Value::Number(_) => {}
            },
            Self::TalkToHuman(block) => templates.extend(&block.text),
            Self::End(block) => templates.extend(&block.text),
            _ => {}
        }
        if let Some(prompt) = self.prompt() {
            templates.extend(prompt.error);
        }
        templates
    }
}

fn add_buttons<'a>(templates: &mut Vec<&'a Template>, buttons: &'a [Button]) {
    for button in buttons {
        templates.push(&button.title);
        templates.extend(&button.url);
        templates.extend(&button.callback);
    }
}
