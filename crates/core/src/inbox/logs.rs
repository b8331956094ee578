//! What is logged and waits to be received, beside the events of visitors, which it takes no room of.

use std::collections::VecDeque;

use crate::log::LogRecord;

/// How many wait at most; then the oldest goes.
const CAPACITY: usize = 256;

#[derive(Debug, Default)]
pub(super) struct Logs {
    records: VecDeque<LogRecord>,
    /// How many there were.
    count: u64,
    /// How many are gone of those that came before the next to be taken.
    dropped: u64,
}

impl Logs {
    pub(super) fn push(&mut self, record: LogRecord) {
        if self.records.len() == CAPACITY {
            self.records.pop_front();
            self.dropped += 1;
        }
        self.records.push_back(record);
        self.count += 1;
    }

    /// The oldest, with its number.
    pub(super) fn take(&mut self) -> Option<(u64, LogRecord)> {
        let number = self.count - self.records.len() as u64 + 1;
        let mut record = self.records.pop_front()?;
        record.dropped = std::mem::take(&mut self.dropped);
        Some((number, record))
    }

    #[cfg(unix)]
    pub(super) fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }
}
