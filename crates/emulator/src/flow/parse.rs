//! A flow file to a flow: the frame of the file, and which type each block is. Rules across blocks are `check`'s.

use indexmap::IndexMap;

use super::decode::{Decoder, suggestion};
use super::finding::Code;
use super::model::{BLOCK_TYPES, Block, BlockName, Flow};
use super::source::Span;
use super::yaml::{Content, Key, Node, shown};
use super::{MAX_BLOCKS, MAX_PATTERNS};

/// The flow, when everything could be read; findings tell of the rest.
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
        const KNOWN: [&str; 4] = ["bot", "start", "expects", "blocks"];
        if !KNOWN.contains(&key.text.as_str()) {
            decoder.unknown_field(key, &KNOWN);
        }
    }
    let bot = required(decoder, root, "bot").and_then(|node| decoder.value(node, "bot"));
    let start = required(decoder, root, "start").and_then(|node| decoder.value(node, "start"));
    let expects = root
        .get("expects")
        .map_or(Some(Vec::new()), |node| decoder.value(node, "expects"));
    let blocks = required(decoder, root, "blocks").and_then(|node| blocks(decoder, node));
    Some(Flow {
        bot: bot?,
        start: start?,
        expects: expects?,
        blocks: blocks?,
    })
}

fn required<'n>(decoder: &Decoder<'_>, root: &'n Node, field: &str) -> Option<&'n Node> {
    let found = root.get(field);
    if found.is_none() {
        let place = Span {
            end: root.span.start,
            ..root.span
        };
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
    if entries.len() > MAX_BLOCKS {
        let message = format!(
            "the flow has {} blocks: at most {MAX_BLOCKS} are taken",
            entries.len()
        );
        decoder.report.add(Code::TooLarge, node.span, message, None);
        return None;
    }
    let mut left = MAX_PATTERNS;
    if let Some(one_too_many) = past_patterns(node, &mut left) {
        let message = format!("the flow has more than {MAX_PATTERNS} regular expressions");
        let hint = "use `contains` or `equals` where they do".to_owned();
        decoder
            .report
            .add(Code::TooLarge, one_too_many.span, message, hint);
        return None;
    }
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
