//! The way to the company's side: the service itself, or a gateway. A conversation says and hears through it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use wotnot_core::{CallOptions, CancelToken, Client, Code, EventFilter, Message, Result, Start};

use super::Heard;
use crate::refused::{LOOK_EVERY, Refusals};

/// What came of a wait.
pub enum Received {
    /// Something that matters to the visitor.
    Heard(Heard),
    /// The visitor's own echo, or the service's bookkeeping.
    Other,
    /// Nothing, within the time.
    Nothing,
}

/// What to do with a message that may or may not have arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolve {
    /// It is sent once more.
    Resend,
    /// It is discarded.
    Discard,
}

/// The way to the company's side.
pub trait Channel: Send + Sync {
    /// Says something, and gives the conversation's id: the first message starts it.
    ///
    /// # Errors
    /// The message was not sent, was refused, or its state is unknown.
    fn say(&mut self, id: Option<&str>, message: &Message) -> Result<String>;

    /// Waits for the next event of the conversation, or of any before it has begun.
    ///
    /// # Errors
    /// `interrupted` when it was cancelled; or nothing can come any more.
    fn receive(
        &self,
        id: Option<&str>,
        wait: Duration,
        cancel: Option<&Cancel>,
    ) -> Result<Received>;

    /// How many events came, those that came twice included.
    fn events(&self) -> u64;

    /// Decides on the message that is in doubt; gives whether there is any.
    ///
    /// # Errors
    /// The decision did not reach the other side.
    fn resolve(&self, _id: &str, _wanted: Resolve) -> Result<bool> {
        Ok(false)
    }
}

/// Ends a wait from another thread.
#[derive(Default)]
pub struct Cancel(CancelToken);

impl Cancel {
    /// Ends it.
    pub fn cancel(&self) {
        self.0.cancel();
    }

    /// What a call of the client takes.
    pub fn token(&self) -> &CancelToken {
        &self.0
    }
}

/// The service itself, through the library.
pub struct Direct<'a> {
    client: &'a Client,
    start: Start,
    events: AtomicU64,
    refusals: Mutex<Refusals>,
}

impl<'a> Direct<'a> {
    /// Conversations that begin as `start` says.
    pub fn new(client: &'a Client, start: Start) -> Self {
        Self {
            client,
            start,
            events: AtomicU64::new(0),
            refusals: Mutex::default(),
        }
    }

    fn refused(&self) -> Option<Heard> {
        let mut refusals = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        refusals.news(self.client).map(Heard::Problem)
    }
}

impl Channel for Direct<'_> {
    fn say(&mut self, id: Option<&str>, message: &Message) -> Result<String> {
        let options = CallOptions::default();
        match id {
            Some(id) => self
                .client
                .send_message(id, message, &options)
                .map(|_| id.to_owned()),
            None => {
                self.start.message = message.clone();
                let started = self.client.start_conversation(&self.start, &options)?;
                Ok(started.conversation.id)
            }
        }
    }

    fn receive(
        &self,
        id: Option<&str>,
        wait: Duration,
        cancel: Option<&Cancel>,
    ) -> Result<Received> {
        let filter = id.map_or(EventFilter::Any, EventFilter::Of);
        let cancel = cancel.map(Cancel::token);
        let deadline = Instant::now() + wait;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let wait = left.min(LOOK_EVERY);
            match self.client.receive_wanted(filter, Some(wait), cancel) {
                Ok(event) => {
                    self.events.fetch_add(1, Ordering::Relaxed);
                    return Ok(Heard::of(&event).map_or(Received::Other, Received::Heard));
                }
                Err(error) if error.code() == Code::Timeout => match self.refused() {
                    Some(refused) => return Ok(Received::Heard(refused)),
                    None if wait == left => return Ok(Received::Nothing),
                    None => {}
                },
                Err(error) => return Err(error),
            }
        }
    }

    fn events(&self) -> u64 {
        let status = self.client.status();
        let duplicates = status.map_or(0, |status| status.counters.events_duplicate);
        self.events.load(Ordering::Relaxed) + duplicates
    }
}
