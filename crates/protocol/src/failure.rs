//! The body of an answer that says no.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Object;

/// `{"ok": false, "error": CODE, "code": CODE, "message": text, "status": number}`.
///
/// The send call answers `{"error": "Invalid request"}` alone, and other endpoints leave `status`
/// out, so every field is optional and read tolerantly.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// `false` where it is present.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ok: Option<bool>,
    /// The code, or a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Value>,
    /// The code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Value>,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Value>,
    /// The HTTP status, again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Value>,
    /// Fields that this version does not know.
    #[serde(flatten)]
    pub extra: Object,
}

impl Failure {
    /// "The conversation was not created, try again after some time."
    pub const CONVERSATION_CREATION_EXCEPTION: &'static str = "CONVERSATION_CREATION_EXCEPTION";
    /// The API channel is not enabled in the account.
    pub const CHANNEL_NOT_ENABLED: &'static str = "CHANNEL_NOT_ENABLED";
    /// The token is not a valid JWT of the account.
    pub const JWT_SIGNATURE_EXCEPTION: &'static str = "JWT_SIGNATURE_EXCEPTION";
    /// The whole body of the send call's refusal, in `error`.
    pub const INVALID_REQUEST: &'static str = "Invalid request";

    /// The service's own word for what went wrong, from `code`, or else from `error`.
    pub fn api_code(&self) -> Option<&str> {
        self.code
            .as_ref()
            .and_then(Value::as_str)
            .or_else(|| self.error.as_ref().and_then(Value::as_str))
    }
}
