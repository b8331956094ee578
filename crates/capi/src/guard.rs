//! The one boundary: whatever happens inside, a status and a document come out.

use std::ffi::c_char;
use std::panic::{AssertUnwindSafe, catch_unwind};

use wotnot_json::{Code, Error, Outcome, Result};

use super::{text, wotnot_status};

/// Runs `body`, gives its document through `out_json`, and turns a panic into a status.
///
/// `out_json` is NULL, or a place for a pointer that was cleared before.
pub(crate) fn guarded(
    out_json: *mut *mut c_char,
    function: &str,
    body: impl FnOnce() -> Result<Outcome>,
) -> wotnot_status {
    let document = |outcome: Outcome| {
        let json = (!out_json.is_null()).then(|| outcome.to_json());
        (outcome.code, json)
    };
    let run = || match body() {
        Ok(outcome) => document(outcome),
        Err(error) => document(Outcome::failed(error, function)),
    };
    let (code, json) = catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| {
        let error = Error::new(
            Code::Panic,
            "a fault inside the library was caught; other clients are not affected",
        );
        document(Outcome::failed(error, function))
    });
    if let Some(json) = json {
        // SAFETY: `out_json` is not NULL when there is a document for it.
        unsafe { text::give(out_json, json) };
    }
    code.number()
}
