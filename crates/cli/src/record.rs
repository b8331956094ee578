//! `wotnot record`: a conversation as in `chat`, while both ways of the wire are written down: a chat script
//! and a fixture, without secrets and personal data.

use std::collections::HashSet;
use std::fs::File;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use wotnot_core::{Client, Config, Proxy};

use crate::talk::screen;
use crate::wire::fixture::{Answer, Call, Fixture, Kind};
use crate::wire::redact::Redactor;
use crate::wire::server::{Reply, Request, Server};
use crate::{chat, exit, trust};

const AFTER_HELP: &str = "\
NAME.chat is the conversation as a chat script, NAME.wire.json every call with its answer and the events
that came after it. Tokens, ids of visitors, names, e-mail addresses and phone numbers give way to words that
stand for them; read both files before you hand them on.

Exit codes:
  0  the conversation is over and was written down
  1  something failed, or a file is there already; what was said is written down
  2  wrong arguments or settings; nothing was sent
  3 to 5  as for `wotnot chat`: the last message was not sent, was refused, or may have been taken";

/// Arguments of `wotnot record`.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Args {
    /// The files to write, without their endings: NAME.chat and NAME.wire.json
    #[arg(value_name = "NAME")]
    path: PathBuf,
    #[command(flatten)]
    chat: chat::Args,
}

/// Runs the command.
pub fn run(args: &Args) -> ExitCode {
    let (script, wire) = (
        ending(&args.path, ".chat"),
        ending(&args.path, ".wire.json"),
    );
    for path in [&script, &wire] {
        if path.exists() {
            let problem = format!("{} is there already: choose another name", path.display());
            return exit::fail("record", &problem, exit::FAILED);
        }
    }
    let recording = match Recording::begin(&args.chat) {
        Ok(recording) => recording,
        Err(problem) => return exit::fail("record", &problem, exit::USAGE),
    };
    let (transcript, talked) = chat::talk(&args.chat, &recording.client, &recording.webhook_url);
    let written = recording.write(&transcript, (&script, &wire));
    let (problem, code) = match (talked, written) {
        (Ok(()), Ok(())) => {
            let said = format!("saved to {} and {}", script.display(), wire.display());
            screen::print(&screen::note(&said));
            return ExitCode::SUCCESS;
        }
        (Err(failed), Ok(())) => failed,
        (_, Err(problem)) => (problem, exit::FAILED),
    };
    exit::fail("record", &problem, code)
}

fn ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// What passes by, in the order in which it does.
#[derive(Default)]
struct Passed {
    calls: Vec<Call>,
    /// Calls that are not answered yet.
    open: usize,
    /// Events that came while one was open: they belong to it.
    early: Vec<Value>,
}

/// What both ways write to.
#[derive(Default)]
struct Record {
    passed: Mutex<Passed>,
    /// Held while a post is handed on, so that none is left out of what is written at the end.
    posting: Mutex<()>,
}

impl Record {
    fn passed(&self) -> MutexGuard<'_, Passed> {
        self.passed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn posting(&self) -> MutexGuard<'_, ()> {
        self.posting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Both ways of the wire, each through a server of its own.
struct Recording {
    client: Client,
    /// Where the service posts to.
    webhook_url: String,
    record: Arc<Record>,
    secrets: Vec<String>,
    _ways: (Server, Server),
}

impl Recording {
    fn begin(args: &chat::Args) -> Result<Self, String> {
        let config = args.config()?;
        let webhook = config.webhook.clone().ok_or("there is no webhook")?;
        let secrets = args.secrets()?;
        // The library's own check of where the token may go: the client below talks to this machine.
        let service = Client::new(Config {
            webhook: None,
            ..config.clone()
        })
        .map_err(|error| error.message().to_owned())?;
        let base_url = service
            .status()
            .map_err(|error| error.to_string())?
            .base_url;
        drop(service);

        let record = Arc::new(Record::default());
        let agent = agent(&config)?;
        let (calls, upstream) = (Arc::clone(&record), agent.clone());
        let up = Server::start(loopback(), move |request| {
            pass_call(&upstream, &base_url, &request, &calls)
        })
        .map_err(|error| error.to_string())?;
        let client = Client::new(Config {
            base_url: format!("http://{}", up.address),
            proxy: Proxy::Direct,
            webhook: Some(wotnot_core::Webhook {
                listen: Some(loopback()),
                ..webhook.clone()
            }),
            ..config
        })
        .map_err(|error| error.message().to_owned())?;
        let inside = client
            .status()
            .map_err(|error| error.to_string())?
            .webhook_url;
        let inside = inside.unwrap_or_default();
        let (events, path) = (Arc::clone(&record), webhook.path.clone());
        let address = webhook.listen.unwrap_or_else(loopback);
        let down = Server::start(address, move |request| {
            pass_post(&agent, &inside, &path, &request, &events)
        })
        .map_err(|error| format!("--listen {address}: {error}"))?;
        Ok(Self {
            client,
            webhook_url: format!("http://{}{}", down.address, webhook.path),
            record,
            secrets,
            _ways: (up, down),
        })
    }

    /// Writes both files, without what is nobody's business.
    fn write(self, transcript: &str, (script, wire): (&Path, &Path)) -> Result<(), String> {
        let mut calls = {
            let _posted = self.record.posting();
            std::mem::take(&mut self.record.passed().calls)
        };
        keep_own(&mut calls);
        let mut redactor = Redactor::new(&calls, &self.secrets);
        let calls = calls
            .into_iter()
            .map(|call| Call {
                request: redactor.value(call.request),
                answer: Answer {
                    body: redactor.value(call.answer.body),
                    ..call.answer
                },
                events: call
                    .events
                    .into_iter()
                    .map(|event| redactor.value(event))
                    .collect(),
                call: call.call,
            })
            .collect();
        let transcript = redactor.text(transcript);
        for (path, text) in [(script, transcript), (wire, Fixture::new(calls).text())] {
            File::create_new(path)
                .and_then(|mut file| file.write_all(text.as_bytes()))
                .map_err(|error| format!("{}: {error}", path.display()))?;
        }
        Ok(())
    }
}

fn loopback() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, 0).into()
}

/// The webhook is the whole account's: the events of others are none of this recording.
fn keep_own(calls: &mut [Call]) {
    let own: HashSet<String> = calls
        .iter()
        .filter_map(|call| match call.call {
            Kind::Start => call.answer.body.pointer("/conversation/id"),
            Kind::Send => call.request.pointer("/conversation_id"),
        })
        .filter_map(|id| id.as_str().map(str::to_owned))
        .collect();
    for call in calls {
        call.events.retain(|event| {
            let key = event.pointer("/conversation/key").and_then(Value::as_str);
            key.is_some_and(|key| own.contains(key))
        });
    }
}

/// What speaks to the service, trusting whom the library trusts.
fn agent(config: &Config) -> Result<ureq::Agent, String> {
    let proxy = match &config.proxy {
        Proxy::Environment => ureq::Proxy::try_from_env(),
        Proxy::Url(url) => {
            Some(ureq::Proxy::new(url).map_err(|error| format!("--proxy: {error}"))?)
        }
        _ => None,
    };
    let agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(proxy)
        .timeout_global(Some(config.timeout + Duration::from_secs(1)));
    let agent = match config.base_url.starts_with("https") {
        true => agent.tls_config(
            trust::tls(config.tls.ca_file.as_deref())
                .map_err(|error| format!("--ca-file: {error}"))?,
        ),
        false => agent,
    };
    Ok(agent.build().into())
}

/// Hands a call on to the service, and writes down what came of it.
fn pass_call(agent: &ureq::Agent, base_url: &str, request: &Request, record: &Record) -> Reply {
    let path = request.uri.path();
    let url = format!("{}{path}", base_url.trim_end_matches('/'));
    record.passed().open += 1;
    let reply = send(agent, &url, request);
    let mut sent: Value = read(&request.body);
    let kind = match path.ends_with("/messages") {
        true => {
            // The id stands in the path alone.
            let id = path.rsplit('/').nth(1).unwrap_or_default();
            if let Value::Object(sent) = &mut sent {
                sent.insert("conversation_id".to_owned(), id.into());
            }
            Kind::Send
        }
        false => Kind::Start,
    };
    let retry_after = reply
        .headers
        .iter()
        .find(|(name, _)| *name == "retry-after");
    let mut passed = record.passed();
    passed.open -= 1;
    let events = std::mem::take(&mut passed.early);
    passed.calls.push(Call {
        call: kind,
        request: sent,
        answer: Answer {
            status: reply.status,
            retry_after: retry_after.map(|(_, value)| value.clone()),
            body: read(&reply.body),
        },
        events,
    });
    reply
}

/// Hands a post of the service on to the client, and writes its events down when it took them.
fn pass_post(
    agent: &ureq::Agent,
    inside: &str,
    path: &str,
    request: &Request,
    record: &Record,
) -> Reply {
    if request.uri.path() != path {
        return Reply::json(404, &serde_json::json!({"error": "another path"}));
    }
    let _posting = record.posting();
    let reply = send(agent, inside, request);
    if reply.status == 200
        && let Some(Value::Array(events)) = read(&request.body).get_mut("events").map(Value::take)
    {
        let mut passed = record.passed();
        match passed.open {
            0 => {
                if let Some(call) = passed.calls.last_mut() {
                    call.events.extend(events);
                }
            }
            _ => passed.early.extend(events),
        }
    }
    reply
}

/// JSON, or the text where it is none.
fn read(body: &[u8]) -> Value {
    serde_json::from_slice(body)
        .unwrap_or_else(|_| String::from_utf8_lossy(body).into_owned().into())
}

/// The same request to another place; what cannot be reached answers as a gateway does.
fn send(agent: &ureq::Agent, url: &str, request: &Request) -> Reply {
    let mut sent = ureq::http::Request::builder()
        .method(request.method.as_str())
        .uri(url);
    for name in ["authorization", "content-type", "user-agent"] {
        if let Some(value) = request.headers.get(name) {
            sent = sent.header(name, value.as_bytes());
        }
    }
    let answered = sent
        .body(&request.body[..])
        .map_err(ureq::Error::from)
        .and_then(|sent| agent.run(sent));
    let mut answer = match answered {
        Ok(answer) => answer,
        Err(error) => {
            let problem = format!("wotnot record: {url} cannot be reached: {error}");
            crate::output::complain(problem);
            return Reply::json(
                502,
                &serde_json::json!({"error": "the service was not reached"}),
            );
        }
    };
    let header = |name: &'static str| {
        let value = answer.headers().get(name)?.to_str().ok()?;
        Some((name, value.to_owned()))
    };
    let headers = [
        "content-type",
        "retry-after",
        "x-emulator-reason",
        "location",
    ]
    .into_iter()
    .filter_map(header)
    .collect();
    let status = answer.status().as_u16();
    match answer.body_mut().read_to_vec() {
        Ok(body) => Reply {
            status,
            headers,
            body,
        },
        Err(_) => Reply::json(
            502,
            &serde_json::json!({"error": "the answer was cut short"}),
        ),
    }
}
