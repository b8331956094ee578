//! A flow file to a flow: the frame of the file, and which type each block is. Rules across blocks are `check`'s.

use std::collections::HashSet;

use indexmap::IndexMap;

use super::decode::Decoder;
use super::fault::suggestion;
use super::finding::Code;
use super::model::{BLOCK_TYPES, Block, BlockName, Flow, Group, GroupName};
use super::source::Span;
use super::yaml::{Content, Key, Node, shown};
use super::{MAX_BLOCKS, MAX_PATTERNS};

/// The flow, when everything could be read; findings describe the rest.
pub(super) fn flow(decoder: &Decoder<'_>, root: &Node) -> Option<Flow> {
    let Content::Map(entries) = &root.content else {
        decoder.report.add(
            Code::WrongType,
            root.span,
            "a flow file is a mapping with `bot`, `start` and `blocks`",
            None,
        );
        return None;
    };
    for (key, _) in entries {
        const KNOWN: [&str; 6] = ["bot", "start", "trigger", "expects", "groups", "blocks"];
        if !KNOWN.contains(&key.text.as_str()) {
            decoder.unknown_field(key, &KNOWN);
        }
    }
    let span = Span {
        end: root.span.start,
        ..root.span
    };
    let bot = required(decoder, root, span, "bot").and_then(|node| decoder.value(node, "bot"));
    let start =
        required(decoder, root, span, "start").and_then(|node| decoder.value(node, "start"));
    let bounded = is_within_bounds(decoder, root);
    let trigger = match root.get("trigger") {
        Some(node) if bounded => decoder.value(node, "trigger"),
        _ => Some(Vec::new()),
    };
    let expects = root
        .get("expects")
        .map_or(Some(Vec::new()), |node| decoder.value(node, "expects"));
    let blocks = required(decoder, root, span, "blocks").filter(|_| bounded);
    let blocks = blocks.and_then(|node| self::blocks(decoder, node));
    let groups = match root.get("groups") {
        Some(node) if bounded => groups(decoder, node),
        _ => Some(Vec::new()),
    };
    let mut flow = Flow {
        bot: bot?,
        start: start?,
        trigger: trigger?,
        expects: expects?,
        groups: IndexMap::new(),
        blocks: blocks?,
    };
    for (name, start, members) in groups? {
        let blocks = members.keys().cloned().collect();
        flow.groups.insert(name, Group { start, blocks });
        flow.blocks.extend(members);
    }
    (flow.blocks.len() == block_count(root)).then_some(flow)
}

/// The mappings from names to blocks: the flow's own, and those of its groups.
pub(super) fn block_maps(root: &Node) -> impl Iterator<Item = &Node> {
    let groups = match root.get("groups").map(|node| &node.content) {
        Some(Content::Map(groups)) => groups.as_slice(),
        _ => &[],
    };
    let groups = groups.iter().filter_map(|(_, group)| group.get("blocks"));
    root.get("blocks").into_iter().chain(groups)
}

/// The entries of all of them, in the order of the flow's blocks.
pub(super) fn block_entries(root: &Node) -> impl Iterator<Item = &(Key, Node)> {
    block_maps(root).flat_map(|node| match &node.content {
        Content::Map(entries) => entries.as_slice(),
        _ => &[],
    })
}

fn block_count(root: &Node) -> usize {
    block_entries(root).count()
}

/// Whether there are not too many blocks and regular expressions, and no two blocks of one name.
fn is_within_bounds(decoder: &Decoder<'_>, root: &Node) -> bool {
    let count = block_count(root);
    if count > MAX_BLOCKS {
        let message = format!("the flow has {count} blocks: at most {MAX_BLOCKS} are taken");
        let span = block_maps(root).next().map_or(root.span, |node| node.span);
        decoder.report.add(Code::TooLarge, span, message, None);
        return false;
    }
    let mut left = MAX_PATTERNS;
    if let Some(one_too_many) = past_patterns(root, &mut left) {
        let message = format!("the flow has more than {MAX_PATTERNS} regular expressions");
        let hint = "use `contains` or `equals` where they do".to_owned();
        decoder
            .report
            .add(Code::TooLarge, one_too_many.span, message, hint);
        return false;
    }
    let mut names = HashSet::with_capacity(count);
    for (key, _) in block_entries(root) {
        if !names.insert(key.text.as_str()) {
            let message = format!("there is another block `{}`", shown(&key.text));
            let hint = "a block has one name in the whole flow, whatever its group".to_owned();
            decoder
                .report
                .add(Code::DuplicateKey, key.span, message, hint);
        }
    }
    true
}

/// Name, start and blocks of each group.
type ReadGroup = (GroupName, BlockName, IndexMap<BlockName, Block>);

fn groups(decoder: &Decoder<'_>, node: &Node) -> Option<Vec<ReadGroup>> {
    let Content::Map(entries) = &node.content else {
        let message = "`groups` must be a mapping from names to groups of blocks";
        decoder
            .report
            .add(Code::WrongType, node.span, message, None);
        return None;
    };
    let groups: Vec<ReadGroup> = entries
        .iter()
        .filter_map(|(key, node)| group(decoder, key, node))
        .collect();
    (groups.len() == entries.len()).then_some(groups)
}

fn group(decoder: &Decoder<'_>, key: &Key, node: &Node) -> Option<ReadGroup> {
    let name = GroupName::try_from(key.text.clone())
        .map_err(|message| decoder.report.add(Code::BadValue, key.span, message, None));
    let Content::Map(fields) = &node.content else {
        let message = format!(
            "the group `{}` must be a mapping with `start` and `blocks`",
            shown(&key.text)
        );
        decoder.report.add(Code::WrongType, key.span, message, None);
        return None;
    };
    for (field, _) in fields {
        const KNOWN: [&str; 2] = ["start", "blocks"];
        if !KNOWN.contains(&field.text.as_str()) {
            decoder.unknown_field(field, &KNOWN);
        }
    }
    let start =
        required(decoder, node, key.span, "start").and_then(|node| decoder.value(node, "start"));
    let blocks = required(decoder, node, key.span, "blocks").and_then(|node| blocks(decoder, node));
    Some((name.ok()?, start?, blocks?))
}

fn required<'n>(
    decoder: &Decoder<'_>,
    holder: &'n Node,
    place: Span,
    field: &str,
) -> Option<&'n Node> {
    let found = holder.get(field);
    if found.is_none() {
        decoder.report.add(
            Code::MissingField,
            place,
            format!("`{field}` is missing"),
            None,
        );
    }
    found
}

fn blocks(decoder: &Decoder<'_>, node: &Node) -> Option<IndexMap<BlockName, Block>> {
    let Content::Map(entries) = &node.content else {
        let message = "`blocks` must be a mapping from names to blocks";
        decoder
            .report
            .add(Code::WrongType, node.span, message, None);
        return None;
    };
    let mut blocks = IndexMap::with_capacity(entries.len());
    for (key, node) in entries {
        let name = BlockName::try_from(key.text.clone())
            .map_err(|message| decoder.report.add(Code::BadValue, key.span, message, None));
        if let (Ok(name), Some(block)) = (name, block(decoder, key, node)) {
            blocks.insert(name, block);
        }
    }
    (blocks.len() == entries.len()).then_some(blocks)
}

/// The first regular expression beyond those that are left. They take memory as soon as they are read, so
/// they are counted before.
fn past_patterns<'n>(node: &'n Node, left: &mut usize) -> Option<&'n Node> {
    match &node.content {
        Content::List(items) => items.iter().find_map(|item| past_patterns(item, left)),
        Content::Map(entries) => entries.iter().find_map(|(key, value)| {
            let text = matches!(value.content, Content::Text(_));
            if !(text && ["pattern", "matches"].contains(&key.text.as_str())) {
                return past_patterns(value, left);
            }
            if *left == 0 {
                return Some(value);
            }
            *left -= 1;
            None
        }),
        _ => None,
    }
}

fn block(decoder: &Decoder<'_>, key: &Key, node: &Node) -> Option<Block> {
    if !matches!(node.content, Content::Map(_)) {
        let message = format!(
            "the block `{}` must be a mapping with a `type`",
            shown(&key.text)
        );
        decoder.report.add(Code::WrongType, key.span, message, None);
        return None;
    }
    let Some(type_node) = node.get("type") else {
        decoder.report.add(
            Code::MissingField,
            key.span,
            format!("the block `{}` has no `type`", shown(&key.text)),
            format!("known: {}", BLOCK_TYPES.join(", ")),
        );
        return None;
    };
    let type_name: String = decoder.value(type_node, "type")?;
    match type_name.as_str() {
        "message" => decoder.fields(key, node).map(Block::Message),
        "input" => decoder.fields(key, node).map(Block::Input),
        "buttons" => decoder.fields(key, node).map(Block::Buttons),
        "carousel" => decoder.fields(key, node).map(Block::Carousel),
        "slider" => decoder.fields(key, node).map(Block::Slider),
        "file_upload" => decoder.fields(key, node).map(Block::FileUpload),
        "form" => decoder.fields(key, node).map(Block::Form),
        "calendar" => decoder.fields(key, node).map(Block::Calendar),
        "javascript" => decoder.fields(key, node).map(Block::Javascript),
        "condition" => decoder.fields(key, node).map(Block::Condition),
        "jump" => decoder.fields(key, node).map(Block::Jump),
        "set_variable" => decoder.fields(key, node).map(Block::SetVariable),
        "delay" => decoder.fields(key, node).map(Block::Delay),
        "talk_to_human" => decoder.fields(key, node).map(Block::TalkToHuman),
        "end" => decoder.fields(key, node).map(Block::End),
        other => {
            let message = format!("`{}` is not a block type", shown(other));
            decoder.report.add(
                Code::UnknownType,
                type_node.span,
                message,
                suggestion(other, &BLOCK_TYPES),
            );
            None
        }
    }
}
