//! What a process learns of others that share the store.

/// Something that happened elsewhere, or that has to be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signal {
    /// The log of a conversation reaches so far now.
    Changed {
        /// The conversation.
        conversation: String,
        /// Its newest entry.
        head: u64,
    },
    /// A conversation is gone.
    Gone(String),
    /// A visitor's tokens carry this revocation number from now on.
    Revoked {
        /// The visitor.
        visitor: String,
        /// The number.
        number: u64,
    },
    /// Nobody takes care any more of what is unfinished in these conversations.
    Orphans(Vec<String>),
    /// It is time to compare what is held with what is kept.
    Compare,
    /// Signals may have been missed.
    Missed,
    /// The store lost what it had acknowledged: what is held of conversations is of another life.
    Life,
}
