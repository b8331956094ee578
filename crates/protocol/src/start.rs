//! `POST /api/v1/conversations`: start a conversation, once per unique visitor.

use std::borrow::Cow;

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

use crate::{Message, Object};

/// The path that starts a conversation. Plural here, singular in the path that continues one.
pub const START_PATH: &str = "/api/v1/conversations";

/// The value of `channel`, always.
pub const CHANNEL: &str = "API";

/// The body of the start call.
#[derive(Clone, Debug)]
pub struct StartConversation<'a> {
    /// The visitor's first words; the service takes text here.
    pub message: Cow<'a, Message>,
    /// What is known about the visitor before the first word.
    pub variables: Option<Cow<'a, Variables>>,
    /// The bot's key, shown on its trigger block.
    pub bot_key: Cow<'a, str>,
    /// The name of the field that carries the key: `bot_key`, or `publish_key` on newer accounts.
    pub bot_key_field: Cow<'a, str>,
    /// The integrator's own unique id of the visitor.
    pub visitor_id: Cow<'a, str>,
}

impl Serialize for StartConversation<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("channel", CHANNEL)?;
        map.serialize_entry("message", &self.message)?;
        if let Some(variables) = &self.variables {
            map.serialize_entry("variables", variables)?;
        }
        map.serialize_entry(self.bot_key_field.as_ref(), &self.bot_key)?;
        map.serialize_entry("from", &VisitorRef::new(&self.visitor_id))?;
        map.end()
    }
}

/// `from`: who speaks.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct VisitorRef<'a> {
    /// The integrator's own unique id of the visitor.
    pub user_external_id: Cow<'a, str>,
    /// Always `VISITOR`.
    #[serde(rename = "type")]
    pub kind: Cow<'a, str>,
}

impl<'a> VisitorRef<'a> {
    /// The visitor with this id.
    pub fn new(visitor_id: &'a str) -> Self {
        Self {
            user_external_id: visitor_id.into(),
            kind: crate::VISITOR.into(),
        }
    }
}

/// Variables of the three kinds, each from name to a JSON scalar.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Variables {
    /// About the visitor's device, in camelCase: `timezone`, `referrerUrl`, `browserLanguage`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<Object>,
    /// About the person; lives across conversations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Object>,
    /// About this conversation only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<Object>,
}
