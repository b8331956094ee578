//! For those who run the gateway: whether it is alive, whether it takes anything, and what it counted.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, StatusCode};
use axum::routing::get;

use crate::app::App;
use crate::xray::timeline;

/// Keep it on loopback: it asks for no token.
pub(crate) fn router(app: &Arc<App>) -> Router {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .route("/admin/conversations/{id}/timeline", get(of_conversation))
        .with_state(Arc::clone(app))
}

async fn healthz() -> &'static str {
    "ok\n"
}

async fn readyz(State(app): State<Arc<App>>) -> (StatusCode, String) {
    match unready(&app) {
        Some(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")),
        None => (StatusCode::OK, "ready\n".into()),
    }
}

/// Why nothing more should be sent here, if so.
fn unready(app: &App) -> Option<String> {
    match app.store.failure() {
        Some(failure) => Some(failure.to_string()),
        None if *app.stopping.borrow() => Some("the gateway stops".into()),
        None => app.store.trouble(),
    }
}

/// What is counted, in the text form of OpenMetrics.
async fn metrics(
    State(app): State<Arc<App>>,
) -> Result<([(HeaderName, &'static str); 1], String), StatusCode> {
    const TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    let is_ready = unready(&app).is_none();
    let text = app.counters.text(is_ready, app.unsent.oldest());
    let text = text.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok(([(CONTENT_TYPE, TYPE)], text))
}

/// What happened in a conversation, without the content of its messages.
async fn of_conversation(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<([(HeaderName, &'static str); 1], String), (StatusCode, String)> {
    let failed = |why: String| (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n"));
    let history = app.store.history(&id).await;
    let Some(history) = history.map_err(|error| failed(error.to_string()))? else {
        let unknown = "there is no such conversation\n";
        return Err((StatusCode::NOT_FOUND, unknown.to_owned()));
    };
    let text = serde_json::to_string(&timeline(&history));
    let text = text.map_err(|error| failed(error.to_string()))?;
    Ok(([(CONTENT_TYPE, "application/json")], text))
}
