//! The two native classes: a client behind the facade, and the token that ends one call.

use std::time::Duration;

use pyo3::prelude::*;
use wotnot_json::{Code, EventFilter, Outcome, WakeUp, guarded, not_made};

use crate::convert::{to_json, to_python};
use crate::failure::value;
use crate::signals::Signals;

/// Ends the one call that it is handed to, from any thread and at once.
#[pyclass(frozen, module = "wotnot._native")]
pub(crate) struct CancelToken(wotnot_json::CancelToken);

#[pymethods]
impl CancelToken {
    #[new]
    fn new() -> Self {
        Self(wotnot_json::CancelToken::new())
    }

    /// Ends the call. A second time does nothing.
    fn cancel(&self, py: Python<'_>) {
        py.detach(|| self.0.cancel());
    }
}

/// A client. Every method gives the interpreter free while it runs.
#[pyclass(frozen, module = "wotnot._native")]
pub(crate) struct Client(wotnot_json::Client);

#[pymethods]
impl Client {
    #[new]
    fn new(py: Python<'_>, config: &Bound<'_, PyAny>) -> PyResult<Self> {
        const METHOD: &str = "Client";
        let mut made = None;
        let outcome = match to_json(config) {
            Err(error) => Outcome::failed(error, METHOD),
            Ok(config) => py.detach(|| {
                guarded(METHOD, || match wotnot_json::Client::from_value(config) {
                    Err(error) => Outcome::failed(error, METHOD),
                    Ok(client) => {
                        made = Some(client);
                        Outcome::ok()
                    }
                })
            }),
        };
        value(py, outcome)?;
        made.map(Self)
            .ok_or_else(|| pyo3::exceptions::PySystemError::new_err("no client was made"))
    }

    /// Calls a method. Signals are heeded, unless there is a token: then that alone ends the call.
    #[pyo3(signature = (method, params, token=None))]
    fn call<'py>(
        &self,
        py: Python<'py>,
        method: &str,
        params: &Bound<'py, PyAny>,
        token: Option<&CancelToken>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let outcome = match to_json(params) {
            Err(error) => not_made(error, method),
            Ok(params) => heeding_signals(py, method, token, |cancel| {
                self.0.call_value(method, params, Some(cancel))
            })?,
        };
        to_python(py, &value(py, outcome)?)
    }

    /// The next event, `None` when none came within `timeout_ms`.
    #[pyo3(signature = (timeout_ms=None, conversation_id=None, token=None))]
    fn receive<'py>(
        &self,
        py: Python<'py>,
        timeout_ms: Option<u64>,
        conversation_id: Option<&str>,
        token: Option<&CancelToken>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let filter = conversation_id.map_or(EventFilter::Any, EventFilter::Of);
        let timeout = timeout_ms.map(Duration::from_millis);
        let outcome = heeding_signals(py, "receive", token, |cancel| {
            self.0.receive_wanted(filter, timeout, Some(cancel))
        })?;
        match outcome.code {
            Code::Timeout => Ok(None),
            _ => to_python(py, &value(py, outcome)?).map(Some),
        }
    }

    /// Has `watcher` called after everything that a waiting receive would wake for, on any thread.
    fn watch(&self, py: Python<'_>, watcher: Py<PyAny>) -> PyResult<()> {
        let tell = move |_: WakeUp<'_>| {
            // Nobody is left to tell once the interpreter is shutting down.
            let _ = Python::try_attach(|py| {
                if let Err(error) = watcher.call0(py) {
                    error.write_unraisable(py, Some(watcher.bind(py)));
                }
            });
        };
        let outcome = py.detach(|| guarded("watch", || self.0.watch(tell)));
        value(py, outcome).map(drop)
    }

    /// Wakes everybody who waits in `receive` now.
    fn interrupt(&self, py: Python<'_>) -> PyResult<()> {
        let outcome = py.detach(|| guarded("interrupt", || self.0.interrupt()));
        value(py, outcome).map(drop)
    }

    /// Ends every call and every wait at once, for good.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        let outcome = py.detach(|| self.close_guarded());
        value(py, outcome).map(drop)
    }
}

impl Client {
    fn close_guarded(&self) -> Outcome {
        guarded("close", || {
            self.0.close();
            Outcome::ok()
        })
    }
}

impl Drop for Client {
    /// Closing waits for the listener, whose thread may be waiting for the interpreter.
    fn drop(&mut self) {
        // A failure at the end of a client has nobody to tell.
        let _ = Python::try_attach(|py| py.detach(|| self.close_guarded()));
    }
}

fn heeding_signals(
    py: Python<'_>,
    method: &str,
    token: Option<&CancelToken>,
    call: impl FnOnce(&wotnot_json::CancelToken) -> Outcome + Send,
) -> PyResult<Outcome> {
    if let Some(CancelToken(token)) = token {
        return Ok(py.detach(|| guarded(method, || call(token))));
    }
    let signals = Signals::new();
    let outcome = py.detach(|| guarded(method, || call(&signals.token)));
    signals.finish()?;
    Ok(outcome)
}
