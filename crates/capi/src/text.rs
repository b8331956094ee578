//! Strings across the boundary: borrowed during a call, owned by the caller on the way out.

use std::ffi::{CStr, CString, c_char};
use std::sync::atomic::{AtomicUsize, Ordering};

use wotnot_json::{Code, Error, Result};

use super::null;

static LIVE: AtomicUsize = AtomicUsize::new(0);

pub(crate) const VERSION: &CStr =
    match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
        Ok(version) => version,
        Err(_) => c"0",
    };

/// Borrows a string for the time of one call.
///
/// # Safety
/// `pointer` is NULL or a NUL-terminated string that nobody changes during the call.
pub(crate) unsafe fn read<'a>(pointer: *const c_char, argument: &str) -> Result<&'a str> {
    if pointer.is_null() {
        return Err(null(argument));
    }
    // SAFETY: not NULL, and the caller promises the rest.
    let text = unsafe { CStr::from_ptr(pointer) };
    text.to_str().map_err(|error| {
        Error::new(
            Code::InvalidUtf8,
            format!("{argument}: not UTF-8 at byte {}", error.valid_up_to()),
        )
    })
}

/// Sets the place to NULL, so that it never holds what a caller could free by mistake.
///
/// # Safety
/// `out` is NULL or a place for a pointer.
pub(crate) unsafe fn clear(out: *mut *mut c_char) {
    if !out.is_null() {
        // SAFETY: not NULL, and the caller promises the rest.
        unsafe { out.write(std::ptr::null_mut()) };
    }
}

/// Hands a string over to the caller.
///
/// # Safety
/// `out` is a place for a pointer.
pub(crate) unsafe fn give(out: *mut *mut c_char, text: String) {
    // JSON escapes NUL, so there is none to stumble over.
    let Ok(text) = CString::new(text) else {
        return;
    };
    LIVE.fetch_add(1, Ordering::Relaxed);
    // SAFETY: the caller promises the place.
    unsafe { out.write(text.into_raw()) };
}

/// Takes a string back and frees it.
///
/// # Safety
/// `string` is NULL or came from [`give`] and was not freed before.
pub(crate) unsafe fn free(string: *mut c_char) {
    if string.is_null() {
        return;
    }
    LIVE.fetch_sub(1, Ordering::Relaxed);
    // SAFETY: the caller promises that it is ours.
    drop(unsafe { CString::from_raw(string) });
}

pub(crate) fn live() -> usize {
    LIVE.load(Ordering::Relaxed)
}
