//! Whose certificates are trusted where the command speaks TLS without the library: the system's, and those of
//! a file besides.

use std::io;
use std::path::Path;
use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};

/// The certificates of the system and of the file. Without any, the bundled ones are meant.
///
/// # Errors
/// The file cannot be read, or holds no certificates.
pub fn certificates(ca_file: Option<&Path>) -> io::Result<Vec<CertificateDer<'static>>> {
    let mut certificates = rustls_native_certs::load_native_certs().certs;
    if let Some(path) = ca_file {
        let text = std::fs::read(path)?;
        let own: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
        let own = own.map_err(io::Error::other)?;
        if own.is_empty() {
            return Err(io::Error::other("it holds no certificate (PEM)"));
        }
        certificates.extend(own);
    }
    Ok(certificates)
}

/// What the handshake is calculated with.
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// TLS for posts to endpoints that are not the service.
///
/// # Errors
/// As [`certificates`].
pub fn tls(ca_file: Option<&Path>) -> io::Result<TlsConfig> {
    let certificates = certificates(ca_file)?;
    let roots = match certificates.is_empty() {
        true => RootCerts::WebPki,
        false => certificates
            .iter()
            .map(|it| Certificate::from_der(it).to_owned())
            .collect::<Vec<_>>()
            .into(),
    };
    Ok(TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .root_certs(roots)
        .unversioned_rustls_crypto_provider(provider())
        .build())
}
