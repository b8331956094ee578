//! The accept loop. Our own, for the sake of the limits on connections.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;

use super::io::Guarded;

/// How long a caller has for the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a caller may take nothing of what is written to them.
const LONGEST_WRITE: Duration = Duration::from_secs(20);
/// The largest head, in bytes.
const HEAD_LIMIT: usize = 16 * 1024;
const MOST_HEADERS: usize = 64;
/// How long a connection of HTTP/2 may be silent.
const PING_EVERY: Duration = Duration::from_secs(30);
/// Calls side by side on a connection of HTTP/2.
const STREAMS_A_CONNECTION: u32 = 64;

/// Whose socket a call came by; with every request.
#[derive(Clone, Copy)]
pub(crate) struct Peer(pub IpAddr);

/// A listener that is bound.
pub(crate) struct Listening {
    listener: std::net::TcpListener,
    pub address: SocketAddr,
}

/// Takes the port.
pub(crate) fn bind(address: SocketAddr) -> std::io::Result<Listening> {
    let listener = std::net::TcpListener::bind(address)
        .map_err(|error| std::io::Error::new(error.kind(), format!("{address}: {error}")))?;
    listener.set_nonblocking(true)?;
    Ok(Listening {
        address: listener.local_addr()?,
        listener,
    })
}

/// Serves until the runtime ends.
pub(crate) async fn serve(listening: Listening, router: Router) -> std::io::Result<()> {
    let listener = TcpListener::from_std(listening.listener)?;
    let server = builder();
    let service = TowerToHyperService::new(router);
    loop {
        let (tcp, peer) = match listener.accept().await {
            Ok((tcp, address)) => (tcp, Peer(address.ip())),
            Err(error) => {
                // Out of file handles, most likely: those that close make room.
                tracing::warn!(%error, "a connection was not accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let _ = tcp.set_nodelay(true);
        let (server, service) = (server.clone(), service.clone());
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(peer);
            service.call(request)
        });
        tokio::spawn(async move {
            // Callers go whenever they like; that is no fault of ours.
            let io = TokioIo::new(Guarded::new(tcp, LONGEST_WRITE));
            let _ = server.serve_connection(io, service).await;
        });
    }
}

fn builder() -> auto::Builder<TokioExecutor> {
    let mut server = auto::Builder::new(TokioExecutor::new());
    server
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(HEAD_LIMIT)
        .max_headers(MOST_HEADERS)
        .half_close(false);
    server
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PING_EVERY)
        .max_header_list_size(HEAD_LIMIT as u32)
        .max_concurrent_streams(STREAMS_A_CONNECTION);
    server
}
