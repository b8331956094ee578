//! `wotnot replay`: a recorded conversation as a stand-in for the service. It answers the calls in their order
//! with what was answered, and posts the events that came after each.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

use crate::forward::{Endpoint, Forwarder};
use crate::profile::Secret;
use crate::target::host_address;
use crate::wire::fixture::{Call, Fixture, Kind};
use crate::wire::redact::holds_stand_in;
use crate::wire::server::{Reply, Request, Server};
use crate::{exit, output};

const AFTER_HELP: &str = "\
Exit codes:
  0  stopped by Ctrl-C, or --once and every call was made as it was recorded
  1  a call was another than the recorded one; where they differ is told on standard error
  2  wrong arguments, no fixture, or the address cannot be had
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
    /// A file that holds the webhook's token alone; else WOTNOT_WEBHOOK_TOKEN is read
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
    let endpoints: Vec<Endpoint> = args.webhook.iter().cloned().collect();
    if let Some(url) = endpoints.iter().find(|url| url.is_exposed()) {
        return Err(format!(
            "--webhook {url}: the token would travel in the clear to another machine"
        ));
    }
    let token = match &args.webhook {
        Some(_) => Secret::WebhookToken.required(args.webhook_token_file.as_deref())?,
        None => String::new(),
    };
    let forwarder = Forwarder::start(&endpoints, token, None)?;
    let (sender, happenings) = channel();
    let stopped = sender.clone();
    let stop = forwarder.stop();
    // A second handler cannot be set; the first one does the same.
    let _ = ctrlc::set_handler(move || {
        stop.ask();
        let _ = stopped.send(Happening::Stopped);
    });
    let stage = Mutex::new(Stage {
        calls: fixture.calls,
        next: 0,
        sender,
    });
    let (stage, forwarder) = (Arc::new(stage), Arc::new(forwarder));
    let (answering, posting) = (Arc::clone(&stage), Arc::clone(&forwarder));
    let address = SocketAddr::new(args.host, args.port);
    let server = Server::start(address, move |request| {
        let mut stage = answering.lock().unwrap_or_else(PoisonError::into_inner);
        stage.answer(&request, &posting)
    })
    .map_err(|error| format!("cannot listen on {address}: {error}"))?;
    let ready = match args.json {
        true => json!({"event": "ready", "base_url": format!("http://{}", server.address), "calls": count}).to_string(),
        false => format!("replays {} at http://{}", output::counted(count, "call"), server.address),
    };
    if let Err(error) = output::line(&ready) {
        return Ok(output::end("replay", 0, Err(error)));
    }
    let code = follow(args, count, &happenings);
    drop(server);
    if let Ok(forwarder) = Arc::try_unwrap(forwarder) {
        forwarder.finish();
    }
    Ok(ExitCode::from(code))
}

/// Tells what happens until it is over, and gives the exit code.
fn follow(args: &Args, count: usize, happenings: &Receiver<Happening>) -> u8 {
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
                if args.once && number == count {
                    break;
                }
            }
            Happening::Unexpected(problem) => tell(problem),
            Happening::Stopped => break,
        }
    }
    code
}

/// Where the conversation stands.
struct Stage {
    calls: Vec<Call>,
    next: usize,
    sender: Sender<Happening>,
}

impl Stage {
    fn answer(&mut self, request: &Request, forwarder: &Forwarder) -> Reply {
        let path = request.uri.path();
        let kind = match path.strip_prefix("/api/v1/") {
            Some("conversations") => Kind::Start,
            Some(rest) if rest.starts_with("conversation/") && rest.ends_with("/messages") => {
                Kind::Send
            }
            _ => {
                return self.refuse(
                    404,
                    format!("{} {path} is no call of the API", request.method),
                );
            }
        };
        if request.headers.get("authorization").is_none() {
            return self.refuse(401, format!("{path}: the call has no token"));
        }
        let Some(call) = self.calls.get(self.next) else {
            return self.refuse(400, format!("{path}: the recorded conversation is over"));
        };
        if call.call != kind {
            let number = self.next + 1;
            let problem = format!("{path}: call {number} of the recording is another one");
            return self.refuse(400, problem);
        }
        let mut sent: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        if let (Kind::Send, Value::Object(sent)) = (kind, &mut sent) {
            let id = path.rsplit('/').nth(1).unwrap_or_default();
            sent.insert("conversation_id".to_owned(), id.into());
        }
        let mut differences = Vec::new();
        differ("", &call.request, &sent, &mut differences);
        let mut reply = match &call.answer.body {
            Value::String(text) => Reply {
                status: call.answer.status,
                headers: vec![("content-type", "text/plain".to_owned())],
                body: text.clone().into_bytes(),
            },
            body => Reply::json(call.answer.status, body),
        };
        let retry_after = call.answer.retry_after.clone();
        reply
            .headers
            .extend(retry_after.map(|value| ("retry-after", value)));
        for event in &call.events {
            forwarder.send(event);
        }
        self.next += 1;
        // It is received as long as the command runs.
        let _ = self
            .sender
            .send(Happening::Answered(self.next, differences));
        reply
    }

    fn refuse(&self, status: u16, problem: String) -> Reply {
        let mut reply = Reply::json(status, &json!({"error": "Invalid request"}));
        reply.headers.push(("x-emulator-reason", problem.clone()));
        let _ = self.sender.send(Happening::Unexpected(problem));
        reply
    }
}

/// Where two documents differ, by path; what they say is not told.
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
