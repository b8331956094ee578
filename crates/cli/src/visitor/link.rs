//! The calls to a gateway: a session that is begun when it is needed and goes on by itself, and what can be
//! repeated is repeated. Every post names itself, so that none counts twice.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use ureq::http::Request;
use wotnot_core::visitor::solve_challenge;
use wotnot_core::{Delivery, Proxy, Result};

use super::failure::{Failed, no_gateway, refused, unreached};
use crate::agent::agent;
use crate::wire::fixture::{Answer, Call as Passed, Kind};

/// How long a poll waits for what comes next.
pub const POLL: Duration = Duration::from_secs(25);
/// How many entries a poll takes.
const ENTRIES: usize = 100;
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Sees each call with its answer.
pub type Tap = Box<dyn Fn(Passed) + Send + Sync>;

/// The site or app that the command acts for.
pub struct SiteAccess {
    /// The site's app.
    pub app: Option<String>,
    /// The page's origin; an app has none.
    pub origin: Option<String>,
    /// What the site signed of the visitor.
    pub identity: Option<String>,
}

/// What is sent with a call.
pub enum Body<'b> {
    /// Nothing.
    Empty,
    /// A document.
    Json(&'b Value),
    /// A file, or its rest.
    Bytes(&'b [u8]),
}

/// One call.
pub struct Call<'c> {
    /// What a recording calls it; `None` for what only reads.
    pub kind: Option<Kind>,
    /// The HTTP method.
    pub method: &'static str,
    /// From the gateway's root on.
    pub path: &'c str,
    /// What is sent.
    pub body: Body<'c>,
}

/// What a visitor holds.
#[derive(Clone)]
struct Session {
    token: String,
    refresh: String,
}

/// What came of a poll.
pub struct Polled {
    /// The entries of the log, in their order.
    pub entries: Vec<Value>,
    /// Where to go on.
    pub cursor: String,
}

/// The way to a gateway.
pub struct Link {
    url: String,
    place: SiteAccess,
    calls: ureq::Agent,
    polls: ureq::Agent,
    patience: Duration,
    session: Mutex<Option<Session>>,
    tap: Option<Tap>,
}

impl Link {
    pub(super) fn new(
        url: String,
        place: SiteAccess,
        (calls, polls): (ureq::Agent, ureq::Agent),
        patience: Duration,
    ) -> Self {
        Self {
            url,
            place,
            calls,
            polls,
            patience,
            session: Mutex::default(),
            tap: None,
        }
    }

    /// The way to a gateway on this machine, as an app of it.
    ///
    /// # Errors
    /// There is nothing to speak HTTP with.
    pub fn at(url: &str, app: &str, timeout: Duration) -> std::result::Result<Self, String> {
        let place = SiteAccess {
            app: Some(app.to_owned()),
            origin: None,
            identity: None,
        };
        let agent = |timeout| agent(url, &Proxy::Direct, None, timeout);
        let agents = (agent(timeout)?, agent(timeout + POLL)?);
        Ok(Self::new(url.to_owned(), place, agents, timeout))
    }

    /// Shows each call to `tap` too.
    pub fn tapped(mut self, tap: Tap) -> Self {
        self.tap = Some(tap);
        self
    }

    /// Begins the session, where there is none yet. Gives what the gateway says of it.
    ///
    /// # Errors
    /// The gateway takes nobody from here.
    pub fn open(&self) -> Result<Value> {
        let mut body = self.introduction();
        let begin = |body: &Value| {
            self.repeated(&Call {
                kind: Some(Kind::Session),
                method: "POST",
                path: "/v1/sessions",
                body: Body::Json(body),
            })
        };
        let begun = match begin(&body) {
            Err(failed) => match failed.challenge.as_ref().and_then(solve_challenge) {
                Some(solution) => {
                    body["challenge"] = solution;
                    begin(&body)
                }
                None => Err(failed),
            },
            begun => begun,
        };
        let session = begun.map_err(|failed| failed.error)?;
        self.keep(&session)?;
        Ok(session)
    }

    /// What a session begins with.
    pub fn introduction(&self) -> Value {
        let place = &self.place;
        let mut body = json!({});
        for (name, value) in [("app", &place.app), ("identity", &place.identity)] {
            if let Some(value) = value {
                body[name] = value.as_str().into();
            }
        }
        body
    }

    /// Makes a call once, and gives whatever is answered.
    ///
    /// # Errors
    /// The gateway was not reached.
    pub fn ask(&self, call: &Call) -> Result<Answer> {
        self.exchange(&self.calls, call)
            .map_err(|failed| failed.error)
    }

    /// Which origin may make a call with a token, as a browser asks before it does.
    ///
    /// # Errors
    /// The gateway was not reached.
    pub fn preflight(&self, path: &str) -> Result<Option<String>> {
        let origin = self.place.origin.as_deref().unwrap_or_default();
        let request = Request::builder()
            .method("OPTIONS")
            .uri(format!("{}{path}", self.url))
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header(
                "access-control-request-headers",
                "authorization, content-type",
            )
            .body(());
        let answered = request
            .map_err(ureq::Error::from)
            .and_then(|request| self.calls.run(request));
        let answer = answered.map_err(|error| unreached(&self.url, &error).error)?;
        let allowed = answer.headers().get("access-control-allow-origin");
        Ok(allowed.and_then(|it| Some(it.to_str().ok()?.to_owned())))
    }

    /// Makes a call of the visitor's, as often as needed within the time.
    ///
    /// # Errors
    /// It was refused, or the gateway was not reached.
    pub fn call(&self, call: &Call) -> Result<Value> {
        if self.token().is_none() {
            self.open()?;
        }
        match self.repeated(call) {
            Err(failed) if failed.token_expired => {
                self.refresh()?;
                self.repeated(call).map_err(|failed| failed.error)
            }
            done => done.map_err(|failed| failed.error),
        }
    }

    /// What only reads.
    ///
    /// # Errors
    /// As [`Link::call`].
    pub fn get(&self, path: &str) -> Result<Value> {
        self.call(&Call {
            kind: None,
            method: "GET",
            path,
            body: Body::Empty,
        })
    }

    /// Waits for entries behind the cursor; `None` when none came in time.
    ///
    /// # Errors
    /// As [`Link::call`]; nothing is repeated.
    pub fn poll(&self, conversation: &str, after: Option<&str>) -> Result<Option<Polled>> {
        let after = after.map_or(String::new(), |cursor| format!("after={cursor}&"));
        let wait = POLL.as_secs();
        let path =
            format!("/v1/conversations/{conversation}/events?{after}wait={wait}&limit={ENTRIES}");
        let call = Call {
            kind: None,
            method: "GET",
            path: &path,
            body: Body::Empty,
        };
        let answer = match self.once(&self.polls, &call) {
            Err(failed) if failed.token_expired => {
                self.refresh()?;
                self.once(&self.polls, &call)
            }
            answered => answered,
        };
        let mut answer = answer.map_err(|failed| failed.error)?;
        if answer.status == 204 {
            return Ok(None);
        }
        match (answer.body["events"].take(), answer.body["cursor"].take()) {
            (Value::Array(entries), Value::String(cursor)) => Ok(Some(Polled { entries, cursor })),
            _ => Err(no_gateway(
                "the answer to a poll has no events and no cursor",
            )),
        }
    }

    /// Drops what the gateway keeps of the visitor.
    ///
    /// # Errors
    /// As [`Link::call`].
    pub fn erase(&self) -> Result<()> {
        let call = Call {
            kind: None,
            method: "DELETE",
            path: "/v1/visitor",
            body: Body::Empty,
        };
        self.call(&call).map(drop)
    }

    fn refresh(&self) -> Result<()> {
        let held = self.session();
        let Some(Session { refresh, .. }) = held else {
            return self.open().map(drop);
        };
        let call = Call {
            kind: Some(Kind::Refresh),
            method: "POST",
            path: "/v1/sessions/refresh",
            body: Body::Json(&json!({"refresh": refresh})),
        };
        let session = self.repeated(&call).map_err(|failed| failed.error)?;
        self.keep(&session)
    }

    /// Goes on with a session that has begun.
    ///
    /// # Errors
    /// It is none.
    pub fn keep(&self, session: &Value) -> Result<()> {
        let text = |name: &str| session.get(name).and_then(Value::as_str).map(str::to_owned);
        let (Some(token), Some(refresh)) = (text("token"), text("refresh")) else {
            return Err(no_gateway("the session has no token"));
        };
        let mut held = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        *held = Some(Session { token, refresh });
        Ok(())
    }

    fn session(&self) -> Option<Session> {
        let held = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        held.clone()
    }

    fn token(&self) -> Option<String> {
        self.session().map(|session| session.token)
    }

    /// Tries until the time is over.
    fn repeated(&self, call: &Call) -> std::result::Result<Value, Failed> {
        let until = Instant::now() + self.patience;
        let mut pause = FIRST_PAUSE;
        let mut in_doubt = false;
        loop {
            let mut failed = match self.once(&self.calls, call) {
                Ok(answer) => return Ok(answer.body),
                Err(failed) => failed,
            };
            in_doubt |= failed.error.delivery() == Some(Delivery::Unknown);
            let wait = failed.again.map(|wait| wait.max(pause));
            match wait {
                Some(wait) if Instant::now() + wait < until => std::thread::sleep(wait),
                _ => {
                    if in_doubt {
                        failed.error = failed.error.with_delivery(Delivery::Unknown);
                    }
                    return Err(failed);
                }
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    fn once(&self, agent: &ureq::Agent, call: &Call) -> std::result::Result<Answer, Failed> {
        let answer = self.exchange(agent, call)?;
        match answer.status {
            200..=299 => Ok(answer),
            _ => Err(refused(&self.url, &answer)),
        }
    }

    fn exchange(&self, agent: &ureq::Agent, call: &Call) -> std::result::Result<Answer, Failed> {
        let mut request = Request::builder()
            .method(call.method)
            .uri(format!("{}{}", self.url, call.path));
        if let Some(origin) = &self.place.origin {
            request = request.header("origin", origin);
        }
        if !matches!(call.kind, Some(Kind::Session | Kind::Refresh))
            && let Some(token) = self.token()
        {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let sent = match call.body {
            Body::Empty => request.body(Vec::new()),
            Body::Json(body) => request
                .header("content-type", "application/json")
                .body(body.to_string().into_bytes()),
            Body::Bytes(bytes) => request.body(bytes.to_vec()),
        };
        let answered = sent
            .map_err(ureq::Error::from)
            .and_then(|sent| agent.run(sent))
            .and_then(|mut answer| Ok((answer.body_mut().read_to_vec()?, answer)));
        let (bytes, answer) = answered.map_err(|error| unreached(&self.url, &error))?;
        let retry_after = answer.headers().get("retry-after");
        let answer = Answer {
            status: answer.status().as_u16(),
            retry_after: retry_after.and_then(|it| Some(it.to_str().ok()?.to_owned())),
            body: match bytes.is_empty() {
                true => Value::Null,
                false => serde_json::from_slice(&bytes)
                    .unwrap_or_else(|_| String::from_utf8_lossy(&bytes).into_owned().into()),
            },
        };
        if let (Some(tap), Some(kind)) = (&self.tap, call.kind) {
            tap(Passed {
                call: kind,
                request: match call.body {
                    Body::Empty => Value::Null,
                    Body::Json(body) => body.clone(),
                    Body::Bytes(bytes) => json!({"bytes": bytes.len()}),
                },
                answer: answer.clone(),
                events: Vec::new(),
            });
        }
        Ok(answer)
    }
}

/// The link, for everybody who holds the conversation.
pub type SharedLink = Arc<Link>;
