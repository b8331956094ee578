//! What calls answer with. `openapi/` describes them; the entries of a log are `projection`'s.

use serde::Serialize;
use serde_json::Value;

use crate::store::{ConversationState, SendRow};

#[cfg(test)]
use crate::openapi::frames;

/// A session: what a page or an app holds.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), serde(deny_unknown_fields))]
pub(crate) struct Session {
    /// Goes into `Authorization: Bearer <token>`.
    pub token: String,
    /// How long the token counts, in seconds.
    pub expires_in: u64,
    /// Gets the next token, once.
    pub refresh: String,
    pub visitor: VisitorId,
    /// The visitor's conversation on this site, unless it ended.
    pub conversation: Option<Running>,
    pub capabilities: Capabilities,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), serde(deny_unknown_fields))]
pub(crate) struct VisitorId {
    pub id: String,
}

/// A conversation that has not ended.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), serde(deny_unknown_fields))]
pub(crate) struct Running {
    pub id: String,
    /// Where its log ends now.
    pub cursor: String,
}

/// What this site can do.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), serde(deny_unknown_fields))]
pub(crate) struct Capabilities {
    /// A conversation may begin without a text.
    pub greeting: bool,
    /// Files can be sent.
    pub files: bool,
}

/// A message that was taken.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), serde(deny_unknown_fields))]
pub(crate) struct Taken {
    pub conversation: ConversationId,
    pub message: Own,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), serde(deny_unknown_fields))]
pub(crate) struct ConversationId {
    pub id: String,
}

/// A message of the visitor's, and what became of it so far.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), serde(deny_unknown_fields))]
pub(crate) struct Own {
    /// The caller's own id of it.
    pub client_id: String,
    /// The number of its entry in the log.
    pub seq: u64,
    #[cfg_attr(test, schemars(with = "frames::MessageState"))]
    pub state: &'static str,
}

impl Taken {
    pub fn of(conversation: &str, send: &SendRow) -> Self {
        Self {
            conversation: ConversationId {
                id: conversation.to_owned(),
            },
            message: Own {
                client_id: send.client_id.clone(),
                seq: send.seq,
                state: send.state.public_name(),
            },
        }
    }
}

/// What was decided about a message.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), serde(deny_unknown_fields))]
pub(crate) struct Resolved {
    pub message: Own,
}

/// A conversation as it stands.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), serde(deny_unknown_fields))]
pub(crate) struct Snapshot {
    /// Where its log ends now: read on from here.
    pub cursor: String,
    #[cfg_attr(test, schemars(with = "frames::State"))]
    pub state: &'static str,
    /// The question that waits for an answer.
    #[cfg_attr(test, schemars(with = "Option<frames::Asked>"))]
    pub prompt: Value,
    /// The newest ones first asked for, in the order in which they were said.
    #[cfg_attr(test, schemars(with = "Vec<frames::Message>"))]
    pub messages: Vec<Value>,
}

impl Snapshot {
    pub fn new(
        cursor: String,
        state: ConversationState,
        prompt: Value,
        messages: Vec<Value>,
    ) -> Self {
        Self {
            cursor,
            state: state.name(),
            prompt,
            messages,
        }
    }
}

/// A file of the visitor's.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), serde(deny_unknown_fields))]
pub(crate) struct FileInfo {
    /// Goes into `files` of a message once it is ready.
    pub id: String,
    pub name: String,
    #[serde(rename = "type")]
    pub media_type: String,
    /// In bytes.
    pub size: u64,
    /// How many bytes are there.
    pub offset: u64,
    /// Whether it can be sent.
    pub ready: bool,
    /// Where the file is shown for a while to those who have this link; once it is ready.
    pub url: Option<String>,
}

/// A file, and where its bytes go.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), serde(deny_unknown_fields))]
pub(crate) struct UploadTarget {
    pub file: FileInfo,
    pub upload: Upload,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), serde(deny_unknown_fields))]
pub(crate) struct Upload {
    /// The path for `PUT` of the whole file, or `PATCH` of a part with `Upload-Offset`.
    pub url: String,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), serde(deny_unknown_fields))]
pub(crate) struct FileAnswer {
    pub file: FileInfo,
}

/// A file that was looked at.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), serde(deny_unknown_fields))]
pub(crate) struct Completed {
    /// Always true.
    pub ready: bool,
    pub file: FileInfo,
}

/// Everything of the visitor is gone.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), serde(deny_unknown_fields))]
pub(crate) struct Erased {
    /// Always true.
    pub erased: bool,
}
