//! `wotnot chat` and `wotnot demo` at a real terminal: a pseudo-terminal, keys in, a screen out.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail the test"
)]

mod support;

use std::process::Command;

use rexpect::session::{PtySession, spawn_command};
use support::{Running, emulator, post_to, stdout, wotnot};
use wotnot_emulator::Emulator;

const DOWN: &str = "\u{1b}[B";
const ENTER: &str = "\r";
const CTRL_C: &str = "\u{3}";
const CTRL_D: &str = "\u{4}";
const CTRL_U: &str = "\u{15}";
/// How long the screen may take: a machine under load is slow, and a broken command never answers.
const PATIENCE_MS: u64 = 60_000;

struct Terminal(PtySession);

/// The program, started as a shell at a terminal would: a test run in the background of a script ignores
/// Ctrl-C, and what it starts would inherit that.
fn as_a_shell_starts(command: &Command) -> Command {
    if cfg!(target_os = "linux") {
        let mut fresh = Command::new("env");
        fresh.arg("--default-signal=INT").arg(command.get_program());
        return fresh;
    }
    Command::new(command.get_program())
}

impl Terminal {
    fn open(mut command: Command) -> Self {
        command.env("TERM", "xterm-256color").env("NO_COLOR", "1");
        // The terminal is the command's own; the helper's closed input is not it.
        let mut fresh = as_a_shell_starts(&command);
        fresh.args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => fresh.env(name, value),
                None => fresh.env_remove(name),
            };
        }
        Self(spawn_command(fresh, Some(PATIENCE_MS)).unwrap())
    }

    /// A chat with the emulator's bot, begun.
    fn chat(emulator: &Emulator, arguments: &[&str]) -> Self {
        let mut terminal = Self::open(wotnot(emulator, &[&["chat"], arguments].concat()));
        let (_, line) = terminal
            .0
            .exp_regex("http://127.0.0.1:[0-9]+/wotnot/events")
            .unwrap();
        post_to(emulator, &line);
        terminal.sees("Ctrl-D leaves");
        terminal
    }

    fn sees(&mut self, text: &str) -> &mut Self {
        self.0
            .exp_string(text)
            .unwrap_or_else(|error| panic!("{error}"));
        self
    }

    fn types(&mut self, keys: &str) -> &mut Self {
        self.0.send(keys).unwrap();
        self.0.flush().unwrap();
        self
    }

    fn leaves(mut self) {
        self.0.exp_eof().unwrap();
    }
}

#[test]
fn the_demo_talks_at_a_terminal_and_keeps_what_was_typed_ahead() {
    let emulator = emulator("demo.yaml");
    let mut terminal = Terminal::open(wotnot(&emulator, &["demo"]));
    terminal
        .sees("Ctrl-D leaves")
        .types("/help\r/nonsense\rHello\r")
        .sees("/save FILE writes")
        .sees("there is no such command")
        .sees("< What is it about?")
        .sees("1  Sales")
        .types("sales\r")
        .sees("18 to 99 years")
        .types("30\r")
        .sees("< Thank you")
        .sees("the conversation has ended");
    terminal.leaves();
}

#[test]
fn choices_are_picked_with_the_arrow_keys() {
    let emulator = emulator("demo.yaml");
    let mut terminal = Terminal::chat(&emulator, &["--set", "contact.name=Asha"]);
    terminal
        .types("Hello\r")
        .sees("< Hi Asha")
        .sees("2  Our site")
        .types(DOWN)
        .types(DOWN)
        .types(ENTER)
        .sees("open https://example.com")
        .sees("1  Sales")
        .types(DOWN)
        .types(ENTER)
        .sees("18 to 99 years")
        .types("7\r")
        .sees("18 to 99")
        .types("30\r")
        .sees("< Thank you")
        .sees("the conversation has ended");
    terminal.leaves();
    let transcript = &emulator.transcripts()[0];
    assert_eq!(transcript.variables["topic"], "Sales");
    assert_eq!(transcript.contact["age"], 30);
}

#[test]
fn several_options_files_and_a_scale_are_answered() {
    let emulator = emulator("feedback.yaml");
    let mut terminal = Terminal::chat(&emulator, &["--files-at", "https://cdn.example.com/f"]);
    terminal
        .types("Hello\r")
        .sees("1 to 10 points")
        .types("3\r")
        .sees("What went wrong?")
        .sees("one or more, with commas between")
        .types("1, staff")
        .types(ENTER)
        .sees("Would you send us photos?")
        .sees("at most 3")
        .types("my room.jpg, https://example.com/bill.pdf\r")
        .sees("We are sorry about: Room, Staff.");
    terminal.leaves();
    let photos = emulator.transcripts()[0].variables["photos"].to_string();
    assert_eq!(
        photos,
        "\"https://cdn.example.com/f/my%20room.jpg, https://example.com/bill.pdf\""
    );
}

#[test]
fn a_form_is_filled_in_and_a_day_picked_from_a_calendar() {
    let emulator = emulator("appointment.yaml");
    let mut terminal = Terminal::chat(&emulator, &[]);
    terminal
        .types("Hello\r")
        .sees("Name")
        .types("\r")
        .sees("Name: the bot requires this field")
        .types("Asha\r")
        .sees("E-mail")
        .types("asha\r")
        .sees("an e-mail address")
        .types("asha@example.com\r")
        .sees("Treatment")
        .types(DOWN)
        .types(DOWN)
        .types(ENTER)
        .sees("Note")
        .types("\r")
        .sees("Which day suits you, Asha?")
        .sees("a date, DD/MM/YYYY")
        .types(DOWN)
        .types(ENTER)
        .sees("is that right?")
        .sees("1  ")
        .types("1")
        .types(ENTER)
        .sees("Booked. A mail goes to asha@example.com.");
    terminal.leaves();
    let transcript = &emulator.transcripts()[0];
    assert_eq!(transcript.variables["treatment"], "Colour");
    let day = transcript.variables["day"].as_str().unwrap();
    assert_eq!(day.split('/').map(str::len).collect::<Vec<_>>(), [2, 2, 4]);
}

#[test]
fn what_a_person_writes_shows_while_the_visitor_types() {
    let emulator = emulator("demo.yaml");
    let folder = tempfile::tempdir().unwrap();
    let saved = folder.path().join("talk.chat");
    let mut terminal = Terminal::chat(&emulator, &[]);
    terminal
        .types("Hello\r")
        .sees("1  Sales")
        .types("1\r")
        .sees("18 to 99 years")
        .types("70\r")
        .sees("a person takes over")
        .types("half a sent");
    let id = emulator.transcripts()[0].conversation.clone();
    emulator.agent_says(&id, "Hello, this is Ravi").unwrap();
    terminal
        .sees("@ Hello, this is Ravi")
        .types("ence\r")
        .sees("half a sentence")
        .types(&format!("/save {}\r", saved.display()))
        .sees("saved to")
        .types(CTRL_D);
    terminal.leaves();
    let saved = std::fs::read_to_string(saved).unwrap();
    assert!(saved.contains("@ Hello, this is Ravi\n"), "{saved}");
    assert!(saved.contains("> half a sentence\n"), "{saved}");
}

#[test]
fn numbers_pick_ctrl_u_clears_and_ctrl_d_leaves_at_every_question() {
    let emulator = emulator("demo.yaml");
    let mut terminal = Terminal::chat(&emulator, &[]);
    terminal
        .types("Hello\r")
        .sees("1  Sales")
        .types("something else")
        .types(CTRL_U)
        .types("1\r")
        .sees("18 to 99 years")
        .sees("> ")
        .types(CTRL_D);
    terminal.leaves();
    assert_eq!(emulator.transcripts()[0].variables["topic"], "Sales");
    let mut terminal = Terminal::chat(&emulator, &[]);
    terminal
        .types("Hello\r")
        .sees("1  Sales")
        .sees("> ")
        .types(CTRL_C);
    terminal.leaves();
}

#[test]
fn what_a_person_writes_shows_while_options_wait_to_be_picked() {
    let emulator = emulator("demo.yaml");
    let mut terminal = Terminal::chat(&emulator, &[]);
    terminal.types("Hello\r").sees("1  Sales").types("sal");
    let id = emulator.transcripts()[0].conversation.clone();
    emulator.agent_says(&id, "Hello, this is Ravi").unwrap();
    terminal.sees("@ Hello, this is Ravi").types(CTRL_C);
    terminal.leaves();
}

#[test]
fn plain_chat_needs_no_terminal() {
    let emulator = emulator("demo.yaml");
    let folder = tempfile::tempdir().unwrap();
    let saved = folder.path().join("talk.chat");
    let saved = saved.to_str().unwrap();
    let arguments = [
        "chat",
        "--plain",
        "--set",
        "contact.name=Asha",
        "--transcript",
        saved,
    ];
    let mut chat = Running::start(wotnot(&emulator, &arguments));
    let line = chat.await_line("events are taken at");
    post_to(&emulator, line.rsplit(' ').next().unwrap());
    for line in ["Hello", "1", "30"] {
        chat.type_line(line);
    }
    let (code, said) = chat.end();
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("< Hi Asha\n") && said.contains("> [Sales]\n"),
        "{said}"
    );
    assert!(said.contains("< Thank you\n"), "{said}");
    let replayed = wotnot(&emulator, &["demo", "--script", saved])
        .output()
        .unwrap();
    assert!(replayed.status.success(), "{}", stdout(&replayed));
}

#[test]
fn a_chat_that_cannot_begin_says_why_with_its_exit_code() {
    let emulator = emulator("demo.yaml");
    for (name, value, code) in [
        ("WOTNOT_WEBHOOK_TOKEN", "", 2),
        ("WOTNOT_BASE_URL", "http://127.0.0.1:1", 3),
        ("WOTNOT_BOT_KEY", "no-such-bot", 4),
    ] {
        let mut command = wotnot(&emulator, &["chat", "--say", "Hello", "--timeout", "2"]);
        let output = command.env(name, value).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{name}: {output:?}");
    }
}
