//! The wire of a gateway, as its visitor has it: calls and their answers, and the entries of the log.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use wotnot_core::{Client, Proxy};

use super::Recorded;
use super::service::{loopback, read, send};
use crate::agent::agent;
use crate::wire::fixture::{Answer, Call, Kind, Wire};
use crate::wire::server::{Reply, Request, Server};
use crate::{chat, exit};

/// How much longer than the client's own calls the longest poll takes.
const POLL: Duration = Duration::from_secs(30);

/// What passes by.
#[derive(Default)]
struct Passed {
    calls: Vec<Call>,
    entries: Vec<Value>,
    /// The number of the newest entry.
    seq: u64,
}

/// Holds a conversation through a gateway.
///
/// # Errors
/// The settings cannot be used, or the gateway takes nobody from here.
pub fn record(args: &chat::Args) -> Result<Recorded, chat::Failed> {
    let usage = |problem| (problem, exit::USAGE);
    let passed = Arc::new(Mutex::new(Passed::default()));
    let secrets = args.identity().map_err(usage)?.into_iter().collect();
    let (client, _way) = client(args, &passed).map_err(usage)?;
    let partner = chat::through(args, client)?;
    let (script, outcome) = chat::talk(args, partner);
    let Passed { calls, entries, .. } = std::mem::take(&mut *lock(&passed));
    Ok(Recorded {
        script,
        outcome,
        wire: Wire::Gateway,
        calls: with_entries(calls, entries),
        secrets,
    })
}

/// A client whose calls pass through a server that writes them down.
fn client(args: &chat::Args, passed: &Arc<Mutex<Passed>>) -> Result<(Client, Server), String> {
    let mut config = args.gateway_config()?;
    // The library's own check of where the visitor's words may go: the client below talks to this machine.
    drop(args.client(config.clone())?);
    let Some(gateway) = &mut config.gateway else {
        return Err("there is no gateway".to_owned());
    };
    let ca_file = config.tls.ca_file.as_deref();
    let agent = agent(&gateway.url, &config.proxy, ca_file, config.timeout + POLL)?;
    let (url, passing) = (gateway.url.clone(), Arc::clone(passed));
    let way = Server::start(loopback(), move |request| {
        pass(&agent, &url, &request, &passing)
    })
    .map_err(|error| error.to_string())?;
    gateway.url = format!("http://{}", way.address);
    config.proxy = Proxy::Direct;
    Ok((args.client(config)?, way))
}

fn lock(passed: &Mutex<Passed>) -> MutexGuard<'_, Passed> {
    passed.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Hands a call on to the gateway, and writes down what came of it.
fn pass(agent: &ureq::Agent, url: &str, request: &Request, passed: &Mutex<Passed>) -> Reply {
    let target = request.uri.path_and_query().map_or("/", |it| it.as_str());
    let reply = send(agent, &format!("{url}{target}"), request);
    let kind = Kind::of(request.method.as_str(), request.uri.path());
    if request.uri.path().ends_with("/events") {
        note_entries(&read(&reply.body), &mut lock(passed));
    } else if let Some(kind) = kind {
        let retry_after = reply
            .headers
            .iter()
            .find(|(name, _)| *name == "retry-after");
        let call = Call {
            call: kind,
            request: match kind {
                Kind::Upload => json!({"bytes": request.body.len()}),
                _ if request.body.is_empty() => Value::Null,
                _ => read(&request.body),
            },
            answer: Answer {
                status: reply.status,
                retry_after: retry_after.map(|(_, value)| value.clone()),
                body: match reply.body.is_empty() {
                    true => Value::Null,
                    false => read(&reply.body),
                },
            },
            events: Vec::new(),
        };
        lock(passed).calls.push(call);
    }
    reply
}

/// Keeps each entry once: a poll whose answer was lost is repeated.
fn note_entries(polled: &Value, passed: &mut Passed) {
    for entry in polled["events"].as_array().into_iter().flatten() {
        let seq = entry["seq"].as_u64().unwrap_or_default();
        if seq > passed.seq {
            passed.seq = seq;
            passed.entries.push(entry.clone());
        }
    }
}

/// Gives each entry to the call whose message comes last before it in the log: an entry may be read before the call
/// is answered that it belongs to.
fn with_entries(mut calls: Vec<Call>, entries: Vec<Value>) -> Vec<Call> {
    let begins = |call: &Call| match call.call {
        Kind::Start | Kind::Send => call.answer.body.pointer("/message/seq")?.as_u64(),
        _ => None,
    };
    for entry in entries {
        let seq = entry["seq"].as_u64().unwrap_or_default();
        let owner = calls
            .iter()
            .rposition(|call| begins(call).is_some_and(|begins| begins <= seq));
        if let Some(call) = calls.get_mut(owner.unwrap_or_default()) {
            call.events.push(entry);
        }
    }
    calls
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::wire::fixture::Answer;

    #[test]
    fn an_entry_belongs_to_the_message_before_it_in_the_log() {
        let call = |call, seq: Option<u64>| Call {
            call,
            request: json!({}),
            answer: Answer {
                status: 202,
                retry_after: None,
                body: json!({"message": {"seq": seq}}),
            },
            events: Vec::new(),
        };
        let calls = vec![
            call(Kind::Session, None),
            call(Kind::Start, Some(1)),
            call(Kind::File, None),
            call(Kind::Send, Some(4)),
        ];
        let entries = [1, 2, 3, 4, 5].map(|seq| json!({"seq": seq}));
        let calls = with_entries(calls, entries.to_vec());
        let counts: Vec<usize> = calls.iter().map(|call| call.events.len()).collect();
        assert_eq!(counts, [0, 3, 0, 2]);
    }
}
