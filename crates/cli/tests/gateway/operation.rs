//! Running it: the log, signals, reload, xray.

use std::io::Read;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::served::{MARK, Served, serve, write};
use crate::support::{self, Running, bare, stderr, stdout};

#[test]
fn a_log_of_warnings_has_no_line_for_each_call() {
    let mut served = serve();
    served.signal("TERM");
    served.rest();
    let mut command = served.command();
    command.args(["--log-level", "warn"]).stderr(Stdio::piped());
    let mut running = Running::start(command);
    let hook = running.line().replace("listening at ", "") + "/hook/MARK-webhook-secret";
    for (body, status) in [
        (r#"{"token": "hush-webhook", "events": []}"#, "200"),
        (r#"{"token": "wrong", "events": []}"#, "401"),
    ] {
        let mut curl = Command::new("curl");
        curl.args([
            "-s",
            "-o",
            "/dev/null",
            "-w",
            "%{http_code}",
            &hook,
            "-d",
            body,
        ]);
        let answer = curl.env("no_proxy", "*").output().unwrap();
        assert_eq!(stdout(&answer), status);
    }
    running.child.kill().unwrap();
    let mut log = String::new();
    let mut errors = running.child.stderr.take().unwrap();
    errors.read_to_string(&mut log).unwrap();
    let lines: Vec<&str> = log.lines().collect();
    assert!(
        lines.len() == 1 && log.contains("a post was refused"),
        "{log}"
    );
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
    let logged = |name: &str, value: &str| lines.iter().any(|line| line[name] == value);
    assert!(logged("route", "/hook/{secret}"), "{text}");
    assert!(logged("route", "/v1/conversations/{id}/messages"), "{text}");
    assert!(logged("method", "other"), "{text}");
    assert!(logged("message", "a post was refused"), "{text}");
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
    served.logged("asked to stop");
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
    let admin = ["--admin", served.admin.as_str()];
    // Its bot's answer may come before the echo.
    served.wait("an echo", |_| stdout(&xray(&admin)).contains("echo"));
    let text = stdout(&xray(&admin));
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

    // The configuration's admin address has no port of its own here: the data folder says the same.
    assert_eq!(stdout(&xray(&config)), text);

    let nobody = xray(&["--admin", "http://127.0.0.1:1"]);
    assert_eq!(nobody.status.code(), Some(1));
    assert!(stderr(&nobody).contains("no gateway answers there"));
    let no_admin = xray(&["--admin", &served.url]);
    assert!(stderr(&no_admin).contains("there is no such conversation"));
    let nothing = tempfile::tempdir().unwrap();
    let missing = xray(&["--data", nothing.path().to_str().unwrap()]);
    assert_eq!(missing.status.code(), Some(1));
    for id in ["c_unknown", "../healthz", ""] {
        for place in [config, admin] {
            let mut unknown = bare(&["gateway", "xray", id]);
            let unknown = unknown.args(place).output().unwrap();
            assert!(stderr(&unknown).contains("there is no such conversation"));
        }
    }
}

#[test]
fn xray_asks_the_gateway_that_runs_and_reads_what_one_that_ended_has_left() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let admin = port.local_addr().unwrap();
    drop(port);
    let mut served = serve();
    let (auth, chat) = served.chat("Hello");
    served.wait("accepted", |it| {
        it.curl(&chat, &["-H", &auth])
            .contains(r#""state":"accepted""#)
    });
    let id = chat.rsplit('/').next().unwrap().to_owned();
    served.running.child.kill().unwrap();
    served.running.child.wait().unwrap();
    let file = served.folder.path().join("gateway.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let text = text.replace(r#"admin = "127.0.0.1:0""#, &format!("admin = \"{admin}\""));
    write(served.folder.path(), "gateway.toml", &text);
    let folder = served.folder.path().to_owned();
    let xray = |name: &str| {
        let mut command = bare(&["gateway", "xray", &id, "--config"]);
        let output = command.arg(folder.join(name)).output();
        let output = output.unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        stdout(&output)
    };
    let left = xray("gateway.toml");
    assert!(left.contains("#1, now accepted"), "{left}");
    served.again();
    // A data folder that is not there: only the gateway can know.
    let elsewhere = text.replace(r#"data = "data""#, r#"data = "nowhere""#);
    write(served.folder.path(), "elsewhere.toml", &elsewhere);
    let asked = xray("elsewhere.toml");
    assert!(asked.starts_with(&left), "{asked}\nand before\n{left}");
}
