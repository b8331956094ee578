//! The end of the interpreter: no thread may come back to Python once it is being taken down.
//!
//! Up to CPython 3.13 a thread that asks for the GIL then is ended in the middle of its stack, which aborts the process
//! when Rust is on that stack. So everything that is open ends before, while threads can still come back.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use pyo3::exceptions::PySystemExit;
use pyo3::prelude::*;
use wotnot_json::Client;

/// How long the end waits for calls that were asked to end. They end at once; this is for a fault.
const DEADLINE: Duration = Duration::from_secs(5);

// Threads that do not hold the GIL ask for all of these, and a fork may come in between: none of them is a lock, which
// a forked child would find locked by a thread that it does not have.

/// How many threads are in a method of the library. Changed with the GIL held.
static INSIDE: AtomicUsize = AtomicUsize::new(0);
/// The thread that ends the interpreter, which waits until `INSIDE` is zero.
static ENDING: OnceLock<Thread> = OnceLock::new();
/// Nobody may come back any more.
static OVER: AtomicBool = AtomicBool::new(false);

/// Locked with the GIL held, so that a fork finds it free.
static CLIENTS: Mutex<Vec<Weak<Client>>> = Mutex::new(Vec::new());

fn clients() -> MutexGuard<'static, Vec<Weak<Client>>> {
    CLIENTS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether another thread than this one ends the interpreter.
fn another_ends() -> bool {
    ENDING
        .get()
        .is_some_and(|ending| ending.id() != thread::current().id())
}

/// Has this client closed at the end, unless it is gone by then.
pub(crate) fn remember(client: Weak<Client>) {
    let mut clients = clients();
    clients.retain(|client| client.strong_count() > 0);
    clients.push(client);
}

/// Whether the interpreter is ending, so that nothing may be asked of it.
pub(crate) fn is_ending() -> bool {
    ENDING.get().is_some()
}

/// Runs a method, so that the interpreter does not end before it is back in Python: neither while it waits without the
/// GIL nor while Python code runs on top of it.
pub(crate) fn counted<T>(method: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    INSIDE.fetch_add(1, Ordering::SeqCst);
    let result = method();
    // A fork inside of a signal handler may have counted from zero again.
    let left = INSIDE.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |inside| {
        inside.checked_sub(1)
    });
    if left == Ok(1)
        && let Some(ending) = ENDING.get()
    {
        ending.unpark();
    }
    result
}

/// Runs a method that may wait.
///
/// Once the interpreter is ending, every thread but the one that ends it gets `SystemExit`, which ends it silently: it
/// must not print now, because a thread that is ended while it does leaves the lock of stderr behind.
pub(crate) fn inside<T>(method: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    let go_on = || match another_ends() {
        true => Err(PySystemExit::new_err(())),
        false => Ok(()),
    };
    go_on()?;
    counted(|| {
        let result = method();
        go_on()?;
        result
    })
}

/// Runs `work` without the GIL.
pub(crate) fn detached<T: Send>(py: Python<'_>, work: impl FnOnce() -> T + Send) -> T {
    py.detach(|| {
        let value = work();
        stay_if_over();
        value
    })
}

/// Keeps a thread that came too late, as CPython 3.14 does itself; the process ends around it.
fn stay_if_over() {
    while OVER.load(Ordering::SeqCst) && another_ends() {
        thread::park();
    }
}

/// Closes every client and waits until every thread has come back. `atexit` calls it.
#[pyfunction]
pub(crate) fn end(py: Python<'_>) {
    // Set once: `atexit` calls this once a process.
    let _ = ENDING.set(thread::current());
    let clients = std::mem::take(&mut *clients());
    py.detach(|| {
        for client in clients.iter().filter_map(Weak::upgrade) {
            client.close();
        }
        let until = Instant::now() + DEADLINE;
        while INSIDE.load(Ordering::SeqCst) > 0 {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            thread::park_timeout(left);
        }
        OVER.store(true, Ordering::SeqCst);
    });
}

/// In a forked child none of the threads that were inside is left.
#[cfg(unix)]
#[pyfunction]
pub(crate) fn forked() {
    INSIDE.store(0, Ordering::SeqCst);
}
