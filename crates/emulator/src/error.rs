//! Why an emulator could not be started, or refused a request.

use crate::flow::Finding;

/// The webhook's URL cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the webhook's URL must start with http:// and name a host")]
pub struct WebhookUrlError;

/// What the library's own calls can fail with. No message holds a token.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A flow cannot run; the findings say where and why.
    #[error("{file}: the flow has {} finding(s)", findings.len())]
    Flow {
        /// The file, or what the flow was called.
        file: String,
        /// What is wrong.
        findings: Vec<Finding>,
    },
    /// Two flows have one key; a client could not say which of the bots it means.
    #[error("{second}: the bot's key `{key}` is that of {first} already")]
    SameKey {
        /// The key.
        key: String,
        /// Where it was first.
        first: String,
        /// Where it is again.
        second: String,
    },
    /// A file cannot be read.
    #[error("{file}: {source}")]
    File {
        /// The file.
        file: String,
        /// Why.
        source: std::io::Error,
    },
    /// The fault rules are wrong.
    #[error("the fault rules are wrong: {0}")]
    Faults(String),
    /// The profile of the service is wrong.
    #[error("the service profile is wrong: {0}")]
    Profile(String),
    /// The webhook's URL cannot be used.
    #[error(transparent)]
    WebhookUrl(#[from] WebhookUrlError),
    /// No bot was given.
    #[error("no flow was given: an emulator needs at least one bot")]
    NoBot,
    /// The port could not be bound, or the thread not be started.
    #[error("cannot listen on {address}: {source}{}", if_in_use(source))]
    Listen {
        /// Where.
        address: String,
        /// Why.
        source: std::io::Error,
    },
    /// The emulator has no conversation with this id.
    #[error("there is no conversation `{0}`")]
    NoConversation(String),
    /// The conversation has ended, and nobody writes there any more.
    #[error("the conversation `{0}` has ended")]
    Ended(String),
    /// There is no webhook, so that nothing can be posted.
    #[error("there is no webhook to post an event to")]
    NoWebhook,
    /// A state cannot be imported.
    #[error("the state cannot be imported: {0}")]
    State(String),
}

/// What to do where another program listens already.
fn if_in_use(error: &std::io::Error) -> &'static str {
    match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            "; another program listens there: stop it, or choose another port (0 picks a free one)"
        }
        _ => "",
    }
}
