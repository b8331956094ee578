//! Waiting for what comes from a socket, for no longer than the call has time.

use std::io::{self, Read};
use std::net::TcpStream;
use std::time::Duration;

#[cfg(windows)]
use rustix::event::PollFlags;

#[cfg(windows)]
use super::ready::wait_for;

/// Whether a connection's socket is left so that it never waits by itself.
pub(super) const NONBLOCKING: bool = cfg!(windows);

#[cfg(windows)]
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// The time limit that is set on a socket.
///
/// It may be shorter than the deadline: the read then wakes early, looks at the clock and goes on
/// waiting. So one setting serves many requests, and a deadline costs no system call.
#[cfg(unix)]
#[derive(Debug, Default)]
pub(super) struct Patience(Option<Duration>);

#[cfg(unix)]
impl Patience {
    pub(super) fn read(
        &mut self,
        mut socket: &TcpStream,
        buffer: &mut [u8],
        within: Duration,
    ) -> io::Result<usize> {
        self.arm(within, |limit| socket.set_read_timeout(limit))?;
        socket.read(buffer)
    }

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

/// Each read waits by a poll: one that ran out of its own time would leave the socket in no defined state, and no flag of a
/// write says not to wait.
#[cfg(windows)]
#[derive(Debug, Default)]
pub(super) struct Patience;

#[cfg(windows)]
impl Patience {
    pub(super) fn read(
        &mut self,
        mut socket: &TcpStream,
        buffer: &mut [u8],
        within: Duration,
    ) -> io::Result<usize> {
        // No page of Winsock promises that the shutdown that stops a call wakes a poll.
        match wait_for(&socket, PollFlags::IN, within.min(LOOK_EVERY))?.is_empty() {
            true => Err(io::ErrorKind::WouldBlock.into()),
            false => socket.read(buffer),
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_steady_deadline_is_set_once() {
        let mut limit = Patience::default();
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
        let mut limit = Patience::default();
        for left in [30_000, 10_000, 900, 20, 1, 60_000] {
            let left = Duration::from_millis(left);
            limit.arm(left, |_| Ok(())).unwrap();
            assert!(limit.0.unwrap() <= left);
        }
    }
}
