//! Why a value of a flow could not be read, with the place where that is known.

use std::fmt;

use serde::de::{self, Expected, Unexpected};

use super::finding::Code;
use super::source::Span;
use super::yaml::{Node, shown};

/// "did you mean", or all there is to choose from.
pub(super) fn suggestion(word: &str, known: &[&str]) -> String {
    match wotnot_text::closest(word, known.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("known here: {}", known.join(", ")),
    }
}

/// Why a value could not be read.
#[derive(Debug)]
pub(super) struct Fault {
    pub code: Code,
    pub message: String,
    pub hint: Option<String>,
    pub span: Option<Span>,
    /// The field that is not there, when that is the fault.
    pub missing: Option<&'static str>,
}

impl Fault {
    pub fn new(code: Code, message: String) -> Self {
        Self {
            code,
            message,
            hint: None,
            span: None,
            missing: None,
        }
    }

    /// Places a fault at a node, unless it has a place further in.
    pub fn at(mut self, node: &Node) -> Self {
        self.span.get_or_insert(node.span);
        self
    }
}

impl std::error::Error for Fault {}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl de::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(Code::BadValue, message.to_string())
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(Code::WrongType, format!("expected {expected}"))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(
            Code::BadValue,
            format!("{found} does not fit: expected {expected}"),
        )
    }

    fn unknown_variant(word: &str, known: &'static [&'static str]) -> Self {
        let mut fault = Self::new(
            Code::BadValue,
            format!("`{}` is not known here", shown(word)),
        );
        fault.hint = Some(suggestion(word, known));
        fault
    }

    fn missing_field(field: &'static str) -> Self {
        let mut fault = Self::new(Code::MissingField, format!("`{field}` is missing"));
        fault.missing = Some(field);
        fault
    }
}
