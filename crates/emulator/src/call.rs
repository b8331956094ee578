//! Reads the bodies of the two calls, strictly. What becomes of them is the account's.

use serde_json::Value;
use wotnot_protocol::{CHANNEL, Message, Object, VISITOR, Variables, kind};

use crate::profile::BotKeyField;
use crate::reply::Refusal;

/// The start call.
#[derive(Debug)]
pub(crate) struct StartCall {
    pub visitor_id: String,
    pub bot_key: String,
    pub message: Message,
    pub variables: Variables,
}

/// A JSON object from a request's body.
pub(crate) fn object(body: &[u8]) -> Result<Object, String> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err("the body is not a JSON object".into()),
        // serde_json names what it met, which may be what the visitor said; the place is enough.
        Err(error) => Err(format!(
            "the body is not JSON (line {}, column {})",
            error.line(),
            error.column()
        )),
    }
}

/// The visitor that a start call names, for fault rules; the call itself may still be refused.
pub(crate) fn visitor_of(body: &Object) -> Option<&str> {
    body.get("from")?.get("user_external_id")?.as_str()
}

impl StartCall {
    pub fn read(mut body: Object, bot_key_field: BotKeyField) -> Result<Self, Refusal> {
        let channel = body.get("channel").and_then(Value::as_str);
        match channel {
            Some(CHANNEL) => {}
            Some(_) => {
                return Err(Refusal::ChannelNotEnabled(
                    "`channel` must be \"API\"".into(),
                ));
            }
            None => return Err(not_created("`channel` is missing")),
        }
        let visitor_id = match visitor_of(&body) {
            Some(id) if !id.is_empty() => id.to_owned(),
            _ => {
                return Err(not_created(
                    "`from.user_external_id` must be a non-empty string",
                ));
            }
        };
        let from = body.get("from").and_then(|from| from.get("type"));
        if from.and_then(Value::as_str) != Some(VISITOR) {
            return Err(not_created("`from.type` must be \"VISITOR\""));
        }
        let key = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
        let (bot_key, missing) = match bot_key_field {
            BotKeyField::Either => (
                key("bot_key").or_else(|| key("publish_key")),
                "`bot_key` is missing",
            ),
            BotKeyField::BotKey => (key("bot_key"), "`bot_key` is missing"),
            BotKeyField::PublishKey => (key("publish_key"), "`publish_key` is missing"),
        };
        let bot_key = bot_key.ok_or_else(|| not_created(missing))?;
        let message = message_of(&mut body).map_err(Refusal::NotCreated)?;
        let text = message.data.get("body").is_some_and(Value::is_string);
        if message.kind != kind::TEXT || !text {
            return Err(not_created("`message` must be a text with `data.body`"));
        }
        Ok(Self {
            visitor_id,
            bot_key,
            message,
            variables: variables_of(body.remove("variables"))?,
        })
    }
}

/// The message of a send call.
pub(crate) fn read_send(mut body: Object) -> Result<Message, Refusal> {
    let user = body.get("user").and_then(|user| user.get("type"));
    if user.and_then(Value::as_str) != Some(VISITOR) {
        return Err(Refusal::InvalidRequest(
            "`user.type` must be \"VISITOR\"".into(),
        ));
    }
    message_of(&mut body).map_err(Refusal::InvalidRequest)
}

fn message_of(body: &mut Object) -> Result<Message, String> {
    let Some(Value::Object(mut message)) = body.remove("message") else {
        return Err("`message` must be an object".into());
    };
    match (message.remove("type"), message.remove("data")) {
        (Some(Value::String(kind)), Some(Value::Object(data))) => Ok(Message::new(kind, data)),
        (Some(Value::String(_)), _) => Err("`message.data` must be an object".into()),
        _ => Err("`message.type` must be a string".into()),
    }
}

fn variables_of(variables: Option<Value>) -> Result<Variables, Refusal> {
    let mut variables = match variables {
        None | Some(Value::Null) => return Ok(Variables::default()),
        Some(Value::Object(variables)) => variables,
        Some(_) => return Err(not_created("`variables` must be an object")),
    };
    let mut kind = |name: &str| match variables.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(values)) => Ok(Some(values)),
        Some(_) => Err(not_created("each kind of `variables` must be an object")),
    };
    Ok(Variables {
        system: kind("system")?,
        contact: kind("contact")?,
        conversation: kind("conversation")?,
    })
}

fn not_created(reason: &str) -> Refusal {
    Refusal::NotCreated(reason.into())
}
