//! The `message` object, the same in both calls and in the events of the webhook.

use serde::{Deserialize, Serialize};

use crate::Object;

/// Names of `message.type`.
pub mod kind {
    /// Plain text.
    pub const TEXT: &str = "text";
    /// A number chosen on a slider.
    pub const SLIDER_RESPONSE: &str = "slider.response";
    /// Files the visitor chose, hosted by the integrator.
    pub const FILE_UPLOAD_RESPONSE: &str = "file_upload.response";
    /// Variables that the bot's JavaScript block asked for.
    pub const JAVASCRIPT_RESPONSE: &str = "javascript.response";
    /// One or several buttons the visitor picked.
    pub const BUTTON_RESPONSE: &str = "button.response";
    /// A filled form.
    pub const FORM_RESPONSE: &str = "form.response";

    /// Every kind of answer that a visitor can send.
    pub const ANSWERS: [&str; 6] = [
        TEXT,
        SLIDER_RESPONSE,
        FILE_UPLOAD_RESPONSE,
        JAVASCRIPT_RESPONSE,
        BUTTON_RESPONSE,
        FORM_RESPONSE,
    ];
}

/// What the visitor says: `{"type": "text", "data": {"body": "Hello"}}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// One of [`kind`], or a name that this version does not know.
    #[serde(rename = "type")]
    pub kind: String,
    /// The fields that this kind carries.
    pub data: Object,
    /// Sends `data` as it is, whatever the kind: for kinds that this version does not know. Never on the
    /// wire.
    #[serde(skip)]
    pub unchecked: bool,
}

impl Message {
    /// A message of any kind.
    pub fn new(kind: impl Into<String>, data: Object) -> Self {
        Self {
            kind: kind.into(),
            data,
            unchecked: false,
        }
    }

    /// A text message.
    pub fn text(body: impl Into<String>) -> Self {
        let mut data = Object::new();
        data.insert("body".into(), body.into().into());
        Self::new(kind::TEXT, data)
    }
}
