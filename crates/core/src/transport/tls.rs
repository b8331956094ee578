//! TLS by rustls with ring, and whom it trusts.

use std::io::{Read, Write};
use std::sync::{Arc, OnceLock};

use once_cell::sync::OnceCell;
use rustls::crypto::{CryptoProvider, KeyProvider};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::sign::SigningKey;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, LazyBuffers, NextTimeout, Transport,
    TransportAdapter,
};

use super::BUFFER;
use super::attempt::{Attempt, Fault};
use super::tcp::broken_off;
use crate::config::{Roots, Tls};
use crate::{Error, Result};

/// Wraps the connection when the scheme is https.
#[derive(Clone, Debug)]
pub(super) struct TlsConnector {
    roots: Roots,
    extra: Vec<CertificateDer<'static>>,
    /// Made at the first handshake and kept for all clones, so that sessions are resumed.
    config: Arc<OnceCell<Arc<ClientConfig>>>,
}

impl TlsConnector {
    /// Reads the configured certificates now, so that a wrong path is known at once.
    pub(super) fn new(settings: &Tls) -> Result<Self> {
        let mut extra = Vec::new();
        if let Some(path) = &settings.ca_file {
            let text = std::fs::read(path).map_err(|error| {
                Error::invalid(
                    "tls.ca_file",
                    format_args!("cannot read {}: {error}", path.display()),
                )
            })?;
            extra.extend(read_pem("tls.ca_file", &text)?);
        }
        if let Some(text) = &settings.ca_pem {
            extra.extend(read_pem("tls.ca_pem", text.as_bytes())?);
        }
        if settings.roots == Roots::None && extra.is_empty() {
            return Err(Error::invalid(
                "tls.roots",
                "\"none\" trusts nobody; give tls.ca_file or tls.ca_pem",
            ));
        }
        Ok(Self {
            roots: settings.roots,
            extra,
            config: Arc::default(),
        })
    }

    fn client_config(&self) -> std::result::Result<Arc<ClientConfig>, rustls::Error> {
        self.config
            .get_or_try_init(|| {
                let mut roots = RootCertStore::empty();
                match self.roots {
                    Roots::Bundled => bundled(&mut roots),
                    Roots::System => system(&mut roots),
                    Roots::None => {}
                    Roots::Auto => {
                        system(&mut roots);
                        if roots.is_empty() {
                            bundled(&mut roots);
                        }
                    }
                }
                for certificate in &self.extra {
                    roots.add(certificate.clone())?;
                }
                let provider = CryptoProvider {
                    key_provider: &NoKeys,
                    ..rustls::crypto::ring::default_provider()
                };
                let config = ClientConfig::builder_with_provider(Arc::new(provider))
                    .with_safe_default_protocol_versions()?
                    .with_root_certificates(roots)
                    .with_no_client_auth();
                Ok(Arc::new(config))
            })
            .cloned()
    }
}

/// Clients show no certificate, so that nothing is linked to sign with one.
#[derive(Debug)]
struct NoKeys;

impl KeyProvider for NoKeys {
    fn load_private_key(
        &self,
        _: PrivateKeyDer<'static>,
    ) -> std::result::Result<Arc<dyn SigningKey>, rustls::Error> {
        Err(rustls::Error::General("no client certificates".into()))
    }
}

fn read_pem(field: &str, text: &[u8]) -> Result<Vec<CertificateDer<'static>>> {
    let certificates: std::result::Result<Vec<_>, _> =
        CertificateDer::pem_slice_iter(text).collect();
    let certificates = certificates
        .map_err(|error| Error::invalid(field, format_args!("not a PEM certificate: {error}")))?;
    if certificates.is_empty() {
        return Err(Error::invalid(
            field,
            "holds no certificate; expected PEM text with BEGIN CERTIFICATE",
        ));
    }
    let mut probe = RootCertStore::empty();
    for certificate in &certificates {
        probe.add(certificate.clone()).map_err(|error| {
            Error::invalid(field, format_args!("not a usable certificate: {error}"))
        })?;
    }
    Ok(certificates)
}

fn bundled(roots: &mut RootCertStore) {
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
}

/// The system's store, read once a process.
fn system(roots: &mut RootCertStore) {
    static SYSTEM: OnceLock<Vec<CertificateDer<'static>>> = OnceLock::new();
    let certificates = SYSTEM.get_or_init(|| rustls_native_certs::load_native_certs().certs);
    roots.add_parsable_certificates(certificates.iter().cloned());
}

impl<In: Transport> Connector<In> for TlsConnector {
    type Out = Either<In, TlsTransport>;

    fn connect(
        &self,
        details: &ConnectionDetails,
        chained: Option<In>,
    ) -> std::result::Result<Option<Self::Out>, ureq::Error> {
        let Some(transport) = chained else {
            return Ok(None);
        };
        if !details.needs_tls() || transport.is_tls() {
            return Ok(Some(Either::A(transport)));
        }
        let attempt = Attempt::current()?;
        let host = details.uri.host().unwrap_or_default();
        let stream =
            self.handshake(host, transport, details)
                .inspect_err(|error| match tls_error(error) {
                    Some(tls) => attempt.fail(Fault::Tls(explain(tls, host))),
                    // Nobody said no: a later try may succeed.
                    None => attempt.fail(Fault::Connect(format!(
                        "the connection to {host} broke off during the TLS handshake: {error}"
                    ))),
                })?;
        Ok(Some(Either::B(TlsTransport {
            buffers: LazyBuffers::new(BUFFER, BUFFER),
            stream,
            host: host.to_owned(),
        })))
    }
}

impl TlsConnector {
    fn handshake<In: Transport>(
        &self,
        host: &str,
        transport: In,
        details: &ConnectionDetails,
    ) -> std::io::Result<StreamOwned<ClientConnection, TransportAdapter>> {
        let bare = host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_owned();
        let name = ServerName::try_from(bare).map_err(std::io::Error::other)?;
        let config = self.client_config().map_err(std::io::Error::other)?;
        let mut conn = ClientConnection::new(config, name).map_err(std::io::Error::other)?;
        let mut sock = TransportAdapter::new(transport.boxed(), details.current_time.clone());
        while conn.is_handshaking() {
            conn.complete_io(&mut sock)?;
        }
        Ok(StreamOwned { conn, sock })
    }
}

fn tls_error(error: &std::io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

/// What went wrong, and what to do about it.
fn explain(error: &rustls::Error, host: &str) -> String {
    use rustls::{AlertDescription as A, CertificateError as C};
    let hint = match error {
        rustls::Error::InvalidCertificate(
            C::Expired | C::ExpiredContext { .. } | C::NotValidYet | C::NotValidYetContext { .. },
        ) => {
            "the certificate's dates do not hold; check this machine's clock, or have the certificate renewed"
        }
        rustls::Error::InvalidCertificate(
            C::NotValidForName | C::NotValidForNameContext { .. },
        ) => "the certificate is for another host; check base_url",
        // A bad signature: another authority of the same name.
        rustls::Error::InvalidCertificate(C::UnknownIssuer | C::BadSignature) => {
            "nobody trusted signed the certificate; if a proxy of your company opens TLS, give its certificate as tls.ca_file"
        }
        // rustls has no name of its own for this one, and `openssl req -x509` makes just that.
        rustls::Error::InvalidCertificate(C::Other(why))
            if why.to_string().contains("CaUsedAsEndEntity") =>
        {
            "the server shows the certificate of an authority (CA:TRUE) as its own; give it one that is made with basicConstraints=CA:FALSE"
        }
        rustls::Error::InvalidCertificate(_) => "the certificate was refused",
        rustls::Error::AlertReceived(A::CertificateRequired) => {
            "the server asks for a certificate of the client, which this library does not send"
        }
        rustls::Error::AlertReceived(A::UnrecognisedName) => {
            "the server does not know this host name; check base_url"
        }
        rustls::Error::AlertReceived(
            A::ProtocolVersion | A::HandshakeFailure | A::InsufficientSecurity,
        )
        | rustls::Error::PeerIncompatible(_) => {
            "the server and this library share no TLS version or cipher; TLS 1.2 and 1.3 are spoken"
        }
        rustls::Error::AlertReceived(_) => "the server broke off",
        rustls::Error::InvalidMessage(_) => {
            "the server does not speak TLS on this port; check base_url"
        }
        _ => "the handshake failed",
    };
    format!("TLS with {host} failed: {hint} ({error})")
}

/// One encrypted connection.
pub(super) struct TlsTransport {
    buffers: LazyBuffers,
    stream: StreamOwned<ClientConnection, TransportAdapter>,
    host: String,
}

impl Transport for TlsTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(
        &mut self,
        amount: usize,
        _: NextTimeout,
    ) -> std::result::Result<(), ureq::Error> {
        let output = &self.buffers.output()[..amount];
        self.stream.write_all(output)?;
        Ok(())
    }

    fn await_input(&mut self, _: NextTimeout) -> std::result::Result<bool, ureq::Error> {
        let input = self.buffers.input_append_buf();
        if input.is_empty() {
            return Err(ureq::Error::LargeResponseHeader(BUFFER, super::MAX_HEAD));
        }
        let bytes = match self.stream.read(input) {
            Ok(bytes) => bytes,
            Err(error) => {
                if let Some(tls) = tls_error(&error) {
                    Attempt::current()?.fail(Fault::Tls(explain(tls, &self.host)));
                }
                // An end without TLS's own goodbye may be somebody else's doing.
                return Err(broken_off(error).into());
            }
        };
        self.buffers.input_appended(bytes);
        Ok(bytes > 0)
    }

    fn is_open(&mut self) -> bool {
        self.stream.get_mut().get_mut().is_open()
    }

    fn is_tls(&self) -> bool {
        true
    }
}

impl std::fmt::Debug for TlsTransport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TlsTransport").finish_non_exhaustive()
    }
}
