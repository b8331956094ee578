//! A visitor in front of a conversation: asks them, says what they answer, shows what comes back.

use std::path::Path;

use wotnot_core::{Error, Message};

use super::Heard;
use super::answer::{self, FilesAt};
use super::conversation::{Conversation, Reply, Stand, explain};
use super::lines::{Lines, Read};
use super::picker::{self, Picked};
use super::screen::{self, Choosing};
use super::transcript::{Transcript, visitor_line};

/// Everything that a conversation with a person needs.
pub struct Session<'a> {
    /// The conversation.
    pub conversation: Conversation<'a>,
    /// Where the visitor's lines come from.
    pub lines: Lines,
    /// How options are chosen.
    pub choosing: Choosing,
    /// Where the visitor's files can be fetched.
    pub files: FilesAt,
    /// What was said.
    pub transcript: Transcript,
}

/// What the visitor decided.
enum Decision {
    /// Say this.
    Say(Message),
    /// Nothing to say yet; look again at what is asked.
    Again,
    /// Leave.
    Leave,
}

impl Session<'_> {
    /// Talks until the conversation ends or the visitor leaves.
    ///
    /// # Errors
    /// A message that could not be sent: from a pipe any, at a terminal the first of the conversation.
    pub fn converse(&mut self) -> Result<(), Error> {
        while self.conversation.stand() != Stand::Ended {
            match self.decide() {
                Decision::Say(message) => {
                    if matches!(self.lines, Lines::Piped(_)) {
                        screen::print(&screen::visitor(&visitor_line(&message)));
                    }
                    self.say(&message)?;
                }
                Decision::Again => {}
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
                screen::print(&screen::note(&format!("open {}", screen::visible(&url))));
                Reply::Doubtful
            }
            None => Reply::Expected,
        };
        let (choosing, transcript) = (self.choosing, &mut self.transcript);
        self.conversation.hear_turn(reply, |heard: &Heard| {
            screen::print(&screen::heard(heard, choosing));
            transcript.heard(heard);
        })?;
        Ok(())
    }

    fn decide(&mut self) -> Decision {
        if self.choosing == Choosing::Picked
            && let Some(question) = self.conversation.question()
        {
            match picker::ask(question, &self.files) {
                Picked::Say(message) => return Decision::Say(message),
                Picked::Leave => return Decision::Leave,
                Picked::Wrong(hint) => {
                    screen::print(&screen::trouble(&hint));
                    return Decision::Again;
                }
                Picked::Type => {}
            }
        }
        self.decide_by_lines()
    }

    /// Asks for the lines that answer the question, and makes the message of them.
    fn decide_by_lines(&mut self) -> Decision {
        let asked = self.conversation.question().cloned();
        let parts = answer::parts(asked.as_ref());
        let mut typed: Vec<String> = Vec::new();
        for part in &parts {
            let sign = screen::sign(&part.label, &part.hint);
            if matches!(self.lines, Lines::Piped(_)) && !part.label.is_empty() {
                screen::print(sign.trim_end());
            }
            let (conversation, transcript) = (&mut self.conversation, &mut self.transcript);
            let Read::Line(line) = self.lines.read(&sign, conversation, transcript) else {
                return Decision::Leave;
            };
            if self.conversation.stand() == Stand::Ended {
                return Decision::Leave;
            }
            if typed.is_empty() {
                if let Some(decision) = self.command(&line) {
                    return decision;
                }
                if line.trim().is_empty() && part.label.is_empty() {
                    return Decision::Again;
                }
            }
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
                Decision::Again
            }
        }
    }

    /// What a line that begins with a slash asks of the command itself.
    fn command(&self, line: &str) -> Option<Decision> {
        let rest = line.strip_prefix('/')?;
        let (name, argument) = rest.split_once(' ').unwrap_or((rest, ""));
        match (name, argument.trim()) {
            ("quit", _) => return Some(Decision::Leave),
            ("save", "") => screen::print(&screen::trouble("name the file: /save talk.chat")),
            ("save", path) => match self.transcript.save(Path::new(path)) {
                Ok(()) => screen::print(&screen::note(&format!("saved to {path}"))),
                Err(problem) => screen::print(&screen::trouble(&problem)),
            },
            ("help", _) => screen::print(&screen::note(
                "/save FILE writes the conversation down, /quit leaves, //text says /text",
            )),
            _ if rest.starts_with('/') => return None,
            _ => screen::print(&screen::trouble(
                "there is no such command; /help names them",
            )),
        }
        Some(Decision::Again)
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
