//! Takes posts in: the listener's and those of the caller's own web server.

use std::time::SystemTime;

use crate::config::Webhook;
use crate::event;
use crate::inbox::{Arrival, Inbox, Limits};
use crate::reply::WebhookReply;
use crate::results::{RefusedPosts, WebhookStatus};
use crate::sync::{Arc, Mutex, MutexGuard, PoisonError};
use crate::visitors::Visitors;
use crate::{Code, Error, Result};

use super::{ParsedWebhook, elements, hash, open, parse};

/// A client's endpoint: its settings, its inbox, and what it refused.
pub(crate) struct WebhookHandler {
    pub(crate) settings: Webhook,
    pub(crate) inbox: Arc<Inbox>,
    visitors: Arc<Visitors>,
    refusals: Mutex<Refusals>,
}

/// Posts that were refused.
#[derive(Clone, Copy, Debug, Default)]
struct Refusals {
    posts: RefusedPosts,
    last: Option<SystemTime>,
}

impl WebhookHandler {
    pub(crate) fn new(settings: Webhook, visitors: Arc<Visitors>) -> Self {
        let inbox = Inbox::new(Limits {
            events: settings.capacity,
            bytes: settings.capacity_bytes,
            idle: settings.idle,
        });
        Self {
            settings,
            inbox: Arc::new(inbox),
            visitors,
            refusals: Mutex::default(),
        }
    }

    pub(crate) fn parse(&self, body: &str, authorization: Option<&str>) -> Result<ParsedWebhook> {
        parse(&self.settings, body, authorization)
    }

    /// Keeps the events of a post, all or none. Must not block: the listener's thread runs it.
    pub(crate) fn accept(&self, body: &str, authorization: Option<&str>) -> Result<WebhookReply> {
        let outcome = self.take(body, authorization);
        if let Err(error) = &outcome
            && let Some(reply) = error.reply()
        {
            self.count(reply.status);
        }
        outcome
    }

    fn take(&self, body: &str, authorization: Option<&str>) -> Result<WebhookReply> {
        let (post, reply) = open(&self.settings, body, authorization)?;
        let (events, most) = (post.elements.len(), self.settings.capacity);
        if events > most {
            return Err(not_taken(Error::invalid(
                "body",
                format_args!("holds {events} events, and webhook.capacity is {most}; raise it"),
            )));
        }
        if events > 0 {
            let hash = hash(&post);
            let arrivals: Vec<Arrival> = elements(&post, &hash)
                .map(|(element, id, at)| event::arrival(element, id(), at))
                .collect();
            for arrival in &arrivals {
                if let Some(conversation) = &arrival.conversation_id {
                    let visitor = arrival.visitor_key.as_deref();
                    self.visitors.observe(conversation, visitor, arrival.closes);
                }
            }
            self.inbox.accept(&hash, arrivals).map_err(not_taken)?;
        }
        Ok(reply)
    }

    /// The listener's own answer to what is no post of the service.
    #[cfg(feature = "listener")]
    pub(crate) fn refuse(&self, status: u16, why: &str) -> WebhookReply {
        self.count(status);
        WebhookReply::refused(status, why)
    }

    fn count(&self, status: u16) {
        let mut refusals = self.lock();
        let posts = &mut refusals.posts;
        *match status {
            401 => &mut posts.unauthorized,
            404 => &mut posts.wrong_path,
            405 => &mut posts.wrong_method,
            408 => &mut posts.too_slow,
            413 => &mut posts.too_large,
            503 => &mut posts.overloaded,
            _ => &mut posts.malformed,
        } += 1;
        refusals.last = Some(SystemTime::now());
    }

    pub(crate) fn status(&self) -> WebhookStatus {
        let refusals = *self.lock();
        let settings = &self.settings;
        WebhookStatus {
            capacity: settings.capacity as u64,
            capacity_bytes: settings.capacity_bytes as u64,
            idle_ms: settings.idle.as_millis().try_into().unwrap_or(u64::MAX),
            refused: refusals.posts,
            last_refused_at: refusals
                .last
                .map(|time| humantime::format_rfc3339_millis(time).to_string()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Refusals> {
        self.refusals.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn not_taken(error: Error) -> Error {
    let reply = match error.code() {
        Code::InvalidArgument => WebhookReply::refused(413, "too large"),
        _ => WebhookReply::unavailable(),
    };
    error.with_reply(reply)
}
