//! The vendor, as each account reaches it: the library's client, its parser of posts, and a breaker
//! so that an outage is not made worse.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use wotnot_core::{Client, Code, Error, ParsedWebhook, Result};

use crate::config::check::client_config;
use crate::config::{Account, Hidden, Receiver};

/// An account's way to the vendor and back.
pub(crate) struct Upstream {
    pub name: String,
    pub client: Arc<Client>,
    /// One for each token that the vendor's posts may carry.
    parsers: Vec<Client>,
    secret: Hidden,
    webhook_token: Hidden,
    /// Others who get its posts.
    pub forward: Vec<Receiver>,
    pub breaker: Breaker,
}

impl Upstream {
    pub fn new(account: &Account) -> Result<Self> {
        let parsers = account
            .webhook_tokens
            .iter()
            .map(|token| Client::new(client_config(account, token)))
            .collect::<Result<Vec<Client>>>()?;
        let first = account.webhook_tokens.first().ok_or_else(|| {
            Error::invalid(
                "webhook_token",
                "missing; the vendor's posts could not be recognised",
            )
        })?;
        Ok(Self {
            name: account.name.clone(),
            client: Arc::new(Client::new(client_config(account, first))?),
            parsers,
            secret: account.webhook_secret.clone(),
            webhook_token: first.clone(),
            forward: account.forward.clone(),
            breaker: Breaker::default(),
        })
    }

    /// Whether this is the last part of the webhook's path.
    pub fn has_secret(&self, candidate: &str) -> bool {
        self.secret.matches(candidate)
    }

    /// What a post of the vendor's carries, with the newest of its tokens.
    pub fn authorization(&self) -> String {
        format!("Bearer {}", self.webhook_token.expose())
    }

    /// Checks a post's token and takes it apart.
    pub fn parse(&self, body: &str, authorization: Option<&str>) -> Result<ParsedWebhook> {
        let mut refused = None;
        for parser in &self.parsers {
            match parser.parse_webhook(body, authorization) {
                Err(error) if error.code() == Code::WebhookRejected => refused = Some(error),
                other => return other,
            }
        }
        Err(refused.unwrap_or_else(|| Error::new(Code::Internal, "there is no parser")))
    }
}

/// All accounts by name.
pub(crate) type Upstreams = HashMap<String, Arc<Upstream>>;

/// Holds calls back for a while after one could not even be sent.
#[derive(Default)]
pub(crate) struct Breaker(Mutex<Broken>);

#[derive(Default)]
struct Broken {
    failures: u32,
    until: Option<Instant>,
}

const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

impl Breaker {
    /// How long to wait before the next call; `None` when it may go.
    pub fn pause(&self) -> Option<Duration> {
        let until = self.lock().until?;
        until.checked_duration_since(Instant::now())
    }

    pub fn failed(&self) {
        let mut broken = self.lock();
        let doubled = FIRST_PAUSE * 2_u32.saturating_pow(broken.failures.min(10));
        broken.failures += 1;
        broken.until = Some(Instant::now() + jittered(doubled.min(LONGEST_PAUSE)));
    }

    pub fn reached(&self) {
        *self.lock() = Broken::default();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Broken> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Between half of it and all of it.
pub(crate) fn jittered(wait: Duration) -> Duration {
    wait.mul_f64(0.5 + fastrand::f64() / 2.0)
}
