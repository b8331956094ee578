//! Host names to addresses, cached for a short while and looked up within the deadline.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use http::Uri;
use ureq::config::Config;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use super::attempt::{Attempt, Fault};

/// How long an answer of the system's resolver is kept.
const KEEP: Duration = Duration::from_secs(30);

/// How often a look-up asks whether the call was cancelled.
const SLICE: Duration = Duration::from_millis(20);

/// As many addresses as ureq carries.
const MAX_ADDRESSES: usize = 16;

/// The addresses of `host:port`, and when they were looked up.
type Known = HashMap<String, (Vec<SocketAddr>, Instant)>;

/// Its clones share what they know.
#[derive(Clone, Debug, Default)]
pub(super) struct CachingResolver {
    known: Arc<Mutex<Known>>,
}

impl Resolver for CachingResolver {
    fn resolve(
        &self,
        uri: &Uri,
        _config: &Config,
        _timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let authority = uri.authority().ok_or(ureq::Error::HostNotFound)?;
        let port = authority.port_u16().unwrap_or(match uri.scheme_str() {
            Some("http") => 80,
            _ => 443,
        });
        let host = authority.host();
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        if let Ok(address) = bare.parse::<IpAddr>() {
            return Ok(self.pack(&[SocketAddr::new(address, port)]));
        }
        let key = format!("{host}:{port}");
        let attempt = Attempt::current()?;
        if !attempt.wants_fresh_addresses()
            && let Some((addresses, since)) = self.lock().get(&key)
            && since.elapsed() < KEEP
        {
            return Ok(self.pack(addresses));
        }
        match look_up(&attempt, &key) {
            Ok(addresses) => {
                let packed = self.pack(&addresses);
                self.lock().insert(key, (addresses, Instant::now()));
                Ok(packed)
            }
            Err(error) => {
                self.lock().remove(&key);
                Err(error)
            }
        }
    }
}

impl CachingResolver {
    fn pack(&self, addresses: &[SocketAddr]) -> ResolvedSocketAddrs {
        let mut packed = self.empty();
        for address in addresses.iter().take(MAX_ADDRESSES) {
            packed.push(*address);
        }
        packed
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Asks the system on a thread of its own: its call can neither be given a time limit nor woken.
/// The thread ends with the look-up.
fn look_up(attempt: &Attempt, key: &str) -> Result<Vec<SocketAddr>, ureq::Error> {
    let (answer, wait) = mpsc::sync_channel(1);
    let name = key.to_owned();
    std::thread::Builder::new()
        .name("wotnot-resolve".into())
        .spawn(move || {
            let found = name.to_socket_addrs().map(Iterator::collect::<Vec<_>>);
            // The caller may have given up.
            let _ = answer.send(found);
        })?;
    let deadline = attempt.connect_deadline();
    loop {
        attempt.wake().check();
        if attempt.wake().stopped().is_some() {
            return Err(std::io::Error::other("stopped").into());
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            attempt.fail(Fault::Deadline);
            return Err(ureq::Error::Timeout(ureq::Timeout::Resolve));
        }
        let host = key.rsplit_once(':').map_or(key, |(host, _)| host);
        match wait.recv_timeout(left.min(SLICE)) {
            Ok(Ok(addresses)) if !addresses.is_empty() => return Ok(interleave(addresses)),
            Ok(found) => {
                let why = found
                    .err()
                    .map_or_else(String::new, |error| format!(": {error}"));
                attempt.fail(Fault::Resolve(format!(
                    "could not resolve the host {host}{why}"
                )));
                return Err(ureq::Error::HostNotFound);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Err(ureq::Error::HostNotFound),
        }
    }
}

/// Takes turns between the address families, so that one that is broken costs one attempt.
fn interleave(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let first_is_v6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (mut first, mut second): (Vec<_>, Vec<_>) = addresses
        .into_iter()
        .partition(|address| address.is_ipv6() == first_is_v6);
    first.reverse();
    second.reverse();
    let mut mixed = Vec::with_capacity(first.len() + second.len());
    while let Some(address) = first.pop().or_else(|| second.pop()) {
        mixed.push(address);
        mixed.extend(second.pop());
    }
    mixed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_families_take_turns() {
        let parse = |list: &[&str]| -> Vec<SocketAddr> {
            list.iter().map(|text| text.parse().unwrap()).collect()
        };
        let mixed = interleave(parse(&[
            "[::1]:1",
            "[::2]:1",
            "[::3]:1",
            "1.1.1.1:1",
            "2.2.2.2:1",
        ]));
        assert_eq!(
            mixed,
            parse(&["[::1]:1", "1.1.1.1:1", "[::2]:1", "2.2.2.2:1", "[::3]:1"])
        );
    }
}
