//! What all blocks that wait for an answer share, whatever they ask. Judging answers is the engine's business.

use super::Block;
use super::asks::{
    Buttons, Calendar, Carousel, FileUpload, Form, Input, InputFormat, Javascript, Slider,
};
use super::values::BlockName;
use super::variables::{Template, WritableVariable};

/// The rules of a block that waits for the visitor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prompt<'a> {
    /// The question.
    pub text: Option<&'a Template>,
    /// What is said to a wrong answer.
    pub error: Option<&'a Template>,
    /// What is said to a wrong answer when the flow does not say.
    pub default_error: &'static str,
    /// How many wrong answers are taken before `otherwise`; `None`: no limit.
    pub attempts: Option<u32>,
    /// Where the conversation goes after the last wrong answer.
    pub otherwise: Option<&'a BlockName>,
    /// Where a right answer is kept.
    pub save_to: Option<&'a WritableVariable>,
}

impl Block {
    /// The rules of a block that waits for the visitor; `None` for one that does not.
    #[must_use]
    pub fn prompt(&self) -> Option<Prompt<'_>> {
        match self {
            Self::Input(block) => Some(block.prompt()),
            Self::Buttons(block) => Some(block.prompt()),
            Self::Carousel(block) => Some(block.prompt()),
            Self::Slider(block) => Some(block.prompt()),
            Self::FileUpload(block) => Some(block.prompt()),
            Self::Form(block) => Some(block.prompt()),
            Self::Calendar(block) => Some(block.prompt()),
            Self::Javascript(block) => Some(block.prompt()),
            Self::Message(_)
            | Self::Condition(_)
            | Self::Jump(_)
            | Self::SetVariable(_)
            | Self::Delay(_)
            | Self::TalkToHuman(_)
            | Self::End(_) => None,
        }
    }
}

impl Input {
    fn prompt(&self) -> Prompt<'_> {
        Prompt {
            text: Some(&self.text),
            error: self.error.as_ref(),
            default_error: match self.format {
                InputFormat::Text => "Please write something.",
                InputFormat::Email => "That is not an e-mail address.",
                InputFormat::Phone => "That is not a phone number.",
                InputFormat::Name => "That is not a name.",
                InputFormat::Number => "That is not a number.",
                InputFormat::Date => "That is not a date.",
                InputFormat::Boolean => "Please answer yes or no.",
                InputFormat::Regex => "That is not in the right form.",
            },
            attempts: self.attempts,
            otherwise: self.otherwise.as_ref(),
            save_to: self.save_to.as_ref(),
        }
    }
}

impl Buttons {
    fn prompt(&self) -> Prompt<'_> {
        Prompt {
            text: Some(&self.text),
            error: self.error.as_ref(),
            default_error: "Please pick one of the buttons.",
            attempts: self.attempts,
            otherwise: self.otherwise.as_ref(),
            save_to: self.save_to.as_ref(),
        }
    }
}

impl Carousel {
    fn prompt(&self) -> Prompt<'_> {
        Prompt {
            text: self.text.as_ref(),
            error: self.error.as_ref(),
            default_error: "Please pick one of the buttons.",
            attempts: self.attempts,
            otherwise: self.otherwise.as_ref(),
            save_to: self.save_to.as_ref(),
        }
    }
}

impl Slider {
    fn prompt(&self) -> Prompt<'_> {
        Prompt {
            text: Some(&self.text),
            error: self.error.as_ref(),
            default_error: "Please pick a value on the scale.",
            attempts: self.attempts,
            otherwise: self.otherwise.as_ref(),
            save_to: self.save_to.as_ref(),
        }
    }
}

impl FileUpload {
    fn prompt(&self) -> Prompt<'_> {
        Prompt {
            text: Some(&self.text),
            error: self.error.as_ref(),
            default_error: "Please send files of the right kind.",
            attempts: self.attempts,
            otherwise: self.otherwise.as_ref(),
            save_to: self.save_to.as_ref(),
        }
    }
}

impl Form {
    fn prompt(&self) -> Prompt<'_> {
        Prompt {
            text: Some(&self.text),
            error: self.error.as_ref(),
            default_error: "Please check what you filled in.",
            attempts: self.attempts,
            otherwise: self.otherwise.as_ref(),
            save_to: None,
        }
    }
}

impl Calendar {
    fn prompt(&self) -> Prompt<'_> {
        Prompt {
            text: Some(&self.text),
            error: self.error.as_ref(),
            default_error: "Please pick a day that we offer.",
            attempts: self.attempts,
            otherwise: self.otherwise.as_ref(),
            save_to: self.save_to.as_ref(),
        }
    }
}

impl Javascript {
    fn prompt(&self) -> Prompt<'_> {
        Prompt {
            text: None,
            error: self.error.as_ref(),
            default_error: "That did not work.",
            attempts: self.attempts,
            otherwise: self.otherwise.as_ref(),
            save_to: None,
        }
    }
}
