//! The service's two calls over the control API, with a token that the emulator makes for them: so its page and
//! tests play a visitor without the account's token. Faults strike them as they strike everybody's.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderValue, Response, StatusCode, Uri};
use wotnot_protocol::{SEND_PATH_PREFIX, SEND_PATH_SUFFIX, START_PATH};

use super::answers::{Control, no_conversation, refuse};
use super::vendor;
use crate::shared::Shared;

pub(super) async fn start(State(shared): Control, request: Request) -> Response<Body> {
    match as_visitor(&shared, request, Uri::from_static(START_PATH)) {
        Some(request) => vendor::start(State(shared), request).await,
        None => no_token(),
    }
}

pub(super) async fn send(
    State(shared): Control,
    Path(id): Path<String>,
    request: Request,
) -> Response<Body> {
    let Ok(uri) = format!("{SEND_PATH_PREFIX}{id}{SEND_PATH_SUFFIX}").parse() else {
        return no_conversation();
    };
    match as_visitor(&shared, request, uri) {
        Some(request) => vendor::send(State(shared), Path(id), request).await,
        None => no_token(),
    }
}

/// The call as a client of the service makes it.
fn as_visitor(shared: &Arc<Shared>, mut request: Request, uri: Uri) -> Option<Request> {
    let token = shared.account().issue_token(None);
    let value = HeaderValue::from_str(&format!("Bearer {token}")).ok()?;
    request.headers_mut().insert(AUTHORIZATION, value);
    *request.uri_mut() = uri;
    Some(request)
}

fn no_token() -> Response<Body> {
    let problem = "a token of the emulator's own cannot stand in a header";
    refuse(StatusCode::INTERNAL_SERVER_ERROR, problem)
}
