//! The blocks that wait for nobody, one struct each. What they do is the engine's business.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::values::BlockName;
use super::variables::Template;

/// Says text, shows media, or both (text first); or several of each in an order of their own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// What is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<Template>,
    /// What is shown after the text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<Media>,
    /// What is said and shown after both, in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<MessagePart>,
    /// The block after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<BlockName>,
}

/// One of several things that a message says or shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "PartFields", into = "PartFields")]
#[schemars(with = "PartFields")]
pub enum MessagePart {
    /// Text.
    Text(Template),
    /// A remark in small letters, such as "Asha joined".
    Info(Template),
    /// A picture, film, sound or document.
    Media(Media),
}

/// A part as the file writes it: one of `text`, `info`, or `type` with `link`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename = "MessagePart", deny_unknown_fields)]
struct PartFields {
    /// What is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<Template>,
    /// A remark in small letters, such as "Asha joined".
    #[serde(skip_serializing_if = "Option::is_none")]
    info: Option<Template>,
    /// What is shown.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<MediaKind>,
    /// Its URL.
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<Template>,
    /// Its name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    file_name: Option<String>,
}

impl TryFrom<PartFields> for MessagePart {
    type Error = String;

    fn try_from(fields: PartFields) -> Result<Self, String> {
        match fields {
            PartFields {
                text: Some(text),
                info: None,
                kind: None,
                link: None,
                file_name: None,
            } => Ok(Self::Text(text)),
            PartFields {
                text: None,
                info: Some(info),
                kind: None,
                link: None,
                file_name: None,
            } => Ok(Self::Info(info)),
            PartFields {
                text: None,
                info: None,
                kind: Some(kind),
                link: Some(link),
                file_name,
            } => Ok(Self::Media(Media {
                kind,
                link,
                file_name,
            })),
            _ => Err("a part of a message has `text`, or `info`, or `type` with `link`".to_owned()),
        }
    }
}

impl From<MessagePart> for PartFields {
    fn from(part: MessagePart) -> Self {
        let mut fields = Self::default();
        match part {
            MessagePart::Text(text) => fields.text = Some(text),
            MessagePart::Info(info) => fields.info = Some(info),
            MessagePart::Media(media) => {
                fields.kind = Some(media.kind);
                fields.link = Some(media.link);
                fields.file_name = media.file_name;
            }
        }
        fields
    }
}

/// One picture, film, sound or document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Media {
    /// What it is.
    #[serde(rename = "type")]
    pub kind: MediaKind,
    /// Its URL.
    pub link: Template,
    /// Its name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_name: Option<String>,
}

/// The kinds of media that a bot can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MediaKind {
    /// png, jpg, gif.
    Image,
    /// mp4.
    Video,
    /// mp3.
    Audio,
    /// pdf, csv, xlsx.
    Document,
}

/// Waits, on the emulator's clock.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Delay {
    /// How long, from 0 to 86,400 seconds.
    #[schemars(range(min = 0, max = 86_400))]
    pub seconds: f64,
    /// The block after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<BlockName>,
}

/// Hands the conversation to a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TalkToHuman {
    /// What is said first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<Template>,
    /// The block when the person gives the conversation back; without it the bot stays silent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<BlockName>,
}

/// Closes the conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct End {
    /// What is said first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<Template>,
}
