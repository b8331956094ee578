//! Stands in for the service: answers both calls, and posts the events.

use std::net::SocketAddr;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

use super::{Args, Happening, differ, listen};
use crate::forward::{Endpoint, Forwarder};
use crate::profile::Secret;
use crate::wire::fixture::{Call, Fixture, Kind};
use crate::wire::server::{Reply, Request, Server};

/// The service, as it was recorded.
pub struct StandIn {
    server: Server,
    forwarder: Arc<Forwarder>,
}

impl StandIn {
    /// Begins to listen.
    ///
    /// # Errors
    /// The endpoint cannot be posted to, or the address is not available.
    pub fn start(
        args: &Args,
        fixture: Fixture,
        address: SocketAddr,
        sender: &Sender<Happening>,
    ) -> Result<Self, String> {
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
        let forwarder = Arc::new(Forwarder::start(&endpoints, token, None)?);
        let stage = Mutex::new(Stage {
            calls: fixture.calls,
            next: 0,
            sender: sender.clone(),
        });
        let posting = Arc::clone(&forwarder);
        let server = listen(address, move |request| {
            let mut stage = stage.lock().unwrap_or_else(PoisonError::into_inner);
            stage.answer(&request, &posting)
        })?;
        Ok(Self { server, forwarder })
    }
}

impl super::StandIn for StandIn {
    fn address(&self) -> SocketAddr {
        self.server.address
    }

    fn stopper(&self) -> Box<dyn Fn() + Send> {
        let stop = self.forwarder.stop();
        Box::new(move || stop.ask())
    }

    fn finish(self: Box<Self>) {
        let Self { server, forwarder } = *self;
        drop(server);
        if let Ok(forwarder) = Arc::try_unwrap(forwarder) {
            forwarder.finish();
        }
    }
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
        let reply = call.answer.reply();
        for event in &call.events {
            forwarder.send(event);
        }
        self.next += 1;
        // It is received as long as the command runs.
        let _ = self
            .sender
            .send(Happening::Answered(self.next, differences));
        if self.next == self.calls.len() {
            let _ = self.sender.send(Happening::Over);
        }
        reply
    }

    fn refuse(&self, status: u16, problem: String) -> Reply {
        let mut reply = Reply::json(status, &json!({"error": "Invalid request"}));
        reply.headers.push(("x-emulator-reason", problem.clone()));
        let _ = self.sender.send(Happening::Unexpected(problem));
        reply
    }
}
