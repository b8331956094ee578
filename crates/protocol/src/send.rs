//! `POST /api/v1/conversation/<id>/messages`: what the visitor answered.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Message, Object};

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

/// The answer to the send call.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "Object")]
pub struct Sent {
    /// `true` on success.
    pub ok: Option<bool>,
    /// The service's id of the message, 32 letters and digits in the vendor's sample.
    pub message_id: Option<String>,
    /// Fields that this version does not know.
    #[serde(flatten)]
    pub extra: Object,
}

/// By hand, for this is read on every call and a derived `flatten` reads everything twice.
impl TryFrom<Object> for Sent {
    type Error = &'static str;

    fn try_from(mut answer: Object) -> Result<Self, Self::Error> {
        Ok(Self {
            ok: match answer.shift_remove("ok") {
                None | Some(Value::Null) => None,
                Some(Value::Bool(ok)) => Some(ok),
                Some(_) => return Err("ok: expected true or false"),
            },
            message_id: match answer.shift_remove("message_id") {
                None | Some(Value::Null) => None,
                Some(Value::String(id)) => Some(id),
                Some(Value::Number(id)) => Some(id.to_string()),
                Some(_) => return Err("message_id: expected a string or a number"),
            },
            extra: answer,
        })
    }
}
