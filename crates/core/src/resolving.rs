//! What a visitor can ask of a gateway beside talking: what is asked for, and what is given.

use serde::Serialize;

/// A visitor's message whose delivery is unknown, and what to do with it.
#[derive(Clone, Debug)]
pub struct Resolve<'a> {
    /// The conversation that it was said in.
    pub conversation_id: &'a str,
    /// The message's own id, as `delivery` events name it.
    pub client_id: &'a str,
    /// What is to become of it.
    pub action: ResolveAction,
}

/// What is to become of a message in doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResolveAction {
    /// Send it once more; it may then be there twice.
    Resend,
    /// Let it be.
    Discard,
}

impl ResolveAction {
    /// Every value.
    pub const ALL: [Self; 2] = [Self::Resend, Self::Discard];

    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Resend => "resend",
            Self::Discard => "discard",
        }
    }
}

/// The form of a transcript.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TranscriptFormat {
    /// JSON, for programs.
    #[default]
    Json,
    /// Plain text.
    Txt,
    /// A page.
    Html,
}

impl TranscriptFormat {
    /// Every value.
    pub const ALL: [Self; 3] = [Self::Json, Self::Txt, Self::Html];

    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Txt => "txt",
            Self::Html => "html",
        }
    }
}

/// All that was said in a conversation, as a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Transcript {
    /// `json`, `txt` or `html`.
    pub format: &'static str,
    /// The text of the file.
    pub content: String,
}
