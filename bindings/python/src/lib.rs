//! The native module `wotnot._native`: Python objects in, Python objects out, over the JSON facade.
//! No rule of the protocol lives here, and no panic leaves it.

#![deny(unsafe_code)]

mod client;
mod convert;
mod failure;
mod signals;

use pyo3::prelude::*;

/// What the Python layer builds on; not for use by anybody else.
#[pymodule(gil_used = false)]
mod _native {
    use pyo3::prelude::*;
    use pyo3::types::PyDict;
    use wotnot_json::{Code, VERSION};

    #[pymodule_export]
    use super::client::{CancelToken, Client};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        let codes = PyDict::new(module.py());
        for code in Code::ALL {
            codes.set_item(code.name(), code.number())?;
        }
        module.add("CODES", codes)?;
        module.add("VERSION", VERSION)
    }
}
