//! A gateway in a process of its own, with an emulator as the vendor.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::Value;
use wotnot_emulator::Emulator;

use crate::support::{self, Running, bare, emulator, post_to, stdout};

pub const DEADLINE: Duration = Duration::from_secs(60);
pub const MARK: &str = "MARK";

/// A gateway with a configuration, as a process; what it logs is read as it comes.
pub struct Served {
    pub running: Running,
    pub emulator: Emulator,
    pub folder: tempfile::TempDir,
    pub url: String,
    pub admin: String,
    log: Receiver<String>,
    pub lines: Vec<String>,
}

/// Every secret of it is marked.
pub fn serve() -> Served {
    let emulator = emulator("demo.yaml");
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "token", emulator.token());
    write(folder.path(), "webhook-token", support::WEBHOOK_TOKEN);
    write(folder.path(), "webhook-secret", "MARK-webhook-secret");
    let text = format!(
        r#"data = "data"
[listen]
public = "127.0.0.1:0"
admin = "127.0.0.1:0"
[[account]]
name = "main"
token_file = "token"
webhook_token_file = "webhook-token"
webhook_secret_file = "webhook-secret"
base_url = "{}"
[[site]]
name = "shop"
app = "shop-app"
bot_key = "{}"
"#,
        emulator.base_url(),
        emulator.bot_keys()[0]
    );
    write(folder.path(), "gateway.toml", &text);
    let file = folder.path().join("gateway.toml");
    let arguments = ["gateway", "--log", "json", "--config"];
    let mut command = bare(&arguments);
    command.arg(&file).stderr(Stdio::piped());
    let mut running = Running::start(command);
    let errors = running.child.stderr.take().unwrap();
    let (send, log) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(errors).lines().map_while(Result::ok) {
            let _ = send.send(line);
        }
    });
    let url = running.line().replace("listening at ", "");
    let mut served = Served {
        running,
        emulator,
        folder,
        url,
        admin: String::new(),
        log,
        lines: Vec::new(),
    };
    served.admin = served.logged("started")["admin"].as_str().unwrap().into();
    post_to(
        &served.emulator,
        &format!("{}/hook/MARK-webhook-secret", served.url),
    );
    served
}

impl Served {
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
