//! The block that goes elsewhere: to a block, into a group of blocks, or to another bot.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::values::{BlockName, GroupName};

/// Goes elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "JumpFields", into = "JumpFields")]
#[schemars(with = "JumpFields")]
pub enum Jump {
    /// To a block of this flow.
    Block(BlockName),
    /// Into a group of this flow, to the block that the group starts with.
    Group(GroupName),
    /// To another bot, which has the conversation from then on.
    Bot(BotJump),
}

/// A bot to go to, and where in its flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BotJump {
    /// The bot's key.
    pub key: String,
    /// Where its flow goes on.
    pub entry: BotEntry,
}

/// Where in another bot's flow a conversation goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BotEntry {
    /// At its `start`.
    Start,
    /// At this block.
    Block(BlockName),
    /// At the block that this group starts with.
    Group(GroupName),
}

/// The block as the file writes it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename = "Jump", deny_unknown_fields)]
#[schemars(extend(
    "anyOf" = [{"required": ["to"]}, {"required": ["group"]}, {"required": ["bot"]}],
    "not" = {"required": ["to", "group"]},
))]
struct JumpFields {
    /// The block: of this flow, or of the flow of `bot`.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<BlockName>,
    /// The group of blocks to go into, in place of `to`.
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<GroupName>,
    /// The key of another bot; its flow goes on at its `start` unless `to` or `group` says where.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    bot: Option<String>,
}

impl TryFrom<JumpFields> for Jump {
    type Error = String;

    fn try_from(fields: JumpFields) -> Result<Self, String> {
        let (bot, to, group) = (fields.bot, fields.to, fields.group);
        if bot.as_ref().is_some_and(|key| key.trim().is_empty()) {
            return Err("`bot` is empty: write the key of a bot".to_owned());
        }
        match (bot, to, group) {
            (None, Some(to), None) => Ok(Self::Block(to)),
            (None, None, Some(group)) => Ok(Self::Group(group)),
            (Some(key), to, group) => {
                let entry = match (to, group) {
                    (None, None) => BotEntry::Start,
                    (Some(to), None) => BotEntry::Block(to),
                    (None, Some(group)) => BotEntry::Group(group),
                    (Some(_), Some(_)) => return Err(BOTH.to_owned()),
                };
                Ok(Self::Bot(BotJump { key, entry }))
            }
            (None, Some(_), Some(_)) => Err(BOTH.to_owned()),
            (None, None, None) => Err("a jump needs `to`, `group` or `bot`".to_owned()),
        }
    }
}

const BOTH: &str = "a jump has `to` or `group`, not both";

impl From<Jump> for JumpFields {
    fn from(jump: Jump) -> Self {
        let (bot, to, group) = match jump {
            Jump::Block(to) => (None, Some(to), None),
            Jump::Group(group) => (None, None, Some(group)),
            Jump::Bot(BotJump { key, entry }) => match entry {
                BotEntry::Start => (Some(key), None, None),
                BotEntry::Block(to) => (Some(key), Some(to), None),
                BotEntry::Group(group) => (Some(key), None, Some(group)),
            },
        };
        Self { to, group, bot }
    }
}

impl Jump {
    /// The field that says where it leads.
    pub(crate) const fn field(&self) -> &'static str {
        match self {
            Self::Block(_) => "to",
            Self::Group(_) => "group",
            Self::Bot(_) => "bot",
        }
    }
}
