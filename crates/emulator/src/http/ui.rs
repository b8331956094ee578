//! The emulator's page: its files, which are part of the program, and the headers that keep it apart from every
//! other page. What it shows and does goes through the control API, with its token.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue, Response};
use axum::middleware::from_fn_with_state;
use axum::routing::get;

use super::access::authorize_ui;
use crate::shared::Shared;

/// Nothing but the page's own files and this server; in no frame; no text becomes markup or a script.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
    img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'; trusted-types 'none'";

const HEADERS: [(HeaderName, &str); 7] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "no-referrer"),
    (CACHE_CONTROL, "no-store"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

const SCRIPT: &str = "text/javascript; charset=utf-8";

/// Path, type and text of a file.
type File = (&'static str, &'static str, &'static str);

macro_rules! script {
    ($name:literal) => {
        (
            concat!("/_emulator/ui/", $name),
            SCRIPT,
            include_str!(concat!("../ui/", $name)),
        )
    };
}

const PAGE: &str = include_str!("../ui/index.html");

const FILES: &[File] = &[
    ("/_emulator/ui", "text/html; charset=utf-8", PAGE),
    ("/_emulator/ui/", "text/html; charset=utf-8", PAGE),
    (
        "/_emulator/ui/style.css",
        "text/css; charset=utf-8",
        include_str!("../ui/style.css"),
    ),
    (
        "/_emulator/ui/panels.css",
        "text/css; charset=utf-8",
        include_str!("../ui/panels.css"),
    ),
    script!("main.js"),
    script!("api.js"),
    script!("answers.js"),
    script!("chat.js"),
    script!("clock.js"),
    script!("conversations.js"),
    script!("dom.js"),
    script!("faults.js"),
    script!("findings.js"),
    script!("flow.js"),
    script!("html.js"),
    script!("live.js"),
    script!("message.js"),
    script!("prompts.js"),
    script!("seat.js"),
    script!("selection.js"),
    script!("tabs.js"),
    script!("traffic.js"),
    script!("types.js"),
];

pub(super) fn router(shared: &Arc<Shared>) -> Router<Arc<Shared>> {
    FILES
        .iter()
        .fold(Router::new(), |router, &(path, kind, text)| {
            router.route(path, get(move || async move { file(kind, text) }))
        })
        .layer(from_fn_with_state(shared.clone(), authorize_ui))
}

fn file(kind: &'static str, text: &'static str) -> Response<Body> {
    let mut answer = Response::new(Body::from(text));
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    answer
}
