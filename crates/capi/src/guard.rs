//! The one boundary: whatever happens inside, a status and a document come out.

use std::ffi::c_char;

use wotnot_json::{Outcome, Result};

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
    let failed = |error| document(Outcome::failed(error, function));
    let given = wotnot_json::guarded(|| Ok(body().map_or_else(failed, document)));
    let (code, json) = given.unwrap_or_else(failed);
    if let Some(json) = json {
        // SAFETY: `out_json` is not NULL when there is a document for it.
        unsafe { text::give(out_json, json) };
    }
    code.number()
}
