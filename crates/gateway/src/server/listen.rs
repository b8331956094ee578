//! The accept loop. Our own, for the sake of the limits on connections.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;

use super::connection::Server;
use crate::tls::Certificate;

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

/// Serves until the runtime ends: over TLS where there is a certificate.
pub(crate) async fn serve(
    listening: Listening,
    router: Router,
    certificate: Option<Arc<Certificate>>,
) -> std::io::Result<()> {
    let listener = TcpListener::from_std(listening.listener)?;
    let server = Server::new(router);
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
        let server = server.clone();
        let Some(certificate) = certificate.clone() else {
            tokio::spawn(server.serve(tcp, peer));
            continue;
        };
        tokio::spawn(async move {
            if let Some(tls) = certificate.accept(tcp).await {
                server.serve(tls, peer).await;
            }
        });
    }
}
