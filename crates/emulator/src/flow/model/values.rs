//! The small values that blocks are made of, each checked when it is read. No block and no file format here.

use std::fmt;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::variables::Template;

/// A name that a flow file gives: not empty, at most 100 characters.
macro_rules! name {
    ($(#[$docs:meta])* $name:ident, $of:literal) => {
        $(#[$docs])*
        #[derive(
            Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
        )]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(#[schemars(length(min = 1, max = 100))] String);

        impl $name {
            /// The name as the file writes it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = String;

            fn try_from(name: String) -> Result<Self, String> {
                if name.trim().is_empty() || name.chars().count() > 100 {
                    return Err(concat!("a ", $of, "'s name has 1 to 100 characters").to_owned());
                }
                Ok(Self(name))
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(&self.0)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    };
}

name!(
    /// The name of a block: not empty, at most 100 characters.
    BlockName,
    "block"
);
name!(
    /// The name of a group of blocks: not empty, at most 100 characters.
    GroupName,
    "group"
);

/// A plain value: what a condition compares with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "this must be text, a number, `true` or `false`")]
pub enum Scalar {
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(f64),
    /// Text.
    Text(String),
}

impl fmt::Display for Scalar {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => value.fmt(out),
            Self::Number(value) => value.fmt(out),
            Self::Text(text) => text.fmt(out),
        }
    }
}

/// A value to write: plain, or a text with variables in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Scalar", into = "Scalar")]
#[schemars(with = "Scalar")]
pub enum Value {
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(f64),
    /// Text, which may hold variables.
    Text(Template),
}

impl TryFrom<Scalar> for Value {
    type Error = String;

    fn try_from(scalar: Scalar) -> Result<Self, String> {
        Ok(match scalar {
            Scalar::Bool(value) => Self::Bool(value),
            Scalar::Number(value) => Self::Number(value),
            Scalar::Text(text) => Self::Text(text.try_into()?),
        })
    }
}

impl From<Value> for Scalar {
    fn from(value: Value) -> Self {
        match value {
            Value::Bool(value) => Self::Bool(value),
            Value::Number(value) => Self::Number(value),
            Value::Text(template) => Self::Text(template.into()),
        }
    }
}

/// A regular expression that compiles within bounds. It may match anywhere: write `^` and `$` for the whole text.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Pattern(regex::Regex);

/// The largest compiled expression, in bytes; with the limit on their number it bounds a flow's memory.
const PATTERN_BYTES: usize = 512 * 1024;

impl Pattern {
    /// Whether the expression finds a match in the text.
    #[must_use]
    pub fn is_match(&self, text: &str) -> bool {
        self.0.is_match(text)
    }

    /// The expression as the file writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl TryFrom<String> for Pattern {
    type Error = String;

    fn try_from(pattern: String) -> Result<Self, String> {
        regex::RegexBuilder::new(&pattern)
            .size_limit(PATTERN_BYTES)
            .dfa_size_limit(PATTERN_BYTES)
            .build()
            .map(Self)
            .map_err(|error| match error {
                regex::Error::CompiledTooBig(_) => "the regular expression is too large".to_owned(),
                error => format!(
                    "not a regular expression: {}",
                    last_line(&error.to_string())
                ),
            })
    }
}

/// The regex crate explains itself over several lines with a caret of its own; the last one says what is wrong.
fn last_line(text: &str) -> &str {
    text.lines()
        .last()
        .unwrap_or(text)
        .trim_start_matches("error: ")
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.as_str().to_owned()
    }
}

/// A kind of file: an extension without its dot (`pdf`), or a MIME type (`image/*`, `text/csv`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct Accept(
    #[schemars(regex(pattern = r"^\.?[A-Za-z0-9]+$|^[a-z]+/(\*|[A-Za-z0-9.+-]+)$"))] String,
);

impl Accept {
    /// Whether a file of this extension (with or without a dot) and MIME type is taken.
    #[must_use]
    pub fn takes(&self, extension: &str, mime_type: &str) -> bool {
        match self.0.split_once('/') {
            None => extension
                .trim_start_matches('.')
                .eq_ignore_ascii_case(&self.0),
            Some((major, "*")) => mime_type
                .split_once('/')
                .is_some_and(|(kind, _)| kind.eq_ignore_ascii_case(major)),
            Some(_) => mime_type.eq_ignore_ascii_case(&self.0),
        }
    }

    /// The kind, without a leading dot.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Accept {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let kind = text.strip_prefix('.').unwrap_or(&text);
        let word = |part: &str| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b".+-".contains(&byte))
        };
        let good = match kind.split_once('/') {
            None => !kind.is_empty() && kind.bytes().all(|byte| byte.is_ascii_alphanumeric()),
            Some((major, minor)) => word(major) && (minor == "*" || word(minor)),
        };
        if !good {
            return Err(format!(
                "`{text}` is no kind of file: write an extension such as `pdf`, or a MIME type such as `image/*`"
            ));
        }
        Ok(Self(kind.to_ascii_lowercase()))
    }
}

impl From<Accept> for String {
    fn from(accept: Accept) -> Self {
        accept.0
    }
}

/// A size of a file: `500 KB`, `5 MB`; a kilobyte is 1,024 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "ByteSizeText")]
pub struct ByteSize(u64);

#[derive(JsonSchema)]
#[schemars(transparent, rename = "ByteSize")]
#[allow(dead_code)]
struct ByteSizeText(#[schemars(regex(pattern = r"^[0-9]+ ?(B|KB|MB)$"))] String);

impl ByteSize {
    /// The size in bytes.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        self.0
    }
}

impl TryFrom<String> for ByteSize {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let digits = text.trim_end_matches(|each: char| !each.is_ascii_digit());
        let scale: u64 = match text.get(digits.len()..).unwrap_or_default().trim() {
            "B" => 1,
            "KB" => 1024,
            "MB" => 1024 * 1024,
            _ => 0,
        };
        match digits
            .parse::<u64>()
            .ok()
            .and_then(|count| count.checked_mul(scale))
        {
            Some(bytes) if bytes > 0 => Ok(Self(bytes)),
            _ => Err(format!("`{text}` is no size: write `500 KB` or `5 MB`")),
        }
    }
}

impl From<ByteSize> for String {
    fn from(size: ByteSize) -> Self {
        const MIB: u64 = 1024 * 1024;
        match size.0 {
            bytes if bytes % MIB == 0 => format!("{} MB", bytes / MIB),
            bytes if bytes % 1024 == 0 => format!("{} KB", bytes / 1024),
            bytes => format!("{bytes} B"),
        }
    }
}

/// A bound of a calendar: `today`, or a day as `2026-12-31`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "DateBoundText")]
pub enum DateBound {
    /// The day of the conversation, by the emulator's clock.
    Today,
    /// That day.
    On(Date),
}

#[derive(JsonSchema)]
#[schemars(transparent, rename = "DateBound")]
#[allow(dead_code)]
struct DateBoundText(#[schemars(regex(pattern = r"^today$|^\d{4}-\d{2}-\d{2}$"))] String);

impl DateBound {
    /// The day itself, given what day it is.
    #[must_use]
    pub const fn day(self, today: Date) -> Date {
        match self {
            Self::Today => today,
            Self::On(day) => day,
        }
    }
}

impl TryFrom<String> for DateBound {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text == "today" {
            return Ok(Self::Today);
        }
        let day = if text.len() == 10 {
            text.parse().ok()
        } else {
            None
        };
        day.map(Self::On).ok_or_else(|| {
            format!("`{text}` is no day: write `today`, or a day such as `2026-12-31`")
        })
    }
}

impl From<DateBound> for String {
    fn from(bound: DateBound) -> Self {
        match bound {
            DateBound::Today => "today".to_owned(),
            DateBound::On(day) => day.to_string(),
        }
    }
}
