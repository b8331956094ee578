//! What is too old, and what became of it.

/// Which files are too old. All in milliseconds since 1970.
#[derive(Clone, Copy, Debug)]
pub struct OldFiles {
    /// Files that were begun before.
    pub created_before_ms: u64,
    /// Of those that are not ready, the ones that were begun before.
    pub unready_before_ms: u64,
    /// So many at most.
    pub limit: usize,
}

/// What is too old. All in milliseconds since 1970.
#[derive(Clone, Copy, Debug)]
pub struct Trim {
    /// Parked events that are older go, and are counted.
    pub parked_before_ms: u64,
    /// What is looked at now and then only.
    pub retention: Option<Retention>,
}

/// How old the things may be that are kept long.
#[derive(Clone, Copy, Debug)]
pub struct Retention {
    /// Conversations whose newest entry is older go whole.
    pub conversations_ms: u64,
    /// Raw events that are older go.
    pub raw_ms: u64,
    /// Refresh tokens that ended before go.
    pub refresh_ms: u64,
    /// Marks of what was erased before go.
    pub erased_ms: u64,
}

/// What a trim dropped: so much at most that nobody waits for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expired {
    /// Conversations that are gone.
    pub conversations: Vec<String>,
    /// Parked events that no conversation was found for.
    pub dead_letters: u64,
    /// Whether there may be more that is too old.
    pub more: bool,
}
