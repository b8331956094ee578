//! YAML as a tree of nodes that know their places, within bounds. What the nodes mean is `decode`'s and `parse`'s business.

use std::borrow::Cow;
use std::collections::HashMap;

use granit_parser::{Event, Options, Parser, ScalarStyle};

use super::finding::Code;
use super::report::Report;
use super::source::{Position, Span};
use super::{MAX_DEPTH, MAX_FILE_BYTES, MAX_NODES};

/// A value and where it stands.
#[derive(Debug)]
pub(super) struct Node {
    pub span: Span,
    pub content: Content,
}

/// The values that YAML's core schema knows.
#[derive(Debug)]
pub(super) enum Content {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

/// A mapping's key: always taken as text, so that a block may be called `1` or `true`.
#[derive(Debug)]
pub(super) struct Key {
    pub span: Span,
    pub text: String,
}

impl Node {
    /// The value under a key of a mapping.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|(_, value)| value)
    }

    /// The key and value of a mapping.
    pub fn entry(&self, key: &str) -> Option<&(Key, Node)> {
        match &self.content {
            Content::Map(entries) => entries.iter().find(|(each, _)| each.text == key),
            _ => None,
        }
    }

    /// The text under a key of a mapping.
    pub fn text_of(&self, key: &str) -> Option<&str> {
        match self.get(key).map(|node| &node.content) {
            Some(Content::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// An item of a list.
    pub fn item(&self, index: usize) -> Option<&Node> {
        match &self.content {
            Content::List(items) => items.get(index),
            _ => None,
        }
    }
}

/// A list or mapping that is still open.
enum Open {
    List(Span, Vec<Node>),
    Map {
        span: Span,
        entries: Vec<(Key, Node)>,
        key: Option<Key>,
        seen: HashMap<String, usize>,
    },
}

/// Reads one document. The tree is there unless the file cannot be read at all; keys that came twice are
/// reported and keep their first value.
pub(super) fn read(report: &Report<'_>, text: &str) -> Option<Node> {
    if text.len() > MAX_FILE_BYTES {
        let message = format!(
            "the file has {} bytes: a flow has at most {MAX_FILE_BYTES}",
            text.len()
        );
        report.add(Code::TooLarge, Span::default(), message, None);
        return None;
    }
    let mut builder = Builder {
        report,
        nodes: 0,
        open: Vec::new(),
        root: None,
    };
    let mut options = Options::default();
    options.emit_anchor_events = true;
    options.emit_comments = false;
    for event in Parser::new_from_str_with_options(text, options) {
        match event {
            Ok((event, span)) => {
                if let Some(tag) = span.tag_span() {
                    builder.refuse_tag(place(tag)).ok()?;
                }
                builder.take(event, place(span)).ok()?;
            }
            Err(error) => {
                let at = position(*error.marker());
                let span = Span { start: at, end: at };
                let message = format!("not YAML: {}", error.info());
                let hint = advice(&message).map(str::to_owned);
                report.add(Code::Syntax, span, message, hint);
                return None;
            }
        }
    }
    if builder.root.is_none() {
        report.add(Code::Syntax, Span::default(), "the file is empty", None);
    }
    builder.root
}

/// The file holds something that ends the reading; it is reported.
struct Refused;

struct Builder<'a> {
    report: &'a Report<'a>,
    nodes: usize,
    open: Vec<Open>,
    root: Option<Node>,
}

impl Builder<'_> {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Refused> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            let message = format!("the file has more than {MAX_NODES} keys and values");
            self.report.add(Code::TooLarge, span, message, None);
            return Err(Refused);
        }
        match event {
            Event::DocumentStart(..) if self.root.is_some() => {
                return self.refuse(
                    span,
                    "a flow file holds one document",
                    "remove everything from the second `---` on",
                );
            }
            Event::Alias(_) => {
                return self.refuse(
                    span,
                    "flow files have no aliases",
                    "write the value out, or use a `jump` block; put text that begins with `*` in quotes",
                );
            }
            Event::Anchor(..) => {
                return self.refuse(
                    span,
                    "flow files have no anchors",
                    "remove the `&` name, and write the value out where it is used",
                );
            }
            Event::Scalar(text, ScalarStyle::Plain, ..) if text == "<<" && self.awaits_key() => {
                return self.refuse(
                    span,
                    "flow files have no merge keys (`<<`)",
                    "write the fields out",
                );
            }
            Event::Scalar(text, style, ..) => self.scalar(text, style, span),
            Event::SequenceStart(..) => self.push(span, Open::List(span, Vec::new()))?,
            Event::MappingStart(..) => {
                self.push(
                    span,
                    Open::Map {
                        span,
                        entries: Vec::new(),
                        key: None,
                        seen: HashMap::new(),
                    },
                )?;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let (start, content) = match self.open.pop() {
                    Some(Open::List(start, items)) => (start, Content::List(items)),
                    Some(Open::Map {
                        span: start,
                        entries,
                        ..
                    }) => (start, Content::Map(entries)),
                    None => return Ok(()),
                };
                self.add(Node {
                    span: Span {
                        end: span.end,
                        ..start
                    },
                    content,
                });
            }
            // Where the stream and its document begin and end: nothing of the tree.
            _ => {}
        }
        Ok(())
    }

    fn awaits_key(&self) -> bool {
        matches!(self.open.last(), Some(Open::Map { key: None, .. }))
    }

    fn refuse_tag(&self, span: Span) -> Result<(), Refused> {
        self.refuse(
            span,
            "flow files have no tags",
            "remove the `!` word; put text that looks like a number in quotes",
        )
    }

    fn refuse(&self, span: Span, message: &str, hint: &str) -> Result<(), Refused> {
        self.report
            .add(Code::UnsupportedYaml, span, message, hint.to_owned());
        Err(Refused)
    }

    fn push(&mut self, span: Span, open: Open) -> Result<(), Refused> {
        if self.open.len() >= MAX_DEPTH {
            let message =
                format!("lists and mappings lie more than {MAX_DEPTH} deep in each other");
            self.report.add(Code::TooDeep, span, message, None);
            return Err(Refused);
        }
        if self.awaits_key() {
            return self.refuse(
                span,
                "a key must be plain text, not a list or mapping",
                "check the indentation and the colons before this",
            );
        }
        self.open.push(open);
        Ok(())
    }

    fn scalar(&mut self, text: Cow<'_, str>, style: ScalarStyle, span: Span) {
        if let Some(Open::Map {
            key: key @ None, ..
        }) = self.open.last_mut()
        {
            *key = Some(Key {
                span,
                text: text.into_owned(),
            });
            return;
        }
        let content = match style {
            ScalarStyle::Plain => resolve(text),
            _ => Content::Text(text.into_owned()),
        };
        self.add(Node { span, content });
    }

    fn add(&mut self, node: Node) {
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open::List(_, items)) => items.push(node),
            Some(Open::Map {
                entries, key, seen, ..
            }) => {
                let Some(key) = key.take() else { return };
                let Some(first) = seen.get(&key.text) else {
                    seen.insert(key.text.clone(), key.span.start.line);
                    entries.push((key, node));
                    return;
                };
                let message = format!("`{}` is here twice", shown(&key.text));
                let hint =
                    format!("it is already on line {first}: rename or remove one of the two");
                self.report.add(Code::DuplicateKey, key.span, message, hint);
            }
        }
    }
}

/// What to do about what the parser says, where it is nearly always a text without quotes.
fn advice(message: &str) -> Option<&'static str> {
    let is = |part: &str| message.contains(part);
    if is("mapping values are not allowed") {
        return Some("put text that holds a colon in quotes: `text: \"Note: this\"`");
    }
    is("anchor").then_some("put text that begins with `*` in quotes")
}

/// A word of the file as a message quotes it: never more than sixty characters.
pub(super) fn shown(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(60) {
        None => Cow::Borrowed(text),
        Some((end, _)) => Cow::Owned(format!("{}…", text.get(..end).unwrap_or_default())),
    }
}

/// A plain scalar by the rules of YAML 1.2's core schema.
fn resolve(text: Cow<'_, str>) -> Content {
    match text.as_ref() {
        "" | "~" | "null" | "Null" | "NULL" => return Content::Null,
        "true" | "True" | "TRUE" => return Content::Bool(true),
        "false" | "False" | "FALSE" => return Content::Bool(false),
        _ => {}
    }
    let numeric = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte))
        && text.bytes().any(|byte| byte.is_ascii_digit());
    if numeric {
        if let Ok(number) = text.parse::<i64>() {
            return Content::Int(number);
        }
        if let Ok(number) = text.parse::<f64>()
            && number.is_finite()
        {
            return Content::Float(number);
        }
    }
    Content::Text(text.into_owned())
}

fn place(span: granit_parser::Span) -> Span {
    Span {
        start: position(span.start),
        end: position(span.end),
    }
}

fn position(marker: granit_parser::Marker) -> Position {
    Position {
        line: marker.line(),
        column: marker.col(),
    }
}
