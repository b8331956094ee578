//! The wire of the service: calls and events pass through a server on each way, which writes them down.

use std::collections::HashSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use wotnot_core::{Client, Config, Proxy};

use super::Recorded;
use crate::agent::agent;
use crate::wire::fixture::{Answer, Call, Kind, Wire};
use crate::wire::server::{Reply, Request, Server};
use crate::{chat, exit};

/// Holds a conversation with the service.
///
/// # Errors
/// The settings cannot be used.
pub fn record(args: &chat::Args) -> Result<Recorded, chat::Failed> {
    let recording = Recording::begin(args).map_err(|problem| (problem, exit::USAGE))?;
    let partner = chat::direct(args, &recording.client, &recording.webhook_url);
    let (script, outcome) = chat::talk(args, partner);
    let mut calls = {
        let _posted = recording.record.posting();
        std::mem::take(&mut recording.record.passed().calls)
    };
    keep_own(&mut calls);
    Ok(Recorded {
        script,
        outcome,
        wire: Wire::Service,
        calls,
        secrets: recording.secrets,
    })
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
        let timeout = config.timeout + Duration::from_secs(1);
        let ca_file = config.tls.ca_file.as_deref();
        let agent = agent(&config.base_url, &config.proxy, ca_file, timeout)?;
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
}

pub(super) fn loopback() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, 0).into()
}

/// The webhook is the whole account's: the events of others are none of this recording.
fn keep_own(calls: &mut [Call]) {
    let own: HashSet<String> = calls
        .iter()
        .filter_map(|call| match call.call {
            Kind::Start => call.answer.body.pointer("/conversation/id"),
            _ => call.request.pointer("/conversation_id"),
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
pub(super) fn read(body: &[u8]) -> Value {
    serde_json::from_slice(body)
        .unwrap_or_else(|_| String::from_utf8_lossy(body).into_owned().into())
}

/// The same request to another place; what cannot be reached answers as a gateway does.
pub(super) fn send(agent: &ureq::Agent, url: &str, request: &Request) -> Reply {
    let mut sent = ureq::http::Request::builder()
        .method(request.method.as_str())
        .uri(url);
    for name in [
        "authorization",
        "content-type",
        "user-agent",
        "origin",
        "upload-offset",
    ] {
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
