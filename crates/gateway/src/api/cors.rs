//! CORS for exactly the origins that sites list. No cookies, so no credentials. A page of another origin may ask for a session
//! and read why it gets none, so that it can say so: a browser shows it nothing else.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN,
    VARY,
};
use axum::http::{HeaderValue, Method, Response, StatusCode};
use axum::middleware::Next;

use crate::app::App;
use crate::config::Origin;

/// Where sessions are asked for and refreshed.
const SESSIONS: &str = "/v1/sessions";

pub(super) async fn layer(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Response<Body> {
    let origin = request.headers().get(ORIGIN).cloned();
    let is_listed = origin
        .as_ref()
        .is_some_and(|origin| is_listed(&app, origin));
    let is_session = request.uri().path().starts_with(SESSIONS);
    let preflight = request.method() == Method::OPTIONS
        && request
            .headers()
            .contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = if preflight {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        response
    } else {
        next.run(request).await
    };
    let status = response.status();
    let headers = response.headers_mut();
    headers.append(VARY, HeaderValue::from_static("origin"));
    let may_read = is_listed || (is_session && (preflight || status == StatusCode::FORBIDDEN));
    let Some(origin) = origin.filter(|_| may_read) else {
        return response;
    };
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    if preflight {
        for (name, value) in [
            (
                ACCESS_CONTROL_ALLOW_METHODS,
                "GET, POST, PUT, PATCH, DELETE",
            ),
            (
                ACCESS_CONTROL_ALLOW_HEADERS,
                "authorization, content-type, last-event-id, upload-offset",
            ),
            (ACCESS_CONTROL_MAX_AGE, "7200"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
    } else {
        let exposed = HeaderValue::from_static("retry-after, upload-offset");
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    }
    response
}

fn is_listed(app: &App, origin: &HeaderValue) -> bool {
    origin
        .to_str()
        .ok()
        .and_then(Origin::parse)
        .is_some_and(|origin| app.sites().of_origin(&origin).is_some())
}
