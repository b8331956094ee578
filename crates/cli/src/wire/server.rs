//! A small HTTP server on a port of this machine, for the commands that stand in for the service or between
//! it and the client.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderMap, Method, Response, StatusCode, Uri};
use tokio::runtime::Runtime;
use tokio::sync::oneshot::{Sender, channel};
use tokio::task::JoinHandle;

/// The largest body, in bytes.
const BODY_LIMIT: usize = 8 * 1024 * 1024;

/// How long the last answers may take to leave.
const LAST_ANSWERS: Duration = Duration::from_secs(5);

/// What came.
pub struct Request {
    pub method: Method,
    pub uri: Uri,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// What is answered.
#[derive(Clone)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    /// A reply without a body.
    pub fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// A reply of JSON.
    pub fn json(status: u16, body: &serde_json::Value) -> Self {
        Self {
            status,
            headers: vec![("content-type", "application/json".to_owned())],
            body: body.to_string().into_bytes(),
        }
    }
}

/// A server that runs until it is dropped; what is being answered then is answered still.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    /// The runtime, what ends the server, and when it has ended.
    running: Option<(Runtime, Sender<()>, JoinHandle<()>)>,
}

impl Server {
    /// Answers every request with what `answer` says, each on a thread of its own.
    ///
    /// # Errors
    /// The address cannot be had, or no thread be started.
    pub fn start(
        address: SocketAddr,
        answer: impl Fn(Request) -> Reply + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let answer = Arc::new(answer);
        let handle = move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
            let answer = Arc::clone(&answer);
            let request = Request {
                method,
                uri,
                headers,
                body,
            };
            async move {
                // It may wait for another server.
                let answered = tokio::task::spawn_blocking(move || answer(request)).await;
                answered.map_or_else(|_| failed(), response)
            }
        };
        let router = Router::new()
            .fallback(handle)
            .layer(DefaultBodyLimit::max(BODY_LIMIT));
        let (stop, stopped) = channel();
        let ended = runtime.spawn(async move {
            let Ok(listener) = tokio::net::TcpListener::from_std(listener) else {
                return;
            };
            let until = async {
                // A sender that is gone ends it too.
                let _ = stopped.await;
            };
            // It fails at nothing but what ends it.
            let _ = axum::serve(listener, router)
                .with_graceful_shutdown(until)
                .await;
        });
        Ok(Self {
            address,
            running: Some((runtime, stop, ended)),
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some((runtime, stop, ended)) = self.running.take() {
            drop(stop);
            let ending = async { tokio::time::timeout(LAST_ANSWERS, ended).await };
            // What is not answered by then never will be.
            let _ = runtime.block_on(ending);
            runtime.shutdown_background();
        }
    }
}

fn response(reply: Reply) -> Response<Body> {
    let mut response = Response::builder().status(reply.status);
    for (name, value) in reply.headers {
        response = response.header(name, value);
    }
    response
        .body(reply.body.into())
        .unwrap_or_else(|_| failed())
}

fn failed() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response
}
