//! Threads of the library's own. They take no signals: those belong to the program.

use std::io;
use std::thread::{Builder, JoinHandle};

#[cfg(unix)]
use nix::sys::signal::{SigSet, SigmaskHow, Signal};

/// A thread raises these by a fault of its own. Blocked, they would end the process before any crash
/// reporter saw them.
#[cfg(unix)]
const FAULTS: [Signal; 5] = [
    Signal::SIGBUS,
    Signal::SIGFPE,
    Signal::SIGILL,
    Signal::SIGSEGV,
    Signal::SIGTRAP,
];

/// Starts a thread that blocks all signals from its first instruction on, so that a program that
/// blocks one for `sigwait`, whenever it does, is the only one to get it.
#[cfg(unix)]
pub(crate) fn spawn(
    name: &str,
    work: impl FnOnce() + Send + 'static,
) -> io::Result<JoinHandle<()>> {
    let mut blocked = SigSet::all();
    for fault in FAULTS {
        blocked.remove(fault);
    }
    // A new thread has the mask of the one that starts it.
    let own = blocked.thread_swap_mask(SigmaskHow::SIG_SETMASK)?;
    let thread = Builder::new().name(name.to_owned()).spawn(work);
    own.thread_set_mask()?;
    thread
}

/// Starts a thread; Windows sends none a signal.
#[cfg(windows)]
pub(crate) fn spawn(
    name: &str,
    work: impl FnOnce() + Send + 'static,
) -> io::Result<JoinHandle<()>> {
    Builder::new().name(name.to_owned()).spawn(work)
}
