//! Connections to one webhook endpoint that are kept for the next POST. What is posted is `target`'s.

use std::sync::Mutex;
use std::time::Duration;

use axum::http::{Request, Response};
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::lock;

/// How long a connection is kept without being used.
pub(super) const KEPT_IDLE: Duration = Duration::from_secs(15);

/// One connection that is free.
pub(super) type Connection = SendRequest<Full<Bytes>>;

pub(super) struct Connections {
    host: String,
    port: u16,
    idle: Mutex<Vec<(Connection, Instant)>>,
}

impl Connections {
    /// `host` as it stands in a URL: an IPv6 address in brackets.
    pub fn new(host: &str, port: u16) -> Self {
        Self {
            host: host
                .trim_start_matches('[')
                .trim_end_matches(']')
                .to_owned(),
            port,
            idle: Mutex::default(),
        }
    }

    /// Sends the request; the connection is to be given back when the answer's body was read to its end.
    pub async fn send(
        &self,
        mut request: Request<Full<Bytes>>,
    ) -> Result<(Connection, Response<Incoming>), &'static str> {
        const BROKE: &str = "the connection broke";
        while let Some(mut kept) = self.take() {
            if kept.ready().await.is_err() {
                continue;
            }
            match kept.try_send_request(request).await {
                Ok(answer) => return Ok((kept, answer)),
                // The endpoint had closed it; what was not sent at all can go over another one.
                Err(mut error) => request = error.take_message().ok_or(BROKE)?,
            }
        }
        let mut fresh = self.connect().await.map_err(|_| "no connection")?;
        let answer = fresh.send_request(request).await.map_err(|_| BROKE)?;
        Ok((fresh, answer))
    }

    pub fn give_back(&self, connection: Connection) {
        lock(&self.idle).push((connection, Instant::now()));
    }

    fn take(&self) -> Option<Connection> {
        lock(&self.idle).pop().map(|(connection, _)| connection)
    }

    async fn connect(&self) -> std::io::Result<Connection> {
        let tcp = TcpStream::connect((self.host.as_str(), self.port)).await?;
        tcp.set_nodelay(true)?;
        let (sender, connection) = http1::Builder::new()
            .writev(false) // One plain write of head and body costs less than a gathered one.
            .handshake(TokioIo::new(tcp))
            .await
            .map_err(std::io::Error::other)?;
        tokio::spawn(connection);
        Ok(sender)
    }

    /// Closes those that nobody has used for [`KEPT_IDLE`].
    pub fn close_idle(&self) {
        lock(&self.idle).retain(|(_, since)| since.elapsed() < KEPT_IDLE);
    }
}
