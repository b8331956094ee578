//! The posts to the webhook that were made lately, for people and tests to look at. Tokens are never kept.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};

use super::post::Posted;
use super::target::{ShownHead, Target};
use crate::clock::{wall_ms, wire_time};
use crate::delivery::Delivery;
use crate::headers::{HIDDEN, HeaderView};

/// How many posts are kept.
const KEPT: usize = 1_000;
/// The most that is kept of one answer's body, in characters.
const ANSWER_KEPT: usize = 2 * 1024;

/// One post to the webhook.
struct Post {
    number: u64,
    at_ms: i64,
    took: Duration,
    head: Arc<ShownHead>,
    conversation: Option<Arc<str>>,
    seqs: Vec<u64>,
    events: Vec<Arc<str>>,
    attempt: u32,
    answer: Option<PostAnswer>,
    problem: Option<String>,
}

/// A post to the webhook as the control API shows it.
#[derive(Clone, Debug, Serialize)]
pub struct PostView {
    /// Counts from 1.
    pub number: u64,
    /// When it was answered, by the machine's clock, as the events write times.
    pub at: String,
    /// How long that took, in milliseconds.
    pub took_ms: u64,
    /// Where it went.
    pub url: String,
    /// The conversation whose events it holds; none for the test of an endpoint.
    pub conversation: Option<String>,
    /// The events' numbers within the conversation.
    pub seqs: Vec<u64>,
    /// Counts the tries from 1.
    pub attempt: u32,
    /// Its headers; `***` in place of a token.
    pub headers: Vec<HeaderView>,
    /// Its body; `***` in place of the token.
    pub body: Value,
    /// What came back.
    pub answer: Option<PostAnswer>,
    /// Why it was not taken.
    pub problem: Option<String>,
}

/// The answer to a post.
#[derive(Clone, Debug, Serialize)]
pub struct PostAnswer {
    /// Its status.
    pub status: u16,
    /// The start of its body; `***` in place of the token.
    pub body: String,
}

/// The newest posts, oldest first.
#[derive(Default)]
pub(super) struct Posts {
    made: VecDeque<Post>,
    count: u64,
}

impl Posts {
    pub fn add(
        &mut self,
        target: &Target,
        conversation: Option<&str>,
        events: &[Delivery],
        attempt: u32,
        posted: &Posted,
    ) {
        self.count += 1;
        let token = target.webhook.token.as_deref();
        let answer = posted.answer.as_ref().map(|(status, body)| PostAnswer {
            status: status.as_u16(),
            body: without(token, &String::from_utf8_lossy(body)),
        });
        self.made.push_back(Post {
            number: self.count,
            at_ms: wall_ms(),
            took: posted.took,
            head: target.shown.clone(),
            conversation: conversation.map(Into::into),
            seqs: events.iter().map(|event| event.seq).collect(),
            events: events.iter().map(|event| event.body.clone()).collect(),
            attempt,
            answer,
            problem: posted.outcome.clone().err(),
        });
        if self.made.len() > KEPT {
            self.made.pop_front();
        }
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Those with a larger number than this one.
    pub fn views_after(&self, number: u64) -> Vec<PostView> {
        let newer = self.made.iter().filter(|post| post.number > number);
        newer.map(view).collect()
    }
}

/// The start of a text, with the token hidden where the endpoint sent it back, as it is or as JSON writes it.
fn without(token: Option<&str>, text: &str) -> String {
    let hidden = match token.filter(|token| !token.is_empty()) {
        Some(token) => {
            let quoted = json!(token).to_string();
            let quoted = quoted.trim_matches('"');
            text.replace(token, HIDDEN).replace(quoted, HIDDEN)
        }
        None => text.to_owned(),
    };
    hidden.chars().take(ANSWER_KEPT).collect()
}

fn view(post: &Post) -> PostView {
    let mut body = json!({});
    if !post.events.is_empty() {
        let read = |event: &Arc<str>| -> Value { serde_json::from_str(event).unwrap_or_default() };
        body["events"] = post.events.iter().map(read).collect();
    }
    if post.head.token {
        body["token"] = json!(HIDDEN);
    }
    PostView {
        number: post.number,
        at: wire_time(post.at_ms),
        took_ms: u64::try_from(post.took.as_millis()).unwrap_or(u64::MAX),
        url: post.head.url.clone(),
        conversation: post.conversation.as_deref().map(str::to_owned),
        seqs: post.seqs.clone(),
        attempt: post.attempt,
        headers: post.head.headers.clone(),
        body,
        answer: post.answer.clone(),
        problem: post.problem.clone(),
    }
}
