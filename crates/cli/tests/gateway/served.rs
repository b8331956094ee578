//! A gateway in a process of its own, with an emulator as the vendor.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;
use wotnot_emulator::Emulator;

use crate::support::{self, Running, bare, emulator, post_to, stdout};

pub const DEADLINE: Duration = Duration::from_secs(60);
pub const MARK: &str = "MARK";

/// A gateway with a configuration, as a process; what it logs is read as it comes.
pub struct Served {
    pub running: Running,
    /// Adds to each command that runs it.
    prepare: Box<dyn Fn(&mut Command)>,
    pub emulator: Emulator,
    pub folder: TempDir,
    pub url: String,
    pub admin: String,
    log: Receiver<String>,
    pub lines: Vec<String>,
}

/// Every secret of it is marked.
pub fn serve() -> Served {
    serve_as(Setup::default())
}

/// What is added to a gateway's configuration, and to each command that runs it.
pub struct Setup {
    /// Lines before the first section, each with its end.
    pub top: String,
    /// Lines of the account, each with its end.
    pub account: String,
    /// Lines of a section of its own, each with its end.
    pub section: String,
    /// Files beside the configuration.
    pub files: Vec<(&'static str, String)>,
    pub prepare: Box<dyn Fn(&mut Command)>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            top: String::new(),
            account: String::new(),
            section: String::new(),
            files: Vec::new(),
            prepare: Box::new(|_| {}),
        }
    }
}

/// The same, with these additions.
pub fn serve_as(setup: Setup) -> Served {
    let emulator = emulator("demo.yaml");
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "token", emulator.token());
    write(folder.path(), "webhook-token", support::WEBHOOK_TOKEN);
    write(folder.path(), "webhook-secret", "MARK-webhook-secret");
    let text = format!(
        r#"data = "data"
{}[listen]
public = "127.0.0.1:0"
admin = "127.0.0.1:0"
{}[[account]]
name = "main"
token_file = "token"
webhook_token_file = "webhook-token"
webhook_secret_file = "webhook-secret"
base_url = "{}"
{}[[site]]
name = "shop"
app = "shop-app"
bot_key = "{}"
"#,
        setup.top,
        setup.section,
        emulator.base_url(),
        setup.account,
        emulator.bot_keys()[0]
    );
    write(folder.path(), "gateway.toml", &text);
    for (name, text) in &setup.files {
        write(folder.path(), name, text);
    }
    let prepare = setup.prepare;
    let (running, log) = start(&folder, &prepare);
    let mut served = Served {
        running,
        prepare,
        emulator,
        folder,
        url: String::new(),
        admin: String::new(),
        log,
        lines: Vec::new(),
    };
    served.started();
    served
}

fn command(folder: &TempDir, prepare: &dyn Fn(&mut Command)) -> Command {
    let mut command = bare(&["gateway", "--log", "json", "--config"]);
    command.arg(folder.path().join("gateway.toml"));
    prepare(&mut command);
    command
}

/// Starts the process, and has its log read.
fn start(folder: &TempDir, prepare: &dyn Fn(&mut Command)) -> (Running, Receiver<String>) {
    let mut command = command(folder, prepare);
    command.stderr(Stdio::piped());
    let mut running = Running::start(command);
    let errors = running.child.stderr.take().unwrap();
    let (send, log) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(errors).lines().map_while(Result::ok) {
            let _ = send.send(line);
        }
    });
    (running, log)
}

impl Served {
    /// The command that runs it.
    pub fn command(&self) -> Command {
        command(&self.folder, &self.prepare)
    }

    /// Starts it again, after it ended.
    pub fn again(&mut self) {
        (self.running, self.log) = start(&self.folder, &self.prepare);
        self.started();
    }

    /// Reads where it is, and points the vendor at it.
    fn started(&mut self) {
        self.url = self.running.line().replace("listening at ", "");
        self.admin = self.logged("started")["admin"].as_str().unwrap().into();
        // The emulator posts in the clear alone.
        if self.url.starts_with("http://") {
            let hook = format!("{}/hook/MARK-webhook-secret", self.url);
            post_to(&self.emulator, &hook);
        }
    }

    /// What it still printed, once it has ended.
    pub fn rest(&mut self) -> String {
        while let Ok(line) = self.log.recv_timeout(DEADLINE) {
            self.lines.push(line);
        }
        self.lines.join("\n")
    }

    /// The next line of the log with this message.
    pub fn logged(&mut self, message: &str) -> Value {
        loop {
            let Ok(line) = self.log.recv_timeout(DEADLINE) else {
                panic!("never logged: {message}; {:?}", self.lines)
            };
            let value: Value = serde_json::from_str(&line).unwrap_or_default();
            self.lines.push(line);
            if value["message"] == message {
                return value;
            }
        }
    }

    pub fn curl(&self, path: &str, arguments: &[&str]) -> String {
        let url = match path {
            "/healthz" | "/readyz" | "/metrics" => format!("{}{path}", self.admin),
            _ => format!("{}{path}", self.url),
        };
        let mut curl = Command::new("curl");
        if self.url.starts_with("https") && url.starts_with("https") {
            curl.arg("--cacert")
                .arg(self.folder.path().join("cert.pem"));
        }
        curl.args(["-s", "-m", "60", &url]).args(arguments);
        stdout(&curl.env("no_proxy", "*").output().unwrap())
    }

    /// A session's header, and the path of a conversation that begins with these words.
    pub fn chat(&self, text: &str) -> (String, String) {
        let session = self.curl("/v1/sessions", &["-d", r#"{"app": "shop-app"}"#]);
        let session: Value = serde_json::from_str(&session).unwrap();
        let token = session["token"].as_str().unwrap();
        let auth = format!("Authorization: Bearer {token}");
        let body = format!(r#"{{"client_id": "m1", "text": "{text}"}}"#);
        let begun = self.curl("/v1/conversations", &["-H", &auth, "-d", &body]);
        let begun: Value = serde_json::from_str(&begun).unwrap();
        let id = begun["conversation"]["id"].as_str().unwrap();
        (auth, format!("/v1/conversations/{id}"))
    }

    pub fn wait(&self, what: &str, met: impl Fn(&Self) -> bool) {
        let until = Instant::now() + DEADLINE;
        while !met(self) {
            assert!(Instant::now() < until, "never: {what}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub fn metric(&self, text: &str) -> bool {
        let line = format!("\nwotnot_gateway_{text}\n");
        self.curl("/metrics", &[]).contains(&line)
    }

    #[cfg(unix)]
    pub fn signal(&self, name: &str) {
        let id = self.running.child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status();
        assert!(sent.unwrap().success());
    }
}

/// Writes a file of the configuration.
pub fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).unwrap();
}
