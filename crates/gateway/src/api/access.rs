//! The access log. It holds routes as the gateway writes them, so none of a path's secrets, and
//! neither addresses nor headers nor bodies.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, Response, StatusCode};
use axum::middleware::Next;

use crate::app::App;
use crate::clock::whole_ms;

pub(super) async fn layer(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Response<Body> {
    let _open = app.counters.open_requests.hold();
    let began = Instant::now();
    let method = name(request.method());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let path = request.uri().path().to_owned();
    let response = next.run(request).await;
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    let status = response.status();
    // Only an id that was found: else it is whatever a caller wrote.
    let found = status.is_success() && route.starts_with("/v1/conversations/{id}");
    let conversation = found.then(|| path.split('/').nth(3)).flatten();
    note(&app, method, route.to_owned(), status, began, conversation);
    response
}

/// Writes a call that was answered into the log, and counts it.
pub(super) fn note(
    app: &App,
    method: &'static str,
    route: impl Into<Cow<'static, str>>,
    status: StatusCode,
    began: Instant,
    conversation: Option<&str>,
) {
    let (route, took) = (route.into(), began.elapsed());
    tracing::info!(
        method,
        route = &*route,
        status = status.as_u16(),
        ms = whole_ms(took),
        conversation,
        "request"
    );
    app.counters.request(method, route, status.as_u16(), took);
}

/// A caller may make up methods; those have no names here.
fn name(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}
