//! Stands in for a gateway: answers a visitor's calls, and gives the entries of the log by poll and as a stream.

mod stage;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use self::stage::{Stage, seq_of};
use super::{Args, Happening, differ, listen};
use crate::wire::fixture::{Answer, Fixture, Kind};
use crate::wire::server::{Reply, Request, Server};

/// The first part of every cursor: a reader that comes with another one starts over.
const EPOCH: &str = "replay";
/// The longest wait for entries, of a poll and of a stream.
const LONGEST_WAIT: Duration = Duration::from_secs(25);
const STREAM_WAIT: Duration = Duration::from_secs(15);

/// The gateway, as it was recorded.
pub struct StandIn {
    server: Server,
    log: Arc<Log>,
}

impl StandIn {
    /// Begins to listen.
    ///
    /// # Errors
    /// The address cannot be had; or there is a webhook, which no visitor has.
    pub fn start(
        args: &Args,
        fixture: Fixture,
        address: SocketAddr,
        sender: &Sender<Happening>,
    ) -> Result<Self, String> {
        if args.webhook.is_some() {
            return Err(
                "--webhook: this was recorded through a gateway, whose visitors ask for what comes"
                    .to_owned(),
            );
        }
        let session = fixture.calls.iter().find(|call| call.call == Kind::Session);
        let session = session.map(|call| call.answer.clone());
        let log = Arc::new(Log {
            stage: Mutex::new(Stage {
                session: session.ok_or("the recording has no session")?,
                calls: fixture.calls,
                next: 0,
                entries: Vec::new(),
                names: HashMap::new(),
                answered: HashMap::new(),
                is_stopping: false,
                is_reported: false,
            }),
            grown: Condvar::new(),
            sender: sender.clone(),
        });
        let answering = Arc::clone(&log);
        let server = listen(address, move |request| answering.answer(&request))?;
        Ok(Self { server, log })
    }
}

impl super::StandIn for StandIn {
    fn address(&self) -> SocketAddr {
        self.server.address
    }

    fn stopper(&self) -> Box<dyn Fn() + Send> {
        let log = Arc::clone(&self.log);
        Box::new(move || log.stop())
    }

    fn finish(self: Box<Self>) {
        self.log.stop();
    }
}

struct Log {
    stage: Mutex<Stage>,
    grown: Condvar,
    sender: Sender<Happening>,
}

impl Log {
    fn lock(&self) -> MutexGuard<'_, Stage> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stop(&self) {
        self.lock().is_stopping = true;
        self.grown.notify_all();
    }

    /// It is received as long as the command runs.
    fn tell(&self, happening: Happening) {
        let _ = self.sender.send(happening);
    }

    fn answer(&self, request: &Request) -> Reply {
        let mut reply = self.route(request);
        // A page of any origin may be tried with it: there is nothing to guard.
        if let Some(origin) = request.headers.get("origin")
            && let Ok(origin) = origin.to_str()
        {
            for (name, value) in [
                ("access-control-allow-origin", origin),
                (
                    "access-control-allow-methods",
                    "GET, POST, PUT, PATCH, DELETE",
                ),
                (
                    "access-control-allow-headers",
                    "authorization, content-type, last-event-id, upload-offset",
                ),
                ("vary", "origin"),
            ] {
                reply.headers.push((name, value.to_owned()));
            }
        }
        reply
    }

    fn route(&self, request: &Request) -> Reply {
        let (method, path) = (request.method.as_str(), request.uri.path());
        let parts: Vec<&str> = path.trim_start_matches("/v1/").split('/').collect();
        let is_open = matches!(parts[..], ["sessions", ..]);
        if method == "OPTIONS" {
            return Reply::empty(204);
        }
        if !is_open && request.headers.get("authorization").is_none() {
            return self.refuse(
                401,
                "unauthorized",
                format!("{path}: the call has no token"),
            );
        }
        if let Some(kind) = Kind::of(method, path) {
            return self.call(kind, path, request);
        }
        match (method, &parts[..]) {
            ("GET", ["conversations", _]) => Reply::json(200, &self.lock().snapshot()),
            ("GET", ["conversations", _, "events"]) => self.read(request),
            ("DELETE", ["visitor"]) => Reply::json(202, &json!({"erased": true})),
            _ => {
                let problem = format!("{method} {path} is no call of a recording");
                self.refuse(404, "not_found", problem)
            }
        }
    }

    fn call(&self, kind: Kind, path: &str, request: &Request) -> Reply {
        let mut stage = self.lock();
        let sent = match kind {
            Kind::Upload => json!({"bytes": request.body.len()}),
            _ if request.body.is_empty() => Value::Null,
            _ => serde_json::from_slice(&request.body).unwrap_or_default(),
        };
        let client_id = sent["client_id"].as_str().map(str::to_owned);
        if let Some(reply) = client_id.as_ref().and_then(|id| stage.answered.get(id)) {
            return reply.clone();
        }
        if matches!(kind, Kind::Session | Kind::Refresh) {
            let differences = stage.begin(kind, &sent);
            let number = stage.next;
            let reply = stage.session.reply();
            drop(stage);
            if let Some(differences) = differences {
                self.tell(Happening::Answered(number, differences));
            }
            return reply;
        }
        stage.pass_sessions();
        let Some(call) = stage.calls.get(stage.next).cloned() else {
            drop(stage);
            let problem = format!("{path}: the recorded conversation is over");
            return self.refuse(410, "ended", problem);
        };
        if call.call != kind {
            let number = stage.next + 1;
            drop(stage);
            let problem = format!("{path}: call {number} of the recording is another one");
            return self.refuse(400, "invalid_request", problem);
        }
        let mut differences = Vec::new();
        differ("", &call.request, &sent, &mut differences);
        if let (Some(recorded), Some(sent)) = (call.request["client_id"].as_str(), &client_id) {
            stage.names.insert(recorded.to_owned(), sent.clone());
        }
        let answer = Answer {
            body: stage.renamed(call.answer.body.clone()),
            ..call.answer.clone()
        };
        let reply = answer.reply();
        // A refused post may come again.
        if let (Some(id), 200..=299) = (client_id, answer.status) {
            stage.answered.insert(id, reply.clone());
        }
        for event in call.events {
            let event = stage.renamed(event);
            stage.entries.push(event);
        }
        stage.next += 1;
        let number = stage.next;
        stage.pass_sessions();
        // Before a reader can have the last entry, and the end is sent.
        self.tell(Happening::Answered(number, differences));
        drop(stage);
        self.grown.notify_all();
        self.tell_when_over(None);
        reply
    }

    /// Says once that all was answered, and that the last entry was given; a log without any waits for nobody.
    fn tell_when_over(&self, given: Option<u64>) {
        let mut stage = self.lock();
        let last = stage.entries.last().map(seq_of);
        let is_over = stage.next == stage.calls.len() && given >= last;
        if is_over && !stage.is_reported {
            stage.is_reported = true;
            self.tell(Happening::Over);
        }
    }

    /// Entries behind the cursor: as the answer to a poll, or as a stream that ends with what there is.
    fn read(&self, request: &Request) -> Reply {
        let query = request.uri.query().unwrap_or_default();
        let parameter = |name: &str| {
            let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs
                .filter(|(key, _)| *key == name)
                .map(|(_, value)| value.to_owned())
                .next()
        };
        let header = |name: &str| Some(request.headers.get(name)?.to_str().ok()?.to_owned());
        let streams = header("accept").is_some_and(|it| it.contains("text/event-stream"));
        let after = parameter("after").or_else(|| header("last-event-id"));
        let after = match after.as_deref().map(|cursor| cursor.split_once('.')) {
            None => 0,
            Some(Some((EPOCH, number))) => number.parse().unwrap_or_default(),
            Some(_) => {
                let reset = json!({"type": "reset", "reason": "epoch"});
                return match streams {
                    true => self.stream(&[reset]),
                    false => self.polled(0, &[reset]),
                };
            }
        };
        let seconds = parameter("wait").and_then(|it| it.parse().ok());
        let wait = match streams {
            true => STREAM_WAIT,
            false => Duration::from_secs(seconds.unwrap_or_default()).min(LONGEST_WAIT),
        };
        let entries = self.entries_after(after, wait);
        let last = entries.last().map_or(after, seq_of);
        let reply = match (streams, entries.is_empty()) {
            (true, _) => self.stream(&entries),
            (false, true) => Reply::empty(204),
            (false, false) => self.polled(last, &entries),
        };
        self.tell_when_over(Some(last));
        reply
    }

    fn entries_after(&self, after: u64, wait: Duration) -> Vec<Value> {
        let until = Instant::now() + wait;
        let mut stage = self.lock();
        loop {
            let entries = stage.entries.iter();
            let new: Vec<Value> = entries.filter(|it| seq_of(it) > after).cloned().collect();
            let left = until.saturating_duration_since(Instant::now());
            if !new.is_empty() || left.is_zero() || stage.is_stopping {
                return new;
            }
            let waited = self.grown.wait_timeout(stage, left);
            stage = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn polled(&self, last: u64, entries: &[Value]) -> Reply {
        let head = self.lock().entries.last().map_or(0, seq_of);
        let cursor = |seq| format!("{EPOCH}.{seq}");
        Reply::json(
            200,
            &json!({"events": entries, "cursor": cursor(last), "head": cursor(head)}),
        )
    }

    fn stream(&self, entries: &[Value]) -> Reply {
        let head = self.lock().entries.last().map_or(0, seq_of);
        let hello = json!({"type": "hello", "epoch": EPOCH, "head": head, "heartbeat_ms": 15_000});
        let mut text = format!("event: hello\ndata: {hello}\n\n");
        for entry in entries {
            let kind = entry["type"].as_str().unwrap_or_default();
            if let Some(seq) = entry["seq"].as_u64() {
                text.push_str(&format!("id: {EPOCH}.{seq}\n"));
            }
            text.push_str(&format!("event: {kind}\ndata: {entry}\n\n"));
        }
        Reply {
            status: 200,
            headers: vec![
                ("content-type", "text/event-stream".to_owned()),
                ("cache-control", "no-store".to_owned()),
            ],
            body: text.into_bytes(),
        }
    }

    fn refuse(&self, status: u16, code: &str, problem: String) -> Reply {
        let error = json!({"code": code, "message": problem, "retryable": false,
            "retry_after_ms": null});
        self.tell(Happening::Unexpected(problem));
        Reply::json(status, &json!({"error": error}))
    }
}
