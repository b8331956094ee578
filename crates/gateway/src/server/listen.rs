//! The accept loop. Our own, for the sake of the limits on connections.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket};

use super::connection::Server;
use super::peer::Peer;
use crate::api::Calls;
use crate::tls::Certificate;

/// Connections that wait to be accepted, as far as the system allows: when all readers come back at once, those who find no
/// place try again only a second later.
const BACKLOG: u32 = 4_096;

/// A listener that is bound.
pub(crate) struct Listening {
    listener: TcpListener,
    pub address: SocketAddr,
}

/// Takes the port. Within the runtime that serves it.
pub(crate) fn bind(address: SocketAddr) -> std::io::Result<Listening> {
    let listener = listen(address)
        .map_err(|error| std::io::Error::new(error.kind(), format!("{address}: {error}")))?;
    Ok(Listening {
        address: listener.local_addr()?,
        listener,
    })
}

fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // A process that starts again takes the port from the connections of the one before. Windows means
    // something else by it.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves until the runtime ends: over TLS where there is a certificate.
pub(crate) async fn serve(
    listening: Listening,
    calls: Calls,
    certificate: Option<Arc<Certificate>>,
) {
    let listener = listening.listener;
    let server = Server::new(calls);
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
