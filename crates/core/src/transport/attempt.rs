//! What one request is doing right now, as its transport sees it.
//!
//! ureq calls the resolver, the connectors and the transport on the caller's thread and passes
//! none of our values through, so the attempt is found through a thread-local.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::cancel::Wake;

/// What the transport knows better than ureq's error does.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// The host has no address.
    Resolve(String),
    /// No address answered.
    Connect(String),
    /// The handshake or the certificate failed.
    Tls(String),
    /// The deadline passed.
    Deadline,
}

/// How a proxy failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProxyEnd {
    /// It answered CONNECT with this HTTP status.
    Said(u16),
    /// It was not reached, or broke off.
    Lost,
}

/// Where the addresses of the host may come from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Addresses {
    /// The cache, or the system.
    Known,
    /// The system alone: the last connection could not be made.
    Fresh,
}

/// One request in flight.
pub(crate) struct Attempt {
    deadline: Instant,
    connect_timeout: Duration,
    wake: Arc<Wake>,
    fresh_addresses: bool,
    connecting: Cell<bool>,
    proxying: Cell<bool>,
    sent: Cell<bool>,
    bytes_out: Cell<u64>,
    bytes_in: Cell<u64>,
    fault: RefCell<Option<Fault>>,
    proxy_end: Cell<Option<ProxyEnd>>,
}

thread_local! {
    static CURRENT: RefCell<Option<Rc<Attempt>>> = const { RefCell::new(None) };
}

impl Attempt {
    /// Runs `request` with this attempt as the current one of the thread.
    pub(crate) fn run<T>(
        deadline: Instant,
        connect_timeout: Duration,
        wake: &Arc<Wake>,
        addresses: Addresses,
        request: impl FnOnce() -> T,
    ) -> (T, Rc<Attempt>) {
        struct Restore(Option<Rc<Attempt>>);
        impl Drop for Restore {
            fn drop(&mut self) {
                CURRENT.with(|current| *current.borrow_mut() = self.0.take());
            }
        }

        let attempt = Rc::new(Attempt {
            deadline,
            connect_timeout,
            wake: Arc::clone(wake),
            fresh_addresses: addresses == Addresses::Fresh,
            connecting: Cell::new(false),
            proxying: Cell::new(false),
            sent: Cell::new(false),
            bytes_out: Cell::new(0),
            bytes_in: Cell::new(0),
            fault: RefCell::new(None),
            proxy_end: Cell::new(None),
        });
        let _restore =
            Restore(CURRENT.with(|current| current.borrow_mut().replace(Rc::clone(&attempt))));
        let result = request();
        attempt.wake.detach();
        (result, attempt)
    }

    /// The attempt of this thread. Outside of one (ureq dropping a pooled connection) there is
    /// nothing to do, and I/O is refused.
    pub(super) fn current() -> std::io::Result<Rc<Attempt>> {
        CURRENT
            .with(|current| current.borrow().clone())
            .ok_or_else(|| std::io::Error::other("no request is running on this thread"))
    }

    pub(super) fn wake(&self) -> &Wake {
        &self.wake
    }

    /// Whether the cached addresses led nowhere a moment ago.
    pub(super) fn wants_fresh_addresses(&self) -> bool {
        self.fresh_addresses
    }

    /// The time left for the whole call; `None` once it is over.
    pub(super) fn time_left(&self) -> Option<Duration> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    }

    /// The time left for making a connection.
    pub(super) fn connect_deadline(&self) -> Instant {
        Instant::now()
            .checked_add(self.connect_timeout)
            .map_or(self.deadline, |end| end.min(self.deadline))
    }

    pub(super) fn set_connecting(&self, connecting: bool) {
        self.connecting.set(connecting);
    }

    pub(super) fn set_proxying(&self, proxying: bool) {
        self.proxying.set(proxying);
    }

    pub(super) fn is_proxying(&self) -> bool {
        self.proxying.get()
    }

    /// The proxy led nowhere; `status` is what it said, if it said anything.
    pub(super) fn proxy_failed(&self, status: Option<u16>) {
        self.proxy_end
            .set(Some(status.map_or(ProxyEnd::Lost, ProxyEnd::Said)));
    }

    /// Bytes went into a socket. Those of a handshake or a proxy's CONNECT carry no request.
    pub(super) fn wrote(&self, bytes: usize) {
        self.bytes_out.set(self.bytes_out.get() + bytes as u64);
        if !self.connecting.get() && !self.proxying.get() {
            self.sent.set(true);
        }
    }

    pub(super) fn read(&self, bytes: usize) {
        self.bytes_in.set(self.bytes_in.get() + bytes as u64);
    }

    /// Remembers the first thing that went wrong.
    pub(super) fn fail(&self, fault: Fault) {
        self.fault.borrow_mut().get_or_insert(fault);
    }

    /// Whether a byte of the request may have reached the service.
    pub(crate) fn sent(&self) -> bool {
        self.sent.get()
    }

    pub(crate) fn bytes(&self) -> (u64, u64) {
        (self.bytes_out.get(), self.bytes_in.get())
    }

    pub(crate) fn fault(&self) -> Option<Fault> {
        self.fault.borrow().clone()
    }

    pub(crate) fn proxy_end(&self) -> Option<ProxyEnd> {
        self.proxy_end.get()
    }
}
