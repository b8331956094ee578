//! A call that may wait for a thread before it runs.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use pyo3::prelude::*;
use serde_json::Value;
use wotnot_json::{CancelToken, sends, takes_turn};

use crate::client::Client;
use crate::convert::to_python;
use crate::exit::{detached, inside};
use crate::failure::value;

/// One call. It runs at most once, and its time counts from here.
#[pyclass(frozen, module = "wotnot._native")]
pub(crate) struct QueuedCall {
    client: Py<Client>,
    method: String,
    /// Gone once the call has begun, or never will.
    params: Mutex<Option<Value>>,
    token: CancelToken,
    time_limit: Option<Duration>,
    asked: Instant,
}

impl QueuedCall {
    pub(crate) fn new(client: Py<Client>, method: &str, params: Value) -> Self {
        let (token, asked) = (CancelToken::new(), Instant::now());
        token.count_from(asked);
        Self {
            time_limit: sends(method).then(|| client.get().facade.time_limit(&params)),
            client,
            method: method.to_owned(),
            params: Mutex::new(Some(params)),
            token,
            asked,
        }
    }

    fn begin(&self) -> Option<Value> {
        self.params
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }
}

#[pymethods]
impl QueuedCall {
    /// Runs the call, on a thread that may wait. `None` when it has begun already or was withdrawn.
    fn run<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        inside(|| {
            let Some(params) = self.begin() else {
                return Ok(py.None().into_bound(py));
            };
            let facade = &self.client.get().facade;
            let outcome = detached(py, || {
                facade.call_value(&self.method, params, Some(&self.token))
            });
            to_python(py, &value(py, outcome)?)
        })
    }

    /// Whether it counts among the calls that run at a time. The others mostly wait for events.
    #[getter]
    fn takes_turn(&self) -> bool {
        takes_turn(&self.method)
    }

    /// How many seconds it may still wait; `None` for a method that sends nothing.
    #[getter]
    fn time_left(&self) -> Option<f64> {
        let left = |limit: Duration| limit.saturating_sub(self.asked.elapsed()).as_secs_f64();
        self.time_limit.map(left)
    }

    /// Raises `RequestTimeoutError` when the call has not begun; then it never does.
    fn expire(&self, py: Python<'_>) -> PyResult<()> {
        inside(|| {
            let Some(params) = self.begin() else {
                return Ok(());
            };
            self.token.expire();
            // With a token that has expired this sends nothing, and says so.
            let facade = &self.client.get().facade;
            let outcome = detached(py, || {
                facade.call_value(&self.method, params, Some(&self.token))
            });
            value(py, outcome).map(drop)
        })
    }

    /// Ends the call at once; one that has not begun never does.
    fn cancel(&self) {
        drop(self.begin());
        self.token.cancel();
    }
}
