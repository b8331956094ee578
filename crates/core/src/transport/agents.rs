//! The agents of one client: each has one connection at most, and makes one call at a time.
//!
//! Threads could share an agent of ureq. But its pool hands out what has lain idle longest, and probes
//! it under the pool's lock: threads that call side by side would wait for one another, and trade
//! connections whose other ends are on other cores.

use std::cell::Cell;
#[cfg(windows)]
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
#[cfg(windows)]
use std::time::Instant;

use http::{HeaderMap, HeaderName, Request, Response, Uri};
#[cfg(unix)]
use nix::time::{ClockId, clock_gettime};
use ureq::unversioned::transport::Connector;
use ureq::{Agent, Body};

use super::resolve::CachingResolver;
use super::tls::TlsConnector;
use super::{MAX_IDLE, MAX_IDLE_CONNECTIONS, connect, dial, settings};
use crate::Result;
use crate::config::Config;

static KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");

pub(crate) struct Agents {
    settings: ureq::config::Config,
    tls: TlsConnector,
    resolver: CachingResolver,
    /// In the order in which they came back.
    idle: Mutex<Vec<Idle>>,
}

struct Idle {
    agent: OneConnection,
    /// Who used it last.
    thread: u64,
    /// When its connection is too old to be used, on the clock of [`since_boot`].
    until: Duration,
}

/// An agent, and how long its connection may lie idle.
pub(crate) struct OneConnection {
    agent: Agent,
    keep: Cell<Duration>,
}

impl OneConnection {
    pub(crate) fn run(
        &self,
        request: Request<&[u8]>,
    ) -> std::result::Result<Response<Body>, ureq::Error> {
        let response = self.agent.run(request)?;
        let asked = idle_time(response.headers());
        self.keep.set(asked.unwrap_or(MAX_IDLE).min(MAX_IDLE));
        Ok(response)
    }
}

/// How long the service wants to keep the connection, by `Keep-Alive: timeout=5`, less a second for
/// a request that is on the way when it gives up.
fn idle_time(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(&KEEP_ALIVE)?.to_str().ok()?;
    let seconds = value.split(',').find_map(|parameter| {
        let (name, seconds) = parameter.split_once('=')?;
        let is_timeout = name.trim().eq_ignore_ascii_case("timeout");
        is_timeout.then(|| seconds.trim().trim_matches('"').parse().ok())?
    })?;
    Some(Duration::from_secs(u64::saturating_sub(seconds, 1)))
}

impl Agents {
    /// The agents of a client of this service.
    pub(crate) fn new(config: &Config, service: &Uri) -> Result<Self> {
        Ok(Self {
            settings: settings(config, service)?,
            tls: TlsConnector::new(&config.tls)?,
            resolver: CachingResolver::default(),
            idle: Mutex::default(),
        })
    }

    /// The agent that this thread used last, or else whichever came back last, or a new one. A call
    /// that panics takes its agent with it.
    pub(crate) fn take(&self) -> OneConnection {
        let (found, _old) = {
            let mut idle = self.lock();
            let old = too_old(&mut idle);
            let me = this_thread();
            let at = idle
                .iter()
                .rposition(|one| one.thread == me)
                .or(idle.len().checked_sub(1));
            // Connections are closed once the lock is free.
            (at.map(|at| idle.remove(at).agent), old)
        };
        found.unwrap_or_else(|| self.make())
    }

    /// Keeps an agent, and the connection that it may hold, for calls to come.
    pub(crate) fn give_back(&self, agent: OneConnection) {
        let thread = this_thread();
        let until = since_boot() + agent.keep.get();
        let mut idle = self.lock();
        let oldest = (idle.len() >= MAX_IDLE_CONNECTIONS).then(|| idle.remove(0));
        idle.push(Idle {
            agent,
            thread,
            until,
        });
        drop(idle);
        drop(oldest);
    }

    /// Closes the connections that have lain idle for too long, and says how soon the next one will
    /// have.
    pub(crate) fn close_old(&self) -> Option<Duration> {
        let mut idle = self.lock();
        let old = too_old(&mut idle);
        let next = idle.iter().map(|one| one.until).min();
        drop(idle);
        drop(old);
        next.map(|until| until.saturating_sub(since_boot()))
    }

    pub(crate) fn use_proxy(&self) -> bool {
        self.settings.proxy().is_some()
    }

    /// Closes the connections that no call is using.
    pub(crate) fn clear(&self) {
        let idle = std::mem::take(&mut *self.lock());
        drop(idle);
    }

    fn make(&self) -> OneConnection {
        let connector = connect::Begin
            .chain(connect::ThroughProxy::default())
            .chain(dial::TcpConnector(self.resolver.clone()))
            .chain(self.tls.clone())
            .chain(connect::Ready);
        OneConnection {
            agent: Agent::with_parts(self.settings.clone(), connector, self.resolver.clone()),
            keep: Cell::new(MAX_IDLE),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes out what may no longer be used, for the caller to drop without the lock.
fn too_old(idle: &mut Vec<Idle>) -> Vec<Idle> {
    let now = since_boot();
    idle.extract_if(.., |one| one.until <= now).collect()
}

/// The time since the machine was started. Where the system can tell, it goes on while the machine
/// sleeps, as other machines' patience with our connections does; `Instant` stands still on Linux.
#[cfg(unix)]
fn since_boot() -> Duration {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let clock = ClockId::CLOCK_BOOTTIME;
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let clock = ClockId::CLOCK_MONOTONIC;
    // Every system that has the clock can read it.
    clock_gettime(clock).map_or(Duration::ZERO, Duration::from)
}

/// The time since this was first asked: on Windows `Instant` goes on while the machine sleeps.
#[cfg(windows)]
fn since_boot() -> Duration {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed()
}

/// A number of this thread. That of std's cannot be asked for when the thread is about to end.
fn this_thread() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    thread_local!(static THIS: Cell<u64> = const { Cell::new(0) });
    THIS.with(|this| {
        if this.get() == 0 {
            this.set(NEXT.fetch_add(1, Ordering::Relaxed));
        }
        this.get()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_is_kept_for_less_than_the_service_keeps_it() {
        for (value, seconds) in [
            ("timeout=5", Some(4)),
            ("timeout=5, max=100", Some(4)),
            ("max=100, Timeout = \"20\"", Some(19)),
            ("timeout=1", Some(0)),
            ("timeout=0", Some(0)),
            ("timeout=soon", None),
            ("max=100", None),
            ("", None),
        ] {
            let headers = HeaderMap::from_iter([(
                http::HeaderName::from_static("keep-alive"),
                http::HeaderValue::from_static(value),
            )]);
            assert_eq!(
                idle_time(&headers),
                seconds.map(Duration::from_secs),
                "{value}"
            );
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn age_counts_from_the_machine_s_start_and_so_through_its_sleep() {
        let uptime = std::fs::read_to_string("/proc/uptime").unwrap();
        let (seconds, _) = uptime.split_once(' ').unwrap();
        let before = Duration::from_secs_f64(seconds.parse().unwrap());
        let after = since_boot();
        // The file has hundredths of a second.
        assert!(after + Duration::from_millis(10) >= before);
        assert!(after < before + Duration::from_secs(60));
    }
}
