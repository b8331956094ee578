//! How long things are kept.

use std::num::{NonZeroU32, NonZeroU64};

use serde::Deserialize;

const HOUR_MS: u64 = 3_600 * 1_000;

/// How long, and how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Keep {
    /// Conversations go so many days after their newest entry.
    pub conversations_days: NonZeroU32,
    /// The vendor's events as they came go after so many hours.
    pub raw_hours: NonZeroU32,
    /// The newest entries of one conversation that are kept; somewhat more now and then.
    pub log_entries: NonZeroU64,
}

impl Keep {
    pub(crate) fn conversations_ms(&self) -> u64 {
        u64::from(self.conversations_days.get()) * 24 * HOUR_MS
    }

    pub(crate) fn raw_ms(&self) -> u64 {
        u64::from(self.raw_hours.get()) * HOUR_MS
    }
}

impl Default for Keep {
    fn default() -> Self {
        const DAYS: NonZeroU32 = NonZeroU32::new(30).unwrap();
        const HOURS: NonZeroU32 = NonZeroU32::new(24).unwrap();
        const ENTRIES: NonZeroU64 = NonZeroU64::new(10_000).unwrap();
        Self {
            conversations_days: DAYS,
            raw_hours: HOURS,
            log_entries: ENTRIES,
        }
    }
}
