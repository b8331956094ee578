//! The scripted service: plays exchanges to its clients and records their requests.

use std::collections::VecDeque;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use socket2::{Domain, Socket, Type};

use crate::connection;
use crate::state::{Request, Shared, reset_on_drop};
use crate::vector::{Exchange, Listen, Poll};

/// For what a client does at once, on a machine however slow.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

/// A running scripted service; stops when dropped.
pub struct Server {
    shared: Arc<Shared>,
    address: SocketAddr,
    socket: Option<Socket>,
    /// Connections that keep the queue full.
    _queue: Vec<TcpStream>,
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

    /// Answers polls for events with these, whenever they come.
    pub fn answer_polls(&self, polls: impl IntoIterator<Item = Poll>) {
        self.shared.lock().polls = Some(polls.into_iter().collect());
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
        let script = state.script.iter();
        let polls = state.polls.as_ref().map_or(0, VecDeque::len);
        script.filter(|exchange| !exchange.optional).count() + polls
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let connections = {
            let mut state = self.shared.lock();
            state.stopped = true;
            std::mem::take(&mut state.connections)
        };
        self.shared.wake();
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
