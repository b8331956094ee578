//! YAML as a tree of nodes that know their places, within bounds. What the nodes mean is `decode`'s and `parse`'s business.

use std::borrow::Cow;
use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};

use super::finding::{Code, Finding};
use super::source::{Position, Source, Span};
use super::{MAX_DEPTH, MAX_FILE_BYTES, MAX_FINDINGS};

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
/// findings and keep their first value.
pub(super) fn read(source: &Source<'_>, text: &str, findings: &mut Vec<Finding>) -> Option<Node> {
    if text.len() > MAX_FILE_BYTES {
        let message = format!(
            "the file has {} bytes: a flow has at most {MAX_FILE_BYTES}",
            text.len()
        );
        findings.push(source.finding(Code::TooLarge, Span::default(), message));
        return None;
    }
    let mut builder = Builder {
        source,
        findings,
        open: Vec::new(),
        root: None,
    };
    for event in Parser::new_from_str(text) {
        let (event, span) = match event {
            Ok((event, span)) => (event, place(span)),
            Err(error) => {
                let at = position(*error.marker());
                let span = Span { start: at, end: at };
                builder.findings.push(source.finding(
                    Code::Syntax,
                    span,
                    format!("not YAML: {}", error.info()),
                ));
                return None;
            }
        };
        if let Err(finding) = builder.take(event, span) {
            builder.findings.push(*finding);
            return None;
        }
    }
    if builder.root.is_none() {
        let finding = source.finding(Code::Syntax, Span::default(), "the file is empty");
        builder.findings.push(finding);
    }
    builder.root
}

struct Builder<'a, 'f> {
    source: &'a Source<'a>,
    findings: &'f mut Vec<Finding>,
    open: Vec<Open>,
    root: Option<Node>,
}

impl Builder<'_, '_> {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Box<Finding>> {
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
            Event::DocumentStart(_) if self.root.is_some() => Err(self.unsupported(
                span,
                "a flow file holds one document",
                "remove everything from the second `---` on",
            )),
            Event::DocumentStart(_) => Ok(()),
            Event::Alias(_) => Err(self.unsupported(
                span,
                "flow files have no aliases",
                "write the value out, or use a `jump` block",
            )),
            Event::Scalar(text, style, anchor, tag) => {
                self.plain(span, anchor, tag.as_deref())?;
                self.scalar(text, style, span);
                Ok(())
            }
            Event::SequenceStart(anchor, tag) => {
                self.plain(span, anchor, tag.as_deref())?;
                self.push(span, Open::List(span, Vec::new()))
            }
            Event::MappingStart(anchor, tag) => {
                self.plain(span, anchor, tag.as_deref())?;
                self.push(
                    span,
                    Open::Map {
                        span,
                        entries: Vec::new(),
                        key: None,
                        seen: HashMap::new(),
                    },
                )
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let node = match self.open.pop() {
                    Some(Open::List(start, items)) => Node {
                        span: Span {
                            end: span.end,
                            ..start
                        },
                        content: Content::List(items),
                    },
                    Some(Open::Map {
                        span: start,
                        entries,
                        ..
                    }) => Node {
                        span: Span {
                            end: span.end,
                            ..start
                        },
                        content: Content::Map(entries),
                    },
                    None => return Ok(()),
                };
                self.add(node);
                Ok(())
            }
        }
    }

    fn plain(&self, span: Span, anchor: usize, tag: Option<&Tag>) -> Result<(), Box<Finding>> {
        if anchor != 0 {
            return Err(self.unsupported(
                span,
                "flow files have no anchors",
                "remove the `&` name, and write the value out where it is used",
            ));
        }
        if tag.is_some() {
            return Err(self.unsupported(
                span,
                "flow files have no tags",
                "remove the `!` word; put text that looks like a number in quotes",
            ));
        }
        Ok(())
    }

    fn unsupported(&self, span: Span, message: &str, hint: &str) -> Box<Finding> {
        let mut finding = self.source.finding(Code::UnsupportedYaml, span, message);
        finding.hint = Some(hint.to_owned());
        Box::new(finding)
    }

    fn push(&mut self, span: Span, open: Open) -> Result<(), Box<Finding>> {
        if self.open.len() >= MAX_DEPTH {
            let message =
                format!("lists and mappings lie more than {MAX_DEPTH} deep in each other");
            return Err(Box::new(self.source.finding(Code::TooDeep, span, message)));
        }
        if let Some(Open::Map { key: None, .. }) = self.open.last() {
            return Err(self.unsupported(
                span,
                "a key must be plain text, not a list or mapping",
                "check the indentation and the colons before this",
            ));
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
                if self.findings.len() < MAX_FINDINGS {
                    let message = format!("`{}` is here twice", shown(&key.text));
                    let mut finding = self.source.finding(Code::DuplicateKey, key.span, message);
                    finding.hint = Some(format!(
                        "it is already on line {first}: rename or remove one of the two"
                    ));
                    self.findings.push(finding);
                }
            }
        }
    }
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

fn place(span: saphyr_parser::Span) -> Span {
    Span {
        start: position(span.start),
        end: position(span.end),
    }
}

fn position(marker: saphyr_parser::Marker) -> Position {
    Position {
        line: marker.line(),
        column: marker.col(),
    }
}
