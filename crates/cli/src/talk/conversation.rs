//! One visitor's conversation through the client: says things, hears what comes back, knows whose turn it is.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use wotnot_core::{
    CallOptions, CancelToken, Client, Code, Error, EventFilter, Message, Result, Start,
};

use super::{Heard, Question, Speaker, screen};
use crate::refused::{LOOK_EVERY, Refusals};

/// Bots may say more after a question; what comes within this time still belongs to their turn.
const LINGER: Duration = Duration::from_millis(200);
/// A visitor who picks a link mostly gets no reply: the question still stands.
const AFTER_A_LINK: Duration = Duration::from_millis(1_500);
/// How often the emulator is asked while no event arrives.
const ASK_EVERY: Duration = Duration::from_millis(25);

/// Tells whether the conversation with this id has come to no more than so many events, so that nothing
/// more can arrive until somebody speaks.
pub type Settled<'a> = Box<dyn Fn(&str, u64) -> bool + Send + Sync + 'a>;

/// How a bot's turn is known to be over.
pub enum TurnEnd<'a> {
    /// The emulator reports it; the time is the longest wait for that.
    Told(Settled<'a>, Duration),
    /// A question, a hand-over or the end; without any of them this much silence.
    Silence(Duration),
}

/// Whether the bot will say something to what was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplyExpectation {
    /// It answers what it is told.
    Expected,
    /// The visitor opened a link, which says nothing to most bots.
    Doubtful,
}

/// Where the conversation stands after the bot's turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// It is the visitor's turn, asked or not.
    Open,
    /// A person has taken over and answers in their own time.
    Human,
    /// Nobody will answer any more.
    Ended,
}

/// A conversation, from before its first message to its end.
pub struct Conversation<'a> {
    client: &'a Client,
    start: Start,
    id: Option<String>,
    question: Option<Question>,
    phase: Phase,
    turn_end: TurnEnd<'a>,
    events: AtomicU64,
    refusals: Mutex<Refusals>,
}

impl<'a> Conversation<'a> {
    /// A conversation that begins with the first [`Conversation::say`]; `start` says as whom.
    pub fn new(client: &'a Client, start: Start, turn_end: TurnEnd<'a>) -> Self {
        Self {
            client,
            start,
            id: None,
            question: None,
            phase: Phase::Open,
            turn_end,
            events: AtomicU64::new(0),
            refusals: Mutex::default(),
        }
    }

    /// Goes on with a conversation that was started elsewhere.
    pub fn resume(mut self, id: String) -> Self {
        self.id = Some(id);
        self
    }

    /// Its id, once it has begun.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// What the bot waits for.
    pub fn question(&self) -> Option<&Question> {
        self.question.as_ref()
    }

    /// Where it stands.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// Says something: the first message starts the conversation, the others go into it.
    pub fn say(&mut self, message: &Message) -> Result<()> {
        let options = CallOptions::default();
        match &self.id {
            Some(id) => self.client.send_message(id, message, &options).map(drop),
            None => {
                self.start.message = message.clone();
                let started = self.client.start_conversation(&self.start, &options)?;
                self.id = Some(started.conversation.id);
                Ok(())
            }
        }
    }

    /// Hears what is said until it is the visitor's turn again. A question that drew no new one still stands.
    pub fn hear_turn(
        &mut self,
        reply: ReplyExpectation,
        mut told: impl FnMut(&Heard),
    ) -> Result<Phase> {
        let asked_before = self.question.take();
        let began = Instant::now();
        let mut heard_at = began;
        let mut quiet = true;
        while !self.is_settled() {
            match self.receive(self.wait(reply, began.max(heard_at)))? {
                Some(refused @ Heard::Refused(_)) => told(&refused),
                Some(heard) => {
                    heard_at = Instant::now();
                    quiet = false;
                    self.note(&heard);
                    told(&heard);
                }
                None if self.is_over(began, heard_at) => break,
                None => {}
            }
        }
        if quiet && self.phase != Phase::Ended {
            self.question = asked_before;
        }
        Ok(self.phase)
    }

    /// Hears what is said while the visitor thinks, until `cancel` is called; gives what to [`Conversation::note`].
    pub fn overhear(&self, cancel: &CancelToken, mut told: impl FnMut(&Heard)) -> Vec<Heard> {
        let Some(id) = &self.id else {
            return Vec::new();
        };
        let mut overheard = Vec::new();
        let mut hear = |heard: Heard| {
            told(&heard);
            overheard.push(heard);
        };
        let filter = EventFilter::Of(id);
        loop {
            match self
                .client
                .receive_wanted(filter, Some(LOOK_EVERY), Some(cancel))
            {
                Ok(event) => {
                    self.events.fetch_add(1, Ordering::Relaxed);
                    if let Some(heard) = Heard::of(&event) {
                        hear(heard);
                    }
                }
                Err(error) if error.code() == Code::Timeout => {
                    if let Some(refused) = self.refused() {
                        hear(refused);
                    }
                }
                Err(_) => return overheard,
            }
        }
    }

    /// Takes in what was heard.
    pub fn note(&mut self, heard: &Heard) {
        match heard {
            Heard::Said(speech) if speech.question.is_some() => {
                self.question.clone_from(&speech.question);
                self.phase = Phase::Open;
            }
            // A person has given the conversation back.
            Heard::Said(speech) if speech.by == Speaker::Bot && self.phase == Phase::Human => {
                self.phase = Phase::Open;
            }
            Heard::Said(_) | Heard::Refused(_) => {}
            Heard::HandedOver => {
                self.phase = Phase::Human;
                self.question = None;
            }
            Heard::Ended => {
                self.phase = Phase::Ended;
                self.question = None;
            }
        }
    }

    /// The next thing that matters to the visitor; `None` when nothing came in time.
    fn receive(&self, wait: Duration) -> Result<Option<Heard>> {
        let filter = self.id.as_deref().map_or(EventFilter::Any, EventFilter::Of);
        let deadline = Instant::now() + wait;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let wait = left.min(LOOK_EVERY);
            match self.client.receive_wanted(filter, Some(wait), None) {
                Ok(event) => {
                    self.events.fetch_add(1, Ordering::Relaxed);
                    let heard = Heard::of(&event);
                    if heard.is_some() || self.is_settled() {
                        return Ok(heard);
                    }
                }
                Err(error) if error.code() == Code::Timeout => match self.refused() {
                    Some(refused) => return Ok(Some(refused)),
                    None if wait == left => return Ok(None),
                    None => {}
                },
                Err(error) => return Err(error),
            }
        }
    }

    fn refused(&self) -> Option<Heard> {
        let mut refusals = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        refusals.news(self.client).map(Heard::Refused)
    }

    fn is_settled(&self) -> bool {
        let (TurnEnd::Told(settled, _), Some(id)) = (&self.turn_end, &self.id) else {
            return false;
        };
        let duplicates = self
            .client
            .status()
            .map_or(0, |status| status.counters.events_duplicate);
        settled(id, self.events.load(Ordering::Relaxed) + duplicates)
    }

    /// How long to wait for the next event before looking again whether the turn is over.
    fn wait(&self, reply: ReplyExpectation, since: Instant) -> Duration {
        match &self.turn_end {
            TurnEnd::Told(..) => ASK_EVERY,
            TurnEnd::Silence(_) if self.turn_has_an_end() => LINGER,
            TurnEnd::Silence(most) => match reply {
                ReplyExpectation::Expected => most.saturating_sub(since.elapsed()),
                ReplyExpectation::Doubtful => {
                    AFTER_A_LINK.min(*most).saturating_sub(since.elapsed())
                }
            },
        }
    }

    /// Whether the turn is over now that a wait brought nothing.
    fn is_over(&self, began: Instant, heard_at: Instant) -> bool {
        match &self.turn_end {
            TurnEnd::Told(_, most) => began.max(heard_at).elapsed() >= *most,
            TurnEnd::Silence(_) => true,
        }
    }

    fn turn_has_an_end(&self) -> bool {
        self.question.is_some() || self.phase != Phase::Open
    }
}

/// As [`explain`], and names the bot key where that may be why no conversation was made.
pub fn explain_start(error: &Error, bot_key: Option<&str>) -> String {
    match (error.code(), bot_key) {
        (Code::ConversationNotCreated, Some(key)) => {
            let key = screen::visible(key);
            format!("{}; the bot key was `{key}`", explain(error))
        }
        _ => explain(error),
    }
}

/// What an error means for somebody who types: the message, and whether it may have arrived.
pub fn explain(error: &Error) -> String {
    let advice = match (error.delivery(), error.retryable()) {
        (Some(wotnot_core::Delivery::Unknown), _) => " (it may have been delivered)",
        (Some(_), true) => " (it did not arrive; try again)",
        (Some(_), false) => " (it did not arrive)",
        (None, _) => "",
    };
    format!("{error}{advice}")
}
