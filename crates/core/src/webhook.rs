//! The webhook endpoint's rules: who may post, what a post holds, and what to answer.

use serde_json::{Value, json};
use wotnot_protocol::WebhookBody;

use crate::config::Webhook;
use crate::event::Event;
use crate::{Code, Error, Result};

/// The largest post that is read.
pub const MAX_BODY: usize = 1024 * 1024;

/// What the caller's own web server must answer to the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The body, JSON. Holds the webhook token in answer to the service's test.
    pub body: String,
}

impl Reply {
    fn new(status: u16, body: &Value) -> Self {
        Self {
            status,
            body: body.to_string(),
        }
    }

    /// The post was understood and kept.
    fn taken() -> Self {
        Self::new(200, &json!({"ok": true}))
    }

    /// Come again later, with all of it.
    pub(crate) fn unavailable() -> Self {
        Self::new(503, &json!({"ok": false, "error": "try again later"}))
    }

    pub(crate) fn refused(status: u16, why: &str) -> Self {
        Self::new(status, &json!({"ok": false, "error": why}))
    }
}

/// One post, understood.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivered {
    /// Its events; none when it was the service's test of the endpoint.
    pub events: Vec<Event>,
    /// What to answer, once the events are kept.
    pub reply: Reply,
}

/// Checks the token and takes a post apart. Keeps nothing.
pub(crate) fn parse(
    webhook: &Webhook,
    body: &str,
    authorization: Option<&str>,
) -> Result<Delivered> {
    if body.len() > MAX_BODY {
        return Err(Error::invalid("body", "larger than 1 MiB")
            .with_reply(Reply::refused(413, "too large")));
    }
    let value: Value = serde_json::from_str(body).map_err(|error| {
        Error::new(
            Code::InvalidJson,
            format!(
                "body: not JSON: line {}, column {}",
                error.line(),
                error.column()
            ),
        )
        .with_reply(Reply::refused(400, "not JSON"))
    })?;
    // A derived reader would take an array of the fields as well.
    let body: WebhookBody = Some(value)
        .filter(Value::is_object)
        .and_then(|value| serde_json::from_value(value).ok())
        .ok_or_else(|| {
            Error::invalid(
                "body",
                "expected an object with `token` and an array `events`",
            )
            .with_reply(Reply::refused(400, "not a delivery"))
        })?;
    let token = body.token.as_deref().or_else(|| authorization.map(bare));
    match token {
        Some(token) if webhook.token.matches(token) => {}
        Some(_) => {
            return Err(rejected(
                "the token is wrong; compare webhook.token with the one set beside the endpoint",
            ));
        }
        None => {
            return Err(rejected(
                "the post carries no token, neither in its body nor in Authorization",
            ));
        }
    }
    // The service tests an endpoint with its token and no events, and wants the token back.
    let reply = if body.events.is_empty() {
        Reply::new(200, &json!({"token": webhook.token.expose()}))
    } else {
        Reply::taken()
    };
    Ok(Delivered {
        events: body.events.into_iter().map(Event::from_raw).collect(),
        reply,
    })
}

fn rejected(why: &str) -> Error {
    Error::new(Code::WebhookRejected, why).with_reply(Reply::refused(401, "unauthorized"))
}

fn bare(authorization: &str) -> &str {
    match authorization.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        _ => authorization.trim(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str, authorization: Option<&str>) -> Result<Delivered> {
        parse(&Webhook::new("hook"), body, authorization)
    }

    #[test]
    fn the_service_s_test_gets_its_token_back() {
        for body in [r#"{"token":"hook"}"#, r#"{"token":"hook","events":[]}"#] {
            let delivered = read(body, None).unwrap();
            assert!(delivered.events.is_empty());
            assert_eq!(delivered.reply.status, 200);
            assert_eq!(delivered.reply.body, r#"{"token":"hook"}"#);
        }
    }

    #[test]
    fn the_token_may_come_in_the_header() {
        for header in ["Bearer hook", "bearer  hook", "hook"] {
            assert!(read(r#"{"events":[]}"#, Some(header)).is_ok(), "{header}");
        }
    }

    #[test]
    fn a_missing_or_wrong_token_is_answered_401() {
        for (body, header) in [
            (r#"{"events":[]}"#, None),
            (r#"{"token":"hool","events":[]}"#, None),
            (r#"{"token":"wrong"}"#, Some("Bearer hook")),
        ] {
            let error = read(body, header).unwrap_err();
            assert_eq!(error.code(), Code::WebhookRejected);
            assert_eq!(error.reply().map(|reply| reply.status), Some(401));
            assert!(!error.message().contains("hook\"") && !format!("{error:?}").contains("hool"));
        }
    }

    #[test]
    fn what_is_no_delivery_is_answered_400() {
        for body in ["", "[]", "[1]", "{\"events\": 3}", "null"] {
            let error = read(body, Some("hook")).unwrap_err();
            assert_eq!(error.reply().map(|reply| reply.status), Some(400), "{body}");
        }
    }
}
