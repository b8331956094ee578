//! What the handlers of the control API share: their state, reading a body, and the answers that several give.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{Response, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::reply::ApiResponse;
use crate::shared::Shared;

pub(super) type Control = State<Arc<Shared>>;
pub(super) type Answer = Response<Body>;

pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Box<Answer>> {
    serde_json::from_slice(body)
        .map_err(|error| Box::new(refuse(StatusCode::UNPROCESSABLE_ENTITY, &error.to_string())))
}

pub(super) fn fine(body: &Value) -> Answer {
    ApiResponse::ok(body).into_response()
}

pub(super) fn has_ended() -> Answer {
    refuse(StatusCode::CONFLICT, "the conversation has ended")
}

pub(super) fn no_conversation() -> Answer {
    refuse(StatusCode::NOT_FOUND, "there is no such conversation")
}

pub(super) fn refuse(status: StatusCode, error: &str) -> Response<Body> {
    ApiResponse::json(status, &json!({"ok": false, "error": error})).into_response()
}
