//! Named groups of blocks, and a flow as the file writes it. In memory all blocks of a flow lie side by side, for
//! a block is known by its name alone: moving one into a group changes nothing else.

use std::collections::HashMap;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::condition::Case;
use super::values::{BlockName, GroupName};
use super::variables::Variable;
use super::{Block, Bot, Flow};

/// A part of a flow with a name; the vendor's builder calls it a flow. A jump leads into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The block that a jump into the group leads to.
    pub start: BlockName,
    /// The names of its blocks, in the order of the file.
    pub blocks: Vec<BlockName>,
}

/// One bot: who it is, where a conversation starts, and its blocks in the order of the file.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename = "Flow", deny_unknown_fields)]
pub(super) struct FlowFields {
    /// The bot's name and key.
    bot: Bot,
    /// The block that a new conversation begins with.
    start: BlockName,
    /// Cases in which a new conversation begins with another block than `start`, tried in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    trigger: Vec<Case>,
    /// The variables that the client promises to send when it starts a conversation, besides the
    /// contact's name, e-mail and phone and all system variables. Only `wotnot flow check` looks at it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    expects: Vec<Variable>,
    /// Named groups of blocks, for jumps. No two blocks of a flow have one name, whatever their groups.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    groups: IndexMap<GroupName, GroupFields>,
    /// The blocks by name that belong to no group.
    blocks: IndexMap<BlockName, Block>,
}

/// A group of blocks as the file writes it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename = "Group", deny_unknown_fields)]
struct GroupFields {
    /// The block that a jump into the group leads to; one of its own.
    start: BlockName,
    /// The blocks by name.
    blocks: IndexMap<BlockName, Block>,
}

impl TryFrom<FlowFields> for Flow {
    type Error = String;

    fn try_from(fields: FlowFields) -> Result<Self, String> {
        let mut blocks = fields.blocks;
        let mut groups = IndexMap::with_capacity(fields.groups.len());
        for (name, group) in fields.groups {
            let members = group.blocks.keys().cloned().collect();
            for (block, what) in group.blocks {
                if blocks.contains_key(&block) {
                    return Err(format!("two blocks have the name `{block}`"));
                }
                blocks.insert(block, what);
            }
            let (start, blocks) = (group.start, members);
            groups.insert(name, Group { start, blocks });
        }
        Ok(Self {
            bot: fields.bot,
            start: fields.start,
            trigger: fields.trigger,
            expects: fields.expects,
            groups,
            blocks,
        })
    }
}

impl From<Flow> for FlowFields {
    fn from(flow: Flow) -> Self {
        let mut homes: HashMap<BlockName, usize> = HashMap::new();
        let mut groups = IndexMap::with_capacity(flow.groups.len());
        for (name, group) in flow.groups {
            let number = groups.len();
            homes.extend(group.blocks.into_iter().map(|member| (member, number)));
            let (start, blocks) = (group.start, IndexMap::new());
            groups.insert(name, GroupFields { start, blocks });
        }
        let mut blocks = IndexMap::new();
        for (name, block) in flow.blocks {
            let home = homes
                .get(&name)
                .and_then(|home| groups.get_index_mut(*home));
            match home {
                Some((_, group)) => group.blocks.insert(name, block),
                None => blocks.insert(name, block),
            };
        }
        Self {
            bot: flow.bot,
            start: flow.start,
            trigger: flow.trigger,
            expects: flow.expects,
            groups,
            blocks,
        }
    }
}
