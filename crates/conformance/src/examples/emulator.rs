//! An emulator or a gateway in a process of its own, for programs that are tested from outside.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use super::{Result, http};

/// The webhook's shared token. It guards nothing but a test on loopback.
const WEBHOOK_TOKEN: &str = "suite-webhook-token";

/// Ends when it is dropped.
pub struct Emulator {
    child: Child,
    base_url: String,
    token: String,
    bot_key: String,
    listen: String,
    control_token: String,
}

impl Emulator {
    /// Starts `wotnot emulate` with this flow, its webhook pointed at a free port. `wotnot` is the program.
    pub fn start(wotnot: &Path, flow: &Path) -> Result<Self> {
        let listen = free_address()?;
        let mut child = Command::new(wotnot)
            .args(["emulate", "--json", "--flow"])
            .arg(flow)
            .arg("--webhook")
            .arg(format!("http://{listen}/wotnot/events"))
            .args(["--webhook-token", WEBHOOK_TOKEN])
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("wotnot emulate: {error}"))?;
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().ok_or("no standard output")?);
        stdout
            .read_line(&mut line)
            .map_err(|error| format!("wotnot emulate: {error}"))?;
        // What it says later is not needed, but a full pipe would hold it up.
        std::thread::spawn(move || std::io::copy(&mut stdout, &mut std::io::sink()));
        let ready: Value = serde_json::from_str(&line)
            .map_err(|_| "wotnot emulate did not become ready".to_owned())?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Ok(Self {
            child,
            base_url: text(&ready["base_url"]),
            token: text(&ready["token"]),
            bot_key: text(&ready["bots"][0]["key"]),
            listen,
            control_token: text(&ready["control_token"]),
        })
    }

    /// Where events are posted: a port that nobody listens on yet.
    pub fn listen(&self) -> &str {
        &self.listen
    }

    /// Tells a program of this emulator through `WOTNOT_*` variables, which all examples read.
    pub fn describe(&self, program: &mut Command) {
        program
            .env("WOTNOT_BASE_URL", &self.base_url)
            .env("WOTNOT_TOKEN", &self.token)
            .env("WOTNOT_BOT_KEY", &self.bot_key)
            .env("WOTNOT_WEBHOOK_TOKEN", WEBHOOK_TOKEN)
            .env("WOTNOT_LISTEN", &self.listen);
    }

    /// Where each conversation stands: `asked`, `waiting`, `human`, `idle` or `ended`.
    pub fn places(&self) -> Result<Vec<String>> {
        let address = self.base_url.trim_start_matches("http://");
        let token = format!("Authorization: Bearer {}\r\n", self.control_token);
        let path = "/_emulator/conversations";
        let (_, found) = http::ask(address, "GET", path, &token, None)?;
        let list = found["conversations"].as_array().cloned();
        let place = |summary: Value| summary["place"].as_str().unwrap_or_default().to_owned();
        Ok(list.unwrap_or_default().into_iter().map(place).collect())
    }

    /// Has a chat program hold the conversation of `flows/demo.yaml` over its standard input.
    ///
    /// The program gets its settings through `WOTNOT_*` variables, as the chat examples do.
    pub fn play_demo(&self, program: &mut Command) -> Result<()> {
        self.describe(program);
        plays_demo(program)
    }
}

fn plays_demo(program: &mut Command) -> Result<()> {
    let said = ["What is it about?", "How old are you?", "Thank you"];
    says(program, "Hello\nSales\n30\n", &said)
}

/// Whether a program that reads this prints that, in this order.
fn says(program: &mut Command, input: &str, expected: &[&str]) -> Result<()> {
    let mut child = program
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("the example did not start: {error}"))?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program that broke off says so by its exit code.
        let _ = stdin.write_all(input.as_bytes());
    }
    let output = child
        .wait_with_output()
        .map_err(|error| format!("the example: {error}"))?;
    let said = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        return Err(format!("the example ended with {}: {said}", output.status));
    }
    let mut rest: &str = &said;
    for expected in expected {
        let Some(at) = rest.find(expected) else {
            return Err(format!("the example never said `{expected}`: {said}"));
        };
        rest = &rest[at + expected.len()..];
    }
    Ok(())
}

/// A gateway in a process of its own, with the emulator and `flows/demo.yaml` behind it. Ends when it is dropped.
pub struct DevGateway {
    child: Child,
    url: String,
}

impl DevGateway {
    /// Starts `wotnot gateway --dev` on a free port, with its store in this folder. `wotnot` is the program.
    pub fn start(wotnot: &Path, data: &Path) -> Result<Self> {
        Self::started_by(Command::new(wotnot), data)
    }

    /// The same, where something else has to start the program: `wotnot` is the command without its arguments.
    pub fn started_by(mut wotnot: Command, data: &Path) -> Result<Self> {
        let mut child = wotnot
            .args(["gateway", "--dev", "--port", "0"])
            .args(["--log-level", "warn", "--data"])
            .arg(data)
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("wotnot gateway: {error}"))?;
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().ok_or("no standard output")?);
        let read = stdout.read_line(&mut line);
        let gateway = Self {
            child,
            url: line.trim().to_owned(),
        };
        read.map_err(|error| format!("wotnot gateway: {error}"))?;
        std::thread::spawn(move || std::io::copy(&mut stdout, &mut std::io::sink()));
        match gateway.url.starts_with("http://") {
            true => Ok(gateway),
            false => Err("wotnot gateway did not become ready".to_owned()),
        }
    }

    /// Has a chat program hold the conversation as a visitor: its configuration alone is another one.
    pub fn play_demo(&self, program: &mut Command) -> Result<()> {
        let config = json!({"gateway": {"url": self.url, "app": "dev"}});
        plays_demo(program.env("WOTNOT_CONFIG", config.to_string()))
    }

    /// Has the visitor's program of a language's page go as far as the second question, and show the transcript.
    pub fn play_page(&self, program: &mut Command, state: &Path) -> Result<()> {
        let said = ["What is it about?", "How old are you?", "Sales"];
        self.visited_by(program, state, &said)
    }

    /// Whether a visitor's program shows this, in this order. Its state is kept in a file that is not there yet.
    pub fn visited_by(&self, program: &mut Command, state: &Path, shown: &[&str]) -> Result<()> {
        program
            .env("WOTNOT_GATEWAY", &self.url)
            .env("WOTNOT_STATE", state);
        says(program, "", shown)
    }
}

impl Drop for DevGateway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An address that was free a moment ago, for a listener that another process opens.
fn free_address() -> Result<String> {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|socket| socket.local_addr())
        .map(|address| address.to_string())
        .map_err(|error| format!("no free port: {error}"))
}
