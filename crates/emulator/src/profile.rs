//! What nobody outside knows about the service: one setting for each guess, so that a client can be tried with
//! the other answers too. `docs/emulator.md` says how sure each guess is.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::file::read_file;

/// How the service behaves where nothing public says so. The default is what the emulator assumes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServiceProfile {
    /// Whether the webhook gets the visitor's own messages.
    pub echo: bool,
    /// How such an event holds their text.
    pub echo_shape: EchoShape,
    /// How messages in events say who wrote them.
    pub message_by: MessageBy,
    /// Whether messages in events carry an id and a time.
    pub message_ids: bool,
    /// Whether the webhook gets the variables that the bot writes.
    pub variable_events: bool,
    /// Whether it gets the new bot when one bot jumps to another.
    pub jump_events: bool,
    /// Whether a delivery that is not answered 200 is tried again.
    pub webhook_retries: bool,
    /// What becomes of a start call for a visitor who has an open conversation.
    pub second_start: SecondStart,
    /// What becomes of a message to a conversation that has ended.
    pub after_end: AfterEnd,
    /// Whether text answers a question that offers something else to answer with.
    pub typed_answers: bool,
    /// Which field of the start call names the bot.
    pub bot_key_field: BotKeyField,
    /// How the start call's answer says that it knows no name, e-mail address or phone number.
    pub unknown_contact: UnknownContact,
    /// The HTTP status of `{"error": "Invalid request"}`.
    pub invalid_request_status: InvalidRequestStatus,
    /// What a refusal says beside `ok`, `error` and `message`.
    pub failure_fields: FailureFields,
}

impl Default for ServiceProfile {
    fn default() -> Self {
        Self {
            echo: true,
            echo_shape: EchoShape::default(),
            message_by: MessageBy::default(),
            message_ids: true,
            variable_events: true,
            jump_events: true,
            webhook_retries: true,
            second_start: SecondStart::default(),
            after_end: AfterEnd::default(),
            typed_answers: true,
            bot_key_field: BotKeyField::default(),
            unknown_contact: UnknownContact::default(),
            invalid_request_status: InvalidRequestStatus::default(),
            failure_fields: FailureFields::default(),
        }
    }
}

impl ServiceProfile {
    /// Reads a profile from a file, which its errors name.
    pub(crate) fn of_file(file: &Path) -> Result<Self, crate::Error> {
        Self::from_yaml(&read_file(file)?).map_err(|error| match error {
            crate::Error::Profile(problem) => {
                crate::Error::Profile(format!("{}: {problem}", file.display()))
            }
            error => error,
        })
    }

    /// Reads a profile in YAML (or JSON): a setting that it does not name is as the emulator assumes it.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn from_yaml(yaml: &str) -> Result<Self, crate::Error> {
        serde_saphyr::from_str(yaml).map_err(|error| crate::Error::Profile(error.to_string()))
    }
}

/// How the webhook gets the visitor's messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EchoShape {
    /// As of all messages: `{"type": "text", "text": ..}`, others with a `payload`.
    #[default]
    Event,
    /// As they were sent: `{"type": .., "data": {..}}`.
    Sent,
}

/// How a message in an event says who wrote it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageBy {
    /// `{"type": "bot"}`.
    #[default]
    Object,
    /// `"bot"`.
    Text,
}

/// What becomes of a start call for a visitor who has an open conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecondStart {
    /// A further conversation begins; both are open.
    #[default]
    New,
    /// The message goes into the open conversation, whose id is the answer.
    Same,
    /// The open conversation is closed, and a further one begins.
    ClosesFirst,
    /// `CONVERSATION_CREATION_EXCEPTION`.
    Refused,
}

/// What becomes of a message to a conversation that has ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AfterEnd {
    /// `Invalid request`.
    #[default]
    Refused,
    /// It is taken, and nobody answers.
    Taken,
}

/// Which field of the start call names the bot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BotKeyField {
    /// Either of both.
    #[default]
    Either,
    /// `bot_key`, as it is documented.
    BotKey,
    /// `publish_key`, as newer integrations send it.
    PublishKey,
}

/// How the start call's answer says that it knows nothing of a contact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownContact {
    /// The field is null.
    #[default]
    Nulls,
    /// The field is not there.
    LeftOut,
}

/// What a refusal says beside `ok`, `error` and `message`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureFields {
    /// `code` and `status`.
    #[default]
    All,
    /// `code` alone, as other endpoints of the product.
    NoStatus,
    /// `status` alone, as a white label of the product.
    NoCode,
}

/// 200, or a status from 400 to 499.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct InvalidRequestStatus(u16);

impl Default for InvalidRequestStatus {
    fn default() -> Self {
        Self(400)
    }
}

impl TryFrom<u16> for InvalidRequestStatus {
    type Error = String;

    fn try_from(status: u16) -> Result<Self, String> {
        match status {
            200 | 400..=499 => Ok(Self(status)),
            _ => Err(format!(
                "`invalid_request_status` is 200 or from 400 to 499, not {status}"
            )),
        }
    }
}

impl From<InvalidRequestStatus> for u16 {
    fn from(status: InvalidRequestStatus) -> Self {
        status.0
    }
}
