//! The emulator's HTTP server: accepts connections and sends each path to who answers it.

mod access;
mod answers;
mod control;
mod faults;
mod inspect;
mod ui;
mod vendor;
mod visitor;

pub use control::control_routes;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Response;
use axum::routing::post;
use hyper::body::Incoming;
use hyper::service::Service as _;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};

use crate::profile::ServiceProfile;
use crate::reply::Refusal;
use crate::shared::Shared;
use crate::socket::FaultySocket;

/// How long a client has for the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route(wotnot_protocol::START_PATH, post(vendor::start))
        .route("/api/v1/conversation/{id}/messages", post(vendor::send))
        .merge(control::router(&shared))
        .method_not_allowed_fallback(async || answer(Refusal::MethodNotAllowed))
        .fallback(async || answer(Refusal::NotFound))
        .with_state(shared)
}

fn answer(refusal: Refusal) -> Response<Body> {
    refusal.answer(ServiceProfile::default()).into_response()
}

/// Serves until it is dropped.
pub(crate) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let router = router(shared);
    loop {
        match listener.accept().await {
            Ok((tcp, _)) => {
                tokio::spawn(connection(tcp, router.clone()));
            }
            // Out of descriptors, or the client left again: nothing to do but to go on.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

async fn connection(tcp: TcpStream, router: Router) {
    let _ = tcp.set_nodelay(true);
    let (socket, control) = FaultySocket::new(tcp);
    let router = TowerToHyperService::new(router);
    let service = hyper::service::service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(control.clone());
        router.call(request)
    });
    // An error is a client that left or sent what is not HTTP; hyper has answered it where it could.
    let _ = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(TokioIo::new(socket), service)
        .await;
}
