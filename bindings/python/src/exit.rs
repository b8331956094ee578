//! The end of the interpreter: no thread may come back to Python once it is being taken down.
//!
//! Up to CPython 3.13 a thread that asks for the GIL then is ended in the middle of its stack, which aborts the process
//! when Rust is on that stack. So everything that is open ends before, while threads can still come back.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::{self, ThreadId};
use std::time::Duration;

use pyo3::exceptions::PySystemExit;
use pyo3::prelude::*;
use wotnot_json::Client;

/// How long the end waits for calls that were told to end. They end at once; this is for a fault.
const DEADLINE: Duration = Duration::from_secs(5);

static STATE: Mutex<State> = Mutex::new(State {
    inside: 0,
    clients: Vec::new(),
    ending: None,
    over: false,
});
static LEFT: Condvar = Condvar::new();

/// Locked with the GIL held or by a thread that does not wait for it, so that a fork finds it free.
struct State {
    /// How many threads are in a method of the library.
    inside: usize,
    clients: Vec<Weak<Client>>,
    /// The thread that ends the interpreter.
    ending: Option<ThreadId>,
    /// Nobody may come back any more.
    over: bool,
}

impl State {
    fn ends_others(&self) -> bool {
        self.ending
            .is_some_and(|ending| ending != thread::current().id())
    }
}

fn state() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Has this client closed at the end, unless it is gone by then.
pub(crate) fn remember(client: Weak<Client>) {
    let mut state = state();
    state.clients.retain(|client| client.strong_count() > 0);
    state.clients.push(client);
}

/// Whether the interpreter is ending, so that nothing may be asked of it.
pub(crate) fn is_ending() -> bool {
    state().ending.is_some()
}

/// Runs a method, so that the interpreter does not end before it is back in Python: neither while it waits without the
/// GIL nor while Python code runs on top of it.
pub(crate) fn counted<T>(method: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    state().inside += 1;
    let result = method();
    let mut state = state();
    // A fork inside of a signal handler may have counted from zero again.
    state.inside = state.inside.saturating_sub(1);
    LEFT.notify_all();
    result
}

/// Runs a method that may wait.
///
/// Once the interpreter is ending, every thread but the one that ends it gets `SystemExit`, which ends it silently: it
/// must not print now, for a thread that is ended while it does leaves the lock of stderr behind.
pub(crate) fn inside<T>(method: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    let go_on = || match state().ends_others() {
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
    while {
        let state = state();
        state.over && state.ends_others()
    } {
        thread::park();
    }
}

/// Closes every client and waits until every thread has come back. `atexit` calls it.
#[pyfunction]
pub(crate) fn end(py: Python<'_>) {
    let clients = {
        let mut state = state();
        state.ending = Some(thread::current().id());
        std::mem::take(&mut state.clients)
    };
    py.detach(|| {
        for client in clients.iter().filter_map(Weak::upgrade) {
            client.close();
        }
        let waited = LEFT.wait_timeout_while(state(), DEADLINE, |state| state.inside > 0);
        waited.unwrap_or_else(PoisonError::into_inner).0.over = true;
    });
}

/// In a forked child none of the threads that were inside is left.
#[pyfunction]
pub(crate) fn forked() {
    state().inside = 0;
}
