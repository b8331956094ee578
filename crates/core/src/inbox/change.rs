//! What watchers of the inbox get.

use serde::Serialize;

/// Called after every change that somebody in `receive` would wake for.
pub(crate) type Watcher = Box<dyn Fn(WakeUp<'_>) + Send + Sync>;

/// What a receiver would wake for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WakeUp<'a> {
    /// An event of the conversation with this id came; `None` when it belongs to no conversation.
    Event(Option<&'a str>),
    /// An interrupt or the close, for all who wait.
    Everybody,
}

/// What happened in the inbox, for an event loop that serves many receivers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Change {
    /// Counts what a receiver would wake for; hand it to the next wait as `after`.
    pub change: u64,
    /// The conversations with events that wait and came since `after`, each once. After an
    /// interrupt or a turn it may also name one whose events came before.
    pub conversations: Vec<String>,
}
