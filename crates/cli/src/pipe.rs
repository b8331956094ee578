//! `wotnot pipe`: requests as JSON lines on standard input, replies and events as JSON lines on standard
//! output, for programs that cannot link. What methods there are and do is the facade's.

use std::io::{BufRead, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};
use wotnot_core::strict::Fields;
use wotnot_json::{Client, Code, Delivery, Document, Error, ErrorDocument, Outcome, not_made};

use crate::exit;

const AFTER_HELP: &str = "\
In:   the configuration, then one request a line: {\"id\": 1, \"method\": \"send_message\", \"params\": {..}}
Out:  {\"ready\": ..}, then {\"id\": 1, \"ok\": true, \"value\": ..} or {\"id\": 1, \"ok\": false, \"error\": ..},
      and {\"event\": ..} whenever one comes. docs/pipe.md tells the rest.

Exit codes:
  0  the input ended and every request was answered, with success or not
  2  the configuration cannot be used; the first line out says why";

/// Arguments of `wotnot pipe`.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Args {
    /// A file with the configuration (JSON); else WOTNOT_CONFIG holds it; else it is the first line in
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Go on printing events for so long after the input has ended
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    linger: u64,
}

/// The longest line, in bytes; a request is far shorter.
const LONGEST_LINE: u64 = 8 * 1024 * 1024;

/// How many requests are read before the first of them is done.
const READ_AHEAD: usize = 64;

/// Runs the command.
pub fn run(args: Args) -> ExitCode {
    let client = match client(&args) {
        Ok(client) => Arc::new(client),
        Err(error) => {
            let _ = reply(&Value::Null, Outcome::failed(error, "configuration"));
            return ExitCode::from(exit::USAGE);
        }
    };
    let status = client.call("status", "").body.ok();
    let _ = line(&json!({ "ready": status }));
    let events = follow(&client);
    for request in requests(&client) {
        if answer(&client, request).is_err() {
            // The reader has left: there is nobody to answer.
            break;
        }
    }
    if args.linger > 0 {
        linger(&events, Duration::from_secs(args.linger));
    }
    client.close();
    let _ = events.join();
    ExitCode::SUCCESS
}

/// The requests of the input, in their order. What ends another request does not wait its turn: it is
/// done and answered as soon as it is read.
fn requests(client: &Arc<Client>) -> Receiver<Request> {
    let client = Arc::clone(client);
    let (queue, requests) = sync_channel(READ_AHEAD);
    std::thread::spawn(move || {
        while let Some(read) = next_line() {
            if matches!(&read, Ok(text) if text.iter().all(u8::is_ascii_whitespace)) {
                continue;
            }
            let request = Request::read(read);
            let is_over = match &request.call {
                Ok((method, _)) if method == "cancel" => answer(&client, request).is_err(),
                _ => queue.send(request).is_err(),
            };
            if is_over {
                return;
            }
        }
    });
    requests
}

/// Prints events until the client is closed.
fn follow(client: &Arc<Client>) -> JoinHandle<()> {
    let client = Arc::clone(client);
    std::thread::spawn(move || {
        while let Ok(event) = client.receive(None, None).body {
            if line(&Arrived { event }).is_err() {
                return;
            }
        }
    })
}

/// Waits until the time is over, or nobody prints events any more.
fn linger(events: &JoinHandle<()>, time: Duration) {
    let deadline = std::time::Instant::now() + time;
    while !events.is_finished() {
        let left = deadline.saturating_duration_since(std::time::Instant::now());
        if left.is_zero() {
            return;
        }
        std::thread::park_timeout(left.min(Duration::from_millis(50)));
    }
}

fn client(args: &Args) -> Result<Client, Error> {
    let text = match (&args.config, std::env::var("WOTNOT_CONFIG")) {
        (Some(path), _) => std::fs::read(path).map_err(|error| {
            Error::invalid("--config", format_args!("{}: {error}", path.display()))
        })?,
        (None, Ok(text)) => text.into_bytes(),
        (None, Err(_)) => next_line().unwrap_or_else(|| {
            Err(Error::new(
                Code::InvalidArgument,
                "the input ended before the configuration, which is its first line",
            ))
        })?,
    };
    Client::from_value(with_secrets(parse("the configuration", &text)?))
}

/// Tokens that are not in the configuration come from the environment.
fn with_secrets(mut config: Value) -> Value {
    let fill = |place: Option<&mut Value>, variable: &str| {
        if let (Some(Value::Object(place)), Ok(token)) = (place, std::env::var(variable))
            && !place.contains_key("token")
        {
            place.insert("token".to_owned(), token.into());
        }
    };
    fill(config.get_mut("webhook"), "WOTNOT_WEBHOOK_TOKEN");
    fill(Some(&mut config), "WOTNOT_TOKEN");
    config
}

/// One line of the input without its end; `None` when there is none left.
fn next_line() -> Option<Result<Vec<u8>, Error>> {
    let mut bytes = Vec::new();
    let mut input = std::io::stdin().lock().take(LONGEST_LINE);
    match input.read_until(b'\n', &mut bytes) {
        Ok(0) | Err(_) => None,
        Ok(_) if bytes.last() != Some(&b'\n') && input.limit() == 0 => {
            let _ = input.into_inner().skip_until(b'\n');
            let limit = LONGEST_LINE / 1024 / 1024;
            Some(Err(Error::new(
                Code::InvalidArgument,
                format!("the line is longer than {limit} MiB"),
            )))
        }
        Ok(_) => Some(Ok(bytes)),
    }
}

/// JSON of the input; a byte order mark before it is taken for none.
fn parse(what: &str, text: &[u8]) -> Result<Value, Error> {
    let text = std::str::from_utf8(text)
        .map_err(|_| Error::new(Code::InvalidUtf8, format!("{what} is not UTF-8")))?;
    serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| {
        Error::new(
            Code::InvalidJson,
            format!("{what} is not JSON: column {}", error.column()),
        )
    })
}

/// One line of the input.
struct Request {
    id: Value,
    /// The method and its parameters, or what is wrong with the line.
    call: Result<(String, Value), Box<Outcome>>,
}

impl Request {
    fn read(line: Result<Vec<u8>, Error>) -> Self {
        let document = match line.and_then(|bytes| parse("the request", &bytes)) {
            Ok(document) => document,
            Err(error) => {
                return Self {
                    id: Value::Null,
                    call: Err(Box::new(unread(error))),
                };
            }
        };
        let id = document.get("id").cloned().unwrap_or_default();
        let method = document.get("method").and_then(Value::as_str);
        let method = method.map(str::to_owned);
        let call = open(document).map_err(|error| match method {
            Some(method) => not_made(error, &method),
            None => unread(error),
        });
        Self {
            id,
            call: call.map_err(Box::new),
        }
    }
}

fn answer(client: &Client, request: Request) -> std::io::Result<()> {
    let outcome = match request.call {
        Ok((method, params)) => client.call_value(&method, params, None),
        Err(outcome) => *outcome,
    };
    reply(&request.id, outcome)
}

/// A line that does not say what it asks for: whatever that was, it was not sent.
fn unread(error: Error) -> Outcome {
    Outcome::failed(error.with_delivery(Delivery::NotSent), "request")
}

/// The method and its parameters.
fn open(request: Value) -> Result<(String, Value), Error> {
    let mut fields = Fields::open("", request)?;
    let _ = fields.take_nullable("id");
    let method = fields.required_string("method")?;
    let params = fields.map("params")?.unwrap_or_default();
    fields.finish()?;
    if ["receive", "wait"].contains(&method.as_str()) {
        return Err(Error::invalid(
            "method",
            "there is nothing to wait for: the pipe prints each event as it comes",
        ));
    }
    Ok((method, Value::Object(params)))
}

fn reply(id: &Value, outcome: Outcome) -> std::io::Result<()> {
    let ok = outcome.body.is_ok();
    let (value, error) = match outcome.body {
        Ok(value) => (Some(value), None),
        Err(error) => (None, Some(error)),
    };
    line(&Reply {
        id,
        ok,
        value,
        error,
    })
}

#[derive(Serialize)]
struct Arrived {
    event: Document,
}

#[derive(Serialize)]
struct Reply<'a> {
    id: &'a Value,
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Document>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorDocument>,
}

fn line(document: &impl Serialize) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    serde_json::to_writer(&mut out, document)?;
    writeln!(out)?;
    out.flush()
}
