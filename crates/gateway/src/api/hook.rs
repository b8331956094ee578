//! `POST /hook/{secret}`: the vendor's events.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode};
use serde_json::Value;
use wotnot_core::WebhookReply;

use super::extract::Path;
use super::{header, json_response, read_text};
use crate::app::App;
use crate::error::{ApiError, ApiResult, ErrorCode, unavailable};
use crate::forward::{self, PASSED_ON_BY};
use crate::intake::{self, IntakeError};

/// The largest post, as the library takes it, in bytes.
const POST_LIMIT: usize = 1024 * 1024;

pub(super) async fn take(
    State(app): State<Arc<App>>,
    Path(secret): Path<String>,
    request: Request,
) -> ApiResult<Response<Body>> {
    let upstreams = app.upstreams();
    let upstream = intake::account_of(&upstreams, &secret).ok_or_else(|| {
        ApiError::new(
            ErrorCode::Unauthorized,
            "this is no webhook of an account; compare the path with webhook_secret",
        )
    })?;
    let authorization = header(request.headers(), "authorization").map(str::to_owned);
    let content_type = header(request.headers(), "content-type").map(str::to_owned);
    // One that went around comes no second time.
    let own = header(request.headers(), PASSED_ON_BY) == Some(app.store.incarnation());
    let body = read_text(request, POST_LIMIT).await?;
    let mut taken = intake::take(&app, upstream, &body, authorization.as_deref()).await;
    if taken.is_ok() && !own {
        let post = forward::Post {
            body,
            content_type,
            has_authorization: authorization.is_some(),
        };
        match forward::keep(&app, upstream, post).await {
            Ok(()) => forward::wake(&app, upstream),
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
