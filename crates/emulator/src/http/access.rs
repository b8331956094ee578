//! Asks [`ControlAccess`](crate::access::ControlAccess) before the control API answers.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::CONNECTION;
use axum::http::{HeaderValue, Response};
use axum::middleware::Next;

use super::answers::refuse;
use crate::access::{Refused, is_browser};
use crate::shared::Shared;

pub(super) async fn authorize(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response<Body> {
    let checked = shared.control.check(request.headers());
    admit(checked, request, next).await
}

/// A browser sends a call again by itself when a connection that it kept ends without an answer, as faults have it: the
/// visitor would say everything twice. So it keeps none.
async fn admit(checked: Result<(), Refused>, request: Request, next: Next) -> Response<Body> {
    if let Err((status, problem)) = checked {
        return refuse(status, problem);
    }
    let browser = is_browser(request.headers());
    let mut answer = next.run(request).await;
    if browser {
        let close = HeaderValue::from_static("close");
        answer.headers_mut().insert(CONNECTION, close);
    }
    answer
}

/// The files of the emulator's page: a browser asks for them without the token, and they hold no secret. Pages
/// of another origin, and names that were made to point here, are refused here too.
pub(super) async fn authorize_ui(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response<Body> {
    let checked = shared.control.check_ui(request.headers());
    admit(checked, request, next).await
}
