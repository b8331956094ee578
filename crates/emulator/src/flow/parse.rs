//! A flow file to a flow: the frame of the file, and which type each block is. Rules across blocks are `check`'s.

use std::cell::RefCell;

use indexmap::IndexMap;

use super::MAX_BLOCKS;
use super::decode::{Decoder, suggestion};
use super::finding::{Code, Finding};
use super::model::{BLOCK_TYPES, Block, BlockName, Flow};
use super::source::{Source, Span};
use super::yaml::{self, Content, Key, Node, shown};

/// A file that was looked at.
#[derive(Debug)]
pub struct Checked {
    /// The flow, when everything in the file could be read.
    pub flow: Option<Flow>,
    /// All that is wrong, in the order of the file.
    pub findings: Vec<Finding>,
}

/// Reads a flow file and finds all that is wrong with it. `name` is what findings call the file.
#[must_use]
pub fn check(name: &str, yaml: &str) -> Checked {
    let source = Source::new(name, yaml);
    let mut findings = Vec::new();
    let Some(root) = yaml::read(&source, yaml, &mut findings) else {
        return Checked {
            flow: None,
            findings,
        };
    };
    let decoder = Decoder {
        source: &source,
        findings: RefCell::new(findings),
    };
    let flow = flow(&decoder, &root);
    let mut findings = decoder.findings.into_inner();
    findings.sort_by_key(|finding| (finding.line, finding.column));
    Checked { flow, findings }
}

fn flow(decoder: &Decoder<'_>, root: &Node) -> Option<Flow> {
    let Content::Map(entries) = &root.content else {
        decoder.add(decoder.source.finding(
            Code::WrongType,
            root.span,
            "a flow file is a mapping with `bot`, `start` and `blocks`",
        ));
        return None;
    };
    for (key, _) in entries {
        const KNOWN: [&str; 3] = ["bot", "start", "blocks"];
        if !KNOWN.contains(&key.text.as_str()) {
            decoder.unknown_field(key, &KNOWN);
        }
    }
    let bot = required(decoder, root, "bot").and_then(|node| decoder.value(node, "bot"));
    let start = required(decoder, root, "start").and_then(|node| decoder.value(node, "start"));
    let blocks = required(decoder, root, "blocks").and_then(|node| blocks(decoder, node));
    Some(Flow {
        bot: bot?,
        start: start?,
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
        decoder.add(decoder.source.finding(
            Code::MissingField,
            place,
            format!("`{field}` is missing"),
        ));
    }
    found
}

fn blocks(decoder: &Decoder<'_>, node: &Node) -> Option<IndexMap<BlockName, Block>> {
    let Content::Map(entries) = &node.content else {
        let message = "`blocks` must be a mapping from names to blocks";
        decoder.add(decoder.source.finding(Code::WrongType, node.span, message));
        return None;
    };
    if entries.len() > MAX_BLOCKS {
        let message = format!(
            "the flow has {} blocks: at most {MAX_BLOCKS} are taken",
            entries.len()
        );
        decoder.add(decoder.source.finding(Code::TooLarge, node.span, message));
        return None;
    }
    let mut blocks = IndexMap::with_capacity(entries.len());
    for (key, node) in entries {
        let name = BlockName::try_from(key.text.clone()).map_err(|message| {
            decoder.add(decoder.source.finding(Code::BadValue, key.span, message))
        });
        if let (Ok(name), Some(block)) = (name, block(decoder, key, node)) {
            blocks.insert(name, block);
        }
    }
    (blocks.len() == entries.len()).then_some(blocks)
}

fn block(decoder: &Decoder<'_>, key: &Key, node: &Node) -> Option<Block> {
    if !matches!(node.content, Content::Map(_)) {
        let message = format!(
            "the block `{}` must be a mapping with a `type`",
            shown(&key.text)
        );
        decoder.add(decoder.source.finding(Code::WrongType, key.span, message));
        return None;
    }
    let Some(type_node) = node.get("type") else {
        let mut finding = decoder.source.finding(
            Code::MissingField,
            key.span,
            format!("the block `{}` has no `type`", shown(&key.text)),
        );
        finding.hint = Some(format!("known: {}", BLOCK_TYPES.join(", ")));
        decoder.add(finding);
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
            let mut finding = decoder
                .source
                .finding(Code::UnknownType, type_node.span, message);
            finding.hint = Some(suggestion(other, &BLOCK_TYPES));
            decoder.add(finding);
            None
        }
    }
}
