//! One element of a delivery, with what is known of it before it is read.

use std::time::SystemTime;

/// An element of a delivery that is to be kept.
#[derive(Clone, Debug)]
pub(crate) struct Arrival {
    /// The element, as it was sent.
    pub(crate) text: Box<str>,
    pub(crate) conversation_id: Option<Box<str>>,
    pub(crate) visitor_key: Option<Box<str>>,
    /// The service's own id of the event, where it gives one.
    pub(crate) service_id: Option<Box<str>>,
    /// The id in place of that.
    pub(crate) fallback_id: Box<str>,
    /// Whether it says that the conversation was closed.
    pub(crate) closes: bool,
    pub(crate) at: SystemTime,
}

impl Arrival {
    /// The conversation, or empty.
    pub(super) fn conversation(&self) -> &str {
        self.conversation_id.as_deref().unwrap_or_default()
    }

    /// What it is about: the conversation, else the visitor.
    pub(super) fn subject(&self) -> &str {
        let subject = self.conversation_id.as_deref();
        subject.or(self.visitor_key.as_deref()).unwrap_or_default()
    }
}

impl Default for Arrival {
    fn default() -> Self {
        Self {
            text: Box::default(),
            conversation_id: None,
            visitor_key: None,
            service_id: None,
            fallback_id: Box::default(),
            closes: false,
            at: SystemTime::UNIX_EPOCH,
        }
    }
}
