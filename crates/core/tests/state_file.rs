//! The state file: what a program that starts again knows, whatever ended it before.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use wotnot_core::{CallOptions, Client, Config, Forget, IfKnown, Opening, Proxy, Start, Webhook};

/// A folder of its own, removed in the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("wotnot-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn state(&self) -> PathBuf {
        self.0.join("state.json")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A service that makes a conversation for each start.
struct Service {
    port: u16,
    /// The conversations of each visitor.
    made: Arc<Mutex<BTreeMap<String, Vec<String>>>>,
}

impl Service {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let made = Arc::<Mutex<BTreeMap<String, Vec<String>>>>::default();
        let shared = Arc::clone(&made);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let shared = Arc::clone(&shared);
                // A client that was killed leaves a broken connection.
                thread::spawn(move || serve(stream.unwrap(), &shared));
            }
        });
        Self { port, made }
    }

    fn starts(&self) -> usize {
        self.made.lock().unwrap().values().map(Vec::len).sum()
    }
}

fn serve(
    mut stream: TcpStream,
    made: &Mutex<BTreeMap<String, Vec<String>>>,
) -> std::io::Result<()> {
    let mut text = String::new();
    let body: Value = loop {
        let mut bytes = [0; 4096];
        let count = stream.read(&mut bytes)?;
        if count == 0 {
            return Ok(());
        }
        text.push_str(std::str::from_utf8(&bytes[..count]).unwrap());
        let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        if let Ok(body) = serde_json::from_str(body) {
            break body;
        }
    };
    let visitor = body["from"]["user_external_id"].as_str().unwrap();
    let id = {
        let mut made = made.lock().unwrap();
        let id = format!("c{}", made.values().map(Vec::len).sum::<usize>());
        made.entry(visitor.to_owned()).or_default().push(id.clone());
        id
    };
    let answer = json!({"ok": true, "conversation": {"id": id}, "contact": {"visitor_key": format!("{visitor}_777")}}).to_string();
    write!(
        stream,
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{answer}",
        answer.len()
    )
}

fn client(state: &Path, port: u16) -> wotnot_core::Result<Client> {
    Client::new(Config {
        bot_key: Some("bot".into()),
        base_url: format!("http://127.0.0.1:{port}"),
        proxy: Proxy::Direct,
        webhook: Some(Webhook::new("hook")),
        state_path: Some(state.into()),
        ..Config::new("t")
    })
}

fn open(client: &Client, visitor: &str) -> wotnot_core::Result<(String, Opening)> {
    let start = Start::text(visitor, "Hello");
    let opened = client.open_conversation(&start, IfKnown::Reuse, &CallOptions::default())?;
    Ok((opened.conversation.id, opened.opened))
}

#[test]
fn a_program_that_starts_again_goes_on_where_it_was() {
    let (folder, service) = (Folder::new("again"), Service::start());
    let first = client(&folder.state(), service.port).unwrap();
    let (id, opened) = open(&first, "ann").unwrap();
    assert_eq!(opened, Opening::Started);
    drop(first);
    let second = client(&folder.state(), service.port).unwrap();
    assert_eq!(open(&second, "ann").unwrap(), (id, Opening::Reused));
    assert_eq!(second.forget(Forget::Visitor("ann")).unwrap().forgotten, 1);
    drop(second);
    let third = client(&folder.state(), service.port).unwrap();
    assert_eq!(open(&third, "ann").unwrap().1, Opening::Started);
}

/// Windows takes longer paths than 260 characters in another form alone.
#[test]
fn the_file_may_lie_deep() {
    let (folder, service) = (Folder::new("deep"), Service::start());
    let deep = (0..10).fold(folder.0.clone(), |path, _| path.join("x".repeat(30)));
    std::fs::create_dir_all(&deep).unwrap();
    let state = deep.join("state.json");
    let first = client(&state, service.port).unwrap();
    let (id, _) = open(&first, "ann").unwrap();
    drop(first);
    let second = client(&state, service.port).unwrap();
    assert_eq!(open(&second, "ann").unwrap(), (id, Opening::Reused));
}

#[test]
fn two_programs_share_what_they_know() {
    let (folder, service) = (Folder::new("share"), Service::start());
    let clients = [0, 1].map(|_| client(&folder.state(), service.port).unwrap());
    thread::scope(|scope| {
        for client in &clients {
            for _ in 0..2 {
                scope.spawn(move || {
                    for number in 0..10 {
                        open(client, &format!("visitor-{number}")).unwrap();
                    }
                });
            }
        }
    });
    assert_eq!(service.starts(), 10);
    let ids = clients
        .each_ref()
        .map(|client| open(client, "visitor-3").unwrap().0);
    assert_eq!(ids[0], ids[1]);
}

#[test]
fn a_damaged_file_is_an_error_and_stays() {
    let folder = Folder::new("damaged");
    for text in [
        "",
        "{",
        "[]",
        "{\"version\":2,\"conversations\":[]}",
        "{\"version\":1,\"conversations\":[{}]}",
    ] {
        std::fs::write(folder.state(), text).unwrap();
        let error = client(&folder.state(), 9).unwrap_err();
        let message = error.message();
        assert!(message.starts_with("state.path: "), "{message}");
        assert!(
            message.contains("damaged") && message.contains("state.json"),
            "{message}"
        );
        assert_eq!(std::fs::read_to_string(folder.state()).unwrap(), text);
    }
}

#[test]
fn a_file_that_is_damaged_later_is_an_error_before_anything_is_sent() {
    let (folder, service) = (Folder::new("later"), Service::start());
    let client = client(&folder.state(), service.port).unwrap();
    open(&client, "ann").unwrap();
    std::fs::write(folder.state(), "{}").unwrap();
    let error = open(&client, "bob").unwrap_err();
    assert!(error.message().contains("damaged"), "{error}");
    assert_eq!(error.delivery(), Some(wotnot_core::Delivery::NotSent));
    assert_eq!(service.starts(), 1);
}

#[test]
#[cfg(unix)]
fn the_file_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, service) = (Folder::new("mode"), Service::start());
    let client = client(&folder.state(), service.port).unwrap();
    open(&client, "ann").unwrap();
    for entry in std::fs::read_dir(&folder.0).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{:?}", entry.path());
    }
}

/// More with WOTNOT_KILLS, as `cargo xtask bench state-kill` has it.
const KILLS: usize = 25;

/// How many visitors the killed programs open conversations for, for each of them.
const VISITORS: usize = 20;

#[test]
fn a_program_that_is_killed_loses_and_doubles_no_conversation() {
    let (folder, service) = (Folder::new("kills"), Service::start());
    let kills = std::env::var("WOTNOT_KILLS").map_or(KILLS, |count| count.parse().unwrap());
    for _ in 0..kills {
        let before = service.starts();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "opens_conversations_until_it_is_killed",
                "--ignored",
            ])
            .env("WOTNOT_STATE", folder.state())
            .env("WOTNOT_PORT", service.port.to_string())
            .env("WOTNOT_VISITORS", (kills * VISITORS).to_string())
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        // Killed in the midst of its work, once that has begun.
        while service.starts() == before && child.try_wait().unwrap().is_none() {
            thread::sleep(Duration::from_millis(1));
        }
        thread::sleep(Duration::from_micros(fastrand::u64(..20_000)));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let client = client(&folder.state(), service.port).unwrap();
    let made = service.made.lock().unwrap().clone();
    assert!(made.len() >= kills, "{} starts", made.len());
    for (visitor, ids) in &made {
        assert_eq!(ids.len(), 1, "{visitor} was started twice");
        let event = json!({"event": {"type": "note"}, "conversation": {"key": ids[0]}, "visitor": {"key": format!("{visitor}_777")}});
        let post = json!({"token": "hook", "events": [event]}).to_string();
        client.accept_webhook(&post, None).unwrap();
        // Its answer may have been lost with the program; the event makes up for that.
        let (id, opened) = open(&client, visitor).unwrap();
        assert_eq!(id, ids[0]);
        assert_ne!(opened, Opening::Started);
        client.receive(Some(Duration::ZERO), None).unwrap();
    }
    assert_eq!(service.starts(), made.len());
    println!(
        "{kills} kills, {} conversations: none lost, none doubled",
        made.len()
    );
}

/// The program of the test above.
#[test]
#[ignore = "ends only when it is killed"]
fn opens_conversations_until_it_is_killed() {
    let setting = |name: &str| std::env::var(name).unwrap();
    let state = PathBuf::from(setting("WOTNOT_STATE"));
    let client = client(&state, setting("WOTNOT_PORT").parse().unwrap()).unwrap();
    let visitors: usize = setting("WOTNOT_VISITORS").parse().unwrap();
    let options = CallOptions {
        // No event comes here for one whose start was cut short: the next one is tried.
        timeout: Some(Duration::from_millis(50)),
        ..CallOptions::default()
    };
    loop {
        let start = Start::text(format!("visitor-{}", fastrand::usize(..visitors)), "Hello");
        let _ = client.open_conversation(&start, IfKnown::Reuse, &options);
    }
}
