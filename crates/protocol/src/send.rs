//! `POST /api/v1/conversation/<id>/messages`: what the visitor answered.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::Message;

/// What stands before the percent-encoded conversation id. Singular here.
pub const SEND_PATH_PREFIX: &str = "/api/v1/conversation/";

/// What stands behind it.
pub const SEND_PATH_SUFFIX: &str = "/messages";

/// The value of `from.type` and `user.type`, always.
pub const VISITOR: &str = "VISITOR";

/// The body of the send call.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SendMessage<'a> {
    /// The answer.
    pub message: Cow<'a, Message>,
    /// Who speaks.
    pub user: User<'a>,
}

impl<'a> SendMessage<'a> {
    /// The visitor says `message`.
    pub fn new(message: &'a Message) -> Self {
        Self {
            message: Cow::Borrowed(message),
            user: User {
                kind: VISITOR.into(),
            },
        }
    }
}

/// `user`: who speaks.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct User<'a> {
    /// Always `VISITOR`.
    #[serde(rename = "type")]
    pub kind: Cow<'a, str>,
}
