//! Runs a gateway until it is told to stop, or cannot go on.

use std::process::ExitCode;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use wotnot_gateway::{Config, Error, Gateway};

use crate::exit;

/// How long streams have to end when it stops.
const GRACE: Duration = Duration::from_secs(20);
/// How often it is looked at whether it can go on.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Runs it; the first line that is printed holds its URL.
pub(super) fn run(config: Config) -> ExitCode {
    match Gateway::builder().config(config).start() {
        Ok(gateway) => {
            anstream::println!("listening at {}", gateway.url());
            tracing::info!(
                public = gateway.url(),
                admin = gateway.admin_url(),
                "started"
            );
            until_stopped(gateway)
        }
        Err(error) => failed(&error),
    }
}

pub(super) fn failed(error: &Error) -> ExitCode {
    let code = match error {
        Error::Config(_) => exit::USAGE,
        Error::Store(_) | Error::System(_) => exit::FAILED,
    };
    exit::fail("gateway", &error.to_string(), code)
}

/// Waits for a signal, or for a failure of the store, after which nothing more is to be taken.
pub(super) fn until_stopped(gateway: Gateway) -> ExitCode {
    let (stop, stopped) = channel();
    // A second handler cannot be set; the first one does the same.
    let _ = ctrlc::set_handler(move || {
        let _ = stop.send(());
    });
    loop {
        match stopped.recv_timeout(LOOK_EVERY) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) => {
                gateway.stop(GRACE);
                return ExitCode::SUCCESS;
            }
            // There is no handler: only a failure ends it.
            Err(RecvTimeoutError::Disconnected) => std::thread::sleep(LOOK_EVERY),
        }
        if let Some(why) = gateway.failure() {
            return exit::fail("gateway", &why, exit::FAILED);
        }
    }
}
