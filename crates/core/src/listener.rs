//! The webhook endpoint inside the library: hyper on a runtime of one thread, made on request.

mod connections;

use std::convert::Infallible;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{self, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::sync::oneshot;

use crate::config::Webhook;
use crate::webhook::{MAX_BODY, Reply};
use crate::{Error, Result, threads};

use connections::{Connections, Place};

/// How long a sender may take for its head, the wait for a next one included.
const HEAD_TIME: Duration = Duration::from_secs(5);

/// How long a sender may take for its body.
const BODY_TIME: Duration = Duration::from_secs(10);

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
        let thread = threads::spawn("wotnot-webhook", move || {
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
    let connections = Connections::default();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let endpoint = Arc::clone(&endpoint);
                connections.admit(|place| connection(stream, endpoint, place));
            }
            // Out of file descriptors, or a peer that left at once: neither is for ever.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

async fn connection(stream: tokio::net::TcpStream, endpoint: Arc<Endpoint>, place: Arc<Place>) {
    let service =
        service_fn(move |request| answer(Arc::clone(&endpoint), Arc::clone(&place), request));
    // An error here is the sender's: it broke off, was too slow, or spoke something else.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(MAX_HEAD)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn answer(
    endpoint: Arc<Endpoint>,
    place: Arc<Place>,
    request: Request<Incoming>,
) -> std::result::Result<Response<Full<Bytes>>, Infallible> {
    let reply = match post(&endpoint, &place, request).await {
        Ok((body, authorization)) => (endpoint.intake)(&body, authorization.as_deref()),
        Err(refusal) => refusal,
    };
    let mut response = Response::new(Full::new(Bytes::from(reply.body)));
    *response.status_mut() =
        StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    match response.status() {
        // Both are said to those alone who know the token.
        StatusCode::OK | StatusCode::SERVICE_UNAVAILABLE => place.prove(),
        _ => {
            response
                .headers_mut()
                .insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
    }
    Ok(response)
}

/// The body and the `Authorization` of a post to the endpoint, or why it is none.
async fn post(
    endpoint: &Endpoint,
    place: &Place,
    request: Request<Incoming>,
) -> std::result::Result<(String, Option<String>), Reply> {
    if request.uri().path() != endpoint.path {
        return Err(Reply::refused(404, "not found"));
    }
    if request.method() != Method::POST {
        return Err(Reply::refused(405, "method not allowed"));
    }
    let headers = request.headers();
    // Two lengths are how one request is hidden inside another.
    if headers.contains_key(header::TRANSFER_ENCODING)
        && headers.contains_key(header::CONTENT_LENGTH)
    {
        return Err(Reply::refused(400, "two lengths"));
    }
    let authorization = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    let read = tokio::time::timeout(BODY_TIME, read_body(place, request.into_body())).await;
    place.release();
    let body = read.unwrap_or_else(|_| Err(Reply::refused(408, "too slow")))?;
    let body = String::from_utf8(body).map_err(|_| Reply::refused(400, "not UTF-8"))?;
    Ok((body, authorization))
}

async fn read_body(place: &Place, mut body: Incoming) -> std::result::Result<Vec<u8>, Reply> {
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Reply::refused(400, "the body broke off"))?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if bytes.len() + data.len() > MAX_BODY {
            return Err(Reply::refused(413, "too large"));
        }
        place.hold(data.len());
        bytes.extend_from_slice(&data);
    }
    Ok(bytes)
}
