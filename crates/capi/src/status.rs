//! The status numbers, as constants that cbindgen can see.

use std::ffi::CStr;

use super::wotnot_status;

// generated: codes, by `cargo xtask generate` from the codes of wotnot-core
/// Success.
pub const WOTNOT_OK: wotnot_status = 0;

/// No event arrived within the time that `receive` was given. Not an error.
pub const WOTNOT_TIMEOUT: wotnot_status = 1;

/// `interrupt` or a cancellation woke the call.
pub const WOTNOT_INTERRUPTED: wotnot_status = 2;

/// The client was closed, now or before.
pub const WOTNOT_CLOSED: wotnot_status = 3;

/// A required pointer was NULL.
pub const WOTNOT_NULL_ARGUMENT: wotnot_status = 10;

/// A string was not UTF-8.
pub const WOTNOT_INVALID_UTF8: wotnot_status = 11;

/// A string was not JSON.
pub const WOTNOT_INVALID_JSON: wotnot_status = 12;

/// A field of the configuration or of the parameters is wrong; the message names it.
pub const WOTNOT_INVALID_ARGUMENT: wotnot_status = 13;

/// The client id is zero or unknown.
pub const WOTNOT_INVALID_CLIENT: wotnot_status = 14;

/// The client was made before a fork; make a new one in the child.
pub const WOTNOT_FORKED: wotnot_status = 15;

/// There is no such method.
pub const WOTNOT_UNKNOWN_METHOD: wotnot_status = 16;

/// Resolving, connecting, reading or writing failed.
pub const WOTNOT_NETWORK: wotnot_status = 20;

/// The TLS handshake or the certificate was refused.
pub const WOTNOT_TLS: wotnot_status = 21;

/// The proxy refused or could not be reached.
pub const WOTNOT_PROXY: wotnot_status = 22;

/// The overall deadline passed.
pub const WOTNOT_REQUEST_TIMEOUT: wotnot_status = 23;

/// The service refused the token.
pub const WOTNOT_UNAUTHORIZED: wotnot_status = 30;

/// The API channel is not enabled in the account.
pub const WOTNOT_CHANNEL_NOT_ENABLED: wotnot_status = 31;

/// The service made no conversation; try again later.
pub const WOTNOT_CONVERSATION_NOT_CREATED: wotnot_status = 32;

/// The service called the request invalid.
pub const WOTNOT_INVALID_REQUEST: wotnot_status = 33;

/// The service knows no such path or conversation.
pub const WOTNOT_NOT_FOUND: wotnot_status = 34;

/// The service asked to slow down.
pub const WOTNOT_RATE_LIMITED: wotnot_status = 35;

/// The service refused in another way: any other 4xx.
pub const WOTNOT_REJECTED: wotnot_status = 36;

/// The service failed: any 5xx.
pub const WOTNOT_SERVER_ERROR: wotnot_status = 37;

/// The answer is not what the API promises.
pub const WOTNOT_PROTOCOL_ERROR: wotnot_status = 38;

/// The webhook token is missing or wrong.
pub const WOTNOT_WEBHOOK_REJECTED: wotnot_status = 39;

/// A queue of this library is full, or the system gives no thread.
pub const WOTNOT_OVERLOADED: wotnot_status = 40;

/// A fault of this library.
pub const WOTNOT_INTERNAL: wotnot_status = 90;

/// A panic inside this library was caught.
pub const WOTNOT_PANIC: wotnot_status = 91;

// generated: end

/// The name of a status.
pub(crate) fn name(status: wotnot_status) -> &'static CStr {
    match status {
        // generated: names
        WOTNOT_OK => c"ok",
        WOTNOT_TIMEOUT => c"timeout",
        WOTNOT_INTERRUPTED => c"interrupted",
        WOTNOT_CLOSED => c"closed",
        WOTNOT_NULL_ARGUMENT => c"null_argument",
        WOTNOT_INVALID_UTF8 => c"invalid_utf8",
        WOTNOT_INVALID_JSON => c"invalid_json",
        WOTNOT_INVALID_ARGUMENT => c"invalid_argument",
        WOTNOT_INVALID_CLIENT => c"invalid_client",
        WOTNOT_FORKED => c"forked",
        WOTNOT_UNKNOWN_METHOD => c"unknown_method",
        WOTNOT_NETWORK => c"network",
        WOTNOT_TLS => c"tls",
        WOTNOT_PROXY => c"proxy",
        WOTNOT_REQUEST_TIMEOUT => c"request_timeout",
        WOTNOT_UNAUTHORIZED => c"unauthorized",
        WOTNOT_CHANNEL_NOT_ENABLED => c"channel_not_enabled",
        WOTNOT_CONVERSATION_NOT_CREATED => c"conversation_not_created",
        WOTNOT_INVALID_REQUEST => c"invalid_request",
        WOTNOT_NOT_FOUND => c"not_found",
        WOTNOT_RATE_LIMITED => c"rate_limited",
        WOTNOT_REJECTED => c"rejected",
        WOTNOT_SERVER_ERROR => c"server_error",
        WOTNOT_PROTOCOL_ERROR => c"protocol_error",
        WOTNOT_WEBHOOK_REJECTED => c"webhook_rejected",
        WOTNOT_OVERLOADED => c"overloaded",
        WOTNOT_INTERNAL => c"internal",
        WOTNOT_PANIC => c"panic",
        // generated: end
        _ => c"unknown",
    }
}
