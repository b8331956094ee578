//! The native module `wotnot._native`: Python objects in, Python objects out, over the JSON facade.
//! No rule of the protocol lives here, and no panic leaves it.

#![deny(unsafe_code)]

mod client;
mod convert;
mod exit;
mod failure;
mod notifier;
mod queued;
mod signals;

use pyo3::prelude::*;

/// What the Python layer builds on; not for use by anybody else.
#[pymodule(gil_used = false)]
mod _native {
    use pyo3::prelude::*;
    use pyo3::types::PyDict;
    use wotnot_json::{Code, MAX_IDLE, MAX_TIMEOUT, VERSION};

    #[pymodule_export]
    use super::client::Client;
    #[pymodule_export]
    use super::client::answer;
    #[pymodule_export]
    use super::notifier::Notifier;
    #[pymodule_export]
    use super::queued::QueuedCall;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        let codes = PyDict::new(module.py());
        for code in Code::ALL {
            codes.set_item(code.name(), code.number())?;
        }
        module.add("CODES", codes)?;
        module.add("MAX_IDLE", MAX_IDLE.as_secs())?;
        module.add("MAX_TIMEOUT", MAX_TIMEOUT.as_secs())?;
        let py = module.py();
        py.import("atexit")?
            .call_method1("register", (wrap_pyfunction!(super::exit::end, py)?,))?;
        // There is no fork on Windows.
        #[cfg(unix)]
        {
            let in_child = PyDict::new(py);
            in_child.set_item("after_in_child", wrap_pyfunction!(super::exit::forked, py)?)?;
            py.import("os")?
                .call_method("register_at_fork", (), Some(&in_child))?;
        }
        module.add("VERSION", VERSION)
    }
}
