//! A flow as types: what a bot is made of, valid by construction field by field.
//! Nothing here reads YAML, looks across blocks (`check` does) or talks to a visitor.

mod asks;
mod condition;
mod exits;
mod group;
mod jump;
mod prompt;
mod set_variable;
mod steps;
mod uses;
mod values;
mod variables;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use asks::{
    Button, Buttons, Calendar, Card, Carousel, DateFormat, FieldKind, FileUpload, Form, FormField,
    Input, InputFormat, Javascript, Slider,
};
pub use condition::{Case, Check, Condition, Joined, Test};
pub(crate) use exits::TRIGGER;
pub use exits::{Destination, Exit, Step, Way};
pub use group::Group;
pub use jump::{BotEntry, BotJump, Jump};
pub use prompt::Prompt;
pub use set_variable::{Change, SetVariable};
pub use steps::{Delay, End, Media, MediaKind, Message, MessagePart, TalkToHuman};
pub use uses::Read;
pub use values::{Accept, BlockName, ByteSize, DateBound, GroupName, Pattern, Scalar, Value};
pub use variables::{Part, Scope, Template, VISIT, Variable, WritableVariable};

/// One bot: who it is, where a conversation starts, and its blocks in the order of the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "group::FlowFields", into = "group::FlowFields")]
#[schemars(with = "group::FlowFields")]
pub struct Flow {
    /// The bot's name and key.
    pub bot: Bot,
    /// The block that a new conversation begins with.
    pub start: BlockName,
    /// Cases in which it begins with another block, tried in order.
    pub trigger: Vec<Case>,
    /// The variables that the client promises to send when it starts a conversation, besides the
    /// contact's name, e-mail and phone and all system variables. Only `wotnot flow check` looks at it.
    pub expects: Vec<Variable>,
    /// The groups by name.
    pub groups: IndexMap<GroupName, Group>,
    /// All blocks by name: those of no group first, then those of each group.
    pub blocks: IndexMap<BlockName, Block>,
}

/// Who the bot is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bot {
    /// What people call it.
    #[schemars(length(min = 1))]
    pub name: String,
    /// The `bot_key` that a client sends to start a conversation with it.
    #[schemars(length(min = 1))]
    pub key: String,
}

/// One step of a flow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Block {
    /// Says something, and goes on.
    Message(Message),
    /// Asks for text, and checks it.
    Input(Input),
    /// Offers buttons.
    Buttons(Buttons),
    /// Offers cards with buttons.
    Carousel(Carousel),
    /// Asks for a number on a scale.
    Slider(Slider),
    /// Asks for files.
    FileUpload(FileUpload),
    /// Asks for several fields at once.
    Form(Form),
    /// Asks for a date.
    Calendar(Calendar),
    /// Asks the visitor's side to run code and return variables.
    Javascript(Javascript),
    /// Goes one way or another.
    Condition(Condition),
    /// Goes to another block, into a group of blocks, or to another bot.
    Jump(Jump),
    /// Writes a variable.
    SetVariable(SetVariable),
    /// Waits.
    Delay(Delay),
    /// Hands the conversation to a person; the bot is silent until they give it back.
    TalkToHuman(TalkToHuman),
    /// Closes the conversation.
    End(End),
}

/// The names of all block types, as `type` spells them.
pub const BLOCK_TYPES: [&str; 15] = [
    "message",
    "input",
    "buttons",
    "carousel",
    "slider",
    "file_upload",
    "form",
    "calendar",
    "javascript",
    "condition",
    "jump",
    "set_variable",
    "delay",
    "talk_to_human",
    "end",
];

impl Block {
    /// The name of its type, as `type` spells it.
    #[must_use]
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::Message(_) => "message",
            Self::Input(_) => "input",
            Self::Buttons(_) => "buttons",
            Self::Carousel(_) => "carousel",
            Self::Slider(_) => "slider",
            Self::FileUpload(_) => "file_upload",
            Self::Form(_) => "form",
            Self::Calendar(_) => "calendar",
            Self::Javascript(_) => "javascript",
            Self::Condition(_) => "condition",
            Self::Jump(_) => "jump",
            Self::SetVariable(_) => "set_variable",
            Self::Delay(_) => "delay",
            Self::TalkToHuman(_) => "talk_to_human",
            Self::End(_) => "end",
        }
    }

    /// Where the conversation goes when nothing says otherwise. A jump's target and a condition's
    /// `else` are their `next`.
    #[must_use]
    pub fn next(&self) -> Option<Destination<'_>> {
        let next = match self {
            Self::Message(block) => block.next.as_ref(),
            Self::Input(block) => block.next.as_ref(),
            Self::Buttons(block) => block.next.as_ref(),
            Self::Carousel(block) => block.next.as_ref(),
            Self::Slider(block) => block.next.as_ref(),
            Self::FileUpload(block) => block.next.as_ref(),
            Self::Form(block) => block.next.as_ref(),
            Self::Calendar(block) => block.next.as_ref(),
            Self::Javascript(block) => block.next.as_ref(),
            Self::Condition(block) => block.otherwise.as_ref(),
            Self::Jump(jump) => return Some(jump.destination()),
            Self::SetVariable(block) => block.next.as_ref(),
            Self::Delay(block) => block.next.as_ref(),
            Self::TalkToHuman(block) => block.next.as_ref(),
            Self::End(_) => None,
        };
        next.map(Destination::Block)
    }
}
