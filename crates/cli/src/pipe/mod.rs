//! `wotnot pipe`: requests as JSON lines on standard input, replies and events as JSON lines on standard
//! output, for programs that cannot link. What methods there are and do is the facade's.

mod request;

#[cfg(not(unix))]
use std::io::Write;
use std::io::{self, BufRead, ErrorKind, Read, StdinLock, StdoutLock};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use wotnot_json::{Client, Code, Document, Error, ErrorDocument, Outcome};

use self::request::{Request, parse};
use crate::exit;
use crate::profile::{self, Secret};

const AFTER_HELP: &str = "\
In:   the configuration, then one request a line: {\"id\": 1, \"method\": \"send_message\", \"params\": {..}}
Out:  {\"ready\": ..}, then {\"id\": 1, \"ok\": true, \"value\": ..} or {\"id\": 1, \"ok\": false, \"error\": ..},
      and {\"event\": ..} whenever one comes. docs/pipe.md has the rest.

Exit codes:
  0  the input ended and every request was answered, with success or not
  1  the input could not be read, or a line could not be written
  2  the configuration cannot be used; the first line out says why";

/// Arguments of `wotnot pipe`.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Args {
    /// A file with the configuration (JSON); else WOTNOT_CONFIG holds it; else it is the first line in
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Go on printing events for this many seconds after the input has ended
    #[arg(long, value_name = "SECONDS", default_value_t = 0, value_parser = clap::value_parser!(u64).range(..=31_536_000))]
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
            let _ = reply(None, Outcome::failed(error, "configuration"));
            return ExitCode::from(exit::USAGE);
        }
    };
    let status = client.call("status", "").body.ok();
    let mut outcome = line(&json!({ "ready": status }));
    let events = follow(&client);
    if outcome.is_ok() {
        outcome = requests(&client)
            .iter()
            .try_for_each(|request| answer(&client, request?));
    }
    if outcome.is_ok() && args.linger > 0 {
        linger(&events, Duration::from_secs(args.linger));
    }
    client.close();
    let printed = events.join().unwrap_or(Ok(()));
    match outcome.and(printed) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => exit::fail("pipe", &problem, exit::FAILED),
    }
}

/// The requests of the input, in their order. What ends another request does not wait its turn: it is
/// done and answered as soon as it is read. The last one may be why there are no more.
fn requests(client: &Arc<Client>) -> Receiver<Result<Request, String>> {
    let client = Arc::clone(client);
    let (queue, requests) = sync_channel(READ_AHEAD);
    std::thread::spawn(move || {
        while let Some(read) = next_line().transpose() {
            let next = match read {
                Ok(Ok(text)) if text.iter().all(u8::is_ascii_whitespace) => continue,
                Ok(read) => Ok(Request::read(read)),
                Err(problem) => Err(problem),
            };
            let next = match next {
                Ok(request) if matches!(&request.call, Ok((method, _)) if method == "cancel") => {
                    match answer(&client, request) {
                        Ok(()) => continue,
                        Err(problem) => Err(problem),
                    }
                }
                next => next,
            };
            let is_last = next.is_err();
            if queue.send(next).is_err() || is_last {
                return;
            }
        }
    });
    requests
}

/// Prints events until the client is closed.
fn follow(client: &Arc<Client>) -> JoinHandle<Result<(), String>> {
    let client = Arc::clone(client);
    std::thread::spawn(move || {
        while let Ok(event) = client.receive(None, None).body {
            line(&Arrived { event })?;
        }
        Ok(())
    })
}

/// Waits until the time is over, or nobody prints events any more.
fn linger(events: &JoinHandle<Result<(), String>>, time: Duration) {
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
    let unusable = |problem: &str| Error::new(Code::InvalidArgument, problem);
    let text = match (&args.config, profile::variable("WOTNOT_CONFIG")) {
        (Some(path), _) => std::fs::read(path).map_err(|error| {
            Error::invalid("--config", format_args!("{}: {error}", path.display()))
        })?,
        (None, Some(text)) => text.into_bytes(),
        (None, None) => match next_line().map_err(|problem| unusable(&problem))? {
            Some(line) => line?,
            None => {
                return Err(unusable(
                    "the input ended before the configuration, which is its first line",
                ));
            }
        },
    };
    Client::from_value(with_environment(parse("the configuration", &text)?)?)
}

/// What the configuration lacks comes from the environment and from the profile, as for the other commands.
fn with_environment(mut config: Value) -> Result<Value, Error> {
    if let Some(webhook) = config.get_mut("webhook") {
        fill(webhook, "token", secret(Secret::WebhookToken)?);
    }
    fill(&mut config, "token", secret(Secret::Token)?);
    for (name, variable) in [
        ("base_url", "WOTNOT_BASE_URL"),
        ("bot_key", "WOTNOT_BOT_KEY"),
        ("bot_key_field", "WOTNOT_BOT_KEY_FIELD"),
    ] {
        fill(&mut config, name, profile::setting(variable));
    }
    Ok(config)
}

fn fill(place: &mut Value, name: &str, text: Option<String>) {
    if let (Value::Object(place), Some(text)) = (place, text)
        && !place.contains_key(name)
    {
        place.insert(name.to_owned(), text.into());
    }
}

fn secret(secret: Secret) -> Result<Option<String>, Error> {
    secret
        .read(None)
        .map_err(|problem| Error::new(Code::InvalidArgument, problem))
}

/// One line of the input; `None` when there is none left. The outer error is that of an input that cannot
/// be read any more, the inner one that of this line.
fn next_line() -> Result<Option<Result<Vec<u8>, Error>>, String> {
    let mut bytes = Vec::new();
    // The line's end is not counted.
    let mut input = Input(std::io::stdin().lock()).take(LONGEST_LINE + 1);
    let count = input
        .read_until(b'\n', &mut bytes)
        .map_err(|error| format!("the input cannot be read: {error}"))?;
    if count == 0 {
        return Ok(None);
    }
    if bytes.last() != Some(&b'\n') && input.limit() == 0 {
        let _ = input.into_inner().skip_until(b'\n');
        let limit = LONGEST_LINE / 1024 / 1024;
        return Ok(Some(Err(Error::new(
            Code::InvalidArgument,
            format!("the line is longer than {limit} MiB"),
        ))));
    }
    Ok(Some(Ok(bytes)))
}

/// Standard input, also where the program that started the pipe has set it not to block.
struct Input(StdinLock<'static>);

impl BufRead for Input {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        loop {
            match self.0.fill_buf() {
                Ok([]) => return Ok(&[]),
                Ok(_) => break,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    await_ready(&self.0, Ready::ToRead)?;
                }
                Err(error) => return Err(error),
            }
        }
        self.0.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.0.consume(amount);
    }
}

impl Read for Input {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(into)?;
        self.consume(count);
        Ok(count)
    }
}

/// What a descriptor is waited for.
#[derive(Clone, Copy)]
enum Ready {
    ToRead,
    #[cfg(unix)]
    ToWrite,
}

/// Waits until something can be read or written, or the other side has left.
#[cfg(unix)]
fn await_ready(descriptor: impl std::os::fd::AsFd, ready: Ready) -> io::Result<()> {
    use rustix::event::{PollFd, PollFlags, poll};
    let flags = match ready {
        Ready::ToRead => PollFlags::IN,
        Ready::ToWrite => PollFlags::OUT,
    };
    match poll(&mut [PollFd::new(&descriptor, flags)], None) {
        Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Elsewhere standard streams always wait by themselves.
#[cfg(not(unix))]
fn await_ready<T>(_: T, _: Ready) -> io::Result<()> {
    Err(ErrorKind::WouldBlock.into())
}

fn answer(client: &Client, request: Request) -> Result<(), String> {
    let outcome = match request.call {
        Ok((method, params)) => client.call_value(&method, params, None),
        Err(outcome) => *outcome,
    };
    reply(request.id.as_deref(), outcome)
}

fn reply(id: Option<&RawValue>, outcome: Outcome) -> Result<(), String> {
    let ok = outcome.body.is_ok();
    let (value, error) = match outcome.body {
        Ok(value) => (Some(value), None),
        Err(error) => (None, Some(error)),
    };
    line(&ResponseLine {
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
struct ResponseLine<'a> {
    id: Option<&'a RawValue>,
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Document>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorDocument>,
}

fn line(document: &impl Serialize) -> Result<(), String> {
    let written = serde_json::to_vec(document)
        .map_err(io::Error::from)
        .and_then(|mut line| {
            line.push(b'\n');
            write(&mut std::io::stdout().lock(), &line)
        });
    written.map_err(|error| format!("a line cannot be written: {error}"))
}

/// Writes all of it; what the output does not take at once is tried again when it can take more.
#[cfg(unix)]
fn write(out: &mut StdoutLock<'_>, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match rustix::io::write(&*out, bytes) {
            Ok(count) => bytes = bytes.get(count..).unwrap_or_default(),
            Err(rustix::io::Errno::AGAIN) => await_ready(&*out, Ready::ToWrite)?,
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

#[cfg(not(unix))]
fn write(out: &mut StdoutLock<'_>, bytes: &[u8]) -> io::Result<()> {
    out.write_all(bytes).and_then(|()| out.flush())
}
