//! Ctrl-C: Python's own signal handlers, asked while a call waits without the interpreter.

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3::prelude::*;
use wotnot_json::CancelToken;

use crate::exit;

type Raised = Arc<Mutex<Option<PyErr>>>;

thread_local! {
    /// Where the innermost call of this thread looks for what was raised.
    static CURRENT: RefCell<Option<Raised>> = const { RefCell::new(None) };
}

/// A token whose check runs Python's signal handlers, and what they raised.
pub(crate) struct Signals {
    pub(crate) token: CancelToken,
    raised: Raised,
    outer: Option<Raised>,
}

impl Signals {
    pub(crate) fn new() -> Self {
        let raised = Raised::default();
        let outer = CURRENT.replace(Some(Arc::clone(&raised)));
        let slot = Arc::clone(&raised);
        let token = CancelToken::with_check(move || {
            if exit::is_ending() {
                return ControlFlow::Continue(());
            }
            if let Some(Err(error)) = Python::try_attach(|py| py.check_signals()) {
                put(&slot, error);
            }
            match lock(&slot).is_some() {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        });
        Self {
            token,
            raised,
            outer,
        }
    }

    /// The exception of a signal handler goes before whatever the call gave.
    pub(crate) fn finish(self) -> PyResult<()> {
        CURRENT.set(self.outer);
        let raised = lock(&self.raised).take();
        raised.map_or(Ok(()), Err)
    }
}

/// Ends the call of this thread with what Python code on top of it raised. Gives it back where there
/// is no such call.
pub(crate) fn raise_from_call(error: PyErr) -> Result<(), PyErr> {
    let current = CURRENT.with_borrow(Clone::clone);
    match current {
        Some(raised) => {
            put(&raised, error);
            Ok(())
        }
        None => Err(error),
    }
}

/// The first that was raised stays.
fn put(raised: &Raised, error: PyErr) {
    lock(raised).get_or_insert(error);
}

fn lock(raised: &Raised) -> MutexGuard<'_, Option<PyErr>> {
    raised.lock().unwrap_or_else(PoisonError::into_inner)
}
