//! The scripted service: plays exchanges to its clients and records their requests.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use socket2::{Domain, SockRef, Socket, Type};

use crate::connection;
use crate::vector::{Exchange, Listen};
use crate::wire::Message;

/// For what a client does at once, on a machine however slow.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

/// A request that arrived whole.
#[derive(Clone, Debug)]
pub struct Request {
    /// Head and body.
    pub message: Message,
    /// Whether its connection had carried a request before.
    pub reused: bool,
    /// The status of the answer, once it was written whole.
    pub answered: Option<u16>,
    /// The whole answer says that nothing was taken: 429, a 503 of the service's own or with
    /// `Retry-After`, or a conversation that was not made.
    pub refused: bool,
}

impl Request {
    /// The request as expectations see it.
    pub fn json(&self) -> Value {
        let mut words = self.message.first_line.split(' ');
        json!({
            "method": words.next(),
            "path": words.next(),
            "headers": self.message.headers_json(),
            "body": self.message.body_json(),
            "connection": if self.reused { "reused" } else { "new" },
        })
    }
}

/// A running scripted service; stops when dropped.
pub struct Server {
    shared: Arc<Shared>,
    address: SocketAddr,
    socket: Option<Socket>,
    /// Connections that keep the queue full.
    _queue: Vec<TcpStream>,
}

/// What the server's threads share.
#[derive(Default)]
pub(crate) struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
pub(crate) struct State {
    pub script: VecDeque<Exchange>,
    pub requests: Vec<Request>,
    pub problems: Vec<String>,
    pub bytes_in: usize,
    pub webhook: Option<String>,
    /// What every request must look like, beside the exchange's own expectation.
    pub always: Option<Value>,
    pub busy: usize,
    pub stopped: bool,
    pub connections: Vec<Arc<TcpStream>>,
}

impl Server {
    /// Binds a loopback port that the system chooses.
    pub fn start(listen: Listen) -> io::Result<Self> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        // A port whose connections an earlier test ended in order may be taken again at once.
        socket.set_reuse_address(true)?;
        socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
        let address = socket
            .local_addr()?
            .as_socket()
            .ok_or_else(|| io::Error::other("not an internet address"))?;
        let mut server = Self {
            shared: Arc::default(),
            address,
            socket: Some(socket),
            _queue: Vec::new(),
        };
        match listen {
            Listen::Now => server.listen()?,
            Listen::AfterFirstStep | Listen::Never => {}
            Listen::Full => server.fill_queue()?,
        }
        Ok(server)
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Starts to accept connections; once it does, more calls change nothing.
    pub fn listen(&mut self) -> io::Result<()> {
        let Some(socket) = self.socket.take() else {
            return Ok(());
        };
        socket.listen(128)?;
        let listener = TcpListener::from(socket);
        let shared = self.shared.clone();
        thread::spawn(move || accept(&listener, &shared));
        Ok(())
    }

    fn fill_queue(&mut self) -> io::Result<()> {
        if let Some(socket) = &self.socket {
            socket.listen(0)?;
        }
        // The system rounds the length of the queue up; ask until nobody answers.
        for _ in 0..64 {
            match TcpStream::connect_timeout(&self.address, Duration::from_millis(200)) {
                Ok(stream) => self._queue.push(stream),
                Err(_) => return Ok(()),
            }
        }
        Err(io::Error::other(
            "the queue of connections cannot be filled",
        ))
    }

    /// Replaces the script, and forgets requests and problems.
    pub fn script(&self, exchanges: impl IntoIterator<Item = Exchange>) {
        let mut state = self.shared.lock();
        state.script = exchanges
            .into_iter()
            .flat_map(|exchange| {
                let times = exchange.times.unwrap_or(1);
                std::iter::repeat_n(exchange, times)
            })
            .collect();
        state.requests.clear();
        state.problems.clear();
        state.bytes_in = 0;
    }

    /// What every request must look like.
    pub fn expect_always(&self, expected: Value) {
        self.shared.lock().always = Some(expected);
    }

    /// Where webhooks are posted to.
    pub fn set_webhook(&self, url: String) {
        self.shared.lock().webhook = Some(url);
    }

    /// Where webhooks are posted to, once that is known.
    pub fn webhook(&self) -> Option<String> {
        self.shared.lock().webhook.clone()
    }

    /// Waits until what happens after an answer (a close, a reset) has happened.
    pub fn settle(&self) {
        let deadline = Instant::now() + Duration::from_secs(10);
        let mut state = self.shared.lock();
        while state.busy > 0 && Instant::now() < deadline {
            let wait = deadline.saturating_duration_since(Instant::now());
            state = self.shared.wait(state, wait);
        }
    }

    /// Waits until so many requests have arrived whole; false when they do not come.
    pub fn wait_for_requests(&self, count: usize) -> bool {
        let deadline = Instant::now() + DEADLINE;
        let mut state = self.shared.lock();
        while state.requests.len() < count {
            let wait = deadline.saturating_duration_since(Instant::now());
            if wait.is_zero() {
                return false;
            }
            // A request that arrives wakes nobody by itself.
            state = self.shared.wait(state, wait.min(Duration::from_millis(5)));
        }
        true
    }

    /// The requests that arrived whole, in order.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.lock().requests.clone()
    }

    /// How many bytes were read from all connections.
    pub fn bytes_in(&self) -> usize {
        self.shared.lock().bytes_in
    }

    /// Takes what went against the script so far.
    pub fn take_problems(&self) -> Vec<String> {
        std::mem::take(&mut self.shared.lock().problems)
    }

    /// How many exchanges that must be played were not.
    pub fn left(&self) -> usize {
        let state = self.shared.lock();
        state
            .script
            .iter()
            .filter(|exchange| !exchange.optional)
            .count()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let connections = {
            let mut state = self.shared.lock();
            state.stopped = true;
            std::mem::take(&mut state.connections)
        };
        self.shared.changed.notify_all();
        for connection in connections {
            // A reset: an orderly end would leave every connection of a long test in TIME_WAIT. Its thread
            // wakes, and closes it.
            reset_on_drop(&connection);
            let _already_gone = connection.shutdown(std::net::Shutdown::Read);
        }
        if self.socket.is_none() {
            // Wakes the accepting thread, which then sees that it is over.
            let wake = TcpStream::connect_timeout(&self.address, Duration::from_secs(1));
            if let Ok(wake) = wake {
                reset_on_drop(&wake);
            }
        }
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        let Ok(stream) = stream else { continue };
        let stream = Arc::new(stream);
        {
            let mut state = shared.lock();
            if state.stopped {
                return;
            }
            state.connections.push(stream.clone());
        }
        let _answers_go_out_at_once = stream.set_nodelay(true);
        let shared = shared.clone();
        thread::spawn(move || connection::play(stream, &shared));
    }
}

impl Shared {
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>, most: Duration) -> MutexGuard<'a, State> {
        self.changed
            .wait_timeout(state, most)
            .unwrap_or_else(PoisonError::into_inner)
            .0
    }

    /// Waits; false when the server was stopped meanwhile.
    pub(crate) fn pause(&self, most: Duration) -> bool {
        let deadline = Instant::now() + most;
        let mut state = self.lock();
        while !state.stopped {
            let wait = deadline.saturating_duration_since(Instant::now());
            if wait.is_zero() {
                return true;
            }
            state = self.wait(state, wait);
        }
        false
    }

    /// While the returned guard lives, the server has not settled.
    pub(crate) fn busy(&self) -> Busy<'_> {
        self.lock().busy += 1;
        Busy(self)
    }

    /// Gives a connection up: nobody else holds it afterwards, so that dropping it closes it.
    pub(crate) fn forget(&self, stream: &Arc<TcpStream>) {
        self.lock()
            .connections
            .retain(|other| !Arc::ptr_eq(other, stream));
    }
}

pub(crate) struct Busy<'a>(&'a Shared);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.lock().busy -= 1;
        self.0.changed.notify_all();
    }
}

/// Resets the connection when it is dropped.
pub(crate) fn reset_on_drop(stream: &TcpStream) {
    let _already_gone = SockRef::from(stream).set_linger(Some(Duration::ZERO));
}

/// Writes everything, slowly when told so; an error when the peer is gone.
pub(crate) fn write(mut stream: &TcpStream, bytes: &[u8]) -> io::Result<()> {
    stream.write_all(bytes)
}
