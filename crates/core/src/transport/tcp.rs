//! The socket: writes a request once, reads until the deadline.

use std::io::{self, ErrorKind};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags};
use rustix::net::{SendFlags, send};
use ureq::unversioned::transport::{Buffers, LazyBuffers, NextTimeout, Transport};

use super::BUFFER;
use super::attempt::{Attempt, stopped};
use super::patience::Patience;
use super::ready::{poll_within, wait_for};

/// Elsewhere the socket has an option that raises no signal.
#[cfg(any(target_os = "linux", target_os = "android"))]
const SEND_FLAGS: SendFlags = SendFlags::DONTWAIT.union(SendFlags::NOSIGNAL);
#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
const SEND_FLAGS: SendFlags = SendFlags::DONTWAIT;
/// The socket does not block.
#[cfg(windows)]
const SEND_FLAGS: SendFlags = SendFlags::empty();

/// Writes what the socket takes at once.
fn send_now(socket: &TcpStream, bytes: &[u8]) -> io::Result<usize> {
    Ok(send(socket, bytes, SEND_FLAGS)?)
}

/// One connection.
pub(super) struct TcpTransport {
    stream: Arc<TcpStream>,
    buffers: LazyBuffers,
    /// The request, as far as ureq has handed it over. It goes out when ureq first waits for the
    /// answer: in one piece, or beside the reading when the socket does not take it at once.
    pending: Vec<u8>,
    /// How much of `pending` has gone out.
    written: usize,
    patience: Patience,
    /// Whether it was just handed back after an answer that was read to its end.
    parked: bool,
}

impl TcpTransport {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self {
            stream: Arc::new(stream),
            buffers: LazyBuffers::new(BUFFER, BUFFER),
            pending: Vec::new(),
            written: 0,
            patience: Patience::default(),
            parked: false,
        }
    }

    /// Writes the request until it is out or an answer can be read: a service that refuses a long
    /// message may say so without reading it to its end. What is left stays pending.
    fn flush(&mut self, attempt: &Attempt) -> Result<(), ureq::Error> {
        while self.written < self.pending.len() {
            match send_now(&self.stream, &self.pending[self.written..]) {
                Ok(bytes) => {
                    attempt.wrote(bytes);
                    self.written += bytes;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    let wait = attempt.cancel_state().slice(attempt.time_left()?);
                    let both = PollFlags::IN | PollFlags::OUT;
                    let ready = wait_for(&self.stream, both, wait)?;
                    attempt.cancel_state().check();
                    if !(ready - PollFlags::OUT).is_empty() {
                        return Ok(());
                    }
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {
                    attempt.cancel_state().check()
                }
                // The service reads no more. Its answer may have come before.
                Err(_) if self.written > 0 => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
        self.pending.clear();
        self.written = 0;
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
        Ok(())
    }

    fn await_input(&mut self, _: NextTimeout) -> Result<bool, ureq::Error> {
        let attempt = Attempt::current()?;
        if attempt.cancel_state().attach_socket(&self.stream).is_err() {
            return Err(stopped().into());
        }
        loop {
            self.flush(&attempt)?;
            let buffer = self.buffers.input_append_buf();
            if buffer.is_empty() {
                return Err(ureq::Error::LargeResponseHeader(BUFFER, super::MAX_HEAD));
            }
            let wait = attempt.cancel_state().slice(attempt.time_left()?);
            match self.patience.read(&self.stream, buffer, wait) {
                // We ended it: no answer ends so, not even one without a length.
                Ok(0) if attempt.cancel_state().stopped().is_some() => return Err(stopped().into()),
                Ok(bytes) => {
                    attempt.read(bytes);
                    self.buffers.input_appended(bytes);
                    return Ok(bytes > 0);
                }
                Err(error) if is_again(&error) => attempt.check_stopped()?,
                Err(error) => return Err(broken_off(error).into()),
            }
        }
    }

    /// ureq asks twice a request: when it hands a connection back, right after the whole answer
    /// was read, and when it takes it out again. Only the second question costs a system call.
    fn is_open(&mut self) -> bool {
        if !std::mem::replace(&mut self.parked, true) {
            // An answer may come before the whole request is out.
            return self.pending.is_empty();
        }
        // Readable without a request means the end of the stream, or bytes nobody asked for.
        let mut socket = [PollFd::new(&self.stream, PollFlags::IN)];
        matches!(poll_within(&mut socket, Duration::ZERO), Ok(false))
    }
}

impl std::fmt::Debug for TcpTransport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TcpTransport").finish_non_exhaustive()
    }
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

fn is_again(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
    )
}
