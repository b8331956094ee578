//! The hops below HTTP: name, connection, TLS.

use std::io;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::ServerName;
use rustls::{CertificateError, ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::Hop;
use crate::trust;

/// A hop with what it leads to, or the hop that failed.
type Walked<T> = Result<(Hop, T), Hop>;

/// A host as names and addresses are written outside of URLs.
fn bare(host: &str) -> &str {
    host.trim_start_matches('[').trim_end_matches(']')
}

/// The addresses of a host.
pub fn dns(host: &str, port: u16) -> Walked<Vec<SocketAddr>> {
    let found = (bare(host), port).to_socket_addrs();
    let addresses: Vec<SocketAddr> = match found {
        Ok(addresses) => addresses.collect(),
        Err(error) => {
            return Err(Hop::failed(
                "dns",
                host,
                format!("no address was found: {error}"),
                "check the spelling of the base URL, and that this machine can resolve names at all",
            ));
        }
    };
    let listed: Vec<String> = addresses.iter().map(|it| it.ip().to_string()).collect();
    Ok((Hop::ok("dns", host, listed.join(", ")), addresses))
}

/// A connection to the first address that takes one.
pub fn tcp(host: &str, addresses: &[SocketAddr], timeout: Duration) -> Walked<TcpStream> {
    let mut problems = Vec::new();
    for address in addresses {
        let began = Instant::now();
        match TcpStream::connect_timeout(address, timeout) {
            Ok(stream) => {
                let limits = stream
                    .set_read_timeout(Some(timeout))
                    .and_then(|()| stream.set_write_timeout(Some(timeout)));
                if let Err(error) = limits {
                    problems.push(format!("{address}: {error}"));
                    continue;
                }
                let detail = format!("{address} in {} ms", began.elapsed().as_millis());
                return Ok((Hop::ok("tcp", host, detail), stream));
            }
            Err(error) => problems.push(format!("{address}: {error}")),
        }
    }
    Err(Hop::failed(
        "tcp",
        host,
        problems.join("; "),
        "is the port right, does a firewall stand between, and does the service run?",
    ))
}

/// TLS over a connection, as the library speaks it.
pub fn tls(
    host: &str,
    mut socket: TcpStream,
    ca_file: Option<&Path>,
) -> Walked<StreamOwned<ClientConnection, TcpStream>> {
    let made = client(host, ca_file).and_then(|mut connection| {
        while connection.is_handshaking() {
            connection.complete_io(&mut socket)?;
        }
        Ok(connection)
    });
    match made {
        Ok(connection) => {
            let version = connection.protocol_version();
            let version = version.and_then(|it| it.as_str()).unwrap_or("TLS");
            let detail = format!("{version}, the certificate is trusted");
            Ok((
                Hop::ok("tls", host, detail),
                StreamOwned::new(connection, socket),
            ))
        }
        Err(error) => Err(Hop::failed("tls", host, error.to_string(), advice(&error))),
    }
}

fn client(host: &str, ca_file: Option<&Path>) -> io::Result<ClientConnection> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(trust::certificates(ca_file)?);
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    let config = ClientConfig::builder_with_provider(trust::provider())
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(bare(host).to_owned()).map_err(io::Error::other)?;
    ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)
}

fn advice(error: &io::Error) -> &'static str {
    use CertificateError as C;
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
    match inner {
        Some(rustls::Error::InvalidCertificate(problem)) => match problem {
            C::Expired
            | C::ExpiredContext { .. }
            | C::NotValidYet
            | C::NotValidYetContext { .. } => {
                "the certificate's dates do not hold: check this machine's clock, or have the certificate renewed"
            }
            C::NotValidForName | C::NotValidForNameContext { .. } => {
                "the certificate is for another host: check the base URL"
            }
            _ => {
                "nobody trusted signed the certificate: where it is your company's own, or its proxy's, give the authority's certificate as --ca-file"
            }
        },
        Some(rustls::Error::InvalidMessage(_)) => {
            "the server does not speak TLS on this port: check the port and the scheme of the base URL"
        }
        _ => {
            "the server broke the handshake off: something between may forbid TLS, or the port is another service's"
        }
    }
}
