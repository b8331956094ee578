//! What all blocks that wait for an answer share, whatever they ask. Judging answers is the engine's business.

use super::Block;
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
    pub const fn prompt(&self) -> Option<Prompt<'_>> {
        Some(match self {
            Self::Input(block) => {
                let error = block.format.default_error();
                block.asks(Some(&block.text), block.save_to.as_ref(), error)
            }
            Self::Buttons(block) => {
                block.asks(Some(&block.text), block.save_to.as_ref(), NO_BUTTON)
            }
            Self::Carousel(block) => {
                block.asks(block.text.as_ref(), block.save_to.as_ref(), NO_BUTTON)
            }
            Self::Slider(block) => {
                let error = "Please pick a value on the scale.";
                block.asks(Some(&block.text), block.save_to.as_ref(), error)
            }
            Self::FileUpload(block) => {
                let error = "Please send files of the right kind.";
                block.asks(Some(&block.text), block.save_to.as_ref(), error)
            }
            Self::Form(block) => {
                block.asks(Some(&block.text), None, "Please check what you filled in.")
            }
            Self::Calendar(block) => {
                let error = "Please pick a day that we offer.";
                block.asks(Some(&block.text), block.save_to.as_ref(), error)
            }
            Self::Javascript(block) => block.asks(None, None, "That did not work."),
            Self::Message(_)
            | Self::Condition(_)
            | Self::Jump(_)
            | Self::SetVariable(_)
            | Self::Delay(_)
            | Self::TalkToHuman(_)
            | Self::End(_) => return None,
        })
    }
}

const NO_BUTTON: &str = "Please pick one of the buttons.";
