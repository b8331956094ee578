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
macro_rules! policy {
    ($frames:literal) => {
        concat!(
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
             img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors ",
            $frames,
            "; require-trusted-types-for 'script'; trusted-types 'none'"
        )
    };
}
const POLICY: &str = policy!("'none'");
/// The view beside a page of this machine, such as the one of `wotnot demo --web`: it changes nothing, and shows nothing
/// without the token, which that page was given.
const FRAMED_POLICY: &str = policy!("http://127.0.0.1:* http://localhost:*");

const HEADERS: [(HeaderName, &str); 5] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
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
const WATCH: &str = "/_emulator/ui/watch";

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
    (
        WATCH,
        "text/html; charset=utf-8",
        include_str!("../ui/watch.html"),
    ),
    (
        "/_emulator/ui/watch.css",
        "text/css; charset=utf-8",
        include_str!("../ui/watch.css"),
    ),
    script!("main.js"),
    script!("api.js"),
    script!("answers.js"),
    script!("chat.js"),
    script!("clock.js"),
    script!("conversations.js"),
    script!("dom.js"),
    script!("drawing.js"),
    script!("faults.js"),
    script!("findings.js"),
    script!("flow.js"),
    script!("html.js"),
    script!("live.js"),
    script!("log.js"),
    script!("message.js"),
    script!("prompts.js"),
    script!("seat.js"),
    script!("selection.js"),
    script!("tabs.js"),
    script!("traffic.js"),
    script!("types.js"),
    script!("watch.js"),
];

pub(super) fn router(shared: &Arc<Shared>) -> Router<Arc<Shared>> {
    FILES
        .iter()
        .fold(Router::new(), |router, &(path, kind, text)| {
            router.route(path, get(move || async move { file(path, kind, text) }))
        })
        .layer(from_fn_with_state(shared.clone(), authorize_ui))
}

fn file(path: &str, kind: &'static str, text: &'static str) -> Response<Body> {
    let mut answer = Response::new(Body::from(text));
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    let policy = if path == WATCH {
        FRAMED_POLICY
    } else {
        headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
        POLICY
    };
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    answer
}
