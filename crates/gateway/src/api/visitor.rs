//! `DELETE /v1/visitor`: everything that is kept of a visitor goes.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode};
use serde_json::json;

use super::caller::Caller;
use super::json_response;
use crate::app::App;
use crate::error::ApiResult;

pub(super) async fn erase(
    State(app): State<Arc<App>>,
    request: Request,
) -> ApiResult<Response<Body>> {
    let caller = Caller::of(&app, request.method(), request.headers())?;
    app.erase(&caller.claims.sub).await?;
    Ok(json_response(
        StatusCode::ACCEPTED,
        &json!({"erased": true}),
    ))
}
