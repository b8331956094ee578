//! A conversation in the terminal: what `demo` and `chat` share. Who the service is, is theirs to say.

pub mod answer;
pub mod channel;
pub mod choices;
pub mod conversation;
pub mod fields;
pub mod lines;
pub mod play;
pub mod session;
pub mod shown;
pub mod transcript;

use wotnot_core::{ChoiceOption, Event, EventKind, Prompt};

/// What of an event a person at a terminal is shown.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// Somebody on the company's side said something.
    Said(Speech),
    /// The bot has given the visitor to a person.
    HandedOver,
    /// Nobody will answer any more.
    Ended,
    /// Why the visitor's message did not arrive, or may not have.
    Undelivered(String),
    /// Something between here and the company's side goes wrong: posts are refused, a gateway does not answer.
    Problem(String),
}

/// One message of the company's side.
#[derive(Clone, Debug, PartialEq)]
pub struct Speech {
    /// Who said it.
    pub by: Speaker,
    /// Plain text; empty when there is none.
    pub text: String,
    /// What it waits for.
    pub question: Option<Question>,
}

/// Who speaks on the company's side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaker {
    /// The bot.
    Bot,
    /// A person.
    Agent,
}

/// What the bot waits for.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// The answer that is wanted.
    pub prompt: Prompt,
    /// How many options may be picked at once.
    pub picks: Picks,
    /// Whether files go over by their bytes, as through a gateway.
    pub takes_bytes: bool,
}

/// How many options of a choice may be picked at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Picks {
    /// Exactly one.
    One,
    /// One or more.
    Several,
}

impl Question {
    /// What a prompt asks.
    pub fn of(prompt: Prompt) -> Self {
        let picks = match prompt {
            Prompt::Choice { multiple: true, .. } => Picks::Several,
            _ => Picks::One,
        };
        Self {
            prompt,
            picks,
            takes_bytes: false,
        }
    }

    /// The options, when it is a choice.
    pub fn options(&self) -> &[ChoiceOption] {
        match &self.prompt {
            Prompt::Choice { options, .. } => options,
            _ => &[],
        }
    }
}

impl Heard {
    /// What an event says to the visitor; `None` for the visitor's own echo and the service's bookkeeping.
    pub fn of(event: &Event) -> Option<Self> {
        match event.kind {
            EventKind::Message => speech(event).map(Self::Said),
            EventKind::Assignee => event.hands_over().then_some(Self::HandedOver),
            EventKind::Status => event.closes().then_some(Self::Ended),
            _ => None,
        }
    }
}

fn speech(event: &Event) -> Option<Speech> {
    let said = event.content.as_ref()?;
    let by = match said.by.as_deref() {
        Some("visitor") => return None,
        Some("agent") => Speaker::Agent,
        _ => Speaker::Bot,
    };
    let question = said.prompt.clone().map(Question::of);
    (!said.text.is_empty() || question.is_some()).then(|| Speech {
        by,
        text: said.text.clone(),
        question,
    })
}
