//! What the commands that talk to a service end with. The numbers are documented in docs/cli.md.

use std::process::ExitCode;

use wotnot_core::{Code, Delivery, Error};

use crate::complain::complain;

/// What was asked for did not hold: a script was not fulfilled, a hop failed.
pub const FAILED: u8 = 1;
/// Wrong arguments or settings; nothing was sent.
pub const USAGE: u8 = 2;
/// Nothing reached the service.
pub const NOT_SENT: u8 = 3;
/// The service said no.
pub const REJECTED: u8 = 4;
/// The message may have been taken.
pub const UNKNOWN: u8 = 5;
/// Nothing came within the time.
pub const TIMEOUT: u8 = 6;
/// It was done, and the output could not be written.
pub const NOT_WRITTEN: u8 = 7;

/// For `--help` of `chat`.
pub const OF_A_CONVERSATION: &str = "\
Exit codes:
  0  the conversation is over, or was left
  1  something failed
  2  wrong arguments or settings; nothing was sent
  3  the message did not reach the service, or the gateway (name, connection, TLS, proxy)
  4  the service or the gateway refused
  5  unknown: the message may have been taken; do not send it again blindly";

/// For `--help` of `send`.
pub const OF_A_MESSAGE: &str = "\
Exit codes:
  0  done
  1  something else failed
  2  wrong arguments or settings; nothing was sent
  3  the message did not reach the service (name, connection, TLS, proxy)
  4  the service refused
  5  unknown: the message may have been taken; do not send it again blindly
  7  the output could not be written, as on a full disk";

/// The number for an error of the client.
pub fn of(error: &Error) -> u8 {
    match (error.code(), error.delivery()) {
        (code, _) if code.is_wrong_input() => USAGE,
        (Code::Timeout, _) => TIMEOUT,
        (_, Some(Delivery::NotSent)) => NOT_SENT,
        (_, Some(Delivery::Rejected)) => REJECTED,
        (_, Some(Delivery::Unknown)) => UNKNOWN,
        (_, None) => FAILED,
    }
}

/// Says what went wrong with `command`, and ends with `code`.
pub fn fail(command: &str, problem: &str, code: u8) -> ExitCode {
    complain(format_args!("wotnot {command}: {problem}"));
    ExitCode::from(code)
}
