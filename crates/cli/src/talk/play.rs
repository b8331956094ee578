//! Plays a chat script against a bot through the real client, and compares what the bot says.

use serde_json::{Map, Value};
use wotnot_core::{Error, Message, Variables, files_message};
use wotnot_emulator::script::{BotMessage, Progress, Script, Spoken, Turn};

use super::answer::{self, FileSource};
use super::conversation::{Conversation, ReplyExpectation};
use super::shown;
use super::transcript::visitor_line;
use super::{Heard, Question};
use crate::explain::explain;
use crate::screen;

/// Plays the company's side of an `@` line: the conversation's id and what the agent does.
pub type Agent<'a> = &'a dyn Fn(&str, &Spoken) -> Result<(), String>;

/// A script that was not fulfilled.
#[derive(Debug)]
pub struct Failure {
    /// The line of the script, from 1.
    pub line: usize,
    /// What was expected and what came instead.
    pub problem: String,
}

/// Why a turn has no answer to compare.
#[derive(Debug)]
pub enum Unplayed {
    /// The other side took the visitor's words for no answer to its question, and a gateway's bot never heard them.
    Refused(String),
    /// Anything else.
    Failed(String),
}

impl std::fmt::Display for Unplayed {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (Self::Refused(problem) | Self::Failed(problem)) = self;
        out.write_str(problem)
    }
}

impl From<String> for Unplayed {
    fn from(problem: String) -> Self {
        Self::Failed(problem)
    }
}

/// How much of a script was played.
#[derive(Debug, Default)]
pub struct Played {
    /// Turns of the script.
    pub turns: usize,
    /// Messages that the bot said, all of them expected.
    pub said: usize,
}

/// The variables that a script's first message brings.
pub fn variables(script: &Script) -> Variables {
    let scope = |name: &str| {
        let mine: Map<String, Value> = script
            .variables
            .iter()
            .filter(|(variable, _)| variable.scope.as_str() == name)
            .map(|(variable, value)| (variable.name.clone(), value.clone().into()))
            .collect();
        (!mine.is_empty()).then_some(mine)
    };
    Variables {
        system: scope("system"),
        contact: scope("contact"),
        conversation: scope("conversation"),
    }
}

/// Plays all turns.
///
/// # Errors
/// The first line that was not fulfilled.
pub fn play(
    script: &Script,
    conversation: &mut Conversation,
    agent: Agent,
    files: &FileSource,
) -> Result<Played, Failure> {
    let mut played = Played::default();
    for turn in &script.turns {
        let said = play_turn(turn, conversation, agent, files, &mut screen::print);
        let said = said.map_err(|problem| Failure {
            line: turn.line,
            problem: problem.to_string(),
        })?;
        if let Some((line, problem)) = unmet(turn, &said) {
            return Err(Failure { line, problem });
        }
        played.turns += 1;
        played.said += said.len();
    }
    Ok(played)
}

/// Speaks one turn, and gives what the bot said to it. `show` gets every line of the conversation.
///
/// # Errors
/// Why it could not be spoken, or the answer not be heard.
pub fn play_turn(
    turn: &Turn,
    conversation: &mut Conversation,
    agent: Agent,
    files: &FileSource,
    show: &mut dyn FnMut(&str),
) -> Result<Vec<BotMessage>, Unplayed> {
    speak(&turn.spoken, conversation, agent, files, show)?;
    let mut said = Vec::new();
    conversation
        .hear_turn(ReplyExpectation::Expected, |heard| {
            show(&shown::heard(heard));
            said.extend(as_said(heard));
        })
        .map_err(|error| error.to_string())?;
    Ok(said)
}

/// The line of a turn that what was said does not fulfil, and why.
pub fn unmet(turn: &Turn, said: &[BotMessage]) -> Option<(usize, String)> {
    match turn.progress(said) {
        Progress::Met => None,
        Progress::Failed { line, message } => Some((line, message)),
        Progress::Waiting { line } => {
            let expected = turn.expected.iter().find(|expected| expected.line == line);
            let expected = expected.map(ToString::to_string).unwrap_or_default();
            let problem = format!("expected {expected}, but the bot said nothing more");
            Some((line, problem))
        }
    }
}

fn speak(
    spoken: &Spoken,
    conversation: &mut Conversation,
    agent: Agent,
    files: &FileSource,
    show: &mut dyn FnMut(&str),
) -> Result<(), Unplayed> {
    if let Spoken::Agent(_) | Spoken::GivesBack = spoken {
        let id = conversation.id().unwrap_or_default();
        return Ok(agent(id, spoken)?);
    }
    let message = message(spoken, conversation.question(), files)?;
    show(&screen::visitor(&visitor_line(&message)));
    conversation.say(&message).map_err(|error: Error| {
        match error.api_code() {
            // A gateway's words for an answer that does not fit its question.
            Some("invalid_answer" | "invalid_request") => {
                Unplayed::Refused(error.message().to_owned())
            }
            _ => Unplayed::Failed(explain(&error)),
        }
    })
}

/// What a script's visitor says, as a message.
fn message(
    spoken: &Spoken,
    question: Option<&Question>,
    files: &FileSource,
) -> Result<Message, String> {
    match spoken {
        Spoken::Text(text) => {
            let slides = matches!(
                question.map(|question| &question.prompt),
                Some(wotnot_core::Prompt::Slider { .. })
            );
            match slides.then(|| answer::slider(text)) {
                Some(Ok(message)) => Ok(message),
                _ => answer::text(text),
            }
        }
        Spoken::Choices(labels) => {
            let options = question.map(Question::options).unwrap_or_default();
            let picked = answer::labelled(options, labels)?;
            match question {
                Some(question) => answer::pick(&question.prompt, &picked),
                None => Err("nothing is asked".to_owned()),
            }
        }
        Spoken::Files(paths) => {
            let names: Vec<String> = paths
                .iter()
                .map(|path| path.display().to_string())
                .collect();
            let links = answer::file_links(names.iter().map(String::as_str), files)?;
            files_message(links).map_err(|error| error.message().to_owned())
        }
        Spoken::Form(fields) => answer::form(
            fields
                .iter()
                .map(|(label, value)| (label.as_str(), value.as_str())),
        ),
        Spoken::Variables(values) => answer::returned(
            values
                .iter()
                .map(|(name, value)| (name.to_string(), value.clone())),
        ),
        Spoken::Agent(text) => answer::text(text),
        Spoken::GivesBack => Err("an agent gives back, not the visitor".to_owned()),
    }
}

/// What a script compares; code to run has no words.
fn as_said(heard: &Heard) -> Option<BotMessage> {
    let Heard::Said(speech) = heard else {
        return None;
    };
    let options = speech.question.as_ref().map(Question::options);
    let choices: Vec<String> = options
        .unwrap_or_default()
        .iter()
        .map(|option| option.label.clone())
        .collect();
    (!speech.text.is_empty() || !choices.is_empty()).then(|| BotMessage {
        text: speech.text.clone(),
        choices,
    })
}
