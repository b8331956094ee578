//! `wotnot gateway` as a process: the commands of docs/gateway.md, the configuration on its page,
//! and kills at random moments.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail the test"
)]

mod support;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::Value;
use support::{Running, bare, emulator, post_to, stderr, stdout};
use wotnot_emulator::Emulator;

const PAGE: &str = include_str!("../../../docs/gateway.md");

/// The fenced block of a kind that holds `text`.
fn block(kind: &str, text: &str) -> &'static str {
    PAGE.split(&format!("```{kind}\n"))
        .skip(1)
        .map(|part| part.split_once("```").unwrap().0)
        .find(|block| block.contains(text))
        .unwrap()
}

fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).unwrap();
}

#[test]
fn the_commands_of_the_page_hold_a_conversation() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut gateway = Running::start(bare(&[
        "gateway",
        "--dev",
        "--data",
        data.to_str().unwrap(),
    ]));
    let url = gateway.line();
    let commands = block("sh", "GATEWAY=").replace("http://127.0.0.1:8080", &url);
    let output = Command::new("bash")
        .args(["-euc", &commands])
        .env("no_proxy", "*")
        .current_dir(folder.path())
        .output()
        .unwrap();
    let (out, err) = (stdout(&output), stderr(&output));
    let data: Vec<serde_json::Value> = out
        .lines()
        .filter_map(|line| line.strip_prefix("data: "))
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let seqs: Vec<u64> = data
        .iter()
        .filter_map(|frame| frame["seq"].as_u64())
        .collect();
    assert!(seqs.len() > 6, "{out}\n{err}");
    let expected: Vec<u64> = (1..).take(seqs.len()).collect();
    assert_eq!(seqs, expected, "each entry once, over both connections");
    let last = data
        .iter()
        .rfind(|frame| frame["prompt"].is_object())
        .unwrap();
    assert_eq!(last["prompt"]["kind"], "slider");
    assert!(out.contains(r#""state":"queued""#), "{out}");
    let page = Command::new("curl").args(["-s", &url]).output().unwrap();
    assert!(stdout(&page).contains("<title>wotnot gateway</title>"));
}

#[test]
fn the_configuration_on_the_page_is_good_and_mistakes_are_named() {
    let folder = tempfile::tempdir().unwrap();
    for name in [
        "account-token",
        "webhook-token",
        "webhook-secret",
        "shop-identity",
    ] {
        let made = bare(&["gateway", "secret"]).output().unwrap();
        write(folder.path(), name, &stdout(&made));
    }
    let file = folder.path().join("gateway.toml");
    let file = file.to_str().unwrap();
    write(folder.path(), "gateway.toml", block("toml", "[[site]]"));
    let good = bare(&["gateway", "check", "--config", file])
        .output()
        .unwrap();
    assert!(good.status.success(), "{}", stderr(&good));
    assert!(stdout(&good).ends_with("good; accounts: 1, sites: 1\n"));

    let routes = |url: &str| {
        bare(&["gateway", "routes", url, "--config", file])
            .output()
            .unwrap()
    };
    let found = routes("https://a.example.de/basket?x=1");
    assert_eq!(stdout(&found), "shop: account main, bot lead-bot\n");
    let none = routes("https://example.de");
    assert_eq!(none.status.code(), Some(1));
    assert!(stderr(&none).contains("no site takes pages of https://example.de"));

    let wrong = block("toml", "[[site]]").replace("bot_key = ", "bot_kee = ");
    write(folder.path(), "gateway.toml", &wrong);
    let bad = bare(&["gateway", "check", "--config", file])
        .output()
        .unwrap();
    assert_eq!(bad.status.code(), Some(2));
    let line = wrong
        .lines()
        .position(|line| line.starts_with("bot_kee"))
        .unwrap()
        + 1;
    let place = format!("gateway.toml:{line}:1: unknown field `bot_kee`");
    assert!(stderr(&bad).contains(&place), "{}", stderr(&bad));
    let run = bare(&["gateway", "--config", file]).output().unwrap();
    assert_eq!(run.status.code(), Some(2));
}

const DEADLINE: Duration = Duration::from_secs(60);
const MARK: &str = "MARK";

/// A gateway with a configuration, as a process; what it logs is read as it comes.
struct Served {
    running: Running,
    emulator: Emulator,
    folder: tempfile::TempDir,
    url: String,
    admin: String,
    log: Receiver<String>,
    lines: Vec<String>,
}

/// Every secret of it is marked.
fn serve() -> Served {
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
    fn logged(&mut self, message: &str) -> Value {
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

    fn curl(&self, path: &str, arguments: &[&str]) -> String {
        let url = match path {
            "/healthz" | "/readyz" | "/metrics" => format!("{}{path}", self.admin),
            _ => format!("{}{path}", self.url),
        };
        let mut curl = Command::new("curl");
        curl.args(["-s", "-m", "60", &url]).args(arguments);
        stdout(&curl.env("no_proxy", "*").output().unwrap())
    }

    /// A session's header, and the path of a conversation that begins with these words.
    fn chat(&self, text: &str) -> (String, String) {
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

    fn wait(&self, what: &str, met: impl Fn(&Self) -> bool) {
        let until = Instant::now() + DEADLINE;
        while !met(self) {
            assert!(Instant::now() < until, "never: {what}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn metric(&self, text: &str) -> bool {
        let line = format!("\nwotnot_gateway_{text}\n");
        self.curl("/metrics", &[]).contains(&line)
    }

    #[cfg(unix)]
    fn signal(&self, name: &str) {
        let id = self.running.child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status();
        assert!(sent.unwrap().success());
    }
}

#[test]
fn the_log_tells_each_call_and_neither_secrets_nor_what_visitors_say() {
    let mut served = serve();
    let (auth, chat) = served.chat("MARK first words");
    let has = |text: &'static str| {
        let (auth, chat) = (&auth, &chat);
        move |served: &Served| served.curl(chat, &["-H", auth]).contains(text)
    };
    served.wait("a question", has(r#""kind":"choice""#));
    let body = r#"{"client_id": "MARK", "text": "MARK no choice", "MARK": 1}"#;
    served.curl(&format!("{chat}/messages"), &["-H", &auth, "-d", body]);
    served.curl("/v1/sessions", &["-d", r#"{"app": "MARK", "#]);
    served.curl("/v1/sessions", &["-d", r#"{"app": "MARK"}"#]);
    served.curl("/v1/sessions/refresh", &["-d", r#"{"refresh": "MARK"}"#]);
    served.curl("/v1/conversations/c_MARK?after=MARK", &["-H", &auth]);
    served.curl(
        "/v1/MARK",
        &["-H", "Authorization: Bearer MARK", "-X", "MARK"],
    );
    served.curl("/hook/MARK", &["-d", "MARK"]);
    let event = r#"{"events": "MARK"}"#;
    served.curl("/hook/MARK-webhook-secret", &["-d", event]);
    served.curl(
        "/hook/MARK-webhook-secret",
        &["-d", event, "-H", "Authorization: Bearer hush-webhook"],
    );
    served.curl(&chat, &["-H", &auth, "-X", "DELETE"]);
    while served.logged("request")["status"] != 405 {}

    let text = served.lines.join("\n");
    let account = served.emulator.token().to_owned();
    let bearer = auth.trim_start_matches("Authorization: Bearer ");
    for secret in [MARK, &account, bearer, support::WEBHOOK_TOKEN] {
        assert!(!text.contains(secret), "{secret} is in\n{text}");
    }
    let lines: Vec<Value> = served
        .lines
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let id = chat.rsplit('/').next().unwrap();
    let told = |name: &str, value: &str| lines.iter().any(|line| line[name] == value);
    assert!(told("route", "/hook/{secret}"), "{text}");
    assert!(told("route", "/v1/conversations/{id}/messages"), "{text}");
    assert!(told("method", "other"), "{text}");
    assert!(told("message", "a post was refused"), "{text}");
    let mut calls = lines.iter().filter(|line| line["message"] == "request");
    assert!(calls.all(|line| line["ms"].is_u64()), "{text}");
    let sent = lines.iter().find(|line| line["verdict"] == "accepted");
    assert_eq!(sent.unwrap()["conversation"], id, "{text}");
    assert!(
        served
            .curl("/metrics", &[])
            .contains("\nwotnot_gateway_gap_total 0\n")
    );
}

#[cfg(unix)]
#[test]
fn sigterm_lets_calls_end_tells_readers_to_come_back_and_exits_with_0() {
    let mut served = serve();
    let (auth, chat) = served.chat("Hello");
    served.wait("accepted", |it| {
        it.curl(&chat, &["-H", &auth])
            .contains(r#""state":"accepted""#)
    });
    let accept = "Accept: text/event-stream";
    let events = format!("{}{chat}/events", served.url);
    let stream = Command::new("curl")
        .args(["-sN", "-m", "60", &events, "-H", &auth, "-H", accept])
        .env("no_proxy", "*")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    served.wait("a stream", |it| it.metric("streams 1"));
    let slow = "faults:\n  - {fault: delay, call: send, delay_ms: 10000}";
    served.emulator.set_faults_yaml(slow).unwrap();
    let body = r#"{"client_id": "m2", "text": "under way"}"#;
    served.curl(&format!("{chat}/messages"), &["-H", &auth, "-d", body]);
    served.wait("a call under way", |it| it.metric("open_vendor_calls 1"));

    let snapshot: Value = serde_json::from_str(&served.curl(&chat, &["-H", &auth])).unwrap();
    let after = snapshot["cursor"].as_str().unwrap();
    let poll = format!("{}{chat}/events?wait=30&after={after}", served.url);
    let poll = Command::new("curl")
        .args(["-s", "-m", "60", &poll, "-H", &auth])
        .env("no_proxy", "*")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    served.wait("a long poll", |it| it.metric("open_requests 1"));

    served.signal("TERM");
    served.wait("not ready", |it| it.curl("/readyz", &[]).contains("stops"));
    let frames = stdout(&stream.wait_with_output().unwrap());
    let last = frames.trim_end().lines().last().unwrap();
    assert!(last.contains(r#""type":"drain""#), "{frames}");
    assert!(last.contains(r#""retry_ms":"#), "{frames}");
    let polled = stdout(&poll.wait_with_output().unwrap());
    assert!(polled.contains(r#""code":"unavailable""#), "{polled}");
    assert_eq!(served.logged("call to the vendor")["verdict"], "accepted");
    served.logged("told to stop");
    // It ended while the gateway stopped, and its end was kept.
    assert_eq!(served.logged("call to the vendor")["verdict"], "accepted");
    assert_eq!(served.logged("stopped")["cut_off"], 0);
    assert_eq!(served.running.child.wait().unwrap().code(), Some(0));
}

#[cfg(unix)]
#[test]
fn sighup_or_a_changed_file_changes_sites_and_keys_and_a_bad_file_changes_nothing() {
    let mut served = serve();
    let answer = |served: &Served, app: &str| {
        served.curl("/v1/sessions", &["-d", &format!(r#"{{"app": "{app}"}}"#)])
    };
    let before = std::fs::read_to_string(served.folder.path().join("gateway.toml")).unwrap();
    assert!(answer(&served, "kiosk").contains("origin_not_allowed"));
    let replace = |served: &Served, name: &str, text: &str| {
        write(served.folder.path(), "new", text);
        let folder = served.folder.path();
        std::fs::rename(folder.join("new"), folder.join(name)).unwrap();
    };
    replace(
        &served,
        "gateway.toml",
        &before.replace("shop-app", "kiosk"),
    );
    served.logged("the configuration was read again");
    assert!(answer(&served, "kiosk").contains("token"));
    assert!(answer(&served, "shop-app").contains("origin_not_allowed"));

    replace(
        &served,
        "gateway.toml",
        &before.replace("bot_key", "bot_kee"),
    );
    let refused = served.logged("the configuration stays as it was");
    let mistake = refused["mistake"].as_str().unwrap();
    assert!(
        mistake.contains("gateway.toml:14:1: unknown field `bot_kee`"),
        "{mistake}"
    );
    assert!(answer(&served, "kiosk").contains("token"));

    // A secret of the webhook: the old one no longer counts.
    replace(&served, "gateway.toml", &before);
    served.logged("the configuration was read again");
    replace(&served, "webhook-secret", "MARK-another-secret");
    served.logged("the configuration was read again");
    let body = r#"{"events": []}"#;
    let auth = "Authorization: Bearer hush-webhook";
    let old = served.curl("/hook/MARK-webhook-secret", &["-d", body, "-H", auth]);
    assert!(old.contains("unauthorized"), "{old}");
    let new = served.curl("/hook/MARK-another-secret", &["-d", body, "-H", auth]);
    assert!(!new.contains("unauthorized"), "{new}");

    served.signal("HUP");
    served.logged("the configuration was read again");
    assert!(served.curl("/readyz", &[]).contains("ready"));
}

#[test]
fn xray_tells_when_what_happened_in_a_conversation_and_nothing_of_what_was_said() {
    let served = serve();
    let (auth, chat) = served.chat("MARK first words");
    served.wait("a question", |it| {
        it.curl(&chat, &["-H", &auth])
            .contains(r#""kind":"choice""#)
    });
    let xray = |arguments: &[&str]| {
        let id = chat.rsplit('/').next().unwrap();
        let mut command = bare(&["gateway", "xray", id]);
        command.args(arguments).output().unwrap()
    };
    let file = served.folder.path().join("gateway.toml");
    let config = ["--config", file.to_str().unwrap()];
    // The gateway runs meanwhile. Its bot's answer may come before the echo.
    served.wait("an echo", |_| stdout(&xray(&config)).contains("echo"));
    let text = stdout(&xray(&config));
    let lines: Vec<&str> = text.lines().skip(1).collect();
    let place = |step: &str, detail: &str| {
        let found = lines
            .iter()
            .position(|line| line.contains(&format!(" ms  {step}")) && line.ends_with(detail));
        found.unwrap_or_else(|| panic!("no {step} {detail} in\n{text}"))
    };
    assert_eq!(place("accepted", "#1, now accepted"), 0);
    assert_eq!(place("sent", "#1, call 1"), 1);
    assert!(place("verdict", "#1 accepted") > 1);
    assert!(place("event", "asks: choice") > 1);
    assert!(place("echo", "") > 1);
    assert!(!text.contains(MARK), "{text}");
    let times: Vec<&str> = lines.iter().map(|line| &line[..24]).collect();
    assert!(times.is_sorted(), "{text}");

    let nothing = tempfile::tempdir().unwrap();
    let missing = xray(&["--data", nothing.path().to_str().unwrap()]);
    assert_eq!(missing.status.code(), Some(1));
    let mut unknown = bare(&["gateway", "xray", "c_unknown"]);
    let unknown = unknown.args(config).output().unwrap();
    assert!(stderr(&unknown).contains("there is no such conversation"));
}
