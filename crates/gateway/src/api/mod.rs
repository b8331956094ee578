//! The calls, from HTTP to the rooms that do the work and back. What a call means is decided there.

mod access;
mod caller;
pub(crate) mod conversations;
mod cors;
pub(crate) mod events;
mod extract;
pub(crate) mod files;
mod hook;
mod sessions;
mod visitor;

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, RETRY_AFTER,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};
use axum::middleware;
use axum::response::IntoResponse;
use axum::routing::{delete, get, post};
use axum::{BoxError, Router};
use bytes::Bytes;
use futures_util::future::Either;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde_json::Value;
use tokio::time::timeout;

use crate::app::App;
use crate::config::{Origin, OriginPattern};
use crate::error::{ApiError, ApiResult, ErrorCode};
use crate::limits;
use crate::server::Peer;

/// The largest body of a browser's call, in bytes.
const BODY_LIMIT: usize = 64 * 1024;
/// How long a body may take to come.
const BODY_TIME: Duration = Duration::from_secs(10);

/// What browsers and apps call.
pub(crate) fn public(app: &Arc<App>) -> Router {
    Router::new()
        .route("/v1/sessions", post(sessions::start))
        .route("/v1/sessions/refresh", post(sessions::refresh))
        .route("/v1/conversations", post(conversations::start))
        .route("/v1/conversations/{id}", get(conversations::snapshot))
        .route("/v1/conversations/{id}/messages", post(conversations::say))
        .route(
            "/v1/conversations/{id}/messages/{client_id}/resolve",
            post(conversations::resolve),
        )
        .route("/v1/conversations/{id}/events", get(events::events))
        .route(
            "/v1/conversations/{id}/transcript",
            get(conversations::transcript),
        )
        .route("/v1/files", post(files::begin))
        .route(
            "/v1/files/{id}",
            get(files::show).put(files::write).patch(files::write),
        )
        .route("/v1/files/{id}/complete", post(files::complete))
        .route("/files/{id}", get(files::fetch))
        .route("/v1/visitor/export", get(visitor::export))
        .route("/v1/visitor", delete(visitor::erase))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(middleware::from_fn_with_state(Arc::clone(app), cors::layer))
        .with_state(Arc::clone(app))
}

/// What the vendor posts to.
pub(crate) fn hook(app: &Arc<App>) -> Router {
    Router::new()
        .route(hook::ROUTE, post(hook::take))
        .with_state(Arc::clone(app))
}

/// Writes each call into the access log, and counts it.
pub(crate) fn watched(app: &Arc<App>, router: Router) -> Router {
    let layer = middleware::from_fn_with_state(Arc::clone(app), access::layer);
    router.layer(layer)
}

/// What a listener answers its calls with.
#[derive(Clone)]
pub(crate) struct Calls {
    router: TowerToHyperService<Router>,
    /// Where the vendor posts to this listener.
    hook: Option<Arc<App>>,
}

impl Calls {
    /// Those that this router knows.
    pub fn of(router: Router) -> Self {
        Self {
            router: TowerToHyperService::new(router),
            hook: None,
        }
    }

    /// Takes the vendor's posts too; the router has their route for all other calls to it.
    pub fn with_hook(mut self, app: &Arc<App>) -> Self {
        self.hook = Some(Arc::clone(app));
        self
    }

    /// The answer to a call.
    pub fn answer(
        &self,
        request: Request<Incoming>,
    ) -> impl Future<Output = Result<Response<Body>, Infallible>> + use<> {
        match &self.hook {
            Some(app) if hook::is_post(&request) => {
                Either::Left(hook::answer(Arc::clone(app), request))
            }
            _ => Either::Right(self.router.call(request)),
        }
    }
}

async fn not_found() -> ApiError {
    ApiError::not_found()
}

async fn method_not_allowed() -> ApiError {
    ApiError::new(
        ErrorCode::MethodNotAllowed,
        "this path does not take this method",
    )
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response<Body> {
        let status =
            StatusCode::from_u16(self.code().status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = json_response(status, &self.body());
        if let Some(seconds) = self.retry_after_seconds() {
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

fn json_response(status: StatusCode, body: &impl Serialize) -> Response<Body> {
    let body = serde_json::to_string(body).unwrap_or_default();
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert("cache-control", HeaderValue::from_static("no-store"));
    response
}

/// A file to save: nothing that a browser shows or runs in this host's name.
fn attachment(kind: &str, name: &str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    let disposition = format!(
        "attachment; filename*=UTF-8''{}",
        utf8_percent_encode(name, NON_ALPHANUMERIC)
    );
    for (header, value) in [
        (CONTENT_TYPE, kind),
        (CONTENT_DISPOSITION, &disposition),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CACHE_CONTROL, "private, no-store"),
    ] {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(header, value);
        }
    }
    response
}

/// The body, within `limit` bytes and a time: one that trickles in would hold its call open.
async fn read_body<B>(body: B, limit: usize) -> ApiResult<Bytes>
where
    B: hyper::body::Body<Error: Into<BoxError>>,
{
    let body = Limited::new(body, limit).collect();
    let Ok(body) = timeout(BODY_TIME, body).await else {
        return Err(ApiError::new(
            ErrorCode::InvalidRequest,
            format!("the body did not come within {} s", BODY_TIME.as_secs()),
        ));
    };
    match body {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(ApiError::new(
            ErrorCode::TooLarge,
            format!("the body is larger than {limit} bytes"),
        )),
        Err(_) => Err(ApiError::new(
            ErrorCode::InvalidRequest,
            "the body did not come whole",
        )),
    }
}

fn as_text(body: &[u8]) -> ApiResult<&str> {
    std::str::from_utf8(body)
        .map_err(|_| ApiError::new(ErrorCode::InvalidRequest, "body: not UTF-8"))
}

/// The body of a browser's call.
async fn read_json(request: Request) -> ApiResult<Value> {
    let body = read_body(request.into_body(), BODY_LIMIT).await?;
    serde_json::from_str(as_text(&body)?).map_err(|error| {
        ApiError::new(
            ErrorCode::InvalidRequest,
            format!(
                "body: not JSON: line {}, column {}",
                error.line(),
                error.column()
            ),
        )
    })
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// The address that the call counts for.
fn address(app: &App, request: &Request) -> IpAddr {
    let peer = request.extensions().get::<Peer>();
    let socket = peer.map_or(Ipv4Addr::UNSPECIFIED.into(), |peer| peer.0);
    limits::client(request.headers(), socket, app.limiter.trusted_proxies)
}

/// One page of HTML at `/`. A name that was made to point here (DNS rebinding) does not get it: it may hold what gives access
/// to the bot behind it.
pub(crate) fn page(html: String) -> Router {
    let html: Arc<str> = html.into();
    let served = move |headers: HeaderMap| async move {
        let origin =
            header(&headers, "host").and_then(|host| Origin::parse(&format!("http://{host}")));
        match origin {
            Some(origin) if OriginPattern::Loopback.fits(&origin).is_some() => {
                axum::response::Html(html.to_string()).into_response()
            }
            _ => {
                let problem = "open this page by 127.0.0.1 or localhost\n";
                (StatusCode::MISDIRECTED_REQUEST, problem).into_response()
            }
        }
    };
    Router::new().route("/", get(served))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_body_that_does_not_come_is_not_waited_for() {
        let body = Body::from_stream(futures_util::stream::pending::<
            Result<Vec<u8>, std::io::Error>,
        >());
        let read = timeout(2 * BODY_TIME, read_body(body, BODY_LIMIT)).await;
        let error = read.expect("it is given up").unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidRequest);
    }
}
