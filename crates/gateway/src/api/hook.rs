//! `POST /hook/{secret}`: the vendor's events.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, Response, StatusCode};
use axum::response::IntoResponse;
use bytes::Bytes;
use hyper::body::Incoming;
use serde_json::Value;
use wotnot_core::WebhookReply;

use super::extract::Path;
use super::{access, header, json_response, read_body};
use crate::app::App;
use crate::error::{ApiError, ApiResult, ErrorCode, unavailable};
use crate::forward::{self, PASSED_ON_BY};
use crate::intake::{self, IntakeError};

/// As the router writes it.
pub(super) const ROUTE: &str = "/hook/{secret}";
/// The largest post, as the library takes it, in bytes.
const POST_LIMIT: usize = 1024 * 1024;

/// Whether this is a post that [`answer`] takes.
pub(super) fn is_post<B>(request: &Request<B>) -> bool {
    request.method() == Method::POST && plain_secret(request.uri().path()).is_some()
}

/// The last part of the path, when it stands there as it is meant.
fn plain_secret(path: &str) -> Option<&str> {
    let secret = path.strip_prefix("/hook/")?;
    (!secret.is_empty() && !secret.contains(['/', '%'])).then_some(secret)
}

/// The answer to a post. Posts are most of all calls: they go without the router and its layers, which
/// would cost as much as the post itself.
pub(super) async fn answer(
    app: Arc<App>,
    request: Request<Incoming>,
) -> Result<Response<Body>, Infallible> {
    let _open = app.counters.open_requests.hold();
    let began = Instant::now();
    let (head, body) = request.into_parts();
    let secret = plain_secret(head.uri.path()).unwrap_or_default();
    let body = read_body(body, POST_LIMIT).await;
    let answered = match body {
        Ok(body) => receive(&app, secret, &head.headers, body).await,
        Err(error) => Err(error),
    };
    let response = answered.unwrap_or_else(IntoResponse::into_response);
    access::note(&app, "POST", ROUTE, response.status(), began, None);
    Ok(response)
}

pub(super) async fn take(
    State(app): State<Arc<App>>,
    Path(secret): Path<String>,
    request: Request,
) -> ApiResult<Response<Body>> {
    let (head, body) = request.into_parts();
    let body = read_body(body, POST_LIMIT).await?;
    receive(&app, &secret, &head.headers, body).await
}

async fn receive(
    app: &Arc<App>,
    secret: &str,
    headers: &HeaderMap,
    body: Bytes,
) -> ApiResult<Response<Body>> {
    let upstreams = app.upstreams();
    let upstream = intake::account_of(&upstreams, secret).ok_or_else(|| {
        ApiError::new(
            ErrorCode::Unauthorized,
            "this is no webhook of an account; compare the path with webhook_secret",
        )
    })?;
    let authorization = header(headers, "authorization");
    let text = super::as_text(&body)?;
    let mut taken = intake::take(app, upstream, text, authorization).await;
    // One that went around comes no second time.
    let own = header(headers, PASSED_ON_BY) == Some(&*app.store.incarnation());
    if taken.is_ok() && !own && !upstream.forward.is_empty() {
        let post = forward::Post {
            body: text.to_owned(),
            content_type: header(headers, "content-type").map(str::to_owned),
            has_authorization: authorization.is_some(),
        };
        match forward::keep(app, upstream, post).await {
            Ok(()) => forward::wake(app, upstream),
            Err(error) => taken = Err(error.into()),
        }
    }
    let outcome = match &taken {
        Ok(_) => "kept",
        Err(IntakeError::Refused(_)) => "refused",
        Err(IntakeError::Store(_)) => "not_kept",
    };
    app.counters.post(&upstream.name, outcome);
    match taken {
        Ok(reply) => Ok(as_response(&reply)),
        Err(IntakeError::Refused(error)) => {
            tracing::warn!(account = upstream.name, %error, "a post was refused");
            Ok(error.reply().map_or_else(
                || json_response(StatusCode::BAD_REQUEST, &Value::Null),
                as_response,
            ))
        }
        Err(IntakeError::Store(error)) => {
            tracing::error!(account = upstream.name, %error, "a post was not kept");
            Err(unavailable())
        }
    }
}

fn as_response(reply: &WebhookReply) -> Response<Body> {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = json_response(status, &Value::Null);
    *response.body_mut() = Body::from(reply.body.clone());
    response
}
