//! What the command's tests stand on: an emulator, and the built command pointed at it.
#![allow(dead_code, reason = "each test program uses its own part")]

pub mod emulating;

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use wotnot_emulator::Emulator;

pub const WEBHOOK_TOKEN: &str = "hush-webhook";

pub fn flow(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../flows")
        .join(name)
}

pub fn emulator(flow_name: &str) -> Emulator {
    Emulator::builder()
        .flow_file(flow(flow_name))
        .start()
        .unwrap()
}

/// The command with nothing of this machine's settings, pointed at the emulator.
pub fn wotnot(emulator: &Emulator, arguments: &[&str]) -> Command {
    let mut command = bare(arguments);
    command
        .env("WOTNOT_BASE_URL", emulator.base_url())
        .env("WOTNOT_TOKEN", emulator.token())
        .env("WOTNOT_BOT_KEY", &emulator.bot_keys()[0])
        .env("WOTNOT_WEBHOOK_TOKEN", WEBHOOK_TOKEN)
        .env("WOTNOT_WEBHOOK_LISTEN", "127.0.0.1:0");
    command
}

/// The command with nothing of this machine's settings.
pub fn bare(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wotnot"));
    let ours = std::env::vars_os().map(|(name, _)| name);
    for name in ours.filter(|name| name.to_string_lossy().starts_with("WOTNOT_")) {
        command.env_remove(name);
    }
    command.args(arguments).stdin(Stdio::null());
    command
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A command that runs while the test talks to it.
pub struct Running {
    pub child: Child,
    lines: Receiver<String>,
}

/// How long a line is waited for: a test that waits for the wrong words fails, and does not hang.
const LINE_DEADLINE: Duration = Duration::from_secs(180);

impl Running {
    pub fn start(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in output.lines() {
                if sender.send(line.unwrap()).is_err() {
                    break;
                }
            }
        });
        Self { child, lines }
    }

    pub fn line(&mut self) -> String {
        self.lines
            .recv_timeout(LINE_DEADLINE)
            .unwrap_or_else(|error| panic!("no further line: {error}"))
    }

    /// Reads on until a line holds `text`.
    pub fn await_line(&mut self, text: &str) -> String {
        loop {
            let line = self.line();
            if line.contains(text) {
                return line;
            }
        }
    }

    pub fn type_line(&mut self, line: &str) {
        let input = self.child.stdin.as_mut().unwrap();
        input.write_all(line.as_bytes()).unwrap();
        input.write_all(b"\n").unwrap();
    }

    /// Ends the input, and gives the exit code and what was still printed.
    pub fn end(mut self) -> (Option<i32>, String) {
        drop(self.child.stdin.take());
        let rest: Vec<String> = self.lines.iter().collect();
        (self.child.wait().unwrap().code(), rest.join("\n"))
    }
}

/// Ends what a failed test left behind.
impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Talks through the sample conversation with `record talk`, which runs in this folder; gives the fixture and
/// the script that it saved.
pub fn record_talk(command: Command, folder: &Path) -> (Value, String) {
    let mut recording = Running::start(command);
    for (said, heard) in [("Hello", "Our site"), ("1", "How old"), ("30", "Thank you")] {
        recording.type_line(said);
        recording.await_line(heard);
    }
    let (code, rest) = recording.end();
    assert_eq!(code, Some(0), "{rest}");
    assert!(
        rest.contains("saved to talk.chat and talk.wire.json"),
        "{rest}"
    );
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let fixture = serde_json::from_str(&read("talk.wire.json")).unwrap();
    (fixture, read("talk.chat"))
}

/// Sends the signal by its name, and gives the exit code.
pub fn stop(child: &mut Child, signal: &str) -> Option<i32> {
    let id = child.id().to_string();
    let sent = Command::new("kill").args(["-s", signal, &id]).status();
    assert!(sent.unwrap().success());
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        assert!(Instant::now() < deadline, "it did not stop");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Has the emulator post its events to `url`.
pub fn post_to(emulator: &Emulator, url: &str) {
    let webhook = wotnot_emulator::Webhook {
        url: url.to_owned(),
        token: Some(WEBHOOK_TOKEN.to_owned()),
        ..wotnot_emulator::Webhook::default()
    };
    emulator.set_webhook(Some(webhook)).unwrap();
}
