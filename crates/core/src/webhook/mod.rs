//! The webhook endpoint's rules: who may post, what a post holds, and what to answer.

#[cfg(feature = "direct")]
mod handler;

use std::time::SystemTime;

#[cfg(not(miri))]
use ring::digest::{SHA256, digest};
use serde_json::json;
use wotnot_protocol::{Post, PostError};

use crate::config::Webhook;
use crate::event::{self, Event};
use crate::inbox::Hash;
use crate::reply::WebhookReply;
use crate::{Code, Error, Result};

#[cfg(feature = "direct")]
pub(crate) use handler::WebhookHandler;

/// The largest post that is read.
pub const MAX_BODY: usize = 1024 * 1024;

/// One post, understood.
#[derive(Clone, Debug, PartialEq)]
pub struct ParsedWebhook {
    /// Its events; none when it was the service's test of the endpoint.
    pub events: Vec<Event>,
    /// What to answer, once the events are kept.
    pub reply: WebhookReply,
}

/// Checks the token and takes a post apart. Keeps nothing.
pub(crate) fn parse(
    webhook: &Webhook,
    body: &str,
    authorization: Option<&str>,
) -> Result<ParsedWebhook> {
    let (post, reply) = open(webhook, body, authorization)?;
    let events = elements(&post, &hash(&post))
        .map(|(element, id, at)| event::from_text(element, id, at))
        .collect();
    Ok(ParsedWebhook { events, reply })
}

/// Checks the token of a post, and says what to answer once its events are kept.
fn open<'b>(
    webhook: &Webhook,
    body: &'b str,
    authorization: Option<&str>,
) -> Result<(Post<'b>, WebhookReply)> {
    if body.len() > MAX_BODY {
        return Err(Error::invalid("body", "larger than 1 MiB")
            .with_reply(WebhookReply::refused(413, "too large")));
    }
    let post = Post::split(body).map_err(not_a_post)?;
    let token = post.token.as_deref().or_else(|| authorization.map(bare));
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
    let answer = if post.elements.is_empty() {
        json!({"token": webhook.token.expose()})
    } else {
        json!({"ok": true})
    };
    Ok((post, WebhookReply::new(200, &answer)))
}

fn not_a_post(problem: PostError) -> Error {
    match problem {
        PostError::NotJson(at) => Error::new(
            Code::InvalidJson,
            format!("body: not JSON from byte {at} on"),
        )
        .with_reply(WebhookReply::refused(400, "not JSON")),
        PostError::NotAPost => Error::invalid(
            "body",
            "expected an object with `token` and an array `events`",
        )
        .with_reply(WebhookReply::refused(400, "not a delivery")),
    }
}

/// Of the events as they were sent, so that a delivery is known wherever its token stands.
#[cfg(not(miri))]
fn hash(post: &Post) -> Hash {
    let mut hash = Hash::default();
    let digest = digest(&SHA256, post.array.as_bytes());
    hash.copy_from_slice(&digest.as_ref()[..16]);
    hash
}

/// Miri cannot run the assembler of the other.
#[cfg(miri)]
fn hash(post: &Post) -> Hash {
    use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

    let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(post.array);
    u128::from(hash).to_le_bytes()
}

/// The elements of a post, each with what makes an id for when the service gives none, and the time.
fn elements<'p>(
    post: &'p Post,
    hash: &'p Hash,
) -> impl Iterator<Item = (&'p str, impl FnOnce() -> String, SystemTime)> {
    let at = SystemTime::now();
    let elements = post.elements.iter().enumerate();
    elements.map(move |(index, element)| (*element, move || event::fallback_id(hash, index), at))
}

fn rejected(why: &str) -> Error {
    Error::new(Code::WebhookRejected, why).with_reply(WebhookReply::refused(401, "unauthorized"))
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

    fn read(body: &str, authorization: Option<&str>) -> Result<ParsedWebhook> {
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
    fn a_delivery_is_known_wherever_its_token_stands() {
        let of = |body: &str| hash(&Post::split(body).unwrap());
        let first = of(r#"{"token":"hook","events":[{"a":1}]}"#);
        assert_eq!(first, of(r#"{"events": [{"a":1}], "token": "hook"}"#));
        assert_ne!(first, of(r#"{"token":"hook","events":[{"a":2}]}"#));
    }

    #[test]
    fn what_is_no_delivery_is_answered_400() {
        for body in ["", "[]", "[1]", "{\"events\": 3}", "null"] {
            let error = read(body, Some("hook")).unwrap_err();
            assert_eq!(error.reply().map(|reply| reply.status), Some(400), "{body}");
        }
    }
}
