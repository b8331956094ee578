//! The status table: one number and one name for everything that a call can say.

use std::fmt;

macro_rules! codes {
    ($($(#[doc = $doc:literal])* $variant:ident = $number:literal, $name:literal;)*) => {
        /// What a call says. A new one takes the next free number of its group: 10 to 19 what the caller gave, 20 to
        /// 29 the way to the service, 30 to 39 the service, from 40 this library. Numbers are never reused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(i32)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[doc = $doc])* $variant = $number,)*
        }

        impl Code {
            /// Every code, in the order of the numbers.
            pub const ALL: &'static [Code] = &[$(Code::$variant,)*];

            /// The name that JSON and the bindings use, such as `rate_limited`.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Code::$variant => $name,)*
                }
            }

            /// What it means, in a sentence.
            pub const fn description(self) -> &'static str {
                match self {
                    $(Code::$variant => concat!($($doc),*),)*
                }
            }

            /// The code with this number, if there is one.
            pub const fn from_number(number: i32) -> Option<Code> {
                match number {
                    $($number => Some(Code::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

codes! {
    /// Success.
    Ok = 0, "ok";
    /// No event arrived within the time that `receive` was given. Not an error.
    Timeout = 1, "timeout";
    /// `interrupt` or a cancellation woke the call.
    Interrupted = 2, "interrupted";
    /// The client was closed, now or before.
    Closed = 3, "closed";
    /// A required pointer was NULL.
    NullArgument = 10, "null_argument";
    /// A string was not UTF-8.
    InvalidUtf8 = 11, "invalid_utf8";
    /// A string was not JSON.
    InvalidJson = 12, "invalid_json";
    /// A field of the configuration or of the parameters is wrong; the message names it.
    InvalidArgument = 13, "invalid_argument";
    /// The client id is zero or unknown.
    InvalidClient = 14, "invalid_client";
    /// The client was made before a fork; make a new one in the child.
    Forked = 15, "forked";
    /// There is no such method.
    UnknownMethod = 16, "unknown_method";
    /// Resolving, connecting, reading or writing failed.
    Network = 20, "network";
    /// The TLS handshake or the certificate was refused.
    Tls = 21, "tls";
    /// The proxy refused or could not be reached.
    Proxy = 22, "proxy";
    /// The overall deadline passed.
    RequestTimeout = 23, "request_timeout";
    /// The service refused the token.
    Unauthorized = 30, "unauthorized";
    /// The API channel is not enabled in the account.
    ChannelNotEnabled = 31, "channel_not_enabled";
    /// The service made no conversation; try again later.
    ConversationNotCreated = 32, "conversation_not_created";
    /// The service called the request invalid.
    InvalidRequest = 33, "invalid_request";
    /// The service knows no such path or conversation.
    NotFound = 34, "not_found";
    /// The service asked to slow down.
    RateLimited = 35, "rate_limited";
    /// The service refused in another way: any other 4xx.
    Rejected = 36, "rejected";
    /// The service failed: any 5xx.
    ServerError = 37, "server_error";
    /// The answer is not what the API promises.
    ProtocolError = 38, "protocol_error";
    /// The webhook token is missing or wrong.
    WebhookRejected = 39, "webhook_rejected";
    /// A queue of this library is full, or the system gives no thread.
    Overloaded = 40, "overloaded";
    /// A fault of this library.
    Internal = 90, "internal";
    /// A panic inside this library was caught.
    Panic = 91, "panic";
}

impl Code {
    /// The number that the C ABI returns.
    pub const fn number(self) -> i32 {
        self as i32
    }

    /// Whether what the caller gave is wrong, so that the same call never succeeds.
    pub const fn is_wrong_input(self) -> bool {
        matches!(
            self,
            Code::InvalidJson | Code::InvalidArgument | Code::UnknownMethod
        )
    }

    /// Whether the same call may succeed later without a change.
    pub const fn is_retryable(self) -> bool {
        matches!(
            self,
            Code::Timeout
                | Code::Interrupted
                | Code::Network
                | Code::Proxy
                | Code::RequestTimeout
                | Code::ConversationNotCreated
                | Code::RateLimited
                | Code::ServerError
                | Code::Overloaded
        )
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_are_unique_and_lead_back() {
        let mut names = std::collections::HashSet::new();
        for code in Code::ALL {
            assert_eq!(Code::from_number(code.number()), Some(*code));
            assert!(names.insert(code.name()), "{code} twice");
        }
        assert_eq!(Code::from_number(4711), None);
    }
}
