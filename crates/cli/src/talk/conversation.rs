//! One visitor's conversation through the client: sends messages, reads what comes back, knows whose turn it is.

use std::time::{Duration, Instant};

use wotnot_core::{Client, Message, Result, Start};

use super::channel::{Cancel, Channel, Direct, Received, Resolve};
use super::{Heard, Question, Speaker};

/// Bots may say more after a question; what comes within this time still belongs to their turn.
const LINGER: Duration = Duration::from_millis(200);
/// A visitor who picks a link mostly gets no reply: the question still stands.
const AFTER_A_LINK: Duration = Duration::from_millis(1_500);
/// How often the emulator is asked while no event arrives.
const ASK_EVERY: Duration = Duration::from_millis(25);
/// The longest wait at once while the visitor thinks.
const OVERHEAR: Duration = Duration::from_secs(3600);

/// Tells whether the conversation with this id has come to no more than so many events, so that nothing
/// more can arrive until somebody speaks.
pub type Settled<'a> = Box<dyn Fn(&str, u64) -> bool + Send + Sync + 'a>;

/// How a bot's turn is known to be over.
pub enum TurnEnd<'a> {
    /// The emulator reports it; the time is the longest wait for that.
    Settled(Settled<'a>, Duration),
    /// A question, a hand-over or the end; without any of them this much silence.
    Silence(Duration),
}

/// Whether the bot will say something to what was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplyExpectation {
    /// It answers each message.
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
    channel: Box<dyn Channel + 'a>,
    id: Option<String>,
    question: Option<Question>,
    phase: Phase,
    turn_end: TurnEnd<'a>,
}

impl<'a> Conversation<'a> {
    /// A conversation that begins with the first [`Conversation::say`]; `start` names the visitor.
    pub fn new(client: &'a Client, start: Start, turn_end: TurnEnd<'a>) -> Self {
        Self::through(Direct::new(client, start), turn_end)
    }

    /// The same through any channel.
    pub fn through(channel: impl Channel + 'a, turn_end: TurnEnd<'a>) -> Self {
        Self {
            channel: Box::new(channel),
            id: None,
            question: None,
            phase: Phase::Open,
            turn_end,
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
        self.id = Some(self.channel.say(self.id.as_deref(), message)?);
        Ok(())
    }

    /// Decides on the message that may or may not have arrived; returns whether there is one.
    pub fn resolve(&self, wanted: Resolve) -> Result<bool> {
        match &self.id {
            Some(id) => self.channel.resolve(id, wanted),
            None => Ok(false),
        }
    }

    /// Hears what is said until it is the visitor's turn again. A question that drew no new one still stands.
    pub fn hear_turn(
        &mut self,
        reply: ReplyExpectation,
        mut show: impl FnMut(&Heard),
    ) -> Result<Phase> {
        let asked_before = self.question.take();
        let began = Instant::now();
        let mut heard_at = began;
        let mut quiet = true;
        while !self.is_settled() {
            match self.receive(self.wait(reply, began.max(heard_at)))? {
                Some(problem @ Heard::Problem(_)) => show(&problem),
                // There is nothing that the bot could answer.
                Some(undelivered @ Heard::Undelivered(_)) => {
                    show(&undelivered);
                    break;
                }
                Some(heard) => {
                    heard_at = Instant::now();
                    quiet = false;
                    self.note(&heard);
                    show(&heard);
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
    pub fn overhear(&self, cancel: &Cancel, mut show: impl FnMut(&Heard)) -> Vec<Heard> {
        let Some(id) = &self.id else {
            return Vec::new();
        };
        let mut overheard = Vec::new();
        loop {
            match self.channel.receive(Some(id), OVERHEAR, Some(cancel)) {
                Ok(Received::Heard(heard)) => {
                    show(&heard);
                    overheard.push(heard);
                }
                Ok(Received::Other | Received::Nothing) => {}
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
            Heard::Said(_) | Heard::Undelivered(_) | Heard::Problem(_) => {}
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

    /// The next thing that matters to the visitor; `None` when nothing came in time, or nothing more can.
    fn receive(&self, wait: Duration) -> Result<Option<Heard>> {
        let deadline = Instant::now() + wait;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.channel.receive(self.id.as_deref(), left, None)? {
                Received::Heard(heard) => return Ok(Some(heard)),
                Received::Other if self.is_settled() => return Ok(None),
                Received::Other => {}
                Received::Nothing => return Ok(None),
            }
        }
    }

    fn is_settled(&self) -> bool {
        match (&self.turn_end, &self.id) {
            (TurnEnd::Settled(settled, _), Some(id)) => settled(id, self.channel.events()),
            _ => false,
        }
    }

    /// How long to wait for the next event before looking again whether the turn is over.
    fn wait(&self, reply: ReplyExpectation, since: Instant) -> Duration {
        match &self.turn_end {
            TurnEnd::Settled(..) => ASK_EVERY,
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
            TurnEnd::Settled(_, most) => began.max(heard_at).elapsed() >= *most,
            TurnEnd::Silence(_) => true,
        }
    }

    fn turn_has_an_end(&self) -> bool {
        self.question.is_some() || self.phase != Phase::Open
    }
}
