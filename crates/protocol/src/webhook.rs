//! The names of what the service posts to the account's webhook endpoint.

/// Names of `event.type`.
pub mod event_type {
    /// A conversation was made.
    pub const CONVERSATION_CREATE: &str = "conversation_create";
    /// The bot, an agent or the visitor said something.
    pub const MESSAGE: &str = "message";
    /// ASSUMED: the conversation was opened or closed.
    pub const STATUS: &str = "status";
    /// ASSUMED: somebody else answers now.
    pub const ASSIGNEE: &str = "assignee";
    /// ASSUMED: a variable was written.
    pub const VARIABLES: &str = "variables";
    /// ASSUMED: a label was put on.
    pub const LABEL: &str = "label";
    /// ASSUMED: an agent wrote a note.
    pub const NOTE: &str = "note";
    /// ASSUMED: a service level was missed.
    pub const SLA_BREACHED: &str = "sla_breached";
    /// ASSUMED: a message was delivered or read.
    pub const MESSAGE_STATUS: &str = "message_status";
}
