//! What one request is doing right now, as its transport sees it.
//!
//! ureq calls the resolver, the connectors and the transport on the caller's thread and passes
//! none of our values through, so the attempt is found through a thread-local.

use std::cell::{Cell, RefCell};
use std::io;
use std::mem::ManuallyDrop;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::cancel::CancelState;

/// What the transport knows better than ureq's error does.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// The host has no address.
    Resolve(String),
    /// No address answered.
    Connect(String),
    /// This machine refused: no program of it listens there.
    NothingListens(String),
    /// The handshake or the certificate failed.
    Tls(String),
    /// The deadline of the call passed.
    Deadline,
    /// The time for making a connection passed, and the call has some left.
    ConnectDeadline,
}

/// How a proxy failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProxyEnd {
    /// It answered CONNECT with this HTTP status.
    Answered(u16),
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
    /// When the connection has to stand, once one is being made.
    connect_by: Cell<Option<Instant>>,
    cancel_state: Arc<CancelState>,
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
    /// Never dropped, so that a call works in `atexit` and in the destructor of another thread-local
    /// as well. Nothing leaks: between calls there is no attempt.
    static CURRENT: ManuallyDrop<RefCell<Option<Rc<Attempt>>>> =
        const { ManuallyDrop::new(RefCell::new(None)) };
}

impl Attempt {
    /// Runs `request` with this attempt as the current one of the thread.
    pub(crate) fn run<T>(
        deadline: Instant,
        connect_timeout: Duration,
        cancel_state: &Arc<CancelState>,
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
            connect_by: Cell::new(None),
            cancel_state: Arc::clone(cancel_state),
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
        attempt.cancel_state.detach();
        (result, attempt)
    }

    /// The attempt of this thread. Outside of one (ureq dropping a pooled connection) there is
    /// nothing to do, and I/O is refused.
    pub(super) fn current() -> io::Result<Rc<Attempt>> {
        CURRENT
            .with(|current| current.borrow().clone())
            .ok_or_else(|| io::Error::other("no request is running on this thread"))
    }

    pub(super) fn cancel_state(&self) -> &CancelState {
        &self.cancel_state
    }

    /// Whether the cached addresses led nowhere a moment ago.
    pub(super) fn wants_fresh_addresses(&self) -> bool {
        self.fresh_addresses
    }

    /// An error when the call has to stop. Asks the token's check first, so no lock may be held.
    pub(super) fn check_stopped(&self) -> io::Result<()> {
        self.cancel_state.check();
        match self.cancel_state.stopped() {
            Some(_) => Err(stopped()),
            None => Ok(()),
        }
    }

    /// The time left for what goes on now: a connection, or the call. An error once it is over.
    pub(super) fn time_left(&self) -> Result<Duration, ureq::Error> {
        match self.connecting.get() || self.proxying.get() {
            true => self.time_left_to_connect(),
            false => self.time_until(self.deadline),
        }
    }

    /// The time left for making a connection: look-up, TCP, TLS and the way through a proxy. It
    /// begins to run with the first question.
    pub(super) fn time_left_to_connect(&self) -> Result<Duration, ureq::Error> {
        let end = self.connect_by.get().unwrap_or_else(|| {
            let end = Instant::now()
                .checked_add(self.connect_timeout)
                .map_or(self.deadline, |end| end.min(self.deadline));
            self.connect_by.set(Some(end));
            end
        });
        self.time_until(end)
    }

    fn time_until(&self, end: Instant) -> Result<Duration, ureq::Error> {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            self.fail(match end < self.deadline {
                true => Fault::ConnectDeadline,
                false => Fault::Deadline,
            });
            return Err(ureq::Error::Timeout(ureq::Timeout::Global));
        }
        Ok(left)
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
            .set(Some(status.map_or(ProxyEnd::Lost, ProxyEnd::Answered)));
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

/// Not `Interrupted`: who reads to the end of a body takes that for an invitation to try again.
pub(super) fn stopped() -> io::Error {
    io::Error::other("the call was stopped")
}
