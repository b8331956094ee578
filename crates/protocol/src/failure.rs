//! The body of an answer that says no.

use serde_json::Value;

use crate::Object;

/// The words of an answer that says no.
///
/// `{"ok": false, "error": CODE, "code": CODE, "message": text, "status": number}`, of which the send call
/// writes `{"error": "Invalid request"}` alone, and other endpoints leave `status` or `code` out.
pub struct Failure;

impl Failure {
    /// "The conversation was not created, try again after some time."
    pub const CONVERSATION_CREATION_EXCEPTION: &'static str = "CONVERSATION_CREATION_EXCEPTION";
    /// The API channel is not enabled in the account.
    pub const CHANNEL_NOT_ENABLED: &'static str = "CHANNEL_NOT_ENABLED";
    /// The token is not a valid JWT of the account.
    pub const JWT_SIGNATURE_EXCEPTION: &'static str = "JWT_SIGNATURE_EXCEPTION";
    /// The account's plan lacks a feature; seen at a white label of the product.
    pub const UNAUTHORIZED_FEATURE: &'static str = "UNAUTHORIZED_FEATURE";
    /// The whole body of the send call's refusal, in `error`.
    pub const INVALID_REQUEST: &'static str = "Invalid request";

    /// What stands where the service puts its own word for what went wrong: in `code`, then in `error`.
    pub fn words(answer: &Object) -> impl Iterator<Item = &str> {
        let word = |name| answer.get(name).and_then(Value::as_str);
        ["code", "error"].into_iter().filter_map(word)
    }
}
