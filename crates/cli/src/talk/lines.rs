//! The conversation line by line: from a terminal with an editor, or from a pipe.

use std::io::{BufRead, IsTerminal};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::channel::Cancel;
use super::choices::DAYS;
use super::conversation::Conversation;
use super::shown;
use super::transcript::Transcript;
use crate::screen;
use rustyline::error::ReadlineError;
use rustyline::history::MemHistory;
use rustyline::{
    Cmd, ConditionalEventHandler, Editor, Event, EventContext, EventHandler, ExternalPrinter,
    KeyCode, KeyEvent, Modifiers, RepeatCount,
};

/// How many lines the arrow keys lead through; all days that can be picked are among them.
const LINES_KEPT: usize = DAYS;

fn unusable(error: ReadlineError) -> String {
    format!("the terminal cannot be used: {error}")
}

/// Where lines come from.
pub enum Lines {
    /// A person at a terminal.
    Terminal(Box<Terminal>),
    /// A program or a file; the lines that were read already come first.
    Piped(std::vec::IntoIter<String>),
}

/// A line editor. Its history is what was typed; where something can be picked, that is its history meanwhile.
pub struct Terminal {
    editor: Editor<(), MemHistory>,
    typed: Vec<String>,
    picking: Arc<AtomicBool>,
}

/// Down where something can be picked leads to the first choice and on, Up back.
struct Arrow {
    picking: Arc<AtomicBool>,
    walks: Cmd,
}

impl ConditionalEventHandler for Arrow {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, _: &EventContext) -> Option<Cmd> {
        let picking = self.picking.load(Ordering::Relaxed);
        picking.then(|| self.walks.clone())
    }
}

impl Terminal {
    /// Fills the history: the newest entry is the first that the arrow key leads to.
    fn offer(&mut self, choices: &[String]) {
        self.picking.store(!choices.is_empty(), Ordering::Relaxed);
        let entries: Vec<&String> = match choices {
            [] => self.typed.iter().collect(),
            choices => choices.iter().rev().collect(),
        };
        // A history in memory takes every line.
        let _ = self.editor.clear_history();
        for entry in entries {
            let _ = self.editor.add_history_entry(entry);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A line, or why there is none.
pub enum Read {
    /// What was typed.
    Line(String),
    /// The end of the input, or the wish to leave.
    End,
}

/// Whether a person can be asked: both ends are a terminal that can be driven.
pub fn is_interactive() -> bool {
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    std::io::stdin().is_terminal() && std::io::stdout().is_terminal() && !dumb
}

impl Lines {
    /// Lines from a terminal.
    ///
    /// # Errors
    /// The terminal cannot be driven.
    pub fn terminal() -> Result<Self, String> {
        let config = rustyline::Config::builder().max_history_size(LINES_KEPT);
        let config = config.map_err(unusable)?.build();
        let mut editor = Editor::with_history(config, MemHistory::new()).map_err(unusable)?;
        let picking = Arc::new(AtomicBool::new(false));
        for (key, walks) in [
            (KeyCode::Down, Cmd::PreviousHistory),
            (KeyCode::Up, Cmd::NextHistory),
        ] {
            let picking = Arc::clone(&picking);
            editor.bind_sequence(
                KeyEvent(key, Modifiers::NONE),
                EventHandler::Conditional(Box::new(Arrow { picking, walks })),
            );
        }
        Ok(Self::Terminal(Box::new(Terminal {
            editor,
            typed: Vec::new(),
            picking,
        })))
    }

    /// Lines from standard input; `read` are those that were taken from it already.
    pub fn piped(read: Vec<String>) -> Self {
        Self::Piped(read.into_iter())
    }

    /// Reads a line, with the arrow keys walking through `choices`. What is said meanwhile is shown at
    /// once, and noted.
    pub fn read(
        &mut self,
        sign: &str,
        choices: &[String],
        conversation: &mut Conversation,
        transcript: &mut Transcript,
    ) -> Read {
        match self {
            Self::Piped(read) => match read.next().or_else(next_line) {
                Some(line) => Read::Line(line),
                None => Read::End,
            },
            Self::Terminal(terminal) => {
                terminal.offer(choices);
                let read = read_editor(&mut terminal.editor, sign, conversation, transcript);
                if let Read::Line(line) = &read {
                    terminal.typed.push(line.clone());
                }
                read
            }
        }
    }
}

/// The next line of standard input; what cannot be read is its end.
pub fn next_line() -> Option<String> {
    let mut line = Vec::new();
    match std::io::stdin().lock().read_until(b'\n', &mut line) {
        Ok(0) | Err(_) => None,
        Ok(_) => Some(
            String::from_utf8_lossy(&line)
                .trim_end_matches(['\r', '\n'])
                .to_owned(),
        ),
    }
}

fn read_editor(
    editor: &mut Editor<(), MemHistory>,
    sign: &str,
    conversation: &mut Conversation,
    transcript: &mut Transcript,
) -> Read {
    let Ok(printer) = editor.create_external_printer() else {
        return Read::End;
    };
    let printer = Mutex::new(printer);
    let cancel = Cancel::default();
    let (line, overheard) = std::thread::scope(|scope| {
        let listening = scope.spawn(|| {
            conversation.overhear(&cancel, |heard| {
                let text = shown::heard(heard) + "\n";
                let _ = lock(&printer).print(screen::for_terminal(&text));
            })
        });
        let line = editor.readline(sign);
        cancel.cancel();
        (line, listening.join().unwrap_or_default())
    });
    for heard in &overheard {
        conversation.note(heard);
        transcript.heard(heard);
    }
    match line {
        Ok(line) => Read::Line(line),
        Err(ReadlineError::Interrupted | ReadlineError::Eof) => Read::End,
        Err(error) => {
            screen::print(&screen::trouble(&format!("the terminal: {error}")));
            Read::End
        }
    }
}
