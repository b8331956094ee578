//! The answer to a post of the service, which errors carry too.

use serde_json::{Value, json};

/// What the caller's own web server must answer to the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookReply {
    /// The HTTP status.
    pub status: u16,
    /// The body, JSON. Holds the webhook token in answer to the service's test.
    pub body: String,
}

impl WebhookReply {
    pub(crate) fn new(status: u16, body: &Value) -> Self {
        Self {
            status,
            body: body.to_string(),
        }
    }

    /// There is no room: a sender may come again, and then with all of it.
    pub(crate) fn unavailable() -> Self {
        Self::new(503, &json!({"ok": false, "error": "try again later"}))
    }

    pub(crate) fn refused(status: u16, why: &str) -> Self {
        Self::new(status, &json!({"ok": false, "error": why}))
    }
}
