//! The native class: a client behind the facade.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use wotnot_json::{Code, ConfigForm, EventFilter, LogRecord, Outcome, WakeUp, not_made};

use crate::convert::{Unreadable, to_json, to_python};
use crate::exit::{self, counted, detached, inside};
use crate::failure::value;
use crate::notifier::{Notifier, Notifiers};
use crate::queued::QueuedCall;
use crate::signals::{Signals, raise_from_call};

/// The message that answers a prompt, for `{"prompt": ..., "value": ...}`. Needs no client.
#[pyfunction]
pub(crate) fn answer<'py>(
    py: Python<'py>,
    params: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    inside(|| {
        let outcome = match to_json(params) {
            Err(Unreadable::Raised(error)) => return Err(error),
            Err(Unreadable::Invalid(error)) => not_made(error, "answer"),
            Ok(params) => wotnot_json::answer(params),
        };
        to_python(py, &value(py, outcome)?)
    })
}

/// A client. Every method releases the GIL while it runs.
#[pyclass(frozen, module = "wotnot._native")]
pub(crate) struct Client {
    pub(crate) facade: Arc<wotnot_json::Client>,
    notifiers: OnceLock<Notifiers>,
}

#[pymethods]
impl Client {
    /// `log` is called with each record of the log, on the thread of the call.
    #[new]
    fn new(py: Python<'_>, config: &Bound<'_, PyAny>, log: Py<PyAny>) -> PyResult<Self> {
        inside(|| {
            const METHOD: &str = "Client";
            let mut made = None;
            let outcome = match to_json(config) {
                Err(Unreadable::Raised(error)) => return Err(error),
                Err(Unreadable::Invalid(error)) => Outcome::failed(error, METHOD),
                Ok(config) => detached(py, || {
                    let config = ConfigForm::Value(config);
                    let logger = move |record: &LogRecord| tell(&log, record);
                    match wotnot_json::Client::with_logger(config, logger) {
                        Err(error) => Outcome::failed(error, METHOD),
                        Ok(client) => {
                            made = Some(client);
                            Outcome::ok()
                        }
                    }
                }),
            };
            value(py, outcome)?;
            let facade = made
                .map(Arc::new)
                .ok_or_else(|| pyo3::exceptions::PySystemError::new_err("no client was made"))?;
            exit::remember(Arc::downgrade(&facade));
            Ok(Self {
                facade,
                notifiers: OnceLock::new(),
            })
        })
    }

    /// Calls a method, and checks for signals while it waits.
    fn call<'py>(
        &self,
        py: Python<'py>,
        method: &str,
        params: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        inside(|| {
            let outcome = match to_json(params) {
                Err(Unreadable::Raised(error)) => return Err(error),
                Err(Unreadable::Invalid(error)) => not_made(error, method),
                Ok(params) => checking_signals(py, |cancel| {
                    self.facade.call_value(method, params, Some(cancel))
                })?,
            };
            to_python(py, &value(py, outcome)?)
        })
    }

    /// Prepares a call for a queue.
    fn queue(
        this: Bound<'_, Self>,
        method: &str,
        params: &Bound<'_, PyAny>,
    ) -> PyResult<QueuedCall> {
        counted(|| match to_json(params) {
            Ok(params) => Ok(QueuedCall::new(this.unbind(), method, params)),
            Err(Unreadable::Raised(error)) => Err(error),
            Err(Unreadable::Invalid(error)) => {
                let refused = value(this.py(), not_made(error, method));
                Err(refused.err().unwrap_or_else(|| {
                    pyo3::exceptions::PySystemError::new_err("no call was made")
                }))
            }
        })
    }

    /// The next event, `None` when none came within `timeout_ms`.
    #[pyo3(signature = (timeout_ms=None, conversation_id=None))]
    fn receive<'py>(
        &self,
        py: Python<'py>,
        timeout_ms: Option<u64>,
        conversation_id: Option<&str>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        inside(|| {
            let filter = conversation_id.map_or(EventFilter::Service, EventFilter::Of);
            let timeout = timeout_ms.map(Duration::from_millis);
            let outcome = checking_signals(py, |cancel| {
                self.facade.receive_wanted(filter, timeout, Some(cancel))
            })?;
            match outcome.code {
                Code::Timeout => Ok(None),
                _ => to_python(py, &value(py, outcome)?).map(Some),
            }
        })
    }

    /// A new notifier: readable after everything that a waiting receive would wake for.
    fn notifier(&self, py: Python<'_>) -> PyResult<Notifier> {
        inside(|| {
            let notifiers = match self.notifiers.get() {
                Some(notifiers) => notifiers,
                None => {
                    let notifiers = Notifiers::default();
                    let signalling = notifiers.clone();
                    let watch = move |wake_up: WakeUp| signalling.signal(wake_up);
                    value(py, self.facade.watch(watch))?;
                    self.notifiers.get_or_init(|| notifiers)
                }
            };
            Ok(notifiers.add(Arc::downgrade(&self.facade))?)
        })
    }

    /// Wakes everybody who waits in `receive` now.
    fn interrupt(&self, py: Python<'_>) -> PyResult<()> {
        inside(|| {
            let outcome = detached(py, || self.facade.interrupt());
            value(py, outcome).map(drop)
        })
    }

    /// Ends every call and every wait at once, for good.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        inside(|| {
            let outcome = detached(py, || self.facade.close());
            value(py, outcome).map(drop)
        })
    }
}

impl Drop for Client {
    /// Closing waits for the listener, and nobody else need wait for that.
    fn drop(&mut self) {
        // A failure at the end of a client has nobody to tell.
        let _ = Python::try_attach(|py| inside(|| Ok(detached(py, || self.facade.close()))));
    }
}

/// Hands a record of the log to Python.
fn tell(log: &Py<PyAny>, record: &LogRecord) {
    if exit::is_ending() {
        return;
    }
    let record = serde_json::to_value(record).unwrap_or_default();
    let _ = Python::try_attach(|py| {
        let logged = to_python(py, &record).and_then(|record| log.call1(py, (record,)));
        let Err(error) = logged else { return };
        // A failure in a handler fails no call; what is meant to end the program, such as Ctrl-C, does.
        let lost = match error.is_instance_of::<PyException>(py) {
            true => Err(error),
            false => raise_from_call(error),
        };
        if let Err(error) = lost {
            error.write_unraisable(py, None);
        }
    });
}

fn checking_signals(
    py: Python<'_>,
    call: impl FnOnce(&wotnot_json::CancelToken) -> Outcome + Send,
) -> PyResult<Outcome> {
    let signals = Signals::new();
    let outcome = detached(py, || call(&signals.token));
    signals.finish()?;
    Ok(outcome)
}
