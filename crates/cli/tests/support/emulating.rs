//! `wotnot emulate` in a process of its own, and plain HTTP to talk to it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

/// A bot that asks for a name and ends.
pub const FLOW: &str = "bot: {name: Test, key: test-bot}\nstart: ask\nblocks:\n  ask: {type: input, text: Name?, next: bye}\n  bye: {type: end, text: Bye}\n";
pub const START: &str = r#"{"channel":"API","message":{"type":"text","data":{"body":"Hi"}},"bot_key":"test-bot","from":{"user_external_id":"v","type":"VISITOR"}}"#;

pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wotnot"));
    command
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

pub fn run(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A folder with a flow, and the flow's path.
pub fn flow() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bot.yaml");
    std::fs::write(&path, FLOW).unwrap();
    let path = path.to_string_lossy().into_owned();
    (folder, path)
}

/// An emulator in a process of its own, with the lines that it prints.
pub struct Running {
    child: Child,
    pub lines: BufReader<std::process::ChildStdout>,
}

impl Running {
    pub fn start(arguments: &[&str]) -> Self {
        let mut child = command(arguments).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self { child, lines }
    }

    /// Whether it prints anything, or has ended without a word.
    pub fn is_there(&mut self) -> bool {
        !self.lines.fill_buf().unwrap().is_empty()
    }

    /// The next line, which is JSON.
    pub fn line(&mut self) -> Value {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("not JSON: {line:?}"))
    }

    /// Sends the signal by its name, and gives the exit code.
    pub fn stop(mut self, signal: &str) -> Option<i32> {
        super::stop(&mut self.child, signal)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One POST over a connection of its own; gives the whole answer.
pub fn post(base_url: &str, path: &str, token: &str, body: &str) -> String {
    exchange(base_url, "POST", path, token, body)
}

/// One request over a connection of its own; gives the whole answer.
pub fn exchange(base_url: &str, method: &str, path: &str, token: &str, body: &str) -> String {
    let address = base_url.strip_prefix("http://").unwrap();
    let mut tcp = TcpStream::connect(address).unwrap();
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
    tcp.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    tcp.read_to_string(&mut answer).unwrap();
    answer
}

/// The JSON of an answer's body.
pub fn body(answer: &str) -> Value {
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    serde_json::from_str(body).unwrap()
}
