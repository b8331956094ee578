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

use crate::reply::WebhookReply;
use crate::webhook::{MAX_BODY, WebhookHandler};
use crate::{Error, Result, threads};

use connections::{ConnectionSlot, Connections};

/// How long a newcomer may take for its first head.
const HEAD_TIME: Duration = Duration::from_secs(5);

/// How long a sender that has shown the token may take for a head, the wait for the next post
/// included. Senders keep connections for up to a minute, and must not find theirs closed.
const KEEP_TIME: Duration = Duration::from_secs(90);

/// How long a sender may take for its body.
const BODY_TIME: Duration = Duration::from_secs(10);

const MAX_HEAD: usize = 16 * 1024;

/// A running endpoint. Dropping it stops it.
#[derive(Debug)]
pub(crate) struct Listener {
    address: SocketAddr,
    stop: Option<oneshot::Sender<Infallible>>,
    thread: Option<JoinHandle<()>>,
}

impl Listener {
    /// Binds now, so that a taken port is known at once, and serves until dropped; `None` when the
    /// settings ask for no listener.
    pub(crate) fn start(webhook: &Arc<WebhookHandler>) -> Option<Result<Self>> {
        let address = webhook.settings.listen?;
        Some(Self::bind(webhook, address))
    }

    fn bind(webhook: &Arc<WebhookHandler>, address: SocketAddr) -> Result<Self> {
        let failed = |error: std::io::Error| {
            let advice = match error.kind() {
                std::io::ErrorKind::AddrInUse => {
                    "; another program listens there: stop it, or choose another port (0 picks a free one)"
                }
                _ => "",
            };
            Error::invalid(
                "webhook.listen",
                format_args!("cannot listen on {address}: {error}{advice}"),
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
        let webhook = Arc::clone(webhook);
        let (stop, stopped) = oneshot::channel();
        let thread = threads::spawn("wotnot-webhook", move || {
            runtime.block_on(async {
                tokio::select! {
                    _ = stopped => {}
                    () = serve(socket, webhook) => {}
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

async fn serve(socket: TcpListener, webhook: Arc<WebhookHandler>) {
    let Ok(listener) = tokio::net::TcpListener::from_std(socket) else {
        return;
    };
    let connections = Connections::default();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let webhook = Arc::clone(&webhook);
                connections.admit(|slot| connection(stream, webhook, slot));
            }
            // Out of file descriptors, or a peer that left at once: neither lasts.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

async fn connection(
    stream: tokio::net::TcpStream,
    webhook: Arc<WebhookHandler>,
    slot: Arc<ConnectionSlot>,
) {
    let newcomer = Arc::clone(&slot);
    let service =
        service_fn(move |request| answer(Arc::clone(&webhook), Arc::clone(&slot), request));
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(KEEP_TIME)
        .max_buf_size(MAX_HEAD)
        .serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        // An error here is the sender's: it broke off, was too slow, or spoke something else.
        _ = served => {}
        () = silence(&newcomer) => {}
    }
}

/// Ends when a newcomer has not even sent its first head in time. What follows has other bounds: a
/// body its own, and a refusal closes the connection.
async fn silence(slot: &ConnectionSlot) {
    tokio::time::sleep(HEAD_TIME).await;
    if slot.has_spoken() {
        std::future::pending().await
    }
}

async fn answer(
    webhook: Arc<WebhookHandler>,
    slot: Arc<ConnectionSlot>,
    request: Request<Incoming>,
) -> std::result::Result<Response<Full<Bytes>>, Infallible> {
    slot.speak();
    let reply = match post(&webhook, &slot, request).await {
        Ok((body, authorization)) => webhook
            .accept(&body, authorization.as_deref())
            .unwrap_or_else(|error| {
                let reply = error.reply().cloned();
                reply.unwrap_or_else(WebhookReply::unavailable)
            }),
        Err((status, why)) => webhook.refuse(status, why),
    };
    let mut response = Response::new(Full::new(Bytes::from(reply.body)));
    *response.status_mut() =
        StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    if reply.status == 405 {
        headers.insert(header::ALLOW, HeaderValue::from_static("POST"));
    }
    match reply.status {
        // Both are said to those alone who know the token.
        200 | 503 => slot.prove(),
        _ => drop(headers.insert(header::CONNECTION, HeaderValue::from_static("close"))),
    }
    Ok(response)
}

/// Why a request is no post to the endpoint: the status to answer, and a word for it.
type Refusal = (u16, &'static str);

/// The body and the `Authorization` of a post to the endpoint, or why it is none.
async fn post(
    webhook: &WebhookHandler,
    slot: &ConnectionSlot,
    request: Request<Incoming>,
) -> std::result::Result<(String, Option<String>), Refusal> {
    if request.uri().path() != webhook.settings.path {
        return Err((404, "not found"));
    }
    if request.method() != Method::POST {
        return Err((405, "method not allowed"));
    }
    let headers = request.headers();
    // Two lengths are how one request is hidden inside another.
    if headers.contains_key(header::TRANSFER_ENCODING)
        && headers.contains_key(header::CONTENT_LENGTH)
    {
        return Err((400, "two lengths"));
    }
    let authorization = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    let read = tokio::time::timeout(BODY_TIME, read_body(slot, request.into_body())).await;
    slot.release();
    let body = read.unwrap_or(Err((408, "too slow")))?;
    // Half a character costs itself alone.
    let body = String::from_utf8(body)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
    Ok((body, authorization))
}

async fn read_body(
    slot: &ConnectionSlot,
    mut body: Incoming,
) -> std::result::Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| (400, "the body broke off"))?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if bytes.len() + data.len() > MAX_BODY {
            return Err((413, "too large"));
        }
        slot.hold(data.len());
        bytes.extend_from_slice(&data);
    }
    Ok(bytes)
}
