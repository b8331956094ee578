//! The events as JSON, in the shapes that the service's webhook is known to send.
//! What is said and when is the engine's; this only writes it down.

use serde::Serialize;
use serde_json::{Value, json};
use wotnot_protocol::Object;

use crate::conversation::{Assigned, Conversation};
use crate::deploy::Bot;
use crate::profile::EchoShape;

/// One element of `events`, as JSON.
pub(crate) fn envelope(
    kind: &str,
    payload: &impl Serialize,
    conversation: &Conversation,
) -> String {
    let envelope = Envelope {
        event: Event { kind, payload },
        conversation: Key {
            key: &conversation.key,
        },
        visitor: Key {
            key: &conversation.visitor_key,
        },
    };
    // Every key is text, so that writing cannot fail.
    serde_json::to_string(&envelope).unwrap_or_default()
}

#[derive(Serialize)]
struct Envelope<'a, P> {
    event: Event<'a, P>,
    conversation: Key<'a>,
    visitor: Key<'a>,
}

#[derive(Serialize)]
struct Event<'a, P> {
    #[serde(rename = "type")]
    kind: &'a str,
    payload: &'a P,
}

#[derive(Serialize)]
struct Key<'a> {
    key: &'a str,
}

/// What `conversation_create` says.
pub(crate) fn created(
    conversation: &Conversation,
    contact: &Object,
    external_key: &str,
    new_visitor: bool,
) -> Value {
    let name = contact.get("name").and_then(Value::as_str);
    let browser = conversation.system.get("browser").and_then(Value::as_str);
    let mut variables = variable_list("system", &conversation.system);
    variables.extend(variable_list("contact", contact));
    variables.extend(variable_list("conversation", &conversation.variables));
    json!({
        "assigned_to_user": conversation.assigned,
        "created_at": conversation.created_at,
        "title": name.unwrap_or(&conversation.visitor_id),
        "bot_id": conversation.bot.number,
        "channel": {"name": CHANNEL_NUMBER, "provider": PROVIDER_NUMBER},
        "is_new_visitor": new_visitor,
        "is_closed": 0,
        "external_key": external_key,
        "browser": browser.unwrap_or_default(),
        "variables": variables,
    })
}

/// ASSUMED: the numbers of the API channel are not public; readers must not lean on them.
const CHANNEL_NUMBER: u32 = 12;
const PROVIDER_NUMBER: u32 = 1;

/// What `message` says.
#[derive(Serialize)]
pub(crate) struct MessageContent<'a> {
    pub message_by: By<'a>,
    /// `{"type": .., "text" or "payload": ..}`.
    pub message: &'a Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<&'a str>,
}

/// `visitor`, `bot` or `agent`.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum By<'a> {
    Object {
        #[serde(rename = "type")]
        kind: &'a str,
    },
    Text(&'a str),
}

/// ASSUMED: what `status` says.
pub(crate) fn status(closed: bool) -> Value {
    json!({"status": if closed { "closed" } else { "open" }, "is_closed": u8::from(closed)})
}

/// ASSUMED: what `assignee` says, after the shape of `conversation_create`.
pub(crate) fn assignee(assigned: &Assigned) -> Value {
    json!({"assigned_to_user": assigned})
}

/// The events that a bot never causes and whose payload can be made up.
pub(crate) const MADE_UP: [&str; 5] = ["label", "note", "sla_breached", "message_status", "typing"];

/// ASSUMED: what these events say; nothing of them is public but their names.
pub(crate) fn assumed_payload(kind: &str) -> Option<Value> {
    Some(match kind {
        "label" => json!({"labels": [{"name": "VIP"}]}),
        "note" => json!({"note": {"text": "Called back on Monday"}}),
        "sla_breached" => json!({"sla": {"name": "First response"}}),
        "message_status" => json!({"status": "delivered"}),
        "typing" => json!({"typing_by": {"type": "agent"}, "is_typing": true}),
        _ => return None,
    })
}

/// ASSUMED: what `variables` says, after the shape of `conversation_create`.
pub(crate) fn variable(scope: &str, name: &str, value: &Value) -> Value {
    json!({"variables": [variable_entry(scope, name, value)]})
}

/// `conversation.assignee` of the start call's answer.
pub(crate) fn assigned_bot(bot: &Bot) -> Assigned {
    Assigned {
        id: bot.user_id.clone(),
        email: bot.user_email.clone(),
        kind: "bot".into(),
    }
}

fn variable_list(scope: &str, variables: &Object) -> Vec<Value> {
    variables
        .iter()
        .map(|(name, value)| variable_entry(scope, name, value))
        .collect()
}

fn variable_entry(scope: &str, name: &str, value: &Value) -> Value {
    let prefix = if scope == "contact" { "visitor_" } else { "" };
    json!({"type": scope, "name": format!("{prefix}{}", snake_case(name)), "value": value})
}

/// `referrerUrl` is `referrer_url` in events.
fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    let mut before = '_';
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            if before.is_ascii_lowercase() || before.is_ascii_digit() {
                snake.push('_');
            }
            snake.push(letter.to_ascii_lowercase());
        } else {
            snake.push(letter);
        }
        before = letter;
    }
    snake
}

/// The visitor's words back as an event's message: text as HTML on the message itself, the rest as payload.
pub(crate) fn visitor_echo(message: &wotnot_protocol::Message, shape: EchoShape) -> Value {
    if shape == EchoShape::Sent {
        return json!({"type": message.kind, "data": message.data});
    }
    match message.data.get("body").and_then(Value::as_str) {
        Some(body) if message.kind == wotnot_protocol::kind::TEXT => {
            json!({"type": "text", "text": html(body)})
        }
        _ => json!({"type": message.kind, "payload": message.data}),
    }
}

/// Plain text as HTML.
pub(crate) fn html(text: &str) -> String {
    wotnot_text::html(text).replace('\n', "<br>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_events_are_in_snake_case_and_contact_variables_carry_their_prefix() {
        assert_eq!(
            variable_entry("system", "referrerUrl", &json!("x"))["name"],
            "referrer_url"
        );
        assert_eq!(
            variable_entry("contact", "name", &json!("x"))["name"],
            "visitor_name"
        );
        assert_eq!(snake_case("browserLanguage2"), "browser_language2");
    }

    #[test]
    fn a_visitors_text_cannot_become_markup() {
        assert_eq!(html("1 < 2 & 3\nx"), "1 &lt; 2 &amp; 3<br>x");
    }
}
