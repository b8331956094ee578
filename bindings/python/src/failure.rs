//! Failures as Python exceptions.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use serde_json::Value;
use wotnot_json::{ErrorDocument, Outcome};

use crate::convert::to_python;

/// The value of an outcome, or the exception for its error.
pub(crate) fn value(py: Python<'_>, outcome: Outcome) -> PyResult<Value> {
    outcome
        .body
        .map(|document| document.to_value())
        .map_err(|error| exception(py, &error))
}

/// An exception of the class that `wotnot._errors` has for the code.
fn exception(py: Python<'_>, document: &ErrorDocument) -> PyErr {
    static FROM_DOCUMENT: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let build = || {
        let fields = serde_json::to_value(document).unwrap_or(Value::Null);
        FROM_DOCUMENT
            .get_or_try_init(py, || {
                let errors = py.import("wotnot._errors")?;
                errors.getattr("from_document").map(Bound::unbind)
            })?
            .bind(py)
            .call1((to_python(py, &fields)?,))
    };
    match build() {
        Ok(exception) => PyErr::from_value(exception),
        Err(error) => error,
    }
}
