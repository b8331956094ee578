//! Runs a gateway until it is asked to stop, or cannot go on.

use std::path::Path;
use std::process::ExitCode;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

use wotnot_gateway::{Config, Error, Gateway, widget};

use super::reload::Watched;
use super::tell;
use crate::exit;

/// How long what is under way has to end when it stops.
const GRACE: Duration = Duration::from_secs(25);
/// How often it is looked at whether it can go on.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// What a signal asks for.
enum SignalAction {
    Stop,
    #[cfg(unix)]
    Reload,
}

/// Runs it; the first line that is printed holds its URL.
pub(super) fn run(config: Config, file: &Path) -> ExitCode {
    let watched = Watched::new(file, &config);
    match Gateway::builder().config(config).start() {
        Ok(gateway) => {
            let started = |gateway: &Gateway| {
                tell(&format!("listening at {}", gateway.url()));
                print_widget();
                tracing::info!(
                    public = gateway.url(),
                    admin = gateway.admin_url(),
                    "started"
                );
            };
            until_stopped(gateway, Some(watched), started)
        }
        Err(error) => failed(&error),
    }
}

/// Says which files pages may load, with their hashes for `integrity`.
pub(super) fn print_widget() {
    if widget::FILES.is_empty() {
        tell(
            "the widget is left out of this build: it takes `npm ci && npm run build` in bindings/web, and then a build of this",
        );
    }
    for file in widget::FILES {
        if let Some(stable_name) = file.stable_name {
            tell(&format!(
                "/widget/{stable_name} is /widget/{} {}",
                file.name, file.integrity
            ));
        }
    }
}

pub(super) fn failed(error: &Error) -> ExitCode {
    exit::fail("gateway", &error.to_string(), code(error))
}

/// The exit code for a gateway that did not start.
pub(super) fn code(error: &Error) -> u8 {
    match error {
        Error::Config(_) => exit::USAGE,
        Error::Store(_) | Error::System(_) => exit::FAILED,
    }
}

/// Waits for a signal, or for a failure of the store, after which nothing more is to be taken. `started` says that it
/// runs, once signals are listened to.
pub(super) fn until_stopped(
    gateway: Gateway,
    mut watched: Option<Watched>,
    started: impl FnOnce(&Gateway),
) -> ExitCode {
    let (tell, stopped) = channel();
    if let Err(error) = signals(tell) {
        return exit::fail("gateway", &error.to_string(), exit::FAILED);
    }
    started(&gateway);
    loop {
        let wanted = match stopped.recv_timeout(LOOK_EVERY) {
            Ok(wanted) => Some(wanted),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => Some(SignalAction::Stop),
        };
        match (wanted, &mut watched) {
            #[cfg(unix)]
            (Some(SignalAction::Reload), Some(watched)) => watched.reload(&gateway),
            // Without a file, SIGHUP is the end of its terminal.
            (Some(_), _) => {
                tracing::info!("asked to stop");
                gateway.stop(GRACE);
                return ExitCode::SUCCESS;
            }
            (None, Some(watched)) => {
                if watched.changed() {
                    watched.reload(&gateway);
                }
            }
            (None, None) => {}
        }
        if let Some(why) = gateway.failure() {
            return exit::fail("gateway", &why, exit::FAILED);
        }
    }
}

/// Tells of each signal from now on.
#[cfg(unix)]
fn signals(tell: Sender<SignalAction>) -> std::io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let mut signals = signal_hook::iterator::Signals::new([SIGHUP, SIGINT, SIGTERM])?;
    std::thread::Builder::new()
        .name("wotnot-signals".into())
        .spawn(move || {
            for signal in signals.forever() {
                let wanted = match signal {
                    SIGHUP => SignalAction::Reload,
                    _ => SignalAction::Stop,
                };
                if tell.send(wanted).is_err() {
                    return;
                }
            }
        })
        .map(drop)
}

/// Tells of Ctrl-C from now on.
#[cfg(not(unix))]
fn signals(tell: Sender<SignalAction>) -> std::io::Result<()> {
    ctrlc::set_handler(move || {
        let _ = tell.send(SignalAction::Stop);
    })
    .map_err(std::io::Error::other)
}
