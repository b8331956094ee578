//! `GET /v1/conversations/{c}/events`: a stream, or a long poll.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, Response, StatusCode};
use serde::Deserialize;
use serde_json::Value;

use super::caller::Caller;
use super::extract::{Path, Query};
use super::{address, header, json_response};
use crate::app::App;
use crate::error::ApiResult;
use crate::streams::{Reader, poll, sse::EventStream};

const LONGEST_WAIT_S: u64 = 30;
const MOST_ENTRIES: usize = 500;

/// From where a log is read, and how.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct EventsQuery {
    /// The cursor to go on from; `Last-Event-ID` counts when it is left out, and the beginning without either.
    after: Option<String>,
    /// How long a poll waits, in seconds: 25 when left out, 30 at most.
    wait: Option<u64>,
    /// Entries of one poll: 100 when left out, 500 at most.
    limit: Option<usize>,
}

pub(super) async fn events(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Query(wanted): Query<EventsQuery>,
    request: Request,
) -> ApiResult<Response<Body>> {
    let caller = Caller::of(&app, request.method(), request.headers())?;
    let conversation = caller.conversation(&app, &id).await?;
    let who = caller.who(address(&app, &request));
    let slot = app.limiter.open_stream(&caller.site.limits, &who)?;
    let headers = request.headers();
    let cursor = wanted
        .after
        .as_deref()
        .or_else(|| header(headers, "last-event-id"))
        .filter(|cursor| !cursor.is_empty());
    let (reader, reset) = Reader::open(&app, &conversation, cursor).await?;
    let streams =
        header(headers, "accept").is_some_and(|accept| accept.contains("text/event-stream"));
    if streams {
        let stream = EventStream::new(&app, reader, reset, &caller.claims, slot);
        return Ok(event_stream(stream));
    }
    let wait = Duration::from_secs(wanted.wait.unwrap_or(25).min(LONGEST_WAIT_S));
    let limit = wanted.limit.unwrap_or(100).clamp(1, MOST_ENTRIES);
    let polled = poll::poll(reader, reset, wait, limit).await?;
    let mut response = json_response(StatusCode::OK, &Value::Null);
    match polled {
        Some(body) => *response.body_mut() = Body::from(body),
        None => {
            *response.status_mut() = StatusCode::NO_CONTENT;
            *response.body_mut() = Body::empty();
        }
    }
    Ok(response)
}

fn event_stream(stream: EventStream) -> Response<Body> {
    let mut response = stream.into_response();
    let headers = response.headers_mut();
    for (name, value) in [
        (CONTENT_TYPE, "text/event-stream"),
        (CACHE_CONTROL, "no-store, no-transform"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}
