//! What is wrong with a flow file, where, and what to do about it. Finding it out is `parse` and `check`.

use std::fmt;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use serde::Serialize;

/// One thing that is wrong in a flow file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The kind, for machines.
    pub code: Code,
    /// Whether the flow can still run.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The file, as the caller named it.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// The part of the line that is shown.
    #[serde(skip)]
    pub(super) excerpt: Excerpt,
}

/// A piece of a source line with the place that is meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Excerpt {
    /// The line, cut at both ends when it is very long.
    pub text: String,
    /// The byte in `text` where the place starts.
    pub start: usize,
    /// The byte in `text` after the place.
    pub end: usize,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The flow cannot run.
    Error,
    /// The flow runs, but hardly as it was meant.
    Warning,
}

/// The kinds of findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The file is not YAML.
    Syntax,
    /// The file, or something in it, is larger than a flow may be.
    TooLarge,
    /// Lists and mappings lie too deep in each other.
    TooDeep,
    /// YAML that flow files do not use: anchors, aliases, tags, several documents.
    UnsupportedYaml,
    /// A mapping names a key twice.
    DuplicateKey,
    /// A field that is not known here.
    UnknownField,
    /// A field that is needed is not there.
    MissingField,
    /// A value of the wrong kind, such as text for a number.
    WrongType,
    /// A value of the right kind that makes no sense.
    BadValue,
    /// A block type that does not exist.
    UnknownType,
    /// A `next`, `else`, `to` or `start` that names no block, or a `group` that names no group.
    UnknownTarget,
    /// A jump to a bot that none of the flows has.
    UnknownBot,
    /// The conversation would stop here without an end.
    DeadEnd,
    /// No path from `start` leads here.
    Unreachable,
    /// A variable that nothing has set when it is read.
    UnsetVariable,
    /// A circle of blocks in which none waits for the visitor.
    LoopWithoutPrompt,
    /// More than ten buttons.
    TooManyButtons,
    /// A text of more than 1,000 characters.
    TextTooLong,
}

impl Code {
    /// The kind as `--json` prints it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Syntax => "syntax",
            Self::TooLarge => "too_large",
            Self::TooDeep => "too_deep",
            Self::UnsupportedYaml => "unsupported_yaml",
            Self::DuplicateKey => "duplicate_key",
            Self::UnknownField => "unknown_field",
            Self::MissingField => "missing_field",
            Self::WrongType => "wrong_type",
            Self::BadValue => "bad_value",
            Self::UnknownType => "unknown_type",
            Self::UnknownTarget => "unknown_target",
            Self::UnknownBot => "unknown_bot",
            Self::DeadEnd => "dead_end",
            Self::Unreachable => "unreachable",
            Self::UnsetVariable => "unset_variable",
            Self::LoopWithoutPrompt => "loop_without_prompt",
            Self::TooManyButtons => "too_many_buttons",
            Self::TextTooLong => "text_too_long",
        }
    }

    /// How bad findings of this kind are.
    #[must_use]
    pub const fn severity(self) -> Severity {
        match self {
            Self::DeadEnd | Self::Unreachable | Self::UnsetVariable | Self::UnknownBot => {
                Severity::Warning
            }
            _ => Severity::Error,
        }
    }
}

/// Whether a rendered finding carries terminal colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// ANSI escapes, for a terminal.
    Ansi,
    /// Plain text.
    Plain,
}

impl Finding {
    /// The finding with its source line and a caret under the place.
    #[must_use]
    pub fn render(&self, colour: Colour) -> String {
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let mut snippet = Snippet::source(self.excerpt.text.as_str())
            .line_start(self.line)
            .fold(false)
            .annotation(AnnotationKind::Primary.span(self.excerpt.start..self.excerpt.end));
        let title = level
            .primary_title(self.message.as_str())
            .id(self.code.as_str());
        let mut group = Group::with_title(title);
        let before = self
            .excerpt
            .text
            .get(..self.excerpt.start)
            .unwrap_or_default();
        if before.chars().count() + 1 == self.column {
            snippet = snippet.path(self.file.as_str());
        } else {
            // The excerpt of a very long line has columns of its own, so the place is given, not counted.
            let origin = Origin::path(self.file.as_str())
                .line(self.line)
                .char_column(self.column);
            group = group.element(origin);
        }
        group = group.element(snippet);
        if let Some(hint) = &self.hint {
            group = group.element(Level::HELP.message(hint.as_str()));
        }
        let renderer = match colour {
            Colour::Ansi => Renderer::styled(),
            Colour::Plain => Renderer::plain(),
        };
        renderer.render(&[group])
    }
}

/// One line: place, severity, kind, message, hint.
impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(
            out,
            "{}:{}:{}: {severity}[{}]: {}",
            self.file,
            self.line,
            self.column,
            self.code.as_str(),
            self.message
        )?;
        match &self.hint {
            Some(hint) => write!(out, " ({hint})"),
            None => Ok(()),
        }
    }
}
