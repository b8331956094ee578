//! Walks one vector: says what the client does next and judges what came of it.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::gateway;
use crate::matching::matches;
use crate::params::{config, expanded};
use crate::post::post;
use crate::server::{DEADLINE, Server};
use crate::vector::{Listen, Step, Vector};

/// What the runner does next, or how the vector ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Turn {
    /// Do this (`new`, `call`, `begin`, `end`, `receive`, `interrupt` or `close`) and give the result back.
    Do(Value),
    /// The vector is over.
    Over(Verdict),
}

/// How a vector ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The vector's name.
    pub name: String,
    /// Why it failed; `None` when it passed.
    pub failure: Option<String>,
    /// How many requests arrived whole.
    pub requests: usize,
}

impl Turn {
    /// The line for the runner.
    pub fn json(&self) -> Value {
        match self {
            Self::Do(step) => step.clone(),
            Self::Over(verdict) => {
                let passed = verdict.failure.is_none();
                let mut line =
                    json!({"passed": passed, "name": verdict.name, "requests": verdict.requests});
                if let Some(why) = &verdict.failure {
                    line["why"] = why.clone().into();
                }
                line
            }
        }
    }
}

/// One vector being played.
pub struct Session {
    vector: Vector,
    server: Server,
    token: Option<String>,
    /// What is under way: making the client, asking where its listener is, or the step at this place.
    at: At,
    since: Instant,
    requests_before: usize,
    /// The calls that were begun and have not ended, by name: the method, and the requests before.
    begun: HashMap<String, (String, usize)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    New,
    Status,
    Step(usize),
}

impl Session {
    /// Starts the vector's service; the first turn is to make the client.
    pub fn open(vector: Vector) -> Result<(Self, Turn), String> {
        let server = Server::start(vector.listen)
            .map_err(|error| format!("{}: the scripted service: {error}", vector.name))?;
        let config = config(&vector.config, server.port());
        let token = config
            .get("token")
            .and_then(Value::as_str)
            .map(str::to_owned);
        if let Some(token) = &token {
            server.expect_always(json!({
                "method": "POST",
                "headers": {"authorization": format!("Bearer {token}"), "content-type": {"$contains": "application/json"}},
            }));
        }
        if vector.config.contains_key("gateway") {
            server.expect_always(gateway::always());
            server.answer_polls(vector.polls.iter().cloned());
        }
        server.script(vector.server.iter().cloned());
        let session = Self {
            vector,
            server,
            token,
            at: At::New,
            since: Instant::now(),
            requests_before: 0,
            begun: HashMap::new(),
        };
        Ok((session, Turn::Do(json!({"do": "new", "config": config}))))
    }

    /// Judges the result of what the last turn asked for.
    pub fn judge(&mut self, result: &Value) -> Turn {
        // A call that was begun may leave an exchange open.
        if self.begun.is_empty() {
            self.server.settle();
        }
        match self.check(result) {
            Ok(()) => self.next(),
            Err(_) if self.may_come_yet() => {
                std::thread::sleep(Duration::from_millis(10));
                match self.at {
                    At::Step(at) => Turn::Do(line(&self.vector.steps[at])),
                    At::New | At::Status => self.next(),
                }
            }
            Err(why) => self.over(Some(format!("{}: {why}", self.place()))),
        }
    }

    fn check(&mut self, result: &Value) -> Result<(), String> {
        self.no_secret(result)?;
        if let Some(problem) = self.server.take_problems().into_iter().next() {
            return Err(problem);
        }
        match self.at {
            At::New => matches(&self.vector.client, result),
            At::Status => {
                let url = result.pointer(WEBHOOK_URL).and_then(Value::as_str);
                let url =
                    url.ok_or_else(|| format!("status does not tell {WEBHOOK_URL}: {result}"))?;
                self.server.set_webhook(url.to_owned());
                Ok(())
            }
            At::Step(at) => match &self.vector.steps[at] {
                Step::Call {
                    method,
                    expect,
                    took_ms,
                    ..
                } => {
                    self.delivery_is_true(method, self.requests_before, result)?;
                    matches(expect, result)?;
                    self.was_in_time(took_ms)
                }
                Step::Begin { .. } => matches(&json!({"ok": true}), result),
                Step::End {
                    name,
                    expect,
                    took_ms,
                } => {
                    if let Some((method, before)) = self.begun.remove(name) {
                        self.delivery_is_true(&method, before, result)?;
                    }
                    matches(expect, result)?;
                    self.was_in_time(took_ms)
                }
                Step::Receive { expect, .. }
                | Step::Interrupt { expect }
                | Step::Close { expect } => matches(expect, result),
                Step::Post(_) | Step::Requests { .. } => Ok(()),
            },
        }
    }

    /// Whether what was expected of the step may come when it is done again.
    fn may_come_yet(&self) -> bool {
        let At::Step(at) = self.at else { return false };
        let eventually = matches!(
            self.vector.steps[at],
            Step::Call {
                eventually: true,
                ..
            }
        );
        eventually && self.since.elapsed() < DEADLINE
    }

    fn was_in_time(&self, bounds: &Option<(u64, u64)>) -> Result<(), String> {
        let took = self.since.elapsed().as_millis();
        match bounds {
            Some((least, most)) if took < u128::from(*least) || took > u128::from(*most) => {
                Err(format!("took {took} ms, expected {least} to {most}"))
            }
            _ => Ok(()),
        }
    }

    /// No result may hold the API token, nor what a visitor of a gateway holds.
    fn no_secret(&self, result: &Value) -> Result<(), String> {
        let shown = result.to_string();
        let shows = |secret: &str| !secret.is_empty() && shown.contains(secret);
        if self.token.as_deref().is_some_and(shows) {
            return Err("the result holds the API token".into());
        }
        match self.is_of_a_gateway() {
            true if gateway::secrets(&self.server.requests()).any(|secret| shows(&secret)) => {
                Err("the result holds a visitor's token".into())
            }
            _ => Ok(()),
        }
    }

    fn is_of_a_gateway(&self) -> bool {
        self.vector.config.contains_key("gateway")
    }

    /// What the client says about delivery agrees with what the service saw since `before`.
    fn delivery_is_true(&self, method: &str, before: usize, result: &Value) -> Result<(), String> {
        if !["start_conversation", "send_message", "converse"].contains(&method) {
            return Ok(());
        }
        let mut requests = self.server.requests().split_off(before);
        // A proxy's tunnel carries no message yet.
        requests.retain(|request| !request.message.first_line.starts_with("CONNECT "));
        match self.is_of_a_gateway() {
            true => gateway::agrees(result, &requests),
            false => agrees(result, &requests),
        }
    }

    fn next(&mut self) -> Turn {
        let expects_a_client = self.vector.client.get("ok") == Some(&Value::Bool(true));
        let mut at = match self.at {
            At::New if expects_a_client && self.has_listener() => {
                self.at = At::Status;
                return Turn::Do(json!({"do": "call", "method": "status", "params": {}}));
            }
            At::New | At::Status => 0,
            At::Step(at) => {
                if at == 0
                    && self.vector.listen == Listen::AfterFirstStep
                    && let Err(error) = self.server.listen()
                {
                    return self.over(Some(format!("the scripted service: {error}")));
                }
                at + 1
            }
        };
        loop {
            self.at = At::Step(at);
            self.since = Instant::now();
            self.requests_before = self.server.requests().len();
            match self.vector.steps.get(at) {
                None => return self.finish(),
                Some(Step::Post(delivery)) => {
                    let outcome = self
                        .server
                        .webhook()
                        .ok_or_else(|| "the client has no webhook listener".to_owned())
                        .and_then(|url| post(&url, delivery));
                    if let Err(why) = outcome {
                        return self.over(Some(format!("{}: {why}", self.place())));
                    }
                    at += 1;
                }
                Some(Step::Requests { count }) => {
                    if !self.server.wait_for_requests(*count) {
                        let why = format!("{}: they did not arrive", self.place());
                        return self.over(Some(why));
                    }
                    at += 1;
                }
                Some(step) => {
                    if let Step::Begin { name, method, .. } = step {
                        let begun = (method.clone(), self.requests_before);
                        self.begun.insert(name.clone(), begun);
                    }
                    return Turn::Do(line(step));
                }
            }
        }
    }

    fn has_listener(&self) -> bool {
        self.vector
            .config
            .get("webhook")
            .is_some_and(|webhook| webhook.get("listen").is_some())
    }

    fn finish(&mut self) -> Turn {
        let problem = self.server.take_problems().into_iter().next();
        let left = self.server.left();
        let missing = (left > 0).then(|| format!("{left} expected request(s) never came"));
        self.over(problem.or(missing))
    }

    fn over(&self, failure: Option<String>) -> Turn {
        Turn::Over(Verdict {
            name: self.vector.name.clone(),
            failure,
            requests: self.server.requests().len(),
        })
    }

    fn place(&self) -> String {
        match self.at {
            At::New => "making the client".into(),
            At::Status => "asking for the status".into(),
            At::Step(at) => match &self.vector.steps.get(at) {
                Some(Step::Call { method, .. }) => format!("step {} ({method})", at + 1),
                Some(Step::Receive { .. }) => format!("step {} (receive)", at + 1),
                Some(Step::Interrupt { .. }) => format!("step {} (interrupt)", at + 1),
                Some(Step::Close { .. }) => format!("step {} (close)", at + 1),
                Some(Step::Post(_)) => format!("step {} (post)", at + 1),
                Some(Step::Begin { method, .. }) => format!("step {} (begin {method})", at + 1),
                Some(Step::End { name, .. }) => format!("step {} (end of {name})", at + 1),
                Some(Step::Requests { .. }) => format!("step {} (requests)", at + 1),
                None => "at the end".into(),
            },
        }
    }
}

/// Where `status` gives the address that the listener bound.
const WEBHOOK_URL: &str = "/value/webhook_url";

/// Whether what a call says about delivery can be true, given the whole requests that it made.
///
/// Success and `rejected` need a request; `not_sent` bears none but such as were refused whole; and
/// no request may follow one that may have been taken.
pub fn agrees(result: &Value, requests: &[crate::Request]) -> Result<(), String> {
    let may_have_taken = requests.iter().filter(|request| !request.refused).count();
    let delivery = match result.get("ok") {
        Some(Value::Bool(true)) => "ok",
        _ => result
            .pointer("/error/delivery")
            .and_then(Value::as_str)
            .unwrap_or("null"),
    };
    let seen = requests.len();
    let before_last = requests.split_last().map_or(&[][..], |(_, before)| before);
    if before_last.iter().any(|request| !request.refused) {
        return Err(format!(
            "a message that may have been taken was sent again ({seen} requests)"
        ));
    }
    match delivery {
        "ok" | "rejected" if seen == 0 => {
            Err(format!("delivery {delivery}, but no request arrived"))
        }
        "not_sent" if may_have_taken > 0 => {
            Err(format!("delivery not_sent, but {seen} request(s) arrived"))
        }
        _ => Ok(()),
    }
}

/// The step as the runner sees it: without what only the player needs.
fn line(step: &Step) -> Value {
    match step {
        Step::Call { method, params, .. } => {
            json!({"do": "call", "method": method, "params": expanded(params)})
        }
        Step::Begin {
            name,
            method,
            params,
        } => {
            json!({"do": "begin", "name": name, "method": method, "params": expanded(params)})
        }
        Step::End { name, .. } => json!({"do": "end", "name": name}),
        Step::Receive { timeout_ms, .. } => json!({"do": "receive", "timeout_ms": timeout_ms}),
        Step::Interrupt { .. } => json!({"do": "interrupt"}),
        Step::Close { .. } => json!({"do": "close"}),
        Step::Post(_) | Step::Requests { .. } => Value::Null,
    }
}
