//! Everything that is kept of a visitor: `GET /v1/visitor/export` gives it, `DELETE /v1/visitor` drops it.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode};
use futures_util::StreamExt;
use http_body_util::StreamBody;
use hyper::body::Frame;

use super::caller::Caller;
use super::{address, attachment, json_response};
use crate::answers::Erased;
use crate::app::App;
use crate::error::ApiResult;
use crate::export;
use crate::limits::Asked;

pub(super) async fn erase(
    State(app): State<Arc<App>>,
    request: Request,
) -> ApiResult<Response<Body>> {
    let caller = Caller::of(&app, request.method(), request.headers())?;
    app.erase(&caller.claims.sub).await?;
    Ok(json_response(
        StatusCode::ACCEPTED,
        &Erased { erased: true },
    ))
}

pub(super) async fn export(
    State(app): State<Arc<App>>,
    request: Request,
) -> ApiResult<Response<Body>> {
    let caller = Caller::of(&app, request.method(), request.headers())?;
    let (limits, who) = (&caller.site.limits, caller.who(address(&app, &request)));
    app.limiter.check(Asked::Sessions, limits, &who)?;
    let chunks = export::of_visitor(&app, &caller.claims.sub).await?;
    let body = Body::new(StreamBody::new(chunks.map(|chunk| chunk.map(Frame::data))));
    Ok(attachment("application/zip", "export.zip", body))
}
