//! The one guard around every entry of the facade: no panic leaves it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use wotnot_core::{Code, Error, Result};

/// What `work` gives, or `panic` when it panics: then the process and every client live on.
///
/// For the boundary of a binding whose language nothing may unwind into; what the facade gives has
/// been guarded already.
pub fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        let problem = "a fault inside the library was caught; please report it";
        Err(Error::new(Code::Panic, problem))
    })
}
