//! Ctrl-C: Python's own signal handlers, asked while a call waits without the interpreter.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::prelude::*;
use wotnot_json::CancelToken;

use crate::exit;

/// A token whose check runs Python's signal handlers, and what they raised.
pub(crate) struct Signals {
    pub(crate) token: CancelToken,
    raised: Arc<Mutex<Option<PyErr>>>,
}

impl Signals {
    pub(crate) fn new() -> Self {
        let raised = Arc::new(Mutex::new(None));
        let slot = Arc::clone(&raised);
        let token = CancelToken::with_check(move || {
            if exit::is_ending() {
                return ControlFlow::Continue(());
            }
            let Some(Err(error)) = Python::try_attach(|py| py.check_signals()) else {
                return ControlFlow::Continue(());
            };
            *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            ControlFlow::Break(())
        });
        Self { token, raised }
    }

    /// The exception of a signal handler goes before whatever the call gave.
    pub(crate) fn finish(self) -> PyResult<()> {
        let raised = self
            .raised
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        raised.map_or(Ok(()), Err)
    }
}
