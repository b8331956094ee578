//! What waits to be handed to the event loop: gathered into one text, so that one wake-up brings all.

use std::fmt::Write;
use std::sync::{Mutex, PoisonError};

/// News for the event loop, as the inside of a JSON array: `id,document,id,document`.
#[derive(Debug, Default)]
pub(crate) struct Outbox(Mutex<String>);

/// Whether the event loop has yet to be woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Notify {
    /// Nothing was waiting: wake it.
    Needed,
    /// Something was waiting already, and it is on its way.
    Pending,
}

impl Outbox {
    /// The call `id` is over; `envelope` is its JSON.
    pub(crate) fn put(&self, id: i64, envelope: &str) -> Notify {
        let mut text = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (notify, separator) = match text.is_empty() {
            true => (Notify::Needed, '['),
            false => (Notify::Pending, ','),
        };
        text.push(separator);
        // Writing to a String does not fail.
        let _ = write!(text, "{id},{envelope}");
        notify
    }

    /// Everything since the last time, as a JSON array.
    pub(crate) fn take(&self) -> String {
        let mut text = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        if text.is_empty() {
            text.push('[');
        }
        text.push(']');
        text
    }
}
