//! The C library: thirteen functions over `wotnot-json`.
//!
//! Each of them checks its pointers, keeps none of them, and runs inside one guard that turns a
//! panic into a status. The conventions for callers open `include/wotnot.h`.

#![allow(non_camel_case_types)]
// Said for all functions at once, in the C user's words, where the header opens.
#![allow(clippy::missing_safety_doc)]

mod guard;
mod registry;
mod status;
mod text;

use std::ffi::c_char;
use std::time::Duration;

use wotnot_json::{Client, Code, Error, Outcome, not_made};

pub use status::*;

use guard::guarded;
use registry::registry;

/// Raised only by a break of this interface; also the number in the library's SONAME.
pub const WOTNOT_ABI_VERSION: u32 = 1;

/// `WOTNOT_FOREVER`; the header spells it in a way that C89 takes too.
const FOREVER: u32 = u32::MAX;

/// A client. An id, not a pointer: 0 is never valid, and ids are never reused.
pub type wotnot_client = u64;

/// What a function says: one of the `WOTNOT_*` numbers below. They are never reused.
pub type wotnot_status = i32;

/// The `WOTNOT_ABI_VERSION` that the library was built with.
#[unsafe(no_mangle)]
pub extern "C" fn wotnot_abi_version() -> u32 {
    WOTNOT_ABI_VERSION
}

/// The library's version, such as "0.1.0". Static: do not free it.
#[unsafe(no_mangle)]
pub extern "C" fn wotnot_version() -> *const c_char {
    text::VERSION.as_ptr()
}

/// The name of a status, such as "rate_limited"; "unknown" for a number that the library does not
/// know. Static: do not free it.
#[unsafe(no_mangle)]
pub extern "C" fn wotnot_status_name(status: wotnot_status) -> *const c_char {
    status::name(status).as_ptr()
}

/// Makes a client. `config_json` is an object; all but `token` have defaults.
///
/// On success `*out_client` is the client, to be closed with `wotnot_client_close`.
/// Nothing is sent. A webhook listener is opened when the configuration asks for one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wotnot_client_new(
    config_json: *const c_char,
    out_client: *mut wotnot_client,
    out_json: *mut *mut c_char,
) -> wotnot_status {
    // SAFETY: the caller gives a place for a pointer, or NULL.
    unsafe { text::clear(out_json) };
    guarded(out_json, "client_new", || {
        if out_client.is_null() {
            return Err(null("out_client"));
        }
        // SAFETY: not NULL, and the caller gives a place for a client.
        unsafe { out_client.write(0) };
        // SAFETY: the caller gives a NUL-terminated string, or NULL.
        let config = unsafe { text::read(config_json, "config_json") }?;
        let id = registry().insert(Client::new(config)?);
        // SAFETY: as above.
        unsafe { out_client.write(id) };
        Ok(Outcome::ok())
    })
}

/// Closes a client: wakes every call that is blocked on it with `WOTNOT_CLOSED`, stops its
/// listener, and drops the events that nobody received. Closing twice is ok.
#[unsafe(no_mangle)]
pub extern "C" fn wotnot_client_close(client: wotnot_client) -> wotnot_status {
    guarded(std::ptr::null_mut(), "client_close", || {
        registry().close(client)?;
        Ok(Outcome::ok())
    })
}

/// Calls a method: "start_conversation", "send_message", "open_conversation", "converse", "answer",
/// "forget", "receive", "wait", "cancel", "parse_webhook", "accept_webhook", "public_event" or "status";
/// through a gateway also "resolve", "transcript", "set_identity", "upload" and "set_app_state".
/// `params_json` is an object; NULL stands for none.
/// Blocks for at most the client's `timeout_ms`, or that of the parameters; "receive" and "wait"
/// block until there is something, where the parameters give no `timeout_ms`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wotnot_call(
    client: wotnot_client,
    method: *const c_char,
    params_json: *const c_char,
    out_json: *mut *mut c_char,
) -> wotnot_status {
    // SAFETY: the caller gives a place for a pointer, or NULL.
    unsafe { text::clear(out_json) };
    guarded(out_json, "call", || {
        // SAFETY: the caller gives NUL-terminated strings, or NULL.
        let method = unsafe { text::read(method, "method") }?;
        let client = match registry().find(client) {
            Ok(client) => client,
            Err(error) => return Ok(not_made(error, method)),
        };
        let params = match params_json.is_null() {
            true => Ok(""),
            // SAFETY: as above.
            false => unsafe { text::read(params_json, "params_json") },
        };
        Ok(match params {
            Ok(params) => client.call(method, params),
            Err(error) => not_made(error, method),
        })
    })
}

/// Starts a conversation; see `docs/schema`. The header has it as an inline function of C, which needs nothing
/// of the library but `wotnot_call`; this is for languages that only find what is exported.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wotnot_start_conversation(
    client: wotnot_client,
    params_json: *const c_char,
    out_json: *mut *mut c_char,
) -> wotnot_status {
    // SAFETY: what the caller gives is handed on.
    unsafe {
        wotnot_call(
            client,
            c"start_conversation".as_ptr(),
            params_json,
            out_json,
        )
    }
}

/// Sends what the visitor answered; as above.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wotnot_send_message(
    client: wotnot_client,
    params_json: *const c_char,
    out_json: *mut *mut c_char,
) -> wotnot_status {
    // SAFETY: what the caller gives is handed on.
    unsafe { wotnot_call(client, c"send_message".as_ptr(), params_json, out_json) }
}

/// The next event, in the order of arrival. Waits at most `timeout_ms` milliseconds: 0 looks
/// without waiting, `WOTNOT_FOREVER` waits without end. Gives `WOTNOT_TIMEOUT` when none arrived. The
/// same as `wotnot_call` of "receive", which can also wait for the events of one conversation.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wotnot_receive(
    client: wotnot_client,
    timeout_ms: u32,
    out_json: *mut *mut c_char,
) -> wotnot_status {
    // SAFETY: the caller gives a place for a pointer, or NULL.
    unsafe { text::clear(out_json) };
    guarded(out_json, "receive", || {
        let client = registry().find(client)?;
        let timeout = match timeout_ms {
            FOREVER => None,
            millis => Some(Duration::from_millis(millis.into())),
        };
        Ok(client.receive(timeout, None))
    })
}

/// Wakes those who wait in `wotnot_receive` now with `WOTNOT_INTERRUPTED`, and nothing else.
#[unsafe(no_mangle)]
pub extern "C" fn wotnot_interrupt(client: wotnot_client) -> wotnot_status {
    guarded(std::ptr::null_mut(), "interrupt", || {
        Ok(registry().find(client)?.interrupt())
    })
}

/// Frees a string that the library gave through an `out_json`. NULL is ok.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wotnot_string_free(string: *mut c_char) {
    // SAFETY: the caller gives back what it was given, once, or NULL.
    unsafe { text::free(string) };
}

/// How many strings the caller has not freed yet. For leak tests.
#[unsafe(no_mangle)]
pub extern "C" fn wotnot_live_strings() -> usize {
    text::live()
}

/// How many clients are not closed yet. For leak tests.
#[unsafe(no_mangle)]
pub extern "C" fn wotnot_live_clients() -> usize {
    registry().live()
}

fn null(argument: &str) -> Error {
    Error::new(Code::NullArgument, format!("{argument}: must not be NULL"))
}
