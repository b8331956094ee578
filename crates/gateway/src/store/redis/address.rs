//! Where the server is: what stands in the configuration, read into what connects.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo, RedisConnectionInfo};

use crate::config::Hidden;

const EXPECTED: &str = "expected redis://user:password@host:port/database, or rediss:// for TLS; \
several hosts of a cluster or of Sentinel are separated by commas";

/// The address of a Redis or Valkey: one server, seeds of a cluster, or Sentinels.
#[derive(Clone)]
pub struct RedisAddress {
    pub(super) seeds: Vec<ConnectionAddr>,
    pub(super) login: RedisConnectionInfo,
    /// The name of the master that Sentinels watch.
    pub(super) service: Option<String>,
    /// Certificates in PEM that are trusted instead of the system's.
    pub(super) roots: Option<Arc<Vec<u8>>>,
    /// As it may be shown.
    pub(super) shown: String,
}

impl RedisAddress {
    /// Reads a URL: `redis://[user:password@]host[:port][,host[:port]…][/database][?service=name]`.
    ///
    /// # Errors
    /// What is wrong with it; nothing of the URL is repeated.
    pub fn parse(url: &Hidden) -> Result<Self, String> {
        let url = url.expose().trim();
        let (scheme, rest) = url.split_once("://").ok_or(EXPECTED)?;
        if !matches!(scheme, "redis" | "rediss") {
            return Err(EXPECTED.into());
        }
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
        let (login, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));
        let service = match query.split_once('=') {
            None if query.is_empty() => None,
            Some(("service", name)) if !name.is_empty() => Some(name.to_owned()),
            _ => return Err(format!("after `?` only service=NAME is known; {EXPECTED}")),
        };
        let mut seeds = Vec::new();
        let mut logins = RedisConnectionInfo::default();
        for host in hosts.split(',') {
            let one = match login {
                "" => format!("{scheme}://{host}/{database}"),
                login => format!("{scheme}://{login}@{host}/{database}"),
            };
            let info: ConnectionInfo = one.as_str().into_connection_info().map_err(|_| EXPECTED)?;
            seeds.push(info.addr().clone());
            logins = info.redis_settings().clone();
        }
        Ok(Self {
            seeds,
            login: logins,
            service,
            roots: None,
            shown: format!("{scheme}://{hosts}"),
        })
    }

    /// Trusts the certificates of this file instead of the system's.
    ///
    /// # Errors
    /// The file cannot be read, or the address is not one of TLS.
    pub fn trusting(mut self, file: &Path) -> Result<Self, String> {
        if !self.is_tls() {
            return Err("is for rediss:// alone".into());
        }
        let pem = std::fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
        self.roots = Some(Arc::new(pem));
        Ok(self)
    }

    pub(super) fn is_tls(&self) -> bool {
        matches!(self.seeds.first(), Some(ConnectionAddr::TcpTls { .. }))
    }
}

/// Without the password.
impl fmt::Display for RedisAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for RedisAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl PartialEq for RedisAddress {
    fn eq(&self, other: &Self) -> bool {
        let login = |it: &Self| {
            (
                it.login.username().map(str::to_owned),
                it.login.password().map(str::to_owned),
            )
        };
        self.shown == other.shown
            && self.service == other.service
            && self.roots == other.roots
            && self.login.db() == other.login.db()
            && login(self) == login(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Result<RedisAddress, String> {
        RedisAddress::parse(&Hidden::new(url))
    }

    #[test]
    fn an_address_names_hosts_and_hides_the_password() {
        let address = parse("rediss://gate:pa%40ss@a:7000,b/2?service=main").unwrap();
        assert_eq!(address.login.password(), Some("pa@ss"));
        assert_eq!((address.seeds.len(), address.login.db()), (2, 2));
        assert_eq!(address.service.as_deref(), Some("main"));
        assert!(address.is_tls());
        for shown in [address.to_string(), format!("{address:?}")] {
            assert_eq!(shown, "rediss://a:7000,b");
        }
        assert_ne!(
            address,
            parse("rediss://gate:other@a:7000,b/2?service=main").unwrap()
        );
    }

    #[test]
    fn an_address_that_is_none_is_refused_and_not_repeated() {
        for url in [
            "",
            "localhost",
            "http://x:secret-word@host",
            "redis://x:secret-word@host:port",
            "redis://x:secret-word@host/db",
            "redis://x:secret-word@host?cluster=1",
        ] {
            let why = parse(url).unwrap_err();
            assert!(
                why.contains("redis://") && !why.contains("secret-word"),
                "{url}: {why}"
            );
        }
        let plain = parse("redis://host").unwrap();
        assert!(plain.trusting("ca.pem".as_ref()).is_err());
    }
}
