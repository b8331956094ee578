//! Posts to others than the vendor, over HTTP/1.1. Who is posted to, and what an answer means, is decided
//! elsewhere.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::HOST;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::config::Receiver;
use crate::tls;

/// How long a receiver has for a whole answer.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The largest body of an answer, in bytes.
const ANSWER_LIMIT: usize = 64 * 1024;

type Sender = SendRequest<Full<Bytes>>;

/// The connection to one receiver, kept from post to post.
#[derive(Default)]
pub(crate) struct Link(Option<Sender>);

impl Link {
    /// Posts it. After an error nobody knows whether it arrived; the text says why, and holds no URL.
    pub async fn post(
        &mut self,
        receiver: &Receiver,
        headers: &[(&'static str, &str)],
        body: Bytes,
    ) -> Result<Response<Bytes>, String> {
        let kept = self.0.take();
        let sent = timeout(TIMEOUT, exchange(kept, receiver, headers, body)).await;
        let (response, sender) = sent.map_err(|_| "no answer in time")??;
        self.0 = Some(sender);
        Ok(response)
    }
}

async fn exchange(
    kept: Option<Sender>,
    receiver: &Receiver,
    headers: &[(&'static str, &str)],
    body: Bytes,
) -> Result<(Response<Bytes>, Sender), String> {
    let url = receiver.url();
    let path = url.path_and_query().map_or("/", |path| path.as_str());
    let host = url.authority().map_or("", |authority| authority.as_str());
    let mut request = Request::post(path).header(HOST, host);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Full::new(body)).map_err(text_of)?;
    let mut sender = match usable(kept).await {
        Some(sender) => sender,
        None => connect(receiver).await?,
    };
    let response = sender.send_request(request).await;
    let (head, body) = response.map_err(text_of)?.into_parts();
    let body = Limited::new(body, ANSWER_LIMIT).collect().await;
    let body = body.map_err(|_| "its answer did not come whole, or is too large")?;
    Ok((Response::from_parts(head, body.to_bytes()), sender))
}

/// A kept connection, unless it was closed meanwhile.
async fn usable(kept: Option<Sender>) -> Option<Sender> {
    let mut sender = kept?;
    sender.ready().await.ok()?;
    Some(sender)
}

fn text_of(error: impl ToString) -> String {
    error.to_string()
}

async fn connect(receiver: &Receiver) -> Result<Sender, String> {
    let tcp = TcpStream::connect((receiver.host(), receiver.port())).await;
    let tcp = tcp.map_err(text_of)?;
    let _ = tcp.set_nodelay(true);
    if !receiver.is_https() {
        return over(tcp).await;
    }
    let name = ServerName::try_from(receiver.host().to_owned());
    let name = name.map_err(|_| "its host is no name that a certificate can be for")?;
    let connector = TlsConnector::from(CLIENT.clone()?);
    over(connector.connect(name, tcp).await.map_err(text_of)?).await
}

async fn over<T>(io: T) -> Result<Sender, String>
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sender, connection) = handshake(TokioIo::new(io)).await.map_err(text_of)?;
    tokio::spawn(connection);
    Ok(sender)
}

/// Trusts the authorities of the system, or those that are built in where it has none.
static CLIENT: LazyLock<Result<Arc<ClientConfig>, String>> = LazyLock::new(|| {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    let config = ClientConfig::builder_with_provider(tls::provider())
        .with_safe_default_protocol_versions()
        .map_err(text_of)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
});
