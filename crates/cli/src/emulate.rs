//! `wotnot emulate`: runs the emulator until it is asked to stop, or around another command.

use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::{Child, ExitCode};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use serde_json::json;
use wotnot_emulator::{Activity, Builder, Emulator, Error, TokenPlace, Webhook};

use crate::exit;
use crate::output::complain;
use crate::profile::Secret;
use crate::target::{host_address, listen_address};

const AFTER_HELP: &str = "\
Exit codes:
  0  stopped by Ctrl-C or SIGTERM
  1  it could not start: a flow, a file of faults, a service profile, or the address
  2  wrong arguments
  With --exec: those of the command, 128 and the signal's number when a signal ended it, 127 when it
  could not be run.";

/// Arguments of `wotnot emulate`.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Args {
    /// A bot's flow file; may be repeated. Changed files are deployed again
    #[arg(long, value_name = "FILE", required = true)]
    flow: Vec<PathBuf>,
    /// The port to listen on; 0 lets the system choose
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// The address to listen on; beyond loopback everybody needs the control API's token
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST), value_parser = host_address)]
    host: IpAddr,
    /// The http:// URL that events are posted to
    #[arg(long, value_name = "URL")]
    webhook: Option<String>,
    /// The token that is sent with them; WOTNOT_WEBHOOK_TOKEN when left out
    #[arg(long, value_name = "TOKEN", requires = "webhook")]
    webhook_token: Option<String>,
    /// Send the webhook's token in `Authorization` too
    #[arg(long, requires = "webhook")]
    webhook_authorization: bool,
    /// Draw every id, time and chance from this number, so that a run can be repeated
    #[arg(long)]
    seed: Option<u64>,
    /// A file of fault rules
    #[arg(long, value_name = "FILE")]
    faults: Vec<PathBuf>,
    /// A file of assumptions about behaviour of the service that is not public
    #[arg(long, value_name = "FILE")]
    service_profile: Option<PathBuf>,
    /// Sign tokens with this secret, so that `wotnot token` can make more
    #[arg(long, env = "WOTNOT_EMULATOR_SECRET", hide_env_values = true)]
    secret: Option<String>,
    /// The printed token expires after this many seconds
    #[arg(long, value_name = "SECONDS")]
    token_lifetime: Option<u64>,
    /// Run this command with the settings of a client and WOTNOT_CONTROL_URL in its environment, then stop
    #[arg(long, value_name = "COMMAND")]
    exec: Option<String>,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
    /// Print nothing after the ready line
    #[arg(long)]
    quiet: bool,
}

/// How often flow files are looked at.
const WATCH_EVERY: Duration = Duration::from_millis(250);
/// Lines that may wait to be printed; more are left out rather than holding up the emulator.
const LINES_WAITING: usize = 65_536;

/// What wakes the command.
enum CommandEvent {
    Line(Activity),
    Stop,
}

/// Runs the command: 0 after a clean stop, 1 when the emulator cannot start, else the exit code of `--exec`.
pub fn run(args: Args) -> ExitCode {
    let (sender, wakes) = sync_channel(LINES_WAITING);
    let stop = sender.clone();
    // A second handler cannot be set; the first one does the same.
    let _ = ctrlc::set_handler(move || drop(stop.send(CommandEvent::Stop)));
    let started = match webhook(&args) {
        Ok(webhook) => builder(&args, webhook, sender).start(),
        Err(problem) => return exit::fail("emulate", &problem, exit::USAGE),
    };
    let emulator = match started {
        Ok(emulator) => emulator,
        Err(error) => return fail(&error),
    };
    let printer = Printer {
        json: args.json,
        quiet: args.exec.is_some() && !args.json,
    };
    printer.ready(&emulator);
    match args.exec {
        None => {
            printer.follow(&wakes);
            ExitCode::SUCCESS
        }
        Some(command) => execute(&command, &emulator, &wakes, &printer),
    }
}

/// The webhook that is asked for. The token's variable is also there for those who listen: it asks for none.
fn webhook(args: &Args) -> Result<Option<Webhook>, String> {
    let Some(url) = &args.webhook else {
        return Ok(None);
    };
    let token = match &args.webhook_token {
        Some(token) => Some(token.clone()).filter(|token| !token.is_empty()),
        None => Secret::WebhookToken.read(None)?,
    };
    let token_in = match args.webhook_authorization {
        true => TokenPlace::BodyAndHeader,
        false => TokenPlace::Body,
    };
    let url = url.clone();
    Ok(Some(Webhook {
        url,
        token,
        token_in,
    }))
}

fn builder(args: &Args, webhook: Option<Webhook>, sender: SyncSender<CommandEvent>) -> Builder {
    let mut builder = Emulator::builder()
        .listen(SocketAddr::new(args.host, args.port))
        .watch(WATCH_EVERY);
    if !args.quiet {
        // A line that finds no room is left out: the emulator does not wait for who reads.
        builder = builder.observer(move |activity| {
            let _ = sender.try_send(CommandEvent::Line(activity.clone()));
        });
    }
    for flow in &args.flow {
        builder = builder.flow_file(flow);
    }
    for faults in &args.faults {
        builder = builder.faults_file(faults);
    }
    if let Some(profile) = &args.service_profile {
        builder = builder.service_profile_file(profile);
    }
    if let Some(seed) = args.seed {
        builder = builder.seed(seed);
    }
    if let Some(secret) = &args.secret {
        builder = builder.secret(secret.as_bytes());
    }
    if let Some(seconds) = args.token_lifetime {
        builder = builder.token_lifetime(Duration::from_secs(seconds));
    }
    if let Some(webhook) = webhook {
        builder = builder.webhook_with(webhook);
    }
    builder
}

fn fail(error: &Error) -> ExitCode {
    if let Error::Flow { findings, .. } = error {
        findings.iter().for_each(complain);
    }
    exit::fail("emulate", &error.to_string(), exit::FAILED)
}

/// Writes what happens to standard output.
struct Printer {
    json: bool,
    quiet: bool,
}

impl Printer {
    fn ready(&self, emulator: &Emulator) {
        let bots: Vec<_> = emulator
            .bots()
            .into_iter()
            .map(|bot| json!({"name": bot.name, "key": bot.key}))
            .collect();
        if self.json {
            let ready = json!({
                "event": "ready",
                "base_url": emulator.base_url(),
                "token": emulator.token(),
                "bots": bots,
                "control_url": emulator.control_url(),
                "control_token": emulator.control_token(),
                "ui_url": emulator.ui_url(),
                "seed": emulator.seed(),
            });
            self.line(&ready.to_string());
        } else if !self.quiet {
            self.line(&format!("base URL     {}", emulator.base_url()));
            self.line(&format!("control API  {}", emulator.control_url()));
            self.line(&format!("  its token  {}", emulator.control_token()));
            self.line(&format!("page         {}", emulator.ui_url()));
            self.line(&format!("token        {}", emulator.token()));
            for bot in emulator.bots() {
                self.line(&format!("bot key      {}  ({})", bot.key, bot.name));
            }
            match emulator.webhook() {
                Some(webhook) => self.line(&format!("webhook      {}", webhook.url)),
                None => self.line(
                    "webhook      none: replies go nowhere; give --webhook http://127.0.0.1:8089/wotnot/events, where `wotnot chat` listens",
                ),
            }
            self.line(&format!("seed         {}", emulator.seed()));
            self.line("\nFor programs and for `wotnot chat`, paste this into another terminal:\n");
            for (name, value) in settings(emulator) {
                self.line(&format!("export {name}={}", shell_word(&value)));
            }
            self.line("");
        }
    }

    /// Prints until a stop is asked for.
    fn follow(&self, wakes: &Receiver<CommandEvent>) {
        while let Ok(CommandEvent::Line(activity)) = wakes.recv() {
            self.activity(&activity);
        }
    }

    fn activity(&self, activity: &Activity) {
        if self.json {
            self.line(&json!(activity).to_string());
        } else if !self.quiet {
            self.line(&activity.to_string());
        }
    }

    /// A reader that has left is no reason to stop.
    fn line(&self, text: &str) {
        let mut out = std::io::stdout().lock();
        let _ = writeln!(out, "{text}").and_then(|()| out.flush());
    }
}

/// The environment variables for a client of this emulator.
fn settings(emulator: &Emulator) -> Vec<(&'static str, String)> {
    let mut settings = vec![
        ("WOTNOT_BASE_URL", emulator.base_url().to_owned()),
        ("WOTNOT_TOKEN", emulator.token().to_owned()),
    ];
    let key = emulator.bot_keys().into_iter().next();
    settings.extend(key.map(|key| ("WOTNOT_BOT_KEY", key)));
    if let Some(webhook) = emulator.webhook() {
        // A listener of the client's own takes the events where they are posted to on this machine.
        if let Some((address, path)) = own_listener(&webhook.url) {
            let address = address.to_string();
            // The examples read the first, this command the others.
            settings.push(("WOTNOT_LISTEN", address.clone()));
            settings.push(("WOTNOT_WEBHOOK_LISTEN", address));
            settings.push(("WOTNOT_WEBHOOK_PATH", path));
        }
        settings.extend(webhook.token.map(|token| ("WOTNOT_WEBHOOK_TOKEN", token)));
    }
    settings
}

/// Where a client has to listen that the webhook leads to; nothing for one on another machine.
fn own_listener(url: &str) -> Option<(SocketAddr, String)> {
    let rest = url.strip_prefix("http://")?;
    let rest = rest.split(['?', '#']).next()?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    // No other name is looked up: that might take long.
    let address = match host.strip_prefix("localhost:") {
        Some(_) => listen_address(host).ok()?,
        None => host.parse().ok()?,
    };
    let listener = (address, format!("/{path}"));
    address.ip().is_loopback().then_some(listener)
}

/// A text as one word of a shell.
fn shell_word(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./:@%+,=".contains(&byte);
    match text.bytes().all(is_plain) && !text.is_empty() {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', "'\\''")),
    }
}

/// Runs a shell command beside the emulator, and ends with its exit code.
fn execute(
    command: &str,
    emulator: &Emulator,
    wakes: &Receiver<CommandEvent>,
    printer: &Printer,
) -> ExitCode {
    let (shell, flag) = if cfg!(windows) {
        ("cmd", "/C")
    } else {
        ("sh", "-c")
    };
    let mut process = std::process::Command::new(shell);
    process
        .args([flag, command])
        .envs(settings(emulator))
        .env("WOTNOT_CONTROL_URL", emulator.control_url());
    let mut child = match process.spawn() {
        Ok(child) => child,
        Err(error) => {
            return exit::fail("emulate", &format!("cannot run `{shell}`: {error}"), 127);
        }
    };
    loop {
        match wakes.recv_timeout(Duration::from_millis(20)) {
            Ok(CommandEvent::Line(activity)) => printer.activity(&activity),
            Ok(CommandEvent::Stop) | Err(RecvTimeoutError::Disconnected) => {
                // Ctrl-C has reached the child too; after a signal to this process alone it must be ended here.
                let _ = child.kill();
                return exit_code(&mut child);
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
        if !matches!(child.try_wait(), Ok(None)) {
            while let Ok(CommandEvent::Line(activity)) = wakes.try_recv() {
                printer.activity(&activity);
            }
            return exit_code(&mut child);
        }
    }
}

/// The child's own code; 128 and the signal's number when a signal ended it, as shells say it.
fn exit_code(child: &mut Child) -> ExitCode {
    let Ok(status) = child.wait() else {
        return ExitCode::FAILURE;
    };
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return ExitCode::from(u8::try_from(128 + signal).unwrap_or(u8::MAX));
    }
    ExitCode::from(
        status
            .code()
            .and_then(|code| u8::try_from(code).ok())
            .unwrap_or(1),
    )
}
