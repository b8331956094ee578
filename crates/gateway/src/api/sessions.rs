//! `POST /v1/sessions` and `POST /v1/sessions/refresh`.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode};

use super::{address, header, json_response, read_json};
use crate::app::App;
use crate::error::ApiResult;
use crate::sessions;

pub(super) async fn start(
    State(app): State<Arc<App>>,
    request: Request,
) -> ApiResult<Response<Body>> {
    let origin = header(request.headers(), "origin").map(str::to_owned);
    let address = address(&app, &request);
    let body = read_json(request).await?;
    let session = sessions::start(&app, address, origin.as_deref(), body).await?;
    Ok(json_response(StatusCode::CREATED, &session))
}

pub(super) async fn refresh(
    State(app): State<Arc<App>>,
    request: Request,
) -> ApiResult<Response<Body>> {
    let origin = header(request.headers(), "origin").map(str::to_owned);
    let address = address(&app, &request);
    let body = read_json(request).await?;
    let session = sessions::refresh(&app, address, origin.as_deref(), body).await?;
    Ok(json_response(StatusCode::CREATED, &session))
}
