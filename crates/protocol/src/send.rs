//! `POST /api/v1/conversation/<id>/messages`: what the visitor answered.

use std::borrow::Cow;
use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::{Message, Object, id_text};

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
#[derive(Clone, Debug, Default, Serialize)]
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
impl<'de> Deserialize<'de> for Sent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = Sent;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Sent, A::Error> {
                let mut sent = Sent::default();
                while let Some(name) = map.next_key::<Name<'de>>()? {
                    match name.0.as_ref() {
                        "ok" => sent.ok = map.next_value()?,
                        "message_id" => sent.message_id = map.next_value::<Id>()?.0,
                        _ => {
                            sent.extra.insert(name.0.into_owned(), map.next_value()?);
                        }
                    }
                }
                Ok(sent)
            }
        }

        deserializer.deserialize_map(Fields)
    }
}

#[derive(Deserialize)]
#[serde(transparent)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

#[derive(Deserialize)]
#[serde(transparent)]
struct Id(#[serde(deserialize_with = "id_text")] Option<String>);
