//! A fault rule as a file writes it: which calls it strikes, how often, and what it does to them.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The connection is closed before the call is looked at.
    DropRequest,
    /// The call is taken, and the connection closed without an answer.
    DropAnswer,
    /// The call waits for `delay_ms` before it is looked at.
    Delay,
    /// 429 with `retry_after` as its header, which may be anything.
    RateLimited,
    /// 500 with a JSON body; says nothing of whether the call was taken, and it was not.
    ServerError,
    /// 502 with the HTML page of a proxy.
    BadGateway,
    /// 503, with `retry_after` when it is given.
    Unavailable,
    /// The call is taken, and its answer ends `after_bytes` into the body (half of it by default).
    CutBody,
    /// The connection stays open and nothing more is said.
    HalfOpen,
    /// The connection is torn down with a TCP reset.
    Reset,
    /// The call is taken, and its answer comes `bytes` at a time, every `every_ms`.
    SlowDrip,
    /// 401: the token is no longer valid.
    TokenExpired,
    /// 400 `CHANNEL_NOT_ENABLED`.
    ChannelNotEnabled,
    /// 400 `CONVERSATION_CREATION_EXCEPTION`.
    ConversationNotCreated,
    /// 400 `Invalid request`.
    InvalidRequest,
    /// The start call's events are delivered before its answer.
    WebhookEarly,
    /// The event is delivered twice.
    WebhookTwice,
    /// The event is delivered after the one that follows it.
    WebhookOutOfOrder,
    /// The event is delivered in one body with the one that follows it.
    WebhookBatched,
    /// The event, and with it those behind it, waits for `delay_ms`.
    WebhookLate,
    /// The event is not delivered.
    WebhookNever,
}

/// Whether a fault strikes before the call is taken or after.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// Nothing came of the call.
    Before,
    /// The call was taken, and nobody heard.
    #[default]
    After,
}

/// One of the two calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// `POST /api/v1/conversations`.
    Start,
    /// `POST /api/v1/conversation/<id>/messages`.
    Send,
}

/// A conversation by its id, or by its number among the visitor's, from 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum WhichConversation {
    /// The visitor's so-many-th.
    Number(u64),
    /// The one with this id.
    Id(String),
}

/// One fault rule: what goes wrong, on which calls or events, and how often.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "RuleFields", into = "RuleFields")]
pub struct Rule {
    /// What goes wrong, with its settings.
    pub(crate) fault: Fault,
    pub(crate) fields: RuleFields,
}

/// What goes wrong, with its settings.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Fault {
    DropRequest,
    DropAnswer,
    Delay(Duration),
    RateLimited(Option<String>),
    ServerError,
    BadGateway,
    Unavailable(Option<String>),
    CutBody(Option<usize>),
    HalfOpen(When),
    Reset(When),
    SlowDrip { bytes: usize, every: Duration },
    TokenExpired,
    ChannelNotEnabled,
    ConversationNotCreated,
    InvalidRequest,
    WebhookEarly,
    WebhookTwice,
    WebhookOutOfOrder,
    WebhookBatched,
    WebhookLate(Duration),
    WebhookNever,
}

/// A rule as it is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuleFields {
    pub fault: FaultKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<Call>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// Whose message: `visitor` is the echo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visitor: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<WhichConversation>,
    /// So many matching calls pass first.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub skip: u64,
    /// Strikes at most so often; without end when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// Strikes with this chance, from 0 to 1, drawn from the seed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chance: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    delay_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retry_after: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after_bytes: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bytes: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    every_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    when: Option<When>,
    /// It strikes nothing, and waits to be switched on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub off: bool,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl FaultKind {
    /// The name as a rule writes it.
    pub fn name(self) -> String {
        match serde_json::to_value(self) {
            Ok(Value::String(name)) => name,
            _ => String::new(),
        }
    }

    /// Whether it strikes events rather than calls.
    pub fn strikes_events(self) -> bool {
        matches!(
            self,
            Self::WebhookTwice
                | Self::WebhookOutOfOrder
                | Self::WebhookBatched
                | Self::WebhookLate
                | Self::WebhookNever
        )
    }
}

impl TryFrom<RuleFields> for Rule {
    type Error = String;

    fn try_from(fields: RuleFields) -> Result<Self, String> {
        let kind = fields.fault;
        let name = kind.name();
        let mut rest = fields.clone();
        let fault = fault_of(&mut rest)?;
        let unused = [
            ("delay_ms", rest.delay_ms.is_some()),
            ("retry_after", rest.retry_after.is_some()),
            ("after_bytes", rest.after_bytes.is_some()),
            ("bytes", rest.bytes.is_some()),
            ("every_ms", rest.every_ms.is_some()),
            ("when", rest.when.is_some()),
            ("event", rest.event.is_some() && !kind.strikes_events()),
            ("by", rest.by.is_some() && !kind.strikes_events()),
            ("call", rest.call.is_some() && kind.strikes_events()),
        ];
        if let Some((field, _)) = unused.iter().find(|(_, there)| *there) {
            return Err(format!("`{field}` has no meaning for the fault `{name}`"));
        }
        if kind == FaultKind::WebhookEarly && fields.call == Some(Call::Send) {
            return Err("`webhook_early` is about the start call".into());
        }
        for (field, number) in [
            ("times", fields.times),
            ("bytes", fields.bytes.map(|bytes| bytes as u64)),
        ] {
            if number == Some(0) {
                return Err(format!(
                    "`{field}` is 1 at least; leave the rule out instead"
                ));
            }
        }
        if fields
            .chance
            .is_some_and(|chance| !(0.0..=1.0).contains(&chance))
        {
            return Err("`chance` lies between 0 and 1".into());
        }
        Ok(Self { fault, fields })
    }
}

impl From<Rule> for RuleFields {
    fn from(rule: Rule) -> Self {
        rule.fields
    }
}

/// Takes the settings that belong to the fault's kind out of `fields`.
fn fault_of(fields: &mut RuleFields) -> Result<Fault, String> {
    Ok(match fields.fault {
        FaultKind::DropRequest => Fault::DropRequest,
        FaultKind::DropAnswer => Fault::DropAnswer,
        FaultKind::Delay => Fault::Delay(delay(fields)?),
        FaultKind::RateLimited => Fault::RateLimited(retry_after(fields)?),
        FaultKind::ServerError => Fault::ServerError,
        FaultKind::BadGateway => Fault::BadGateway,
        FaultKind::Unavailable => Fault::Unavailable(retry_after(fields)?),
        FaultKind::CutBody => Fault::CutBody(fields.after_bytes.take()),
        FaultKind::HalfOpen => Fault::HalfOpen(fields.when.take().unwrap_or_default()),
        FaultKind::Reset => Fault::Reset(fields.when.take().unwrap_or_default()),
        FaultKind::SlowDrip => Fault::SlowDrip {
            bytes: fields.bytes.take().unwrap_or(1),
            every: Duration::from_millis(fields.every_ms.take().unwrap_or(100)),
        },
        FaultKind::TokenExpired => Fault::TokenExpired,
        FaultKind::ChannelNotEnabled => Fault::ChannelNotEnabled,
        FaultKind::ConversationNotCreated => Fault::ConversationNotCreated,
        FaultKind::InvalidRequest => Fault::InvalidRequest,
        FaultKind::WebhookEarly => Fault::WebhookEarly,
        FaultKind::WebhookTwice => Fault::WebhookTwice,
        FaultKind::WebhookOutOfOrder => Fault::WebhookOutOfOrder,
        FaultKind::WebhookBatched => Fault::WebhookBatched,
        FaultKind::WebhookLate => Fault::WebhookLate(delay(fields)?),
        FaultKind::WebhookNever => Fault::WebhookNever,
    })
}

fn delay(fields: &mut RuleFields) -> Result<Duration, String> {
    fields
        .delay_ms
        .take()
        .map(Duration::from_millis)
        .ok_or_else(|| format!("the fault `{}` needs `delay_ms`", fields.fault.name()))
}

/// Odd values are the point; but a header line cannot hold control characters.
fn retry_after(fields: &mut RuleFields) -> Result<Option<String>, String> {
    let text = match fields.retry_after.take() {
        None => return Ok(None),
        Some(Value::String(text)) => text,
        Some(Value::Number(number)) => number.to_string(),
        Some(_) => return Err("`retry_after` is a text or a number".into()),
    };
    axum::http::HeaderValue::from_str(&text)
        .map_err(|_| "`retry_after` cannot stand in a header".to_owned())?;
    Ok(Some(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(text: &str) -> Result<Rule, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn a_setting_of_another_fault_is_refused_by_name() {
        let error = rule(r#"{"fault": "reset", "retry_after": 3}"#).unwrap_err();
        assert!(error.contains("`retry_after` has no meaning for the fault `reset`"));
        assert!(
            rule(r#"{"fault": "delay"}"#)
                .unwrap_err()
                .contains("`delay_ms`")
        );
        assert!(
            rule(r#"{"fault": "reset", "chanse": 1}"#)
                .unwrap_err()
                .contains("chanse")
        );
        assert!(rule(r#"{"fault": "reset", "chance": 2}"#).is_err());
        for nothing in [
            r#"{"fault": "reset", "times": 0}"#,
            r#"{"fault": "slow_drip", "bytes": 0}"#,
        ] {
            assert!(
                rule(nothing).unwrap_err().contains("is 1 at least"),
                "{nothing}"
            );
        }
    }

    #[test]
    fn a_rule_is_written_as_it_was_read() {
        let text =
            r#"{"fault":"rate_limited","call":"send","skip":1,"times":2,"retry_after":"soon"}"#;
        assert_eq!(serde_json::to_string(&rule(text).unwrap()).unwrap(), text);
    }
}
