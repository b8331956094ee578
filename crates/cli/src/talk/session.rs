//! A visitor in front of a conversation: asks them, says what they answer, shows what comes back.

use std::path::Path;

use wotnot_core::{Error, Message};

use super::Heard;
use super::answer::{self, FileSource, Part};
use super::channel::Resolve;
use super::choices::choices;
use super::conversation::{Conversation, Phase, ReplyExpectation};
use super::fields;
use super::lines::{Lines, Read};
use super::shown;
use super::transcript::{Transcript, visitor_line};
use crate::explain::explain;
use crate::screen;

/// Everything that a conversation with a person needs.
pub struct Session<'a> {
    /// The conversation.
    pub conversation: Conversation<'a>,
    /// Where the visitor's lines come from.
    pub lines: Lines,
    /// How the visitor's files get to the company's side.
    pub files: FileSource,
    /// What was said.
    pub transcript: Transcript,
}

/// What the visitor decided.
enum Decision {
    /// Say this.
    Say(Message),
    /// Nothing to say yet; look again at what is asked.
    AskAgain,
    /// Leave.
    Leave,
}

impl Session<'_> {
    /// Talks until the conversation ends or the visitor leaves.
    ///
    /// # Errors
    /// A message that could not be sent: from a pipe any, at a terminal the first of the conversation.
    pub fn converse(&mut self) -> Result<(), Error> {
        while self.conversation.phase() != Phase::Ended {
            match self.decide() {
                Decision::Say(message) => {
                    if matches!(self.lines, Lines::Piped(_)) {
                        screen::print(&screen::visitor(&visitor_line(&message)));
                    }
                    self.say(&message)?;
                }
                Decision::AskAgain => {}
                Decision::Leave => break,
            }
        }
        Ok(())
    }

    /// Says one message and shows what comes back.
    ///
    /// # Errors
    /// As [`Session::converse`].
    pub fn say(&mut self, message: &Message) -> Result<(), Error> {
        match self.conversation.say(message) {
            Ok(()) => self.transcript.visitor(message),
            Err(error) => {
                let person = matches!(self.lines, Lines::Terminal(_));
                if !person || self.conversation.id().is_none() {
                    return Err(error);
                }
                screen::print(&screen::trouble(&explain(&error)));
                return Ok(());
            }
        }
        let reply = match link_of(self.conversation.question(), message) {
            Some(url) => {
                screen::print(&screen::note(&format!("open {url}")));
                ReplyExpectation::Doubtful
            }
            None => ReplyExpectation::Expected,
        };
        let quiet = self.hear(reply)?;
        // A link draws no answer from most bots: the question still stands.
        if let (true, ReplyExpectation::Doubtful, Some(question)) =
            (quiet, reply, self.conversation.question())
        {
            screen::print(&shown::offered(question));
        }
        Ok(())
    }

    /// Shows what comes until it is the visitor's turn, and gives whether nothing did.
    fn hear(&mut self, reply: ReplyExpectation) -> Result<bool, Error> {
        let transcript = &mut self.transcript;
        let mut quiet = true;
        self.conversation.hear_turn(reply, |heard: &Heard| {
            quiet = false;
            screen::print(&shown::heard(heard));
            transcript.heard(heard);
        })?;
        Ok(quiet)
    }

    /// Asks for the lines that answer the question, and makes the message of them.
    fn decide(&mut self) -> Decision {
        let asked = self.conversation.question().cloned();
        let parts = answer::parts(asked.as_ref());
        let mut typed: Vec<String> = Vec::new();
        for (index, part) in parts.iter().enumerate() {
            let line = loop {
                let line = match self.read(part, &choices(asked.as_ref(), index)) {
                    Read::Line(line) if self.conversation.phase() != Phase::Ended => line,
                    Read::Line(_) | Read::End => return Decision::Leave,
                };
                if typed.is_empty() {
                    if let Some(decision) = self.command(&line) {
                        return decision;
                    }
                    if line.trim().is_empty() && part.label.is_empty() {
                        return Decision::AskAgain;
                    }
                }
                match fields::value(asked.as_ref(), index, line) {
                    Ok(value) => break value,
                    Err(hint) => screen::print(&screen::trouble(&hint)),
                }
            };
            typed.push(match line.strip_prefix("//") {
                Some(rest) if typed.is_empty() => format!("/{rest}"),
                _ => line,
            });
        }
        // A question that came up while the visitor typed is the one that the bot waits on.
        let question = match self.conversation.question() {
            Some(now) if parts.len() == 1 => Some(now.clone()),
            _ => asked,
        };
        match answer::read(question.as_ref(), &typed, &self.files) {
            Ok(message) => Decision::Say(message),
            Err(hint) => {
                screen::print(&screen::trouble(&hint));
                Decision::AskAgain
            }
        }
    }

    /// Reads the line for one part of the answer.
    fn read(&mut self, part: &Part, choices: &[String]) -> Read {
        let sign = screen::sign(&part.label, &part.hint);
        if matches!(self.lines, Lines::Piped(_)) && !part.label.is_empty() {
            screen::print(sign.trim_end());
        }
        let (conversation, transcript) = (&mut self.conversation, &mut self.transcript);
        self.lines.read(&sign, choices, conversation, transcript)
    }

    /// Decides on a message that may or may not have arrived. One that is sent again gets a reply.
    fn resolve(&mut self, wanted: Resolve) {
        let heard = match (self.conversation.resolve(wanted), wanted) {
            (Ok(true), Resolve::Resend) => self.hear(ReplyExpectation::Expected).map(drop),
            (Ok(true), Resolve::Discard) => Ok(()),
            (Ok(false), _) => {
                screen::print(&screen::trouble("no message is in doubt"));
                Ok(())
            }
            (Err(error), _) => Err(error),
        };
        if let Err(error) = heard {
            screen::print(&screen::trouble(&explain(&error)));
        }
    }

    /// What a line that begins with a slash asks of the command itself.
    fn command(&mut self, line: &str) -> Option<Decision> {
        let rest = line.strip_prefix('/')?;
        let (name, argument) = rest.split_once(' ').unwrap_or((rest, ""));
        match (name, argument.trim()) {
            ("quit", _) => return Some(Decision::Leave),
            ("save", "") => screen::print(&screen::trouble("name the file: /save talk.chat")),
            ("save", path) => match self.transcript.save(Path::new(path)) {
                Ok(()) => screen::print(&screen::note(&format!("saved to {path}"))),
                Err(problem) => screen::print(&screen::trouble(&problem)),
            },
            ("resend", _) => self.resolve(Resolve::Resend),
            ("discard", _) => self.resolve(Resolve::Discard),
            ("help", _) => screen::print(&screen::note(
                "/save FILE writes the conversation down, /quit leaves, //text says /text; a number or a label picks an option, and the arrow keys walk through them",
            )),
            _ if rest.starts_with('/') => return None,
            _ => screen::print(&screen::trouble(
                "there is no such command; /help names them",
            )),
        }
        Some(Decision::AskAgain)
    }
}

/// The page that the picked option opens.
fn link_of(question: Option<&super::Question>, message: &Message) -> Option<String> {
    let picked = question?
        .options()
        .iter()
        .find(|option| option.answer.as_ref() == Some(message))?;
    picked.url.clone()
}
