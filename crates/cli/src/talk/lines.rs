//! The conversation line by line: from a terminal with an editor, or from a pipe.

use std::io::{BufRead, IsTerminal};
use std::sync::Mutex;
use std::sync::PoisonError;

use rustyline::error::ReadlineError;
use rustyline::history::MemHistory;
use rustyline::{Editor, ExternalPrinter};
use wotnot_core::CancelToken;

use super::conversation::Conversation;
use super::screen::{self, Choosing};
use super::transcript::Transcript;

/// Where lines come from.
pub enum Lines {
    /// A person at a terminal.
    Terminal(Box<Editor<(), MemHistory>>),
    /// A program or a file; the lines that were read already come first.
    Piped(std::vec::IntoIter<String>),
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
        let config = rustyline::Config::builder().build();
        let editor = Editor::with_history(config, MemHistory::new())
            .map_err(|error| format!("the terminal cannot be used: {error}"))?;
        Ok(Self::Terminal(Box::new(editor)))
    }

    /// Lines from standard input; `read` are those that were taken from it already.
    pub fn piped(read: Vec<String>) -> Self {
        Self::Piped(read.into_iter())
    }

    /// Reads a line. What is said meanwhile is shown at once, and noted.
    pub fn read(
        &mut self,
        sign: &str,
        conversation: &mut Conversation,
        transcript: &mut Transcript,
    ) -> Read {
        match self {
            Self::Piped(read) => match read.next().or_else(next_line) {
                Some(line) => Read::Line(line),
                None => Read::End,
            },
            Self::Terminal(editor) => read_editor(editor, sign, conversation, transcript),
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
    let cancel = CancelToken::new();
    let (line, overheard) = std::thread::scope(|scope| {
        let listening = scope.spawn(|| {
            conversation.overhear(&cancel, |heard| {
                let text = screen::heard(heard, Choosing::Typed) + "\n";
                let mut printer = printer.lock().unwrap_or_else(PoisonError::into_inner);
                let _ = printer.print(screen::for_terminal(&text));
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
        Ok(line) => {
            let _ = editor.add_history_entry(&line);
            Read::Line(line)
        }
        Err(ReadlineError::Interrupted | ReadlineError::Eof) => Read::End,
        Err(error) => {
            screen::print(&screen::trouble(&format!("the terminal: {error}")));
            Read::End
        }
    }
}
