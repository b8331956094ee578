//! `wotnot replay`: a recorded conversation as a stand-in for the service, or for the gateway, that it was recorded
//! with. It answers the calls in their order with what was answered, and gives the events that came after each.

mod gateway;
mod service;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, channel};

use serde_json::{Value, json};

use crate::forward::Endpoint;
use crate::target::host_address;
use crate::wire::fixture::{Fixture, Wire};
use crate::wire::redact::holds_stand_in;
use crate::wire::server::{Reply, Request, Server};
use crate::{exit, output};

const AFTER_HELP: &str = "\
Exit codes:
  0  stopped by Ctrl-C, or --once and every call was made as it was recorded
  1  a call was another than the recorded one; the differences are printed on standard error
  2  wrong arguments, no fixture, or the address is not available
  7  the output could not be written, as on a full disk";

/// Arguments of `wotnot replay`.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Args {
    /// The file that `wotnot record` wrote: NAME.wire.json
    #[arg(value_name = "FIXTURE")]
    fixture: PathBuf,
    /// The port to listen on; 0 lets the system choose
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// The address to listen on
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST), value_parser = host_address)]
    host: IpAddr,
    /// Where the events are posted, with the token of WOTNOT_WEBHOOK_TOKEN
    #[arg(long, value_name = "URL")]
    webhook: Option<Endpoint>,
    /// A file with the webhook's token and nothing else; otherwise WOTNOT_WEBHOOK_TOKEN is read
    #[arg(long, value_name = "FILE", env = "WOTNOT_WEBHOOK_TOKEN_FILE")]
    webhook_token_file: Option<PathBuf>,
    /// Stop when the last call was answered and its events were taken
    #[arg(long)]
    once: bool,
    /// Print one JSON object a line; the first is {"event": "ready", "base_url": ..}
    #[arg(long)]
    json: bool,
}

/// What happens while it runs.
enum Happening {
    /// A call was answered: its number from 1, and where it differs from the recorded one.
    Answered(usize, Vec<String>),
    /// A call came that is not the next one.
    Unexpected(String),
    /// The last call was answered, and what came after it was given.
    Over,
    /// Ctrl-C.
    Stopped,
}

/// Runs the command.
pub fn run(args: &Args) -> ExitCode {
    match replay(args) {
        Ok(code) => code,
        Err(problem) => exit::fail("replay", &problem, exit::USAGE),
    }
}

fn replay(args: &Args) -> Result<ExitCode, String> {
    let fixture = Fixture::read(&args.fixture)?;
    let count = fixture.calls.len();
    let (sender, happenings) = channel();
    let address = SocketAddr::new(args.host, args.port);
    let standing: Box<dyn StandIn> = match fixture.wire {
        Wire::Service => Box::new(service::StandIn::start(args, fixture, address, &sender)?),
        Wire::Gateway => Box::new(gateway::StandIn::start(args, fixture, address, &sender)?),
    };
    let stop = standing.stopper();
    let stopped = sender.clone();
    // A second handler cannot be set; the first one does the same.
    let _ = ctrlc::set_handler(move || {
        stop();
        let _ = stopped.send(Happening::Stopped);
    });
    let url = format!("http://{}", standing.address());
    let ready = match args.json {
        true => json!({"event": "ready", "base_url": url, "calls": count}).to_string(),
        false => format!("replays {} at {url}", output::counted(count, "call")),
    };
    if let Err(error) = output::line(&ready) {
        return Ok(output::end("replay", 0, Err(error)));
    }
    let code = follow(args, &happenings);
    standing.finish();
    Ok(ExitCode::from(code))
}

/// Who stands in, until it is finished.
trait StandIn {
    /// Where it listens.
    fn address(&self) -> SocketAddr;
    /// Has what waits end, from any thread.
    fn stopper(&self) -> Box<dyn Fn() + Send>;
    /// Ends it; what is being answered is answered still.
    fn finish(self: Box<Self>);
}

fn listen(
    address: SocketAddr,
    answer: impl Fn(Request) -> Reply + Send + Sync + 'static,
) -> Result<Server, String> {
    Server::start(address, answer).map_err(|error| format!("cannot listen on {address}: {error}"))
}

/// Tells what happens until it is over, and gives the exit code.
fn follow(args: &Args, happenings: &Receiver<Happening>) -> u8 {
    let mut code = 0;
    let mut tell = |line: String| {
        code = exit::FAILED;
        output::complain(format_args!("wotnot replay: {line}"));
    };
    while let Ok(happening) = happenings.recv() {
        match happening {
            Happening::Answered(number, differences) => {
                for difference in differences {
                    tell(format!("call {number}: {difference}"));
                }
            }
            Happening::Unexpected(problem) => tell(problem),
            Happening::Over if args.once => break,
            Happening::Over => {}
            Happening::Stopped => break,
        }
    }
    code
}

/// Where two documents differ, by path; their values are not printed.
fn differ(path: &str, recorded: &Value, sent: &Value, differences: &mut Vec<String>) {
    let at = match path {
        "" => "the body",
        path => path.trim_start_matches('.'),
    };
    match (recorded, sent) {
        (Value::Object(recorded), Value::Object(sent)) => {
            for (name, value) in recorded {
                match sent.get(name) {
                    Some(sent) => differ(&format!("{path}.{name}"), value, sent, differences),
                    None => differences.push(format!("{at}: `{name}` is missing")),
                }
            }
            for name in sent.keys().filter(|name| !recorded.contains_key(*name)) {
                differences.push(format!("{at}: `{name}` was not there when it was recorded"));
            }
        }
        (Value::Array(recorded), Value::Array(sent)) if recorded.len() == sent.len() => {
            for (index, (recorded, sent)) in recorded.iter().zip(sent).enumerate() {
                differ(&format!("{path}[{index}]"), recorded, sent, differences);
            }
        }
        (Value::String(recorded), Value::String(_)) if holds_stand_in(recorded) => {}
        (recorded, sent) if recorded != sent => {
            differences.push(format!("{at}: another value than was recorded"));
        }
        _ => {}
    }
}
