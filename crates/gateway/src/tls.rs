//! TLS for those without a proxy: rustls with ring, HTTP/2 and HTTP/1.1 by ALPN. The certificate can
//! change while the gateway runs.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// How long a caller has for the handshake.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// Where the certificate and its key are, both PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The chain, the host's own certificate first.
    pub cert: PathBuf,
    /// The key of that certificate.
    pub key: PathBuf,
}

/// The one provider of the project.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

impl TlsFiles {
    /// Reads both files; says what is wrong with them, without anything of the key.
    pub(crate) fn load(&self) -> Result<Arc<ServerConfig>, String> {
        let failed = |name: &str, file: &Path, why: &dyn std::fmt::Display| {
            format!("{name}: {}: {why}", file.display())
        };
        let chain = CertificateDer::pem_file_iter(&self.cert)
            .and_then(|found| found.collect::<Result<Vec<_>, _>>())
            .map_err(|error| failed("cert_file", &self.cert, &error))?;
        if chain.is_empty() {
            return Err(failed(
                "cert_file",
                &self.cert,
                &"there is no certificate in it",
            ));
        }
        let key = PrivateKeyDer::from_pem_file(&self.key)
            .map_err(|error| failed("key_file", &self.key, &error))?;
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(|error| failed("key_file", &self.key, &error))?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

/// The certificate as it is now.
pub(crate) struct Certificate(RwLock<Arc<ServerConfig>>);

impl Certificate {
    pub fn new(config: Arc<ServerConfig>) -> Self {
        Self(RwLock::new(config))
    }

    /// Connections that come from now on get this one.
    pub fn set(&self, config: Arc<ServerConfig>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = config;
    }

    /// Shakes hands; `None` when nothing came of it, which is no fault of ours.
    pub async fn accept(&self, tcp: TcpStream) -> Option<TlsStream<TcpStream>> {
        let config = Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner));
        let handshake = TlsAcceptor::from(config).accept(tcp);
        timeout(HANDSHAKE_TIMEOUT, handshake).await.ok()?.ok()
    }
}
