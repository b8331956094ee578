//! The methods: their names, their parameters, their values.

mod limits;
mod visitor;

use serde_json::Value;
use wotnot_core::strict::{Fields, closest, read_message, read_prompt, read_variables, wrong};
use wotnot_core::{
    CallOptions, CancelToken, Client, Code, Error, EventFilter, Forget, IfKnown, Message,
    PublicEvent, Result, Start,
};

use self::limits::{
    CALL_ID, CALL_MS, CallerState, Limits, OwnMessage, WAIT_MS, not_sent, read_call_id,
    read_unblocked,
};
use crate::envelope::{AcceptedWebhook, Cancelled, Document, ParsedWebhook, ReplyDocument};

/// Every method's name.
pub const METHODS: [&str; 18] = [
    "start_conversation",
    "send_message",
    "open_conversation",
    "converse",
    "answer",
    "forget",
    "receive",
    "wait",
    "cancel",
    "parse_webhook",
    "accept_webhook",
    "public_event",
    "status",
    "resolve",
    "transcript",
    "set_identity",
    "upload",
    "set_app_state",
];

pub(crate) fn call(
    client: &Client,
    method: &str,
    params: Value,
    cancel: Option<&CancelToken>,
) -> Result<Document> {
    match method {
        "start_conversation" => start_conversation(client, params, cancel),
        "send_message" => send_message(client, params, cancel),
        "open_conversation" => open_conversation(client, params, cancel),
        "converse" => converse(client, params, cancel),
        "answer" => answer(params),
        "forget" => forget(client, params),
        "receive" => receive(client, params, cancel),
        "wait" => wait(client, params, cancel),
        "cancel" => cancel_call(client, params),
        "parse_webhook" => parse_webhook(client, params),
        "accept_webhook" => accept_webhook(client, params),
        "public_event" => public_event(params),
        "status" => status(client, params),
        "resolve" => visitor::resolve(client, params, cancel),
        "transcript" => visitor::transcript(client, params, cancel),
        "set_identity" => visitor::set_identity(client, params),
        "upload" => visitor::upload(client, params, cancel),
        "set_app_state" => visitor::set_app_state(client, params),
        #[cfg(debug_assertions)]
        "test_panic" => test_panic(),
        unknown => Err(unknown_method(unknown)),
    }
}

/// Panics on purpose, so that the guards of the bindings can be tested. Absent from release builds.
#[cfg(debug_assertions)]
#[allow(clippy::panic)]
fn test_panic() -> Result<Document> {
    panic!("a panic on purpose")
}

fn unknown_method(name: &str) -> Error {
    let problem = match closest(name, METHODS) {
        Some(meant) => format!("there is no such method; did you mean `{meant}`?"),
        None => format!("there is no such method; known: {}", METHODS.join(", ")),
    };
    Error::new(Code::UnknownMethod, problem)
}

fn start_conversation(
    client: &Client,
    params: Value,
    cancel: Option<&CancelToken>,
) -> Result<Document> {
    let read = || {
        let mut fields = Fields::open("", params)?;
        let read = read_start(client, &mut fields)?;
        let own = OwnMessage::read(&mut fields)?;
        fields.finish()?;
        Ok((read, own))
    };
    let ((start, limits), own) = read().map_err(not_sent)?;
    let call = limits.begin(client, cancel).map_err(not_sent)?;
    let started = client.start_conversation(&start, &own.options(&call))?;
    Ok(Document::Started(Box::new(started)))
}

fn read_start(client: &Client, fields: &mut Fields) -> Result<(Start, Limits)> {
    let start = Start {
        // A gateway knows who its visitor is.
        visitor_id: match client.is_of_a_gateway() {
            true => fields.string("visitor_id")?.unwrap_or_default(),
            false => fields.required_string("visitor_id")?,
        },
        message: required_message(fields)?,
        variables: fields
            .object("variables")?
            .map(read_variables)
            .transpose()?,
        bot_key: fields.string("bot_key")?,
    };
    Ok((start, Limits::read(fields, CALL_MS)?))
}

fn open_conversation(
    client: &Client,
    params: Value,
    cancel: Option<&CancelToken>,
) -> Result<Document> {
    let read = || {
        let mut fields = Fields::open("", params)?;
        let (start, limits) = read_start(client, &mut fields)?;
        let own = OwnMessage::read(&mut fields)?;
        let if_known = match fields.string("if_known")? {
            None => IfKnown::default(),
            Some(name) => *IfKnown::ALL
                .iter()
                .find(|value| value.name() == name)
                .ok_or_else(|| {
                    Error::invalid("if_known", "expected \"reuse\", \"refuse\" or \"new\"")
                })?,
        };
        fields.finish()?;
        Ok((start, if_known, limits, own))
    };
    let (start, if_known, limits, own) = read().map_err(not_sent)?;
    let call = limits.begin(client, cancel).map_err(not_sent)?;
    let opened = client.open_conversation(&start, if_known, &own.options(&call))?;
    Ok(Document::Opened(Box::new(opened)))
}

fn converse(client: &Client, params: Value, cancel: Option<&CancelToken>) -> Result<Document> {
    let read = || {
        let mut fields = Fields::open("", params)?;
        let (conversation_id, message, limits) = read_send(&mut fields)?;
        let quiet = fields.millis("quiet_ms", *CALL_MS.start(), *CALL_MS.end())?;
        let own = OwnMessage::read(&mut fields)?;
        fields.finish()?;
        Ok((conversation_id, message, quiet, limits, own))
    };
    let (conversation_id, message, quiet, limits, own) = read().map_err(not_sent)?;
    let call = limits.begin(client, cancel).map_err(not_sent)?;
    let turn = client.converse(&conversation_id, &message, quiet, &own.options(&call))?;
    Ok(Document::Turn(Box::new(turn)))
}

/// Asks nothing of a client: any will do, and none.
pub(crate) fn answer(params: Value) -> Result<Document> {
    let mut fields = Fields::open("", params)?;
    let prompt = fields
        .take("prompt")
        .ok_or_else(|| fields.missing("prompt", "the `prompt` of an event"))?;
    let value = fields
        .take("value")
        .ok_or_else(|| fields.missing("value", "what answers the prompt"))?;
    read_unblocked(&mut fields)?;
    fields.finish()?;
    let message = read_prompt(prompt)?.answer(value)?;
    Ok(Document::Answer(message.into()))
}

/// Like `answer`, this asks nothing of the client.
fn public_event(params: Value) -> Result<Document> {
    const EXPECTED: &str = "an event, as `receive` gave it";
    let mut fields = Fields::open("", params)?;
    let document = fields
        .map("event")?
        .ok_or_else(|| fields.missing("event", EXPECTED))?;
    read_unblocked(&mut fields)?;
    fields.finish()?;
    let kind = match document.get("type") {
        Some(Value::String(kind)) => kind.clone(),
        Some(other) => return Err(wrong("event.type", "the type of an event", other)),
        None => {
            return Err(Error::invalid(
                "event.type",
                format_args!("missing; give {EXPECTED}"),
            ));
        }
    };
    let event = PublicEvent::of_document(&kind, document);
    Ok(Document::PublicEvent(Box::new(event)))
}

fn forget(client: &Client, params: Value) -> Result<Document> {
    let mut fields = Fields::open("", params)?;
    let visitor = fields.string("visitor_id")?;
    let conversation = fields.string("conversation_id")?;
    read_unblocked(&mut fields)?;
    fields.finish()?;
    let what = match (&visitor, &conversation) {
        (Some(id), None) => Forget::Visitor(id),
        (None, Some(id)) => Forget::Conversation(id),
        // A gateway has one visitor of this client's.
        (None, None) if client.is_of_a_gateway() => Forget::Visitor(""),
        _ => {
            return Err(Error::invalid(
                "visitor_id",
                "give either this or `conversation_id`",
            ));
        }
    };
    client.forget(what).map(Document::Forgotten)
}

fn send_message(client: &Client, params: Value, cancel: Option<&CancelToken>) -> Result<Document> {
    let read = || {
        let mut fields = Fields::open("", params)?;
        let read = read_send(&mut fields)?;
        let own = OwnMessage::read(&mut fields)?;
        let queue = fields.flag("queue")?;
        fields.finish()?;
        Ok((read, own, queue))
    };
    let ((conversation_id, message, limits), own, queue) = read().map_err(not_sent)?;
    let call = limits.begin(client, cancel).map_err(not_sent)?;
    let options = CallOptions {
        queue,
        ..own.options(&call)
    };
    client
        .send_message(&conversation_id, &message, &options)
        .map(Document::Sent)
}

fn read_send(fields: &mut Fields) -> Result<(String, Message, Limits)> {
    let conversation_id = fields.required_string("conversation_id")?;
    let message = required_message(fields)?;
    Ok((conversation_id, message, Limits::read(fields, CALL_MS)?))
}

fn receive(client: &Client, params: Value, cancel: Option<&CancelToken>) -> Result<Document> {
    let mut fields = Fields::open("", params)?;
    let conversation_id = fields.string("conversation_id")?;
    let log = fields.string("log")?;
    let limits = Limits::read(&mut fields, WAIT_MS)?;
    fields.finish()?;
    let filter = read_filter(conversation_id.as_deref(), log.as_deref())?;
    let call = limits.begin(client, cancel)?;
    let event = client.receive_wanted(filter, call.timeout, call.cancel.as_ref())?;
    Ok(Document::Event(Box::new(event)))
}

fn read_filter<'a>(conversation_id: Option<&'a str>, log: Option<&str>) -> Result<EventFilter<'a>> {
    match (conversation_id, log) {
        (None, None) => Ok(EventFilter::Any),
        (Some(id), None | Some("without")) => Ok(EventFilter::Of(id)),
        (None, Some("without")) => Ok(EventFilter::Service),
        (None, Some("only")) => Ok(EventFilter::Log),
        (Some(_), Some("only")) => Err(Error::invalid(
            "log",
            "what is logged belongs to no conversation; leave out `conversation_id`",
        )),
        (_, Some(_)) => Err(Error::invalid("log", "expected \"only\" or \"without\"")),
    }
}

fn wait(client: &Client, params: Value, cancel: Option<&CancelToken>) -> Result<Document> {
    let mut fields = Fields::open("", params)?;
    let after = fields.number("after", 0, u64::MAX)?.unwrap_or(0);
    let limits = Limits::read(&mut fields, WAIT_MS)?;
    fields.finish()?;
    let call = limits.begin(client, cancel)?;
    client
        .wait(after, call.timeout, call.cancel.as_ref())
        .map(Document::Change)
}

fn cancel_call(client: &Client, params: Value) -> Result<Document> {
    let mut fields = Fields::open("", params)?;
    CallerState::read(&mut fields)?;
    let call_id = read_call_id(&mut fields)?.ok_or_else(|| fields.missing("call_id", CALL_ID))?;
    fields.finish()?;
    let found = client.cancel_call(&call_id)?;
    Ok(Document::Cancelled(Cancelled { found }))
}

fn required_message(fields: &mut Fields) -> Result<Message> {
    let message = fields.take("message").ok_or_else(|| {
        fields.missing(
            "message",
            "an object such as {\"type\": \"text\", \"data\": {\"body\": \"Hello\"}}",
        )
    })?;
    read_message(message)
}

/// Whether a method sends anything, so that its errors must say what became of it.
pub fn sends(method: &str) -> bool {
    matches!(
        method,
        "start_conversation" | "send_message" | "open_conversation" | "converse"
    )
}

/// Whether a call of this method takes its turn where a language bounds how many calls talk to the
/// service at once. The others send nothing, or mostly wait for events: they run whenever they come.
pub fn takes_turn(method: &str) -> bool {
    matches!(
        method,
        "start_conversation" | "send_message" | "open_conversation"
    )
}

fn status(client: &Client, params: Value) -> Result<Document> {
    let mut fields = Fields::open("", params)?;
    read_unblocked(&mut fields)?;
    fields.finish()?;
    client
        .status()
        .map(|status| Document::Status(Box::new(status)))
}

fn parse_webhook(client: &Client, params: Value) -> Result<Document> {
    let (body, authorization) = read_post(params)?;
    let delivered = client.parse_webhook(&body, authorization.as_deref())?;
    Ok(Document::Parsed(ParsedWebhook {
        reply: ReplyDocument::from(&delivered.reply),
        events: delivered.events,
    }))
}

fn accept_webhook(client: &Client, params: Value) -> Result<Document> {
    let (body, authorization) = read_post(params)?;
    let reply = client.accept_webhook(&body, authorization.as_deref())?;
    Ok(Document::Accepted(AcceptedWebhook {
        reply: ReplyDocument::from(&reply),
    }))
}

fn read_post(params: Value) -> Result<(String, Option<String>)> {
    let mut fields = Fields::open("", params)?;
    let body = fields
        .string("body")?
        .ok_or_else(|| fields.missing("body", "the whole body of the post as a string"))?;
    let authorization = fields.string("authorization")?;
    read_unblocked(&mut fields)?;
    fields.finish()?;
    Ok((body, authorization))
}

#[cfg(test)]
mod tests;
