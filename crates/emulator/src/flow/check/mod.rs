//! All that is wrong with a flow file: what cannot be read, what a block may not say, and where paths lead nowhere.

mod asks;
mod circles;
mod paths;
mod steps;
mod targets;
mod variables;

use super::decode::Decoder;
use super::finding::{Code, Finding};
use super::model::{Block, BlockName, Flow, Step};
use super::parse;
use super::report::Report;
use super::source::{Source, Span};
use super::yaml::{self, Key, Node};

/// A file that was looked at.
#[derive(Debug)]
pub struct Checked {
    /// The flow, when everything in the file could be read.
    pub flow: Option<Flow>,
    /// All that is wrong, in the order of the file.
    pub findings: Vec<Finding>,
}

/// Reads a flow file and finds all that is wrong with it. `name` is what findings call the file. Of jumps to other
/// bots it knows nothing: [`check_among`] does.
#[must_use]
pub fn check(name: &str, yaml: &str) -> Checked {
    checked(name, yaml, None)
}

/// The same for a flow that is deployed beside others: a jump to a bot that is not among them is found too.
#[must_use]
pub fn check_among(name: &str, yaml: &str, flows: &[Flow]) -> Checked {
    checked(name, yaml, Some(flows))
}

fn checked(name: &str, yaml: &str, bots: Option<&[Flow]>) -> Checked {
    let yaml = yaml.strip_prefix('\u{feff}').unwrap_or(yaml);
    let source = Source::new(name, yaml);
    let report = Report::new(&source);
    let flow = yaml::read(&report, yaml).and_then(|root| {
        let flow = parse::flow(&Decoder { report: &report }, &root)?;
        Checker {
            report: &report,
            root: &root,
            bots,
        }
        .check(&flow);
        Some(flow)
    });
    Checked {
        flow,
        findings: report.finish(),
    }
}

/// A block with its place in the file.
struct Placed<'a> {
    name: &'a BlockName,
    block: &'a Block,
    key: &'a Key,
    node: &'a Node,
}

/// The blocks as the file orders them: the flow's and the file's are the same when everything could be read.
fn blocks<'a>(flow: &'a Flow, root: &'a Node) -> Vec<Placed<'a>> {
    flow.blocks
        .iter()
        .zip(parse::block_entries(root))
        .map(|((name, block), (key, node))| Placed {
            name,
            block,
            key,
            node,
        })
        .collect()
}

/// Where a field below a node stands, or as much of the way to it as there is; none when that is the node itself.
fn span_below(holder: &Node, path: &[Step]) -> Option<Span> {
    let mut node = holder;
    for step in path {
        let inner = match *step {
            Step::Field(name) => node.get(name),
            Step::Item(index) => node.item(index),
        };
        let Some(inner) = inner else { break };
        node = inner;
    }
    (!std::ptr::eq(node, holder)).then_some(node.span)
}

impl Placed<'_> {
    /// Where a field stands, or as much of the way to it as there is.
    fn span(&self, path: &[Step]) -> Span {
        span_below(self.node, path).unwrap_or(self.key.span)
    }

    fn field(&self, name: &'static str) -> Span {
        self.span(&[Step::Field(name)])
    }
}

struct Checker<'a> {
    report: &'a Report<'a>,
    root: &'a Node,
    /// The flows of all bots that are there, where that is known.
    bots: Option<&'a [Flow]>,
}

impl Checker<'_> {
    fn check(&self, flow: &Flow) {
        self.frame(flow);
        let blocks = blocks(flow, self.root);
        for block in &blocks {
            self.step(block);
            self.prompt(block);
        }
        self.targets(flow, &blocks);
        self.paths(flow, &blocks);
        self.circles(flow, &blocks);
        self.variables(flow, &blocks);
    }

    fn add(&self, code: Code, span: Span, message: impl Into<String>, hint: &str) {
        let hint = (!hint.is_empty()).then(|| hint.to_owned());
        self.report.add(code, span, message, hint);
    }

    /// Where a field of the file's frame stands, or as much of the way to it as there is.
    fn frame_span(&self, path: &[Step]) -> Span {
        span_below(self.root, path).unwrap_or(self.root.span)
    }

    fn frame(&self, flow: &Flow) {
        for (field, value) in [("name", &flow.bot.name), ("key", &flow.bot.key)] {
            if value.trim().is_empty() {
                let message = format!("the bot's `{field}` is empty");
                self.add(
                    Code::BadValue,
                    self.frame_span(&[Step::Field("bot"), Step::Field(field)]),
                    message,
                    "",
                );
            }
        }
    }
}
