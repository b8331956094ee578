//! The agents of one client: each has one connection at most, and makes one call at a time.
//!
//! Threads could share an agent of ureq. But its pool hands out what has lain idle longest, and probes
//! it under the pool's lock: threads that call side by side would wait for one another, and trade
//! connections whose other ends are on other cores.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Instant;

use ureq::Agent;
use ureq::unversioned::transport::Connector;

use super::resolve::CachingResolver;
use super::tls::TlsConnector;
use super::{MAX_IDLE, MAX_IDLE_CONNECTIONS, connect, settings, tcp};
use crate::Result;
use crate::config::Config;

pub(crate) struct Agents {
    settings: ureq::config::Config,
    tls: TlsConnector,
    resolver: CachingResolver,
    /// In the order in which they came back.
    idle: Mutex<Vec<Idle>>,
}

struct Idle {
    agent: Agent,
    /// Who used it last.
    thread: ThreadId,
    since: Instant,
}

impl Agents {
    pub(crate) fn new(config: &Config, host: &str) -> Result<Self> {
        Ok(Self {
            settings: settings(config, host)?,
            tls: TlsConnector::new(&config.tls)?,
            resolver: CachingResolver::default(),
            idle: Mutex::default(),
        })
    }

    /// The agent that this thread used last, or else whichever came back last, or a new one. A call
    /// that panics takes its agent with it.
    pub(crate) fn take(&self) -> Agent {
        let (found, _old) = {
            let mut idle = self.lock();
            let now = Instant::now();
            let old = idle.partition_point(|one| now.duration_since(one.since) >= MAX_IDLE);
            let old: Vec<Idle> = idle.drain(..old).collect();
            let me = thread::current().id();
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
    pub(crate) fn give_back(&self, agent: Agent) {
        let thread = thread::current().id();
        let mut idle = self.lock();
        let oldest = (idle.len() >= MAX_IDLE_CONNECTIONS).then(|| idle.remove(0));
        idle.push(Idle {
            agent,
            thread,
            since: Instant::now(),
        });
        drop(idle);
        drop(oldest);
    }

    /// Closes the connections that no call is using.
    pub(crate) fn clear(&self) {
        let idle = std::mem::take(&mut *self.lock());
        drop(idle);
    }

    fn make(&self) -> Agent {
        let connector = connect::Begin
            .chain(connect::ThroughProxy::default())
            .chain(tcp::TcpConnector)
            .chain(self.tls.clone())
            .chain(connect::Ready);
        Agent::with_parts(self.settings.clone(), connector, self.resolver.clone())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
