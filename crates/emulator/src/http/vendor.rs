//! The two calls of the service over HTTP: reads the request, lets faults strike, and writes the account's answer.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, Response};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde_json::json;
use wotnot_protocol::Object;

use crate::activity::Activity;
use crate::call::{self, StartCall};
use crate::changes::Area;
use crate::fault::{Call, Effect, Fault, FaultContext, FaultKind, FaultTarget, Instead};
use crate::headers;
use crate::outbox::Held;
use crate::reply::{ApiResponse, Refusal};
use crate::requests::{self, SeenRequest};
use crate::shared::Shared;
use crate::socket::{AnswerControl, AnswerPlan, Cut, Ending};

/// The largest body of a call, in bytes.
const BODY_LIMIT: usize = 1024 * 1024;
/// How long events that a fault puts before their answer may hold it up.
const EARLY_LIMIT: Duration = Duration::from_secs(10);

pub(super) async fn start(State(shared): State<Arc<Shared>>, request: Request) -> Response<Body> {
    let (head, body) = request.into_parts();
    Handling::new(shared, Call::Start, None, head, read(body).await)
        .answer()
        .await
}

pub(super) async fn send(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    request: Request,
) -> Response<Body> {
    let (head, body) = request.into_parts();
    Handling::new(shared, Call::Send, Some(id.into()), head, read(body).await)
        .answer()
        .await
}

/// Why a body could not be read.
enum Unread {
    TooLarge,
    Broken,
}

async fn read(body: Body) -> Result<Bytes, Unread> {
    match Limited::new(body, BODY_LIMIT).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Unread::TooLarge),
        Err(_) => Err(Unread::Broken),
    }
}

/// One call on its way through.
struct Handling {
    shared: Arc<Shared>,
    call: Call,
    /// The conversation that the call named, or made.
    conversation: Option<Arc<str>>,
    head: Parts,
    body: Result<Bytes, Unread>,
    faults: Vec<(FaultKind, Fault)>,
    authorized: bool,
}

/// What the account made of a call.
struct Outcome {
    reply: ApiResponse,
    events: Option<Held>,
}

impl Handling {
    fn new(
        shared: Arc<Shared>,
        call: Call,
        conversation: Option<Arc<str>>,
        head: Parts,
        body: Result<Bytes, Unread>,
    ) -> Self {
        Self {
            shared,
            call,
            conversation,
            head,
            body,
            faults: Vec::new(),
            authorized: false,
        }
    }

    async fn answer(mut self) -> Response<Body> {
        let object = self.parse();
        self.faults = self.strike(object.as_ref().ok());
        let effect = Effect::of(&self.faults);
        if !effect.delay.is_zero() {
            tokio::time::sleep(effect.delay).await;
        }
        let (outcome, cut) = match effect.instead {
            Some(Instead::End(ending)) => (
                self.refused(Refusal::ServerError),
                Some((Cut::AfterBytes(0), ending)),
            ),
            Some(Instead::Refuse(refusal)) => (self.refused(refusal), None),
            None => {
                let outcome = self
                    .process(object)
                    .unwrap_or_else(|refusal| self.refused(refusal));
                let length = outcome.reply.body.len();
                (
                    outcome,
                    effect
                        .cut
                        .map(|(cut, ending)| (cut.in_answer(length), ending)),
                )
            }
        };
        self.note(&outcome.reply, cut.map(|(_, ending)| ending));
        let after = self.release(outcome.events, effect.early).await;
        if let Some(control) = self.head.extensions.get::<AnswerControl>() {
            control.plan(AnswerPlan {
                cut,
                drip: effect.drip,
                after: after.map(|held| -> Box<dyn Send> { Box::new(held) }),
            });
        }
        outcome.reply.into_response()
    }

    /// Events leave behind the answer, or before it when a fault says so; gives those that are still held.
    async fn release(&self, events: Option<Held>, early: bool) -> Option<Held> {
        if !early || events.is_none() {
            return events;
        }
        drop(events);
        let key = self.conversation.as_deref().unwrap_or_default();
        let drained = self.shared.outbox.wait_drained(key);
        let _ = tokio::time::timeout(EARLY_LIMIT, drained).await;
        None
    }

    fn parse(&self) -> Result<Object, Refusal> {
        match &self.body {
            Ok(body) => call::object(body).map_err(|reason| self.refusal(reason)),
            Err(Unread::TooLarge) => Err(Refusal::TooLarge),
            Err(Unread::Broken) => Err(self.refusal("the body did not come whole".into())),
        }
    }

    /// The refusal that is documented for a malformed call.
    fn refusal(&self, reason: String) -> Refusal {
        match self.call {
            Call::Start => Refusal::NotCreated(reason),
            Call::Send => Refusal::InvalidRequest(reason),
        }
    }

    fn refused(&self, refusal: Refusal) -> Outcome {
        let profile = self.shared.account().profile;
        Outcome {
            reply: refusal.answer(profile),
            events: None,
        }
    }

    fn strike(&self, body: Option<&Object>) -> Vec<(FaultKind, Fault)> {
        let mut account = self.shared.account();
        let account = &mut *account;
        let id = self.conversation.as_deref();
        let known = id.and_then(|id| account.conversations.get(id));
        let visitor = match known {
            Some(conversation) => Some(conversation.visitor_id.as_str()),
            None => body.and_then(call::visitor_of),
        };
        let next = |visitor| {
            account
                .contacts
                .get(visitor)
                .map_or(1, |it| it.conversations + 1)
        };
        let context = FaultContext {
            what: FaultTarget::Call(self.call),
            visitor,
            number: known.map(|it| it.ordinal).or_else(|| visitor.map(next)),
            conversation: id,
        };
        account.faults.strike(account.seed, context)
    }

    fn process(&mut self, object: Result<Object, Refusal>) -> Result<Outcome, Refusal> {
        let mut account = self.shared.account();
        account.authorize(header(&self.head.headers, AUTHORIZATION))?;
        self.authorized = true;
        if !is_json(&self.head.headers) {
            return Err(Refusal::UnsupportedMediaType);
        }
        let object = object?;
        let (reply, deliveries) = match (self.call, &self.conversation) {
            (Call::Send, Some(id)) => {
                let done = account.send(id, &call::read_send(object)?)?;
                (
                    ApiResponse::ok(&json!({"ok": true, "message_id": done.value})),
                    done.deliveries,
                )
            }
            _ => {
                let call = StartCall::read(object, account.profile.bot_key_field)?;
                let done = account.start(call)?;
                let (key, body) = done.value;
                self.conversation = Some(key);
                (ApiResponse::ok(&body), done.deliveries)
            }
        };
        if !account.timers.is_empty() {
            self.shared.timers_changed.notify_one();
        }
        let notices = std::mem::take(&mut account.notices);
        let events = Some(self.shared.outbox.hold(deliveries, notices));
        Ok(Outcome { reply, events })
    }

    /// Keeps the call for tests to look at, and reports it to observers.
    fn note(&self, reply: &ApiResponse, ending: Option<Ending>) {
        let faults: Vec<String> = self.faults.iter().map(|(kind, _)| kind.name()).collect();
        let reason = match ending {
            Some(_) => Some("a fault rule: no whole answer".to_owned()),
            None => reply.reason.clone(),
        };
        self.shared.tell(|| Activity::Request {
            method: self.head.method.to_string(),
            path: self.head.uri.path().to_owned(),
            status: reply.status.as_u16(),
            reason: reason.clone(),
            faults: faults.clone(),
        });
        let body = self.body.as_deref().unwrap_or_default();
        let mut account = self.shared.account();
        let at_ms = account.clock.now_ms();
        account.requests.add(SeenRequest {
            number: 0,
            at_ms,
            method: self.head.method.clone(),
            path: self.head.uri.path().to_owned(),
            conversation: self.conversation.clone(),
            authorized: self.authorized,
            status: reply.status.as_u16(),
            reason,
            faults,
            headers: headers::shown(&self.head.headers),
            body: requests::kept(body),
            answer: requests::kept(reply.body.as_bytes()),
        });
        drop(account);
        self.shared.changes.note(Area::Requests);
    }
}

fn header(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// `application/json`, with or without a charset.
fn is_json(headers: &HeaderMap) -> bool {
    let kind = header(headers, CONTENT_TYPE).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json")
}
