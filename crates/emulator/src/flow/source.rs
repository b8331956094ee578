//! The text of a flow file and places in it. Knows lines and columns, nothing of YAML or flows.

use super::finding::{Code, Excerpt, Finding, Severity};

/// A place in the file: both ends as line (from 1) and column (from 0, in characters), the end left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Span {
    pub start: Position,
    pub end: Position,
}

/// One end of a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Position {
    pub line: usize,
    pub column: usize,
}

/// The file's name and its lines.
pub(super) struct Source<'a> {
    name: &'a str,
    lines: Vec<&'a str>,
}

/// How much of a very long line is shown before and after the place, in characters.
const CONTEXT: usize = 60;

impl<'a> Source<'a> {
    pub fn new(name: &'a str, text: &'a str) -> Self {
        // YAML ends a line at \n, \r\n and at \r alone.
        let mut lines = Vec::new();
        let mut rest = text;
        while let Some(end) = rest.find(['\n', '\r']) {
            let (line, tail) = rest.split_at(end);
            lines.push(line);
            rest = tail
                .strip_prefix("\r\n")
                .or_else(|| tail.get(1..))
                .unwrap_or_default();
        }
        lines.push(rest);
        Self { name, lines }
    }

    /// A finding at a place of this file.
    pub fn finding(
        &self,
        code: Code,
        severity: Severity,
        span: Span,
        message: String,
        hint: Option<String>,
    ) -> Finding {
        Finding {
            code,
            severity,
            message,
            hint,
            file: self.name.to_owned(),
            line: span.start.line.max(1),
            column: span.start.column + 1,
            excerpt: self.excerpt(span),
        }
    }

    /// Where `needle` stands between the two ends of a place, on one line; the place itself when it does not.
    pub fn find_within(&self, span: Span, needle: &str) -> Span {
        for number in span.start.line..=span.end.line {
            let line = self.line(number);
            let from = if number == span.start.line {
                byte_of(line, span.start.column)
            } else {
                0
            };
            if let Some(found) = line.get(from..).and_then(|rest| rest.find(needle)) {
                let column = line
                    .get(..from + found)
                    .map_or(0, |before| before.chars().count());
                let start = Position {
                    line: number,
                    column,
                };
                let end = Position {
                    line: number,
                    column: column + needle.chars().count(),
                };
                return Span { start, end };
            }
        }
        span
    }

    fn line(&self, number: usize) -> &'a str {
        number
            .checked_sub(1)
            .and_then(|index| self.lines.get(index))
            .copied()
            .unwrap_or_default()
    }

    fn excerpt(&self, span: Span) -> Excerpt {
        let line = self.line(span.start.line.max(1));
        let last = if span.end.line > span.start.line {
            usize::MAX
        } else {
            span.end.column
        };
        let from = byte_of(line, span.start.column.saturating_sub(CONTEXT));
        let start = byte_of(line, span.start.column);
        let end = byte_of(line, last.min(span.start.column.saturating_add(CONTEXT)));
        let to = byte_of(line, span.start.column.saturating_add(2 * CONTEXT));
        let text = line.get(from..to).unwrap_or_default().to_owned();
        let end = end.clamp(start, from + text.len());
        Excerpt {
            text,
            start: start - from,
            end: end - from,
        }
    }
}

/// The byte at which a column starts, or the line's length when it is shorter.
fn byte_of(line: &str, column: usize) -> usize {
    line.char_indices()
        .nth(column)
        .map_or(line.len(), |(byte, _)| byte)
}
