//! What the control API shows: conversations and the ways they took, calls and posts that were seen, findings.
//! What it changes is `control`'s.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, Response, StatusCode, Uri};
use serde_json::json;

use super::answers::{Answer, Control, fine, no_conversation, refuse};
use crate::deploy::Bot;
use crate::flow::{Direction, svg_in};

/// How long a wait for a change is when nothing else is asked for, and at most; in milliseconds.
const WAIT_MS: u64 = 25_000;
const LONGEST_WAIT_MS: u64 = 60_000;

/// The parameters behind the `?`, by name.
struct Query<'a>(HashMap<&'a str, &'a str>);

impl<'a> Query<'a> {
    fn of(uri: &'a Uri) -> Self {
        let pairs = uri.query().unwrap_or_default().split('&');
        Self(pairs.filter_map(|pair| pair.split_once('=')).collect())
    }

    /// A number, or what stands for it when it is left out.
    fn number(&self, name: &str, otherwise: u64) -> Result<u64, Box<Answer>> {
        match self.0.get(name) {
            None => Ok(otherwise),
            Some(text) => text.parse().map_err(|_| {
                let problem = format!("`{name}` must be a number from 0 on");
                Box::new(refuse(StatusCode::UNPROCESSABLE_ENTITY, &problem))
            }),
        }
    }
}

pub(super) async fn changes(State(shared): Control, uri: Uri) -> Answer {
    let query = Query::of(&uri);
    let asked = query
        .number("after", 0)
        .and_then(|after| Ok((after, query.number("wait_ms", WAIT_MS)?)));
    match asked {
        Ok((after, wait)) => {
            let wait = Duration::from_millis(wait.min(LONGEST_WAIT_MS));
            fine(&json!(shared.changes.after(after, wait).await))
        }
        Err(answer) => *answer,
    }
}

/// All of them with the hash over all, or the newest without it: who shows them asks often.
pub(super) async fn conversations(State(shared): Control, uri: Uri) -> Answer {
    let query = Query::of(&uri);
    let newest = match query.number("newest", u64::MAX) {
        Ok(newest) => usize::try_from(newest).unwrap_or(usize::MAX),
        Err(answer) => return *answer,
    };
    let mut body = json!({"conversations": shared.summaries(newest)});
    if !query.0.contains_key("newest") {
        body["hash"] = json!(shared.account().transcript_hash());
    }
    fine(&body)
}

pub(super) async fn conversation(
    State(shared): Control,
    Path(id): Path<String>,
    uri: Uri,
) -> Answer {
    let after = match Query::of(&uri).number("after", 0) {
        Ok(after) => after,
        Err(answer) => return *answer,
    };
    match shared.transcript_after(&id, after) {
        Some(transcript) => fine(&json!(transcript)),
        None => no_conversation(),
    }
}

/// The way that one conversation took.
pub(super) async fn walked(State(shared): Control, Path(id): Path<String>) -> Answer {
    let account = shared.account();
    let Some(conversation) = account.conversations.get(id.as_str()) else {
        drop(account);
        return no_conversation();
    };
    let bot = &conversation.bot;
    fine(&json!({
        "bot_key": bot.key,
        "bot_version": bot.version,
        "current_block": conversation.current_block(),
        "blocks": conversation.path.coverage(bot),
    }))
}

/// The ways that all conversations of a bot's newest version took.
pub(super) async fn coverage(State(shared): Control, Path(key): Path<String>) -> Answer {
    let account = shared.account();
    let Some(bot) = account.bots.get(&key) else {
        drop(account);
        return no_bot();
    };
    let of_bot = |it: &&crate::conversation::Conversation| Arc::ptr_eq(&it.bot, bot);
    let standing = account.conversations.values().filter(of_bot).map(|it| {
        json!({
            "conversation": &*it.key,
            "visitor_id": it.visitor_id,
            "place": it.place.name(),
            "block": it.current_block(),
        })
    });
    fine(&json!({
        "bot_key": bot.key,
        "bot_version": bot.version,
        "blocks": bot.walked.coverage(&bot.flow),
        "standing": standing.collect::<Vec<_>>(),
    }))
}

pub(super) async fn graph(State(shared): Control, Path(key): Path<String>, uri: Uri) -> Answer {
    let bot = shared.account().bots.get(&key).cloned();
    match bot {
        Some(bot) => drawn(bot, &uri).await,
        None => no_bot(),
    }
}

/// The version that the conversation runs on.
pub(super) async fn graph_of(State(shared): Control, Path(id): Path<String>, uri: Uri) -> Answer {
    let bot = {
        let account = shared.account();
        let conversation = account.conversations.get(id.as_str());
        conversation.map(|it| it.bot.clone())
    };
    match bot {
        Some(bot) => drawn(bot, &uri).await,
        None => no_conversation(),
    }
}

/// A large flow takes a while to draw, in which calls must be answered.
async fn drawn(bot: Arc<Bot>, uri: &Uri) -> Answer {
    let query = Query::of(uri);
    let direction = match query.0.get("direction") {
        None | Some(&"auto") => Direction::Auto,
        Some(&"right") => Direction::Right,
        Some(&"down") => Direction::Down,
        Some(_) => {
            let problem = "`direction` is auto, right or down";
            return refuse(StatusCode::UNPROCESSABLE_ENTITY, problem);
        }
    };
    let bare = query.0.get("style") == Some(&"none");
    let drawing = tokio::task::spawn_blocking(move || svg_in(&bot.flow, direction)).await;
    match drawing {
        Ok(Ok(svg)) => {
            let svg = if bare { without_style(svg) } else { svg };
            let mut answer = Response::new(Body::from(svg));
            let kind = HeaderValue::from_static("image/svg+xml");
            answer.headers_mut().insert(CONTENT_TYPE, kind);
            answer
        }
        Ok(Err(too_large)) => refuse(StatusCode::CONFLICT, &too_large.to_string()),
        Err(_) => refuse(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the flow could not be drawn",
        ),
    }
}

/// A drawing for a page that brings its own style: the policy of the emulator's page takes no other.
fn without_style(mut svg: String) -> String {
    const END: &str = "</style>\n";
    if let (Some(start), Some(end)) = (svg.find("<style>"), svg.find(END)) {
        svg.replace_range(start..end + END.len(), "");
    }
    svg
}

fn no_bot() -> Answer {
    refuse(StatusCode::NOT_FOUND, "no bot has this key")
}

pub(super) async fn requests(State(shared): Control, uri: Uri) -> Answer {
    match Query::of(&uri).number("after", 0) {
        Ok(after) => fine(&json!({"requests": shared.account().requests.views_after(after)})),
        Err(answer) => *answer,
    }
}

pub(super) async fn deliveries(State(shared): Control, uri: Uri) -> Answer {
    match Query::of(&uri).number("after", 0) {
        Ok(after) => fine(&json!({"deliveries": shared.outbox.posts_after(after)})),
        Err(answer) => *answer,
    }
}

pub(super) async fn findings(State(shared): Control) -> Answer {
    fine(&json!({"files": shared.files.views()}))
}
