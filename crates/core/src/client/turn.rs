//! The bot's whole turn: say something, and get all that comes of it.

use std::time::{Duration, Instant};

use serde::Serialize;
use wotnot_protocol::Message;

use super::Client;
use crate::cancel::CancelState;
use crate::engine::LONGEST_CALL;
use crate::event::{self, Direction, Event, Prompt};
use crate::inbox::{EventFilter, Held, Inbox};
use crate::link::Link;
use crate::log::LoggedCall;
use crate::options::CallOptions;
use crate::sync::Arc;
use crate::{Code, Delivery, Error, Result};

/// How long a bot that has said something may be silent before its turn is over, when a call says no time.
pub const DEFAULT_QUIET: Duration = Duration::from_secs(3);

/// What the bot made of a message.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Turn {
    /// The service's id of the message; null when the service gives none.
    pub message_id: Option<String>,
    /// What was said, as plain text, one message a line. Without what is late.
    pub text: String,
    /// How the turn came to its end.
    pub ended: TurnEnd,
    /// What showed that the message was taken, when its answer was lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirmed_by: Option<ConfirmedBy>,
    /// The answer that the bot waits for; null when it waits for none.
    pub prompt: Option<Prompt>,
    /// Every event of the conversation but the visitor's own messages. Those that came before the
    /// message was sent stand first and are `late`.
    pub events: Vec<Event>,
}

/// How a turn comes to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TurnEnd {
    /// The bot asked something.
    Prompt,
    /// The conversation was closed.
    Closed,
    /// A person answers from now on.
    HandedOver,
    /// Something came, and then nothing for a while.
    Quiet,
    /// The time was over.
    Timeout,
}

/// What shows that a message was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ConfirmedBy {
    /// The visitor's message came back as an event.
    Echo,
    /// The bot asked something after it.
    Prompt,
}

/// One conversation of a client.
#[derive(Clone, Copy, Debug)]
pub struct Chat<'a> {
    client: &'a Client,
    conversation_id: &'a str,
}

impl Chat<'_> {
    /// [`Client::converse`] with the defaults.
    ///
    /// # Errors
    /// As [`Client::converse`].
    pub fn converse(&self, message: &Message) -> Result<Turn> {
        let options = CallOptions::default();
        self.client
            .converse(self.conversation_id, message, None, &options)
    }
}

impl Client {
    /// The conversation with this id.
    pub fn chat<'a>(&'a self, conversation_id: &'a str) -> Chat<'a> {
        Chat {
            client: self,
            conversation_id,
        }
    }

    /// Sends what the visitor says, and collects events of the conversation until the bot's turn is
    /// over: it asked something, the conversation was closed or handed over, nothing came for
    /// `quiet` (3 s when `None`) after at least one event, or the time of the call is over.
    ///
    /// Where it is unknown whether the message was taken, its echo or a prompt after it shows it.
    /// Receivers of any event get none of this conversation meanwhile. No event is lost: when this
    /// fails, they wait for `receive` as before.
    ///
    /// # Errors
    /// With `delivery` set: what became of the message. `invalid_argument` on a client without a
    /// webhook, and while another thread converses in the same conversation.
    pub fn converse(
        &self,
        conversation_id: &str,
        message: &Message,
        quiet: Option<Duration>,
        options: &CallOptions,
    ) -> Result<Turn> {
        self.engine
            .logged("converse", Some(conversation_id), |logged| {
                self.take_turn(conversation_id, message, quiet, options, logged)
            })
    }

    fn take_turn(
        &self,
        conversation_id: &str,
        message: &Message,
        quiet: Option<Duration>,
        options: &CallOptions,
        logged: Option<&LoggedCall>,
    ) -> Result<Turn> {
        let not_sent = |error: Error| error.with_delivery(Delivery::NotSent);
        self.check_process().map_err(not_sent)?;
        let inbox = self.link.events().map_err(not_sent)?;
        let token = options.cancel.clone().unwrap_or_default();
        let cancel_state = &token.0;
        let _registered = self.engine.register(cancel_state)?;
        let timeout = options.timeout.unwrap_or(self.engine.config.timeout);
        let deadline = cancel_state.asked() + timeout.min(LONGEST_CALL);
        let link = &*self.link;
        let mut turn = Collector::new(link, inbox, conversation_id, Some(message))
            .ok_or_else(|| not_sent(is_busy()))?;
        let sending = CallOptions {
            timeout: Some(timeout),
            cancel: Some(token.clone()),
            client_id: options.client_id.clone(),
            queue: false,
        };
        let (message_id, lost) = match self.link.send(conversation_id, message, &sending, logged) {
            Ok(sent) => {
                turn.own_entry = sent.seq;
                (sent.message_id, None)
            }
            Err(error) if may_be_given(&error, cancel_state) => (None, Some(error)),
            Err(error) => return Err(error),
        };
        let ended = turn
            .collect(
                deadline,
                quiet.unwrap_or(DEFAULT_QUIET),
                lost.is_some(),
                cancel_state,
            )
            .map_err(|error| error.with_delivery(Delivery::Unknown))?;
        match lost {
            Some(error) if turn.confirmed_by.is_none() => Err(error),
            lost => Ok(turn.finish(message_id, ended, lost.is_some())),
        }
    }

    /// The bot's turn where the visitor has spoken already, as with the message of a start. Sends
    /// nothing: collects what waits of the conversation, and what comes until the turn is over, as
    /// [`Client::converse`] does. Nothing of it is late.
    ///
    /// # Errors
    /// `invalid_argument` on a client without a webhook, and while another thread converses in the
    /// same conversation. The events then wait for `receive` as before.
    pub fn await_turn(
        &self,
        conversation_id: &str,
        quiet: Option<Duration>,
        options: &CallOptions,
    ) -> Result<Turn> {
        self.check_process()?;
        let inbox = self.link.events()?;
        let token = options.cancel.clone().unwrap_or_default();
        let cancel_state = &token.0;
        let _registered = self.engine.register(cancel_state)?;
        let timeout = options.timeout.unwrap_or(self.engine.config.timeout);
        let deadline = cancel_state.asked() + timeout.min(LONGEST_CALL);
        let mut turn =
            Collector::new(&*self.link, inbox, conversation_id, None).ok_or_else(is_busy)?;
        let ended = turn.collect(
            deadline,
            quiet.unwrap_or(DEFAULT_QUIET),
            false,
            cancel_state,
        )?;
        Ok(turn.finish(None, ended, false))
    }
}

fn is_busy() -> Error {
    let busy = "another call converses in this conversation; wait for it";
    Error::invalid("conversation_id", busy)
}

/// Whether an event may still show that the message was taken.
fn may_be_given(error: &Error, cancel_state: &CancelState) -> bool {
    error.delivery() == Some(Delivery::Unknown) && cancel_state.stopped().is_none()
}

/// The events of a turn. Gives them back when it is dropped before the turn is over.
struct Collector<'a> {
    link: &'a dyn Link,
    inbox: &'a Arc<Inbox>,
    conversation_id: &'a str,
    /// The visitor's words, when the message has any.
    said: Option<&'a str>,
    /// The number of the last event before the message.
    before: u64,
    /// The number of the message in the gateway's log: what stands before it there came before it.
    own_entry: Option<u64>,
    taken: Vec<(u64, Held)>,
    events: Vec<Event>,
    ended: Option<TurnEnd>,
    confirmed_by: Option<ConfirmedBy>,
    /// When the last event of the turn came.
    heard: Option<Instant>,
}

impl<'a> Collector<'a> {
    /// `None` while another one collects. Without a message, what waits is of the turn.
    fn new(
        link: &'a dyn Link,
        inbox: &'a Arc<Inbox>,
        conversation_id: &'a str,
        message: Option<&'a Message>,
    ) -> Option<Self> {
        let (last, taken) = inbox.reserve(conversation_id)?;
        let mut collector = Self {
            link,
            inbox,
            conversation_id,
            said: message.and_then(|message| message.data.get("body")?.as_str()),
            before: message.map_or(0, |_| last),
            own_entry: None,
            taken: Vec::new(),
            events: Vec::new(),
            ended: None,
            confirmed_by: None,
            heard: None,
        };
        taken.into_iter().for_each(|taken| collector.add(taken));
        Some(collector)
    }

    /// Takes what comes until the turn is over.
    fn collect(
        &mut self,
        deadline: Instant,
        quiet: Duration,
        is_lost: bool,
        cancel_state: &Arc<CancelState>,
    ) -> Result<TurnEnd> {
        loop {
            let is_known = !is_lost || self.confirmed_by.is_some();
            let silence = self.heard.filter(|_| is_known).map(|heard| heard + quiet);
            let until = match self.ended {
                // Bots say more in one delivery than the question: that is here already.
                Some(_) => Instant::now(),
                None => silence.map_or(deadline, |silence| silence.min(deadline)),
            };
            let filter = EventFilter::Of(self.conversation_id);
            match self.link.next(filter, Some(until), cancel_state) {
                Ok(taken) => self.add(taken),
                Err(error) if error.code() == Code::Timeout => {
                    let is_quiet = silence.is_some_and(|silence| silence <= deadline);
                    let end = if is_quiet {
                        TurnEnd::Quiet
                    } else {
                        TurnEnd::Timeout
                    };
                    return Ok(self.ended.unwrap_or(end));
                }
                // An interrupt is for receivers.
                Err(error)
                    if error.code() == Code::Interrupted && cancel_state.stopped().is_none() => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn add(&mut self, (seq, held): (u64, Held)) {
        let mut event = event::from_inbox((seq, held.clone()), self.link);
        self.taken.push((seq, held));
        event.late = seq <= self.before
            || event
                .log_seq()
                .is_some_and(|entry| Some(entry) < self.own_entry);
        let is_visitor = event.by() == Some("visitor");
        if !event.late {
            if is_visitor {
                if self.is_echo(&event) {
                    self.confirmed_by.get_or_insert(ConfirmedBy::Echo);
                }
            } else {
                self.heard = Some(Instant::now());
            }
            if event.prompt().is_some() {
                self.confirmed_by.get_or_insert(ConfirmedBy::Prompt);
            }
            // What is final outweighs what the bot asked before it.
            self.ended = match end_of(&event) {
                Some(TurnEnd::Prompt) => self.ended.or(Some(TurnEnd::Prompt)),
                Some(end) => Some(end),
                None => self.ended,
            };
        }
        if !is_visitor {
            self.events.push(event);
        }
    }

    /// Whether this is the message that was sent, as far as its text shows.
    fn is_echo(&self, event: &Event) -> bool {
        let text = event.text().unwrap_or_default();
        self.said.is_none_or(|said| self.link.is_echo(text, said))
    }

    fn finish(mut self, message_id: Option<String>, ended: TurnEnd, is_lost: bool) -> Turn {
        self.taken.clear();
        let events = std::mem::take(&mut self.events);
        let new = || events.iter().filter(|event| !event.late);
        let texts: Vec<&str> = new()
            .filter_map(Event::text)
            .filter(|text| !text.is_empty())
            .collect();
        Turn {
            message_id,
            text: texts.join("\n"),
            ended,
            confirmed_by: self.confirmed_by.filter(|_| is_lost),
            prompt: new().filter_map(Event::prompt).next_back().cloned(),
            events,
        }
    }
}

impl Drop for Collector<'_> {
    fn drop(&mut self) {
        let unused = std::mem::take(&mut self.taken);
        self.inbox.release(self.conversation_id, unused);
    }
}

fn end_of(event: &Event) -> Option<TurnEnd> {
    let is_handed_over = |handover: &event::Handover| handover.direction == Direction::ToAgent;
    if event.closed == Some(true) {
        Some(TurnEnd::Closed)
    } else if event.handover.as_ref().is_some_and(is_handed_over) {
        Some(TurnEnd::HandedOver)
    } else {
        event.prompt().map(|_| TurnEnd::Prompt)
    }
}
