//! Where and how a vector has a connection break.

use serde::Deserialize;

/// Where and how a connection breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Break {
    /// Where.
    pub at: BreakPoint,
    /// How many bytes of that part are still read or written.
    #[serde(default)]
    pub after_bytes: usize,
    /// How.
    #[serde(default)]
    pub how: How,
}

/// Where a connection breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BreakPoint {
    /// Accepted, nothing read. On new connections only.
    BeforeRequest,
    /// Within the request's head.
    InRequestHead,
    /// Within the request's body.
    InRequestBody,
    /// The request was read whole, nothing is written.
    BeforeAnswer,
    /// Within the answer's head.
    InAnswerHead,
    /// Within the answer's body.
    InAnswerBody,
    /// The answer was written whole.
    AfterAnswer,
}

impl BreakPoint {
    /// Every place, in the order in which an exchange passes them.
    pub const ALL: [Self; 7] = [
        Self::BeforeRequest,
        Self::InRequestHead,
        Self::InRequestBody,
        Self::BeforeAnswer,
        Self::InAnswerHead,
        Self::InAnswerBody,
        Self::AfterAnswer,
    ];
}

/// How a connection breaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// An orderly end (FIN).
    #[default]
    Close,
    /// A reset (RST).
    Reset,
    /// Nothing more is said, and the connection stays open.
    Silence,
}
