//! A conversation through a gateway, for the terminal, a script or a recording.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use wotnot_core::{
    CallOptions, CancelToken, Client, Code, Event, EventFilter, EventKind, Message, ResolveAction,
    Result, Start, Variables,
};

use super::deliveries::Deliveries;
use super::files::{self, ReadFile};
use super::trouble::Trouble;
use crate::refused::LOOK_EVERY;
use crate::talk::channel::{Cancel, Channel, Received, Resolve};
use crate::talk::{Heard, Speech};

/// The messages that are shown of a conversation which goes on.
const SHOWN: usize = 50;
/// How long the next entry of what was said before may take to arrive.
const HISTORY: Duration = Duration::from_secs(30);
/// The same of a snapshot, whose messages come together, and which does not say where it ends.
const SNAPSHOT: Duration = Duration::from_millis(500);

/// The way through a gateway.
pub struct Through {
    line: Arc<Line>,
    variables: Option<Variables>,
    read_file: ReadFile,
}

/// The client, with what was taken from it; shared with who has to know whether all of it was.
pub struct Line {
    client: Client,
    deliveries: Mutex<Deliveries>,
    trouble: Mutex<Trouble>,
    /// What was looked at, and is not received yet.
    ahead: Mutex<VecDeque<Event>>,
    events: AtomicU64,
}

impl Through {
    /// Conversations that begin with these variables; the gateway takes those that its site lists.
    pub fn new(client: Client, variables: Option<Variables>) -> Self {
        Self {
            line: Arc::new(Line {
                client,
                deliveries: Mutex::default(),
                trouble: Mutex::default(),
                ahead: Mutex::default(),
                events: AtomicU64::new(0),
            }),
            variables,
            read_file: Box::new(|path: &Path| std::fs::read(path)),
        }
    }

    /// Reads files another way.
    pub fn reading(mut self, read_file: ReadFile) -> Self {
        self.read_file = read_file;
        self
    }

    /// What is shared.
    pub fn line(&self) -> Arc<Line> {
        Arc::clone(&self.line)
    }

    /// Begins the session. Gives the conversation that the visitor has there already, with what was said in it.
    ///
    /// # Errors
    /// The gateway takes nobody from here.
    pub fn open(&mut self) -> Result<Option<(String, Vec<Heard>)>> {
        let session = self.line.client.begin_session()?;
        let conversation = &session["conversation"];
        let (Some(id), Some(cursor)) =
            (conversation["id"].as_str(), conversation["cursor"].as_str())
        else {
            return Ok(None);
        };
        let heard = self.line.history(id, seq_of(cursor))?;
        Ok(Some((id.to_owned(), heard)))
    }
}

impl Line {
    /// What was said up to the entry `head`. Of its questions the last one stands, when the visitor said nothing
    /// behind it.
    fn history(&self, id: &str, head: u64) -> Result<Vec<Heard>> {
        let mut heard: Vec<Heard> = Vec::new();
        let (mut seq, mut standing, mut wait) = (0, None, HISTORY);
        while seq < head {
            let event = match self.next(Some(id), wait, None) {
                Err(error) if error.code() == Code::Timeout => break,
                event => event?,
            };
            if event.kind == EventKind::Reset {
                wait = SNAPSHOT;
            }
            seq = seq.max(seq_of(&event.event_id));
            lock(&self.deliveries).note(&event);
            let said = event.content.as_ref();
            let is_visitors = said.is_some_and(|said| said.by.as_deref() == Some("visitor"));
            let asks = event.prompt().is_some();
            if (is_visitors || asks)
                && let Some(before) = standing.take()
                && let Some(Heard::Said(speech)) = heard.get_mut(before)
            {
                speech.question = None;
            }
            if asks {
                standing = Some(heard.len());
            }
            heard.extend(of(&event));
        }
        let old = heard.len().saturating_sub(SHOWN);
        Ok(heard.split_off(old))
    }

    /// Whether all that the gateway has was received. Nobody else may poll meanwhile.
    pub fn is_drained(&self) -> bool {
        if !lock(&self.ahead).is_empty() || self.client.fetch().is_err() {
            return false;
        }
        match self.client.receive(Some(Duration::ZERO), None) {
            Ok(event) => {
                lock(&self.ahead).push_back(event);
                false
            }
            Err(error) => error.code() == Code::Timeout,
        }
    }

    /// Whether something that the visitor said is still on its way to the service.
    pub fn waits_for_delivery(&self) -> bool {
        lock(&self.deliveries).is_any_open()
    }

    fn next(
        &self,
        id: Option<&str>,
        wait: Duration,
        cancel: Option<&CancelToken>,
    ) -> Result<Event> {
        let ahead = lock(&self.ahead).pop_front();
        let event = match ahead {
            Some(event) => event,
            None => {
                let filter = id.map_or(EventFilter::Any, EventFilter::Of);
                self.client.receive_wanted(filter, Some(wait), cancel)?
            }
        };
        self.events.fetch_add(1, Ordering::Relaxed);
        Ok(event)
    }

    fn sent(&self, client_id: Option<String>) {
        if let Some(client_id) = client_id {
            lock(&self.deliveries).sent(client_id);
        }
    }
}

impl Channel for Through {
    fn say(&mut self, id: Option<&str>, message: &Message) -> Result<String> {
        let client = &self.line.client;
        let message = files::upload(client, message, &self.read_file)?;
        let options = CallOptions::default();
        let Some(id) = id else {
            let start = Start {
                visitor_id: String::new(),
                message,
                variables: self.variables.clone(),
                bot_key: None,
            };
            let started = client.start_conversation(&start, &options)?;
            self.line.sent(started.client_id);
            return Ok(started.conversation.id);
        };
        let sent = client.send_message(id, &message, &options)?;
        self.line.sent(sent.client_id);
        Ok(id.to_owned())
    }

    fn receive(
        &self,
        id: Option<&str>,
        wait: Duration,
        cancel: Option<&Cancel>,
    ) -> Result<Received> {
        let deadline = Instant::now() + wait;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let wait = left.min(LOOK_EVERY);
            match self.line.next(id, wait, cancel.map(Cancel::token)) {
                Ok(event) => {
                    let undelivered = lock(&self.line.deliveries).note(&event);
                    let heard = undelivered.or_else(|| of(&event));
                    return Ok(heard.map_or(Received::Other, Received::Heard));
                }
                Err(error) if error.code() == Code::Timeout => {
                    match lock(&self.line.trouble).news(&self.line.client) {
                        Some(problem) => return Ok(Received::Heard(Heard::Problem(problem))),
                        None if wait == left => return Ok(Received::Nothing),
                        None => {}
                    }
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn events(&self) -> u64 {
        self.line.events.load(Ordering::Relaxed)
    }

    fn resolve(&self, id: &str, wanted: Resolve) -> Result<bool> {
        let doubtful = lock(&self.line.deliveries).in_doubt();
        let action = match wanted {
            Resolve::Resend => ResolveAction::Resend,
            Resolve::Discard => ResolveAction::Discard,
        };
        for client_id in &doubtful {
            let resolve = wotnot_core::Resolve {
                conversation_id: id,
                client_id,
                action,
            };
            self.line
                .client
                .resolve(&resolve, &CallOptions::default())?;
        }
        Ok(!doubtful.is_empty())
    }
}

/// What an event says to the visitor, whose files the gateway takes.
fn of(event: &Event) -> Option<Heard> {
    let mut heard = Heard::of(event)?;
    if let Heard::Said(Speech {
        question: Some(question),
        ..
    }) = &mut heard
    {
        question.takes_bytes = true;
    }
    Some(heard)
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The number at the end of a cursor or of an event's id, `<epoch>.<seq>`.
fn seq_of(cursor: &str) -> u64 {
    let number = cursor.rsplit_once('.').map(|(_, number)| number);
    number.and_then(|it| it.parse().ok()).unwrap_or_default()
}
