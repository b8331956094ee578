//! The webhook endpoint inside the library: hyper on a runtime of one thread, made on request.

use std::convert::Infallible;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, header};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::config::Webhook;
use crate::webhook::{MAX_BODY, Reply};
use crate::{Error, Result};

/// Connections at once; others wait in the system's queue.
const MAX_CONNECTIONS: usize = 512;

/// How long a sender may take for its head, and again for its body.
const READ_TIME: Duration = Duration::from_secs(10);

const MAX_HEAD: usize = 16 * 1024;

/// Takes one post and says what to answer. Runs on the listener's thread: must not block.
pub(crate) type Intake = dyn Fn(&str, Option<&str>) -> Reply + Send + Sync;

/// A running endpoint. Dropping it stops it.
#[derive(Debug)]
pub(crate) struct Listener {
    address: SocketAddr,
    stop: Option<oneshot::Sender<Infallible>>,
    thread: Option<JoinHandle<()>>,
}

struct Endpoint {
    path: String,
    intake: Box<Intake>,
}

impl Listener {
    /// Binds now, so that a taken port is known at once, and serves until dropped.
    pub(crate) fn start(
        webhook: &Webhook,
        address: SocketAddr,
        intake: Box<Intake>,
    ) -> Result<Self> {
        let failed = |error: std::io::Error| {
            Error::invalid(
                "webhook.listen",
                format_args!("cannot listen on {address}: {error}"),
            )
        };
        let socket = TcpListener::bind(address).map_err(failed)?;
        socket.set_nonblocking(true).map_err(failed)?;
        let bound = socket.local_addr().map_err(failed)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .build()
            .map_err(failed)?;
        let endpoint = Arc::new(Endpoint {
            path: webhook.path.clone(),
            intake,
        });
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("wotnot-webhook".into())
            .spawn(move || {
                runtime.block_on(async {
                    tokio::select! {
                        _ = stopped => {}
                        () = serve(socket, endpoint) => {}
                    }
                });
                // Connections that are still open end with the runtime.
                runtime.shutdown_background();
            })
            .map_err(failed)?;
        Ok(Self {
            address: bound,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Lets go of a thread that is not there: after a fork the child has none.
    pub(crate) fn forget(mut self) {
        std::mem::forget(self.stop.take());
        std::mem::forget(self.thread.take());
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic on that thread has been reported there.
            let _ = thread.join();
        }
    }
}

async fn serve(socket: TcpListener, endpoint: Arc<Endpoint>) {
    let Ok(listener) = tokio::net::TcpListener::from_std(socket) else {
        return;
    };
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(connection(stream, Arc::clone(&endpoint), place));
            }
            // Out of file descriptors, or a peer that left at once: neither is for ever.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

async fn connection(
    stream: tokio::net::TcpStream,
    endpoint: Arc<Endpoint>,
    _place: OwnedSemaphorePermit,
) {
    let service = service_fn(move |request| answer(Arc::clone(&endpoint), request));
    // An error here is the sender's: it broke off, was too slow, or spoke something else.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(READ_TIME)
        .max_buf_size(MAX_HEAD)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn answer(
    endpoint: Arc<Endpoint>,
    request: Request<Incoming>,
) -> std::result::Result<Response<Full<Bytes>>, Infallible> {
    let reply = reply(&endpoint, request).await;
    let mut response = Response::new(Full::new(Bytes::from(reply.body)));
    *response.status_mut() = hyper::StatusCode::from_u16(reply.status)
        .unwrap_or(hyper::StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        header::HeaderValue::from_static("application/json"),
    );
    Ok(response)
}

async fn reply(endpoint: &Endpoint, request: Request<Incoming>) -> Reply {
    if request.uri().path() != endpoint.path {
        return Reply::refused(404, "not found");
    }
    if request.method() != Method::POST {
        return Reply::refused(405, "method not allowed");
    }
    let authorization = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    let body = Limited::new(request.into_body(), MAX_BODY).collect();
    let bytes = match tokio::time::timeout(READ_TIME, body).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            return Reply::refused(413, "too large");
        }
        Ok(Err(_)) => return Reply::refused(400, "the body broke off"),
        Err(_) => return Reply::refused(408, "too slow"),
    };
    match std::str::from_utf8(&bytes) {
        Ok(text) => (endpoint.intake)(text, authorization.as_deref()),
        Err(_) => Reply::refused(400, "not UTF-8"),
    }
}
