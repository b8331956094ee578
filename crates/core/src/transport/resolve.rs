//! Host names to addresses, cached for a short while and looked up within the deadline.

use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use http::Uri;
use ureq::config::Config;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use super::attempt::{Attempt, Fault};
use super::background::Job;
use crate::config::bare_host;

/// How long an answer of the system's resolver is kept.
const KEEP: Duration = Duration::from_secs(30);

/// As many addresses as ureq carries.
const MAX_ADDRESSES: usize = 16;

/// What the system's resolver says; the error as text, for all who wait for it.
type Found = Result<Vec<SocketAddr>, String>;

/// Its clones share what they know.
#[derive(Clone, Debug)]
pub(super) struct CachingResolver {
    /// The service or its proxy: one or two.
    hosts: Arc<Mutex<Vec<Host>>>,
    ask: fn(&str, u16) -> io::Result<Vec<SocketAddr>>,
}

#[derive(Debug)]
struct Host {
    name: String,
    port: u16,
    /// The addresses, and when they were looked up.
    known: Option<(Vec<SocketAddr>, Instant)>,
    /// Where the last connection was made.
    worked: Option<SocketAddr>,
    look_up: Option<Arc<Job<Found>>>,
}

impl Default for CachingResolver {
    fn default() -> Self {
        Self {
            hosts: Arc::default(),
            ask: |name, port| Ok((name, port).to_socket_addrs()?.collect()),
        }
    }
}

impl Resolver for CachingResolver {
    fn resolve(
        &self,
        uri: &Uri,
        _config: &Config,
        _timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let (name, port) = host_and_port(uri).ok_or(ureq::Error::HostNotFound)?;
        if let Ok(address) = name.parse::<IpAddr>() {
            return Ok(self.pack(&[SocketAddr::new(address, port)]));
        }
        let attempt = Attempt::current()?;
        let look_up = {
            let mut hosts = self.lock();
            let host = find(&mut hosts, name, port);
            if !attempt.wants_fresh_addresses()
                && let Some((addresses, since)) = &host.known
                && since.elapsed() < KEEP
            {
                return Ok(self.pack(addresses));
            }
            match &host.look_up {
                Some(look_up) => Arc::clone(look_up),
                None => Arc::clone(host.look_up.insert(self.look_up(&attempt, name, port)?)),
            }
        };
        match look_up.wait(&attempt)? {
            Ok(addresses) => Ok(self.pack(&addresses)),
            Err(why) => {
                attempt.fail(Fault::Resolve(format!(
                    "could not resolve the host {name}{why}"
                )));
                Err(ureq::Error::HostNotFound)
            }
        }
    }
}

impl CachingResolver {
    /// A connection was made to this address of the host: it is tried first from now on, after the
    /// next look-up too.
    pub(super) fn worked(&self, uri: &Uri, address: SocketAddr) {
        let Some((name, port)) = host_and_port(uri) else {
            return;
        };
        let mut hosts = self.lock();
        let host = find(&mut hosts, name, port);
        host.worked = Some(address);
        if let Some((addresses, _)) = &mut host.known {
            put_first(addresses, address);
        }
    }

    /// Asks the system on a thread of its own. What it says is kept, whether or not anybody still
    /// waits for it.
    fn look_up(&self, attempt: &Attempt, name: &str, port: u16) -> io::Result<Arc<Job<Found>>> {
        let (resolver, name) = (self.clone(), name.to_owned());
        Job::start(attempt, "wotnot-resolve", move || {
            let found = match (resolver.ask)(&name, port) {
                Ok(addresses) if addresses.is_empty() => Err(String::new()),
                Ok(addresses) => Ok(interleave(addresses)),
                Err(error) => Err(format!(": {error}")),
            };
            let mut hosts = resolver.lock();
            let host = find(&mut hosts, &name, port);
            let found = found.map(|mut addresses| {
                if let Some(worked) = host.worked {
                    put_first(&mut addresses, worked);
                }
                addresses
            });
            host.look_up = None;
            host.known = found.clone().ok().map(|found| (found, Instant::now()));
            found
        })
    }

    fn pack(&self, addresses: &[SocketAddr]) -> ResolvedSocketAddrs {
        let mut packed = self.empty();
        for address in addresses.iter().take(MAX_ADDRESSES) {
            packed.push(*address);
        }
        packed
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Host>> {
        self.hosts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn host_and_port(uri: &Uri) -> Option<(&str, u16)> {
    let authority = uri.authority()?;
    let port = authority.port_u16().unwrap_or(match uri.scheme_str() {
        Some("http") => 80,
        _ => 443,
    });
    Some((bare_host(authority.host()), port))
}

/// What is known of a host.
fn find<'a>(hosts: &'a mut Vec<Host>, name: &str, port: u16) -> &'a mut Host {
    let at = hosts
        .iter()
        .position(|host| host.port == port && host.name == name)
        .unwrap_or(hosts.len());
    if at == hosts.len() {
        hosts.push(Host {
            name: name.to_owned(),
            port,
            known: None,
            worked: None,
            look_up: None,
        });
    }
    &mut hosts[at]
}

fn put_first(addresses: &mut [SocketAddr], first: SocketAddr) {
    if let Some(at) = addresses.iter().position(|address| *address == first) {
        addresses[..=at].rotate_right(1);
    }
}

/// Takes turns between the address families, so that one that is broken costs one delay.
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
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::super::attempt::Addresses;
    use super::*;
    use crate::cancel::CancelState;

    fn parse(list: &[&str]) -> Vec<SocketAddr> {
        list.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn address_families_take_turns() {
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

    /// One look-up by one attempt, which has so long for it.
    fn resolve(
        resolver: &CachingResolver,
        addresses: Addresses,
        within: Duration,
    ) -> (Result<Vec<SocketAddr>, ureq::Error>, Option<Fault>) {
        let deadline = Instant::now() + within;
        let uri = Uri::from_static("http://service.example:8080/");
        let (found, attempt) = Attempt::run(
            deadline,
            within,
            &Arc::<CancelState>::default(),
            addresses,
            || {
                let timeout = NextTimeout::default();
                resolver.resolve(&uri, &Config::default(), timeout)
            },
        );
        (found.map(|list| list.to_vec()), attempt.fault())
    }

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn what_worked_is_tried_first_after_the_next_look_up_too() {
        let resolver = CachingResolver {
            ask: |_, _| Ok(parse(&["[::1]:1", "1.1.1.1:1", "2.2.2.2:1"])),
            ..CachingResolver::default()
        };
        let first = |addresses| resolve(&resolver, addresses, LONG).0.unwrap()[0];
        assert_eq!(first(Addresses::Known), parse(&["[::1]:1"])[0]);
        let worked = parse(&["2.2.2.2:1"])[0];
        resolver.worked(&Uri::from_static("http://service.example:8080/"), worked);
        assert_eq!(first(Addresses::Known), worked);
        assert_eq!(first(Addresses::Fresh), worked);
    }

    /// Counts those that were begun; none ends before the gate is opened.
    static BEGUN: AtomicUsize = AtomicUsize::new(0);
    static GATE: Mutex<()> = Mutex::new(());

    #[test]
    fn calls_share_the_look_up_that_hangs() {
        let resolver = CachingResolver {
            ask: |_, _| {
                BEGUN.fetch_add(1, Ordering::SeqCst);
                drop(GATE.lock());
                Ok(parse(&["1.1.1.1:1"]))
            },
            ..CachingResolver::default()
        };
        let closed = GATE.lock();
        for _ in 0..60 {
            let (found, fault) = resolve(&resolver, Addresses::Fresh, Duration::from_millis(5));
            assert!(found.is_err() && matches!(fault, Some(Fault::Deadline)));
        }
        assert_eq!(BEGUN.load(Ordering::SeqCst), 1);
        drop(closed);
        // Whether it has ended by now or not: it is the one that is asked.
        assert_eq!(
            resolve(&resolver, Addresses::Known, LONG).0.unwrap(),
            parse(&["1.1.1.1:1"])
        );
        assert_eq!(BEGUN.load(Ordering::SeqCst), 1);
    }
}
