//! `POST /api/v1/conversations`: start a conversation, once per unique visitor.

use std::borrow::Cow;

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

use crate::{Message, Object, id_text};

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

/// The answer to the start call.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Started {
    /// `true` on success.
    #[serde(default)]
    pub ok: Option<bool>,
    /// The conversation that was made.
    pub conversation: Conversation,
    /// Who the service takes the visitor for.
    #[serde(default)]
    pub contact: Contact,
    /// Fields that this version does not know.
    #[serde(flatten)]
    pub extra: Object,
}

/// The conversation that the service made.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Conversation {
    /// The id that the second call and the events use.
    #[serde(default, deserialize_with = "id_text")]
    pub id: Option<String>,
    /// `YYYY-MM-DD HH:MM:SS.ffffff`, no zone; ASSUMED UTC, the service does not say.
    #[serde(default)]
    pub created_at: Option<String>,
    /// Who answers: the bot.
    #[serde(default)]
    pub assignee: Option<Assignee>,
    /// Fields that this version does not know.
    #[serde(flatten)]
    pub extra: Object,
}

/// Who answers in a conversation.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Assignee {
    /// The bot user's id.
    #[serde(default, deserialize_with = "id_text")]
    pub id: Option<String>,
    /// The bot user's e-mail address.
    #[serde(default)]
    pub to: Option<String>,
    /// Fields that this version does not know.
    #[serde(flatten)]
    pub extra: Object,
}

/// The person as the service knows them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Contact {
    /// Name, when known.
    #[serde(default)]
    pub name: Option<String>,
    /// E-mail address, when known.
    #[serde(default)]
    pub email: Option<String>,
    /// Phone number, when known.
    #[serde(default)]
    pub phone: Option<String>,
    /// `<visitor_id>_<account_id>`.
    #[serde(default, deserialize_with = "id_text")]
    pub visitor_key: Option<String>,
    /// Fields that this version does not know.
    #[serde(flatten)]
    pub extra: Object,
}
