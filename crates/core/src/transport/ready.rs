//! Waiting until a socket is ready, for a bounded time.

use std::io;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

/// Waits until one of the sockets is ready, or has failed, and says whether one is.
pub(super) fn poll_within(sockets: &mut [PollFd], within: Duration) -> io::Result<bool> {
    // None waits without an end: more seconds than the system can count are no limit.
    let timeout = Timespec::try_from(within).ok();
    match poll(sockets, timeout.as_ref()) {
        Ok(ready) => Ok(ready > 0),
        Err(Errno::INTR) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Waits until the socket is ready for one of `what`, or has failed; says what it is ready for.
pub(super) fn wait_for(
    socket: &impl rustix::fd::AsFd,
    what: PollFlags,
    within: Duration,
) -> io::Result<PollFlags> {
    let mut socket = [PollFd::new(socket, what)];
    match poll_within(&mut socket, within)? {
        true => Ok(socket[0].revents()),
        false => Ok(PollFlags::empty()),
    }
}
