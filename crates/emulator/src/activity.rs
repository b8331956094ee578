//! What the emulator reports to its observers: one value for each call, event, delivery and deployment.

use std::sync::Arc;

use serde::Serialize;

/// Something that happened. As JSON it is `{"event": "request", ..}`. It never holds a token.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Activity {
    /// A call was answered, or a fault kept it from being answered.
    Request {
        /// Its method.
        method: String,
        /// Its path.
        path: String,
        /// The status of the answer.
        status: u16,
        /// Why it was refused.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// The faults that struck it.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        faults: Vec<String>,
    },
    /// An event came to be.
    Event {
        /// `message`, `conversation_create` and so on.
        kind: String,
        /// The conversation.
        conversation: String,
        /// Its number within the conversation.
        seq: u64,
    },
    /// A delivery was answered with something else than 200, or not at all; it is tried again.
    DeliveryFailed {
        /// The conversation.
        conversation: String,
        /// What came instead of 200.
        reason: String,
        /// How often it was tried so far.
        attempts: u32,
    },
    /// A delivery was given up.
    DeadLetter {
        /// The conversation.
        conversation: String,
        /// The last failure.
        reason: String,
    },
    /// The webhook's endpoint was tested.
    WebhookTest {
        /// What was wrong, or nothing.
        #[serde(skip_serializing_if = "Option::is_none")]
        problem: Option<String>,
    },
    /// A flow could not go on, and the bot is silent from now on.
    FlowStopped {
        /// The conversation.
        conversation: String,
        /// The key of its bot.
        bot: String,
        /// Why.
        reason: String,
    },
    /// A flow was deployed.
    Deployed {
        /// The bot's name.
        name: String,
        /// The bot's key.
        key: String,
        /// Counts the deployments of the key.
        version: u64,
    },
    /// A flow file could not be deployed; the version before it keeps running.
    DeployFailed {
        /// The file.
        file: String,
        /// The findings, as `wotnot flow check` prints them.
        findings: Vec<String>,
    },
}

/// Receives every [`Activity`]; called on the emulator's thread, so it must not block for long.
pub type Observer = Arc<dyn Fn(&Activity) + Send + Sync>;
