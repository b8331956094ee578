//! The socket: connects within the deadline, writes a request once, reads until the deadline.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use socket2::{Domain, Protocol, Socket, Type};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, LazyBuffers, NextTimeout, Transport,
};

use super::BUFFER;
use super::attempt::{Attempt, Fault};

/// How often a connecting socket asks whether the call was cancelled.
const SLICE: Duration = Duration::from_millis(20);

/// The least time that each address is given while others are left to try.
const LEAST_SHARE: Duration = Duration::from_millis(250);

/// Opens a TCP connection, where nothing before it in the chain made one.
#[derive(Debug)]
pub(super) struct TcpConnector;

impl<In: Transport> Connector<In> for TcpConnector {
    type Out = Either<In, TcpTransport>;

    fn connect(
        &self,
        details: &ConnectionDetails,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        if let Some(transport) = chained {
            return Ok(Some(Either::A(transport)));
        }
        let attempt = Attempt::current()?;
        let deadline = attempt.connect_deadline();
        let mut last = None;
        let mut left_to_try = details.addrs.len() as u32;
        for address in details.addrs.iter() {
            let left = deadline.saturating_duration_since(Instant::now());
            let share = (left / left_to_try.max(1)).max(LEAST_SHARE).min(left);
            left_to_try = left_to_try.saturating_sub(1);
            match connect(&attempt, *address, Instant::now() + share) {
                Ok(stream) => return Ok(Some(Either::B(TcpTransport::new(stream)))),
                Err(error) if attempt.wake().stopped().is_some() => return Err(error.into()),
                Err(error) => last = Some((*address, error)),
            }
        }
        let Some((address, error)) = last else {
            return Err(ureq::Error::HostNotFound);
        };
        if error.kind() == ErrorKind::TimedOut {
            attempt.fail(Fault::Deadline);
            return Err(ureq::Error::Timeout(ureq::Timeout::Connect));
        }
        attempt.fail(Fault::Connect(format!(
            "could not connect to {address}: {error}"
        )));
        Err(error.into())
    }
}

fn connect(attempt: &Attempt, address: SocketAddr, deadline: Instant) -> io::Result<TcpStream> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    socket.set_nonblocking(true)?;
    match socket.connect(&address.into()) {
        Ok(()) => {}
        Err(error) if is_in_progress(&error) => await_connected(attempt, &socket, deadline)?,
        Err(error) => return Err(error),
    }
    socket.set_nonblocking(false)?;
    socket.set_tcp_nodelay(true)?;
    Ok(socket.into())
}

fn is_in_progress(error: &io::Error) -> bool {
    error.kind() == ErrorKind::WouldBlock
        || error.raw_os_error() == Some(rustix::io::Errno::INPROGRESS.raw_os_error())
}

fn await_connected(attempt: &Attempt, socket: &Socket, deadline: Instant) -> io::Result<()> {
    loop {
        attempt.wake().check();
        if attempt.wake().stopped().is_some() {
            return Err(stopped());
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        if is_ready(socket, PollFlags::OUT, left.min(SLICE))? {
            return match socket.take_error()? {
                Some(error) => Err(error),
                None => Ok(()),
            };
        }
    }
}

fn is_ready(socket: &impl rustix::fd::AsFd, what: PollFlags, within: Duration) -> io::Result<bool> {
    let timeout = Timespec {
        tv_sec: within.as_secs().try_into().unwrap_or(i64::MAX),
        tv_nsec: within.subsec_nanos().into(),
    };
    match poll(&mut [PollFd::new(socket, what)], Some(&timeout)) {
        Ok(ready) => Ok(ready > 0),
        Err(rustix::io::Errno::INTR) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// One connection.
pub(super) struct TcpTransport {
    stream: Arc<TcpStream>,
    buffers: LazyBuffers,
    /// What ureq wants written. It goes out in one piece when ureq first waits for the answer.
    pending: Vec<u8>,
    read_limit: SocketLimit,
    write_limit: SocketLimit,
    /// Whether it was just handed back after an answer that was read to its end.
    parked: bool,
}

impl TcpTransport {
    fn new(stream: TcpStream) -> Self {
        Self {
            stream: Arc::new(stream),
            buffers: LazyBuffers::new(BUFFER, BUFFER),
            pending: Vec::new(),
            read_limit: SocketLimit(None),
            write_limit: SocketLimit(None),
            parked: false,
        }
    }

    fn flush(&mut self, attempt: &Attempt) -> Result<(), ureq::Error> {
        if attempt.wake().attach_socket(&self.stream).is_err() {
            return Err(stopped().into());
        }
        let mut written = 0;
        while written < self.pending.len() {
            let wait = attempt.wake().slice(time_left(attempt)?);
            self.write_limit
                .arm(wait, |limit| self.stream.set_write_timeout(limit))?;
            match (&*self.stream).write(&self.pending[written..]) {
                Ok(0) => return Err(io::Error::from(ErrorKind::WriteZero).into()),
                Ok(bytes) => {
                    attempt.wrote(bytes);
                    written += bytes;
                }
                Err(error) if is_again(&error) => attempt.wake().check(),
                Err(error) => return Err(error.into()),
            }
        }
        self.pending.clear();
        Ok(())
    }
}

impl Transport for TcpTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), ureq::Error> {
        self.parked = false;
        self.pending
            .extend_from_slice(&self.buffers.output()[..amount]);
        if self.pending.len() > BUFFER {
            self.flush(&*Attempt::current()?)?;
        }
        Ok(())
    }

    fn await_input(&mut self, _: NextTimeout) -> Result<bool, ureq::Error> {
        let attempt = Attempt::current()?;
        self.flush(&attempt)?;
        let buffer = self.buffers.input_append_buf();
        if buffer.is_empty() {
            return Err(ureq::Error::LargeResponseHeader(BUFFER, super::MAX_HEAD));
        }
        loop {
            let wait = attempt.wake().slice(time_left(&attempt)?);
            self.read_limit
                .arm(wait, |limit| self.stream.set_read_timeout(limit))?;
            match (&*self.stream).read(buffer) {
                Ok(bytes) => {
                    attempt.read(bytes);
                    self.buffers.input_appended(bytes);
                    return Ok(bytes > 0);
                }
                Err(error) if is_again(&error) => attempt.wake().check(),
                Err(error) => return Err(broken_off(error).into()),
            }
        }
    }

    /// ureq asks twice a request: when it hands a connection back, right after the whole answer
    /// was read, and when it takes it out again. Only the second question costs a system call.
    fn is_open(&mut self) -> bool {
        if !std::mem::replace(&mut self.parked, true) {
            return true;
        }
        // Readable without a request means the end of the stream, or bytes nobody asked for.
        matches!(
            is_ready(&self.stream, PollFlags::IN, Duration::ZERO),
            Ok(false)
        )
    }
}

impl std::fmt::Debug for TcpTransport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TcpTransport").finish_non_exhaustive()
    }
}

fn time_left(attempt: &Attempt) -> Result<Duration, ureq::Error> {
    attempt.time_left().ok_or_else(|| {
        attempt.fail(Fault::Deadline);
        ureq::Error::Timeout(ureq::Timeout::Global)
    })
}

/// ureq takes a reset for the orderly end of a body without a length, and would hand out half an
/// answer as a whole one. An error of any other kind ends the request.
pub(super) fn broken_off(error: io::Error) -> io::Error {
    match error.kind() {
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::UnexpectedEof => {
            io::Error::other(error)
        }
        _ => error,
    }
}

/// Not `Interrupted`: whoever reads to the end of a body takes that for an invitation to try again.
fn stopped() -> io::Error {
    io::Error::other("the call was stopped")
}

fn is_again(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
    )
}

/// The time limit that is set on a socket.
///
/// It may be shorter than the deadline: the read then wakes early, looks at the clock and goes on
/// waiting. So one setting serves many requests, and a deadline costs no system call.
#[derive(Debug)]
struct SocketLimit(Option<Duration>);

impl SocketLimit {
    fn arm(
        &mut self,
        left: Duration,
        set: impl FnOnce(Option<Duration>) -> io::Result<()>,
    ) -> io::Result<()> {
        if let Some(limit) = self.0
            && limit <= left
            && limit >= left / 16
        {
            return Ok(());
        }
        let limit = if left > Duration::from_secs(1) {
            left * 3 / 4
        } else {
            left
        };
        set(Some(limit))?;
        self.0 = Some(limit);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_deadline_is_set_once() {
        let mut limit = SocketLimit(None);
        let mut calls = 0;
        for left in [30_000, 29_990, 29_000, 23_000] {
            limit
                .arm(Duration::from_millis(left), |_| {
                    calls += 1;
                    Ok(())
                })
                .unwrap();
        }
        assert_eq!(calls, 1);
    }

    #[test]
    fn the_limit_never_exceeds_the_time_left() {
        let mut limit = SocketLimit(None);
        for left in [30_000, 10_000, 900, 20, 1, 60_000] {
            let left = Duration::from_millis(left);
            limit.arm(left, |_| Ok(())).unwrap();
            assert!(limit.0.unwrap() <= left);
        }
    }
}
