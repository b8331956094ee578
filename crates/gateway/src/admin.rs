//! For those who run the gateway: whether it is alive, and whether it takes anything.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;

use crate::app::App;

/// Keep it on loopback: it asks for no token.
pub(crate) fn router(app: &Arc<App>) -> Router {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .with_state(Arc::clone(app))
}

async fn healthz() -> &'static str {
    "ok\n"
}

async fn readyz(State(app): State<Arc<App>>) -> (StatusCode, String) {
    let why = match app.store.failure() {
        Some(failure) => failure.to_string(),
        None if *app.stopping.borrow() => "the gateway stops".into(),
        None => return (StatusCode::OK, "ready\n".into()),
    };
    (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n"))
}
