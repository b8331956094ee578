//! One connection: which HTTP it speaks, and that its streams are given a smaller home. The
//! transport is anything that reads and writes.

use std::convert::Infallible;
use std::future::{Future, pending, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use axum::body::Body;
use axum::http::response::Parts;
use axum::http::{Method, Response};
use bytes::Bytes;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::time::timeout;

use super::io::Guarded;
use super::peer::Peer;
use super::takeover;
use crate::api::Calls;
use crate::streams::sse::EventStream;

/// How long a caller has for the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a caller may read none of what is written to them.
const LONGEST_WRITE: Duration = Duration::from_secs(20);
/// The largest head, in bytes.
const HEAD_LIMIT: usize = 16 * 1024;
const MOST_HEADERS: usize = 64;
/// How long a connection of HTTP/2 may be silent.
const PING_EVERY: Duration = Duration::from_secs(30);
/// Calls side by side on a connection of HTTP/2.
const STREAMS_A_CONNECTION: u32 = 64;
/// What a connection of HTTP/2 begins with.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Answers the calls of connections.
#[derive(Clone)]
pub(super) struct Server {
    calls: Calls,
    http1: http1::Builder,
    http2: http2::Builder<TokioExecutor>,
}

/// A stream whose answer was given, with the head of that answer.
type Taken = Option<(Parts, EventStream)>;

impl Server {
    pub fn new(calls: Calls) -> Self {
        let mut http1 = http1::Builder::new();
        http1
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            .max_buf_size(HEAD_LIMIT)
            .max_headers(MOST_HEADERS)
            .half_close(false);
        let mut http2 = http2::Builder::new(TokioExecutor::new());
        http2
            .timer(TokioTimer::new())
            .keep_alive_interval(PING_EVERY)
            .max_header_list_size(HEAD_LIMIT as u32)
            .max_concurrent_streams(STREAMS_A_CONNECTION);
        Self {
            calls,
            http1,
            http2,
        }
    }

    /// Serves a connection until it ends. Callers go whenever they like; that is no fault of ours.
    pub async fn serve<T>(self, mut io: T, peer: Peer)
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        match timeout(HEAD_TIMEOUT, first_bytes(&mut io)).await {
            Ok(Ok(first)) if first == PREFACE => self.serve_http2(io, first, peer).await,
            Ok(Ok(first)) => self.serve_http1(io, first, peer).await,
            _ => {}
        }
    }

    async fn serve_http2<T>(self, io: T, first: Bytes, peer: Peer)
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let io = Guarded::new(io, LONGEST_WRITE).with_ahead(first);
        let service = service_fn(|request| {
            let answered = self.answer(request, peer);
            async {
                let (mut response, stream) = answered.await?;
                if let Some(stream) = stream {
                    *response.body_mut() = stream.into_body();
                }
                Ok::<_, Infallible>(response)
            }
        });
        let connection = self.http2.serve_connection(TokioIo::new(io), service);
        let _ = connection.await;
    }

    async fn serve_http1<T>(self, io: T, first: Bytes, peer: Peer)
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let waiting = Arc::<AtomicBool>::default();
        let io = Guarded::new(io, LONGEST_WRITE)
            .with_ahead(first)
            .showing(Arc::clone(&waiting));
        let taken = Mutex::<Taken>::default();
        let service = service_fn(|request| {
            let answered = self.answer(request, peer);
            let taken = &taken;
            async {
                let (response, stream) = answered.await?;
                if let Some(stream) = stream {
                    let noted = Some((response.into_parts().0, stream));
                    *taken.lock().unwrap_or_else(PoisonError::into_inner) = noted;
                    // The connection is taken apart with this call still open.
                    return pending().await;
                }
                Ok::<_, Infallible>(response)
            }
        });
        let mut connection = self.http1.serve_connection(TokioIo::new(io), service);
        let stream = poll_fn(|context| {
            if Pin::new(&mut connection).poll(context).is_ready() {
                return Poll::Ready(None);
            }
            // Answers to earlier calls have to be on their way first.
            if waiting.load(Ordering::Relaxed) {
                return Poll::Pending;
            }
            let taken = taken.lock().unwrap_or_else(PoisonError::into_inner).take();
            taken.map_or(Poll::Pending, |taken| Poll::Ready(Some(taken)))
        });
        if let Some((head, stream)) = stream.await {
            // What the reader sent after its request is no request any more: this is the last answer.
            let io = connection.into_parts().io.into_inner().into_inner();
            // A task of its own, since this one stays as large as it once was.
            let head = takeover::head_of(&head);
            tokio::spawn(takeover::run(io, head, stream, LONGEST_WRITE));
        }
    }

    /// The answer to a call, and the stream that follows its head.
    fn answer(
        &self,
        mut request: Request<Incoming>,
        peer: Peer,
    ) -> impl Future<Output = Result<(Response<Body>, Option<EventStream>), Infallible>> + use<>
    {
        request.extensions_mut().insert(peer);
        let wants_body = *request.method() != Method::HEAD;
        let answered = self.calls.answer(request);
        async move {
            let mut response = answered.await?;
            let stream = EventStream::of(&mut response);
            Ok((response, stream.filter(|_| wants_body)))
        }
    }
}

/// As many bytes as it takes to know whether they are the preface of HTTP/2.
async fn first_bytes(io: &mut (impl AsyncRead + Unpin)) -> std::io::Result<Bytes> {
    let mut seen = [0; PREFACE.len()];
    let mut count = 0;
    while count < seen.len() && PREFACE.starts_with(&seen[..count]) {
        match io.read(&mut seen[count..]).await? {
            0 => break,
            more => count += more,
        }
    }
    Ok(Bytes::copy_from_slice(&seen[..count]))
}
