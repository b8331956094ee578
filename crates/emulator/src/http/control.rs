//! The control API under `/_emulator/`: for tests and their authors, never a part of the service's own API.
//! `docs/schema/emulator.openapi.yaml` describes it; a test holds the two together.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{StatusCode, Uri};
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, delete, get, patch, post, put};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use super::access::authorize;
use super::answers::{Answer, Control, fine, has_ended, no_conversation, read, refuse};
use super::{faults, inspect, ui, visitor};
use crate::clock::{ClockMode, read_time};
use crate::deploy::BotInfo;
use crate::engine::wire;
use crate::error::Error;
use crate::flow::text_of;
use crate::outbox::Webhook;
use crate::profile::ServiceProfile;
use crate::reply::ApiResponse;
use crate::shared::Shared;
use crate::snapshot::State as Snapshot;
use crate::source::FlowSource;

/// The largest body, in bytes: a state with thousands of conversations fits.
const BODY_LIMIT: usize = 256 * 1024 * 1024;

/// A method, a path and who answers it.
type Route = (&'static str, &'static str, MethodRouter<Arc<Shared>>);

fn routes() -> Vec<Route> {
    vec![
        ("GET", "/_emulator/health", get(health)),
        ("POST", "/_emulator/reset", post(reset)),
        ("GET", "/_emulator/bots", get(bots)),
        ("POST", "/_emulator/deploy", post(deploy)),
        ("GET", "/_emulator/changes", get(inspect::changes)),
        ("GET", "/_emulator/findings", get(inspect::findings)),
        (
            "GET",
            "/_emulator/bots/{key}/coverage",
            get(inspect::coverage),
        ),
        ("GET", "/_emulator/bots/{key}/graph", get(inspect::graph)),
        (
            "GET",
            "/_emulator/conversations",
            get(inspect::conversations),
        ),
        ("POST", "/_emulator/conversations", post(visitor::start)),
        (
            "GET",
            "/_emulator/conversations/{id}",
            get(inspect::conversation),
        ),
        (
            "GET",
            "/_emulator/conversations/{id}/coverage",
            get(inspect::walked),
        ),
        (
            "GET",
            "/_emulator/conversations/{id}/graph",
            get(inspect::graph_of),
        ),
        (
            "POST",
            "/_emulator/conversations/{id}/messages",
            post(visitor::send),
        ),
        (
            "POST",
            "/_emulator/conversations/{id}/take",
            post(take_over),
        ),
        ("POST", "/_emulator/conversations/{id}/agent", post(agent)),
        (
            "POST",
            "/_emulator/conversations/{id}/return",
            post(give_back),
        ),
        ("POST", "/_emulator/conversations/{id}/close", post(close)),
        (
            "POST",
            "/_emulator/conversations/{id}/events/{seq}/resend",
            post(resend),
        ),
        ("POST", "/_emulator/conversations/{id}/events", post(event)),
        ("POST", "/_emulator/events", post(raw_event)),
        ("GET", "/_emulator/requests", get(inspect::requests)),
        ("GET", "/_emulator/deliveries", get(inspect::deliveries)),
        ("GET", "/_emulator/faults", get(faults::list)),
        ("PUT", "/_emulator/faults", put(faults::set)),
        ("POST", "/_emulator/faults", post(faults::add)),
        ("PATCH", "/_emulator/faults/{number}", patch(faults::switch)),
        (
            "DELETE",
            "/_emulator/faults/{number}",
            delete(faults::remove),
        ),
        ("GET", "/_emulator/profile", get(profile)),
        ("PUT", "/_emulator/profile", put(set_profile)),
        ("GET", "/_emulator/clock", get(clock)),
        ("POST", "/_emulator/clock", post(set_clock)),
        ("GET", "/_emulator/webhook", get(webhook)),
        ("PUT", "/_emulator/webhook", put(set_webhook)),
        ("DELETE", "/_emulator/webhook", delete(no_webhook)),
        ("GET", "/_emulator/dead-letters", get(dead_letters)),
        ("GET", "/_emulator/state", get(export)),
        ("PUT", "/_emulator/state", put(import)),
    ]
}

/// Every route of the control API as method and path, for those who mirror or describe it.
#[must_use]
pub fn control_routes() -> Vec<(&'static str, &'static str)> {
    routes()
        .into_iter()
        .map(|(method, path, _)| (method, path))
        .collect()
}

pub(super) fn router(shared: &Arc<Shared>) -> Router<Arc<Shared>> {
    routes()
        .into_iter()
        .fold(Router::new(), |router, (_, path, methods)| {
            router.route(path, methods)
        })
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(from_fn_with_state(shared.clone(), authorize))
        .merge(ui::router(shared))
}

async fn health(State(shared): Control) -> Answer {
    let account = shared.account();
    fine(&json!({
        "ok": true,
        "version": env!("CARGO_PKG_VERSION"),
        "seed": account.seed.0,
        "bots": account.bots.iter().count(),
        "conversations": account.conversations.len(),
        "undelivered": shared.outbox.pending(),
    }))
}

async fn reset(State(shared): Control) -> Answer {
    shared.reset();
    fine(&json!({"ok": true}))
}

async fn bots(State(shared): Control) -> Answer {
    let account = shared.account();
    let bots: Vec<BotInfo> = account.bots.iter().map(|bot| BotInfo::of(bot)).collect();
    fine(&json!({"bots": bots}))
}

async fn deploy(State(shared): Control, body: Bytes) -> Answer {
    let yaml = match text_of(body.into()) {
        Ok(yaml) => yaml,
        Err(problem) => return refuse(StatusCode::UNPROCESSABLE_ENTITY, &problem),
    };
    match FlowSource::Yaml(yaml).load() {
        Ok(flow) => fine(&json!({"ok": true, "bot": BotInfo::of(&shared.deploy(flow))})),
        Err(Error::Flow { findings, .. }) => {
            let body = json!({"ok": false, "error": "the flow cannot run", "findings": findings});
            ApiResponse::json(StatusCode::UNPROCESSABLE_ENTITY, &body).into_response()
        }
        Err(error) => refuse(StatusCode::UNPROCESSABLE_ENTITY, &error.to_string()),
    }
}

/// What a person on the company's side writes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AgentReply {
    text: String,
}

async fn agent(State(shared): Control, Path(id): Path<String>, body: Bytes) -> Answer {
    match read::<AgentReply>(&body) {
        Err(answer) => *answer,
        Ok(reply) => match shared.turn(&id, |turn| turn.agent_says(&reply.text)) {
            Ok(true) => fine(&json!({"ok": true})),
            Ok(false) => has_ended(),
            Err(_) => no_conversation(),
        },
    }
}

async fn take_over(State(shared): Control, Path(id): Path<String>) -> Answer {
    match shared.turn(&id, |turn| turn.take_over()) {
        Ok(true) => fine(&json!({"ok": true})),
        Ok(false) => has_ended(),
        Err(_) => no_conversation(),
    }
}

async fn give_back(State(shared): Control, Path(id): Path<String>) -> Answer {
    match shared.turn(&id, |turn| turn.give_back()) {
        Ok(true) => fine(&json!({"ok": true})),
        Ok(false) => refuse(StatusCode::CONFLICT, "no person has this conversation"),
        Err(_) => no_conversation(),
    }
}

async fn close(State(shared): Control, Path(id): Path<String>) -> Answer {
    match shared.turn(&id, |turn| turn.close()) {
        Ok(()) => fine(&json!({"ok": true})),
        Err(_) => no_conversation(),
    }
}

async fn resend(State(shared): Control, Path((id, seq)): Path<(String, String)>) -> Answer {
    if seq.parse().is_ok_and(|seq| shared.resend(&id, seq)) {
        fine(&json!({"ok": true}))
    } else {
        refuse(StatusCode::NOT_FOUND, "there is no such event")
    }
}

/// An event of the conversation that no bot causes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EventRequest {
    #[serde(rename = "type")]
    kind: String,
    payload: Option<Value>,
}

async fn event(State(shared): Control, Path(id): Path<String>, body: Bytes) -> Answer {
    let EventRequest { kind, payload } = match read(&body) {
        Ok(request) => request,
        Err(answer) => return *answer,
    };
    let Some(payload) = payload.or_else(|| wire::assumed_payload(&kind)) else {
        let problem = format!(
            "payload: missing; only {} have one that is made up when it is left out",
            wire::MADE_UP.join(", ")
        );
        return refuse(StatusCode::UNPROCESSABLE_ENTITY, &problem);
    };
    match shared.turn(&id, |turn| turn.happens(kind, &payload)) {
        Ok(()) => fine(&json!({"ok": true})),
        Err(_) => no_conversation(),
    }
}

/// Any JSON, posted as it is written: so a client meets shapes that nobody thought of.
async fn raw_event(State(shared): Control, body: Bytes) -> Answer {
    if let Err(answer) = read::<IgnoredAny>(&body) {
        return *answer;
    }
    if shared.outbox.webhook().is_none() {
        let problem = "there is no webhook to post it to: set one with PUT /_emulator/webhook";
        return refuse(StatusCode::CONFLICT, problem);
    }
    match std::str::from_utf8(&body) {
        Ok(event) => {
            shared.inject(event);
            fine(&json!({"ok": true}))
        }
        Err(_) => refuse(StatusCode::UNPROCESSABLE_ENTITY, "the event is not UTF-8"),
    }
}

async fn profile(State(shared): Control) -> Answer {
    fine(&json!(shared.account().profile))
}

async fn set_profile(State(shared): Control, body: Bytes) -> Answer {
    let yaml = String::from_utf8_lossy(&body);
    match ServiceProfile::from_yaml(&yaml) {
        Ok(profile) => {
            shared.set_profile(profile);
            fine(&json!({"ok": true}))
        }
        Err(error) => refuse(StatusCode::UNPROCESSABLE_ENTITY, &error.to_string()),
    }
}

async fn clock(State(shared): Control) -> Answer {
    fine(&json!(shared.clock()))
}

/// What to do with the clock, in this order.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockChange {
    mode: Option<ClockMode>,
    now: Option<String>,
    advance_ms: Option<u64>,
}

async fn set_clock(State(shared): Control, body: Bytes) -> Answer {
    let change = match read::<ClockChange>(&body) {
        Ok(change) => change,
        Err(answer) => return *answer,
    };
    let now = match change.now.as_deref().map(read_time).transpose() {
        Ok(now) => now,
        Err(problem) => return refuse(StatusCode::UNPROCESSABLE_ENTITY, &problem),
    };
    if let Some(mode) = change.mode {
        shared.set_clock(mode);
    }
    if let Some(now_ms) = now {
        shared.set_now(now_ms);
    }
    if let Some(millis) = change.advance_ms {
        shared.advance_clock(Duration::from_millis(millis));
    }
    fine(&json!(shared.clock()))
}

async fn webhook(State(shared): Control) -> Answer {
    let view = |webhook: Webhook| {
        json!({
            "url": webhook.url,
            "token_set": webhook.token.is_some(),
            "token_in": webhook.token_in,
        })
    };
    fine(&json!({"webhook": shared.outbox.webhook().map(view)}))
}

/// As the service does, a webhook is saved only when it passes the test; `?test=skip` saves it untested.
async fn set_webhook(State(shared): Control, uri: Uri, body: Bytes) -> Answer {
    let webhook = match read::<Webhook>(&body) {
        Ok(webhook) => webhook,
        Err(answer) => return *answer,
    };
    let tested = match uri.query() {
        Some("test=skip") => Ok(()),
        _ => shared.outbox.test(&webhook).await,
    };
    if let Err(problem) = tested {
        return refuse(StatusCode::UNPROCESSABLE_ENTITY, &problem);
    }
    match shared.outbox.set_webhook(Some(webhook)) {
        Ok(()) => fine(&json!({"ok": true})),
        Err(error) => refuse(StatusCode::UNPROCESSABLE_ENTITY, &error.to_string()),
    }
}

async fn no_webhook(State(shared): Control) -> Answer {
    match shared.outbox.set_webhook(None) {
        Ok(()) => fine(&json!({"ok": true})),
        Err(error) => refuse(StatusCode::UNPROCESSABLE_ENTITY, &error.to_string()),
    }
}

async fn dead_letters(State(shared): Control) -> Answer {
    fine(&json!({"dead_letters": shared.outbox.dead_letters()}))
}

async fn export(State(shared): Control) -> Answer {
    fine(&json!(shared.export()))
}

async fn import(State(shared): Control, body: Bytes) -> Answer {
    let imported = read::<Snapshot>(&body).map(|state| shared.import(state));
    match imported {
        Ok(Ok(())) => fine(&json!({"ok": true})),
        Ok(Err(problem)) => refuse(StatusCode::UNPROCESSABLE_ENTITY, &problem),
        Err(answer) => *answer,
    }
}
