//! Chat scripts: a conversation as plain text that is a test. Reading and comparing only: who plays a script
//! brings the bot, the visitor's side and the clock.
//!
//! ```
//! use wotnot_emulator::script::{Progress, BotMessage, Script};
//!
//! let script = Script::parse("> Hello\n< What is it about? [Sales] [Our site]\n")?;
//! let said = [BotMessage { text: "What is it  about?".into(), choices: vec!["Sales".into(), "Our site".into()] }];
//! assert_eq!(script.turns[0].progress(&said), Progress::Met);
//! # Ok::<(), wotnot_emulator::script::ScriptError>(())
//! ```

mod line;

use std::fmt;
use std::path::PathBuf;

use self::line::{assignment, plain, split_choices, spoken};
use crate::flow::Variable;

/// The largest script, in bytes.
pub const MAX_SCRIPT_BYTES: usize = 1024 * 1024;

/// A whole script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// The variables that the first message brings (`$ contact.name = Asha`).
    pub variables: Vec<(Variable, String)>,
    /// The turns, in order; at least one, and the first is the visitor's.
    pub turns: Vec<Turn>,
}

/// Somebody speaks to the bot, and what must be said until somebody speaks again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// The line that it begins on, from 1.
    pub line: usize,
    /// Who speaks, and what.
    pub spoken: Spoken,
    /// What must be said, in order.
    pub expected: Vec<Expected>,
}

/// What starts a turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spoken {
    /// `> Hello`: the visitor writes; the answer to a question, a slider or a calendar too.
    Text(String),
    /// `> [Sales]`: the visitor picks choices by their titles.
    Choices(Vec<String>),
    /// `> file: a.pdf, b.png`: the visitor sends files.
    Files(Vec<PathBuf>),
    /// `> form: Name = Asha; E-mail = asha@example.com`: the visitor fills in a form, by label.
    Form(Vec<(String, String)>),
    /// `> return: contact.plan = gold`: the visitor's side returns what the code gave.
    Variables(Vec<(Variable, String)>),
    /// `@ Hello, this is Ravi`: an agent writes, after a hand-over.
    Agent(String),
    /// `@back`: the agent gives the conversation back to the bot.
    GivesBack,
}

/// One `<` line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// Its line, from 1.
    pub line: usize,
    /// The text with `...` for anything; a line of `...` alone takes any number of messages.
    text: String,
    /// The titles that must be offered, when the line names any.
    choices: Vec<String>,
}

/// One message that was said to the visitor.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BotMessage {
    /// Its plain text.
    pub text: String,
    /// The titles of the choices that it offers, in order.
    pub choices: Vec<String>,
}

/// How far what was said fulfils a turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// All of it was said.
    Met,
    /// So far so good; this line of the script has not been said.
    Waiting {
        /// Its number, from 1.
        line: usize,
    },
    /// Something else was said.
    Failed {
        /// The line of the script, from 1.
        line: usize,
        /// What was expected and what was said instead.
        message: String,
    },
}

/// A script that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it and what to write.
    pub message: String,
}

impl std::error::Error for ScriptError {}

impl fmt::Display for ScriptError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "line {}: {}", self.line, self.message)
    }
}

impl Script {
    /// Reads a script.
    ///
    /// # Errors
    /// The first line that is none, with its number.
    pub fn parse(text: &str) -> Result<Self, ScriptError> {
        if text.len() > MAX_SCRIPT_BYTES {
            let message = format!("a script has at most {MAX_SCRIPT_BYTES} bytes");
            return Err(ScriptError { line: 1, message });
        }
        let mut script = Self {
            variables: Vec::new(),
            turns: Vec::new(),
        };
        for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            let number = index + 1;
            script
                .take(number, line.trim())
                .map_err(|message| ScriptError {
                    line: number,
                    message,
                })?;
        }
        let last = text.lines().count();
        script.end_turn().map_err(|message| ScriptError {
            line: last,
            message,
        })?;
        if script.turns.is_empty() {
            let message = "the script says nothing: begin with `> Hello`".to_owned();
            return Err(ScriptError { line: 1, message });
        }
        Ok(script)
    }

    fn take(&mut self, number: usize, line: &str) -> Result<(), String> {
        if line.is_empty() || line.starts_with('#') {
            return Ok(());
        }
        let mut letters = line.chars();
        let mark = letters.next().map(String::from).unwrap_or_default();
        let rest = letters.as_str().trim();
        match mark.as_str() {
            "<" => {
                let turn = self.turns.last_mut().ok_or("the visitor speaks first: write a `>` line before this")?;
                let (text, choices) = split_choices(rest)?;
                turn.expected.push(Expected { line: number, text: folded(&text), choices });
                Ok(())
            }
            ">" | "@" => {
                self.end_turn()?;
                if self.turns.is_empty() && mark == "@" {
                    return Err("an agent cannot start a conversation: begin with a `>` line".to_owned());
                }
                let spoken = match line {
                    "@back" => Spoken::GivesBack,
                    _ if mark == "@" => Spoken::Agent(plain(rest, "@ Hello")?),
                    _ => spoken(rest)?,
                };
                self.turns.push(Turn { line: number, spoken, expected: Vec::new() });
                Ok(())
            }
            "$" if !self.turns.is_empty() => Err("variables come before the first `>` line: they are sent with it".to_owned()),
            "$" => {
                self.variables.push(assignment(rest)?);
                Ok(())
            }
            _ => Err("a line starts with `>` (visitor), `<` (bot), `@` (agent), `$` (variable) or `#` (comment)".to_owned()),
        }
    }

    /// A line of `...` must be followed by one that ends the waiting, or the end of the turn would be unknown.
    fn end_turn(&self) -> Result<(), String> {
        match self.turns.last().and_then(|turn| turn.expected.last()) {
            Some(last) if last.is_anything() => Err(format!(
                "the `...` of line {} needs a `<` line after it, which says what to wait for",
                last.line
            )),
            _ => Ok(()),
        }
    }
}

impl Turn {
    /// Compares what was said since the turn began. Call it again as more is said.
    #[must_use]
    pub fn progress(&self, said: &[BotMessage]) -> Progress {
        let mut said = said.iter();
        let mut skipping = false;
        for expected in &self.expected {
            if expected.is_anything() {
                skipping = true;
                continue;
            }
            loop {
                match said.next() {
                    None => {
                        return Progress::Waiting {
                            line: expected.line,
                        };
                    }
                    Some(message) if expected.fits(message) => break,
                    Some(_) if skipping => {}
                    Some(message) => {
                        let message = format!(
                            "expected {expected}, but got {}",
                            quoted(&message.text, &message.choices)
                        );
                        return Progress::Failed {
                            line: expected.line,
                            message,
                        };
                    }
                }
            }
            skipping = false;
        }
        match said.next() {
            None => Progress::Met,
            Some(message) => {
                let line = self.expected.last().map_or(self.line, |last| last.line);
                let message = format!(
                    "expected nothing more, but got {}",
                    quoted(&message.text, &message.choices)
                );
                Progress::Failed { line, message }
            }
        }
    }
}

impl Expected {
    fn is_anything(&self) -> bool {
        self.text == "..." && self.choices.is_empty()
    }

    /// Whether a message is what the line says. A line without choices does not ask about them.
    #[must_use]
    pub fn fits(&self, said: &BotMessage) -> bool {
        let offered = said.choices.iter().map(|title| folded(title));
        (self.choices.is_empty() || self.choices.iter().map(|title| folded(title)).eq(offered))
            && fits_text(&self.text, &folded(&said.text))
    }
}

impl Expected {
    /// As a script writes it after `< `.
    #[must_use]
    pub fn line(&self) -> String {
        line(&self.text, &self.choices)
    }
}

impl BotMessage {
    /// As a script writes it after `< `.
    #[must_use]
    pub fn line(&self) -> String {
        line(&folded(&self.text), &self.choices)
    }
}

fn line(text: &str, choices: &[String]) -> String {
    let escaped = |text: &str| text.replace('[', "\\[").replace(']', "\\]");
    let mut line = escaped(text);
    for title in choices {
        line.push_str(&format!(" [{}]", escaped(&folded(title))));
    }
    line.trim_start().to_owned()
}

impl fmt::Display for Expected {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&quoted(&self.text, &self.choices))
    }
}

fn quoted(text: &str, choices: &[String]) -> String {
    let mut line = format!("\"{}", folded(text));
    for title in choices {
        line.push_str(&format!(" [{title}]"));
    }
    line + "\""
}

/// Pieces between `...` must come in order; the first and last are tied to the ends.
fn fits_text(pattern: &str, text: &str) -> bool {
    let mut pieces = pattern.split("...").map(str::trim);
    let (Some(first), rest) = (pieces.next(), pieces.collect::<Vec<_>>()) else {
        return false;
    };
    let Some((last, middle)) = rest.split_last() else {
        return text == first;
    };
    let Some(mut left) = text.strip_prefix(first) else {
        return false;
    };
    for piece in middle {
        let Some((_, after)) = left.split_once(piece) else {
            return false;
        };
        left = after;
    }
    left.ends_with(last)
}

/// Runs of white space as one blank, none at the ends.
fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
