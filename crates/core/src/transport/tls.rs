//! TLS by rustls with ring.

use std::io::{Read, Write};
use std::sync::{Arc, Mutex, PoisonError};

use rustls::crypto::{CryptoProvider, KeyProvider};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::sign::SigningKey;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, LazyBuffers, NextTimeout, Transport,
};

use super::BUFFER;
use super::attempt::{Attempt, Fault};
use super::ciphertext::Ciphertext;
use super::roots::SystemStore;
use super::tcp::broken_off;
use crate::config::{Roots, Tls, bare_host};
use crate::{Error, Result};

/// Wraps the connection when the scheme is https.
#[derive(Clone, Debug)]
pub(super) struct TlsConnector {
    roots: Roots,
    extra: Vec<CertificateDer<'static>>,
    store: SystemStore,
    /// Made at the first handshake and kept for all clones, so that sessions are resumed.
    config: Arc<Mutex<Option<Arc<ClientConfig>>>>,
}

/// The settings of a handshake, and what is amiss with the authorities that it trusts.
type Settings = (Arc<ClientConfig>, Option<Arc<str>>);

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
            store: SystemStore::default(),
            config: Arc::default(),
        })
    }

    /// Settings that do not hold what was asked for, since the system's store could not be read, are
    /// not kept.
    fn settings(&self, attempt: &Attempt) -> std::result::Result<Settings, ureq::Error> {
        if let Some(config) = &*self.kept() {
            return Ok((Arc::clone(config), None));
        }
        let mut roots = RootCertStore::empty();
        let mut amiss = None;
        if let Roots::Auto | Roots::System = self.roots {
            match self.store.read(attempt)? {
                Ok(certificates) => {
                    roots.add_parsable_certificates(certificates.iter().cloned());
                }
                Err(why) => amiss = Some(why),
            }
        }
        if self.roots == Roots::Bundled || self.roots == Roots::Auto && roots.is_empty() {
            roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        }
        let config = Arc::new(self.trusting(roots).map_err(std::io::Error::other)?);
        if amiss.is_none() {
            // Another call may have been faster: its sessions are the ones to resume.
            return Ok((Arc::clone(self.kept().get_or_insert(config)), None));
        }
        Ok((config, amiss))
    }

    fn trusting(
        &self,
        mut roots: RootCertStore,
    ) -> std::result::Result<ClientConfig, rustls::Error> {
        for certificate in &self.extra {
            roots.add(certificate.clone())?;
        }
        let provider = CryptoProvider {
            key_provider: &NoKeys,
            ..rustls::crypto::ring::default_provider()
        };
        Ok(ClientConfig::builder_with_provider(Arc::new(provider))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth())
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Option<Arc<ClientConfig>>> {
        self.config.lock().unwrap_or_else(PoisonError::into_inner)
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
        let (config, amiss) = self.settings(&attempt)?;
        let stream =
            handshake(config, host, transport).inspect_err(|error| match tls_error(error) {
                Some(tls) => {
                    let amiss = amiss.map_or_else(String::new, |why| format!("; {why}"));
                    attempt.fail(Fault::Tls(explain(tls, host) + &amiss));
                }
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

type TlsStream = StreamOwned<ClientConnection, Ciphertext>;

fn handshake(
    config: Arc<ClientConfig>,
    host: &str,
    transport: impl Transport,
) -> std::io::Result<TlsStream> {
    let name = ServerName::try_from(bare_host(host).to_owned()).map_err(std::io::Error::other)?;
    let mut conn = ClientConnection::new(config, name).map_err(std::io::Error::other)?;
    let mut sock = Ciphertext::over(transport.boxed());
    while conn.is_handshaking() {
        conn.complete_io(&mut sock)?;
    }
    Ok(StreamOwned { conn, sock })
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
    stream: TlsStream,
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

    /// What the peer sent beyond the answer would become the next call's: the goodbye, or bytes that
    /// nobody asked for, whether they are decrypted, waiting to be, or in the socket.
    fn is_open(&mut self) -> bool {
        let is_quiet =
            self.stream.conn.process_new_packets().is_ok_and(|state| {
                state.plaintext_bytes_to_read() == 0 && !state.peer_has_closed()
            });
        is_quiet && self.stream.sock.is_open()
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
