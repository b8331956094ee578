//! The app that is killed while it talks, and what it wrote.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::{Value, json};
use wotnot_core::{
    AppState, CallOptions, Client, Event, EventKind, IfKnown, Message, Resolve, ResolveAction,
    Start,
};

use crate::link::config;

const TOLD: &str = "WOTNOT_LINK_APP";

/// The id of an app's first message.
const FIRST: &str = "first";

/// What the app's process does: says one text after another, and writes what it was promised and what it received.
#[test]
#[ignore = "the process that is killed"]
fn app() {
    let settings = settings();
    let (url, state) = (
        settings["url"].as_str().unwrap(),
        settings["state"].as_str().unwrap(),
    );
    let patience = Duration::from_millis(settings["patience_ms"].as_u64().unwrap_or(40));
    let mut config = config(url, Some(Path::new(state)));
    config.retry.base_delay = patience;
    let client = Client::new(config).unwrap();
    let options = CallOptions {
        timeout: Some(Duration::from_millis(400)),
        queue: true,
        ..CallOptions::default()
    };
    let id = loop {
        // Known from the file, also without a network.
        let known = client.status().unwrap().gateway.unwrap().conversation_id;
        let start = Start::text("", settings["begins"].as_str().unwrap_or("begin"));
        let opened = known.ok_or(()).or_else(|()| {
            let limit = CallOptions {
                queue: false,
                client_id: Some(FIRST.into()),
                ..options.clone()
            };
            let opened = client.open_conversation(&start, IfKnown::Reuse, &limit);
            opened.map(|it| it.conversation.id).map_err(drop)
        });
        if let Ok(id) = opened {
            break id;
        }
    };
    // The others wait for the first message, and where it is in doubt the visitor decides; an earlier life may have
    // been killed before it did.
    let mut is_in_doubt = true;
    for number in 0.. {
        if is_in_doubt {
            let resolve = Resolve {
                conversation_id: &id,
                client_id: FIRST,
                action: ResolveAction::Resend,
            };
            let limit = CallOptions {
                queue: false,
                ..options.clone()
            };
            is_in_doubt = match client.resolve(&resolve, &limit) {
                Ok(_) => false,
                Err(error) => error.api_code() != Some("not_unconfirmed"),
            };
        }
        if settings["speaks"] == true {
            let text = format!(
                "{}text {} {number}.",
                settings["who"].as_str().unwrap_or_default(),
                settings["life"]
            );
            client
                .send_message(&id, &Message::text(&*text), &options)
                .unwrap();
            write(&format!("kept\t{text}"));
        }
        // The line may hold again by now.
        client.set_app_state(AppState::Foreground).unwrap();
        while let Ok(event) = client.receive(Some(patience), None) {
            assert_ne!(event.kind, EventKind::Reset);
            write_event(&event);
            let is_first = event.client_id.as_deref() == Some(FIRST);
            is_in_doubt |= is_first && event.state.as_deref() == Some("unconfirmed");
        }
    }
}

/// What the process was started with.
fn settings() -> Value {
    serde_json::from_str(&std::env::var(TOLD).unwrap()).unwrap()
}

/// Tells the judge.
fn write(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").unwrap();
    out.flush().unwrap();
}

fn write_event(event: &Event) {
    write(&format!(
        "event\t{}\t{}\t{}\t{}\t{}",
        event.event_id,
        event.by().unwrap_or_default(),
        event.text().unwrap_or_default(),
        event.client_id.as_deref().unwrap_or_default(),
        event.state.as_deref().unwrap_or_default(),
    ));
}

/// What the app wrote.
#[derive(Default)]
pub struct Heard {
    /// The texts that it was promised to have sent.
    pub kept: Vec<String>,
    /// By the number of the entry.
    pub events: BTreeMap<u64, Entry>,
}

/// An entry of the log, as an event settings of it.
pub struct Entry {
    by: String,
    text: String,
    client_id: String,
    state: String,
}

impl Heard {
    /// What the visitor said and was promised, as it stands in the log.
    pub fn said(&self) -> Vec<String> {
        let by_visitor = self.events.values().filter(|entry| entry.by == "visitor");
        let said = by_visitor.map(|entry| entry.text.clone());
        said.filter(|text| self.kept.contains(text)).collect()
    }

    /// The newest state of a text of the visitor's.
    pub fn state_of(&self, text: &str) -> Option<&str> {
        let said = self
            .events
            .values()
            .find(|entry| entry.text == text && entry.by == "visitor")?;
        let settings = self.events.values().rev();
        let mut settings =
            settings.filter(|entry| entry.client_id == said.client_id && !entry.state.is_empty());
        settings.next().map(|entry| &*entry.state)
    }

    /// The texts of which nobody knows yet what became.
    pub fn open(&self) -> Vec<String> {
        let is_over = |text: &&String| {
            matches!(
                self.state_of(text),
                Some("accepted" | "unconfirmed" | "rejected")
            )
        };
        let open = self.kept.iter().filter(|text| !is_over(text));
        open.cloned().collect()
    }
}

/// The process, and the thread that reads what it writes.
pub struct App(Child, Option<JoinHandle<()>>);

impl App {
    pub fn start(
        url: &str,
        state: &Path,
        life: u64,
        speaks: bool,
        heard: &Arc<Mutex<Heard>>,
    ) -> Self {
        let settings = json!({"url": url, "state": state, "life": life, "speaks": speaks});
        Self::start_with(&settings, heard, &[])
    }

    /// With these variables besides.
    pub fn start_with(
        settings: &Value,
        heard: &Arc<Mutex<Heard>>,
        variables: &[(&str, &str)],
    ) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["link_app::app", "--exact", "--ignored", "--nocapture"])
            .env(TOLD, settings.to_string())
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (lines, heard) = (
            BufReader::new(child.stdout.take().unwrap()),
            Arc::clone(heard),
        );
        let reader = std::thread::spawn(move || {
            for line in lines.lines().map_while(Result::ok) {
                let mut heard = heard.lock().unwrap();
                match line.split('\t').collect::<Vec<_>>()[..] {
                    ["kept", text] => heard.kept.push(text.to_owned()),
                    ["event", place, by, text, client_id, state] => {
                        // What the library itself says has no number.
                        if let Ok(seq) = place.rsplit('.').next().unwrap().parse() {
                            let [by, text, client_id, state] =
                                [by, text, client_id, state].map(str::to_owned);
                            let entry = Entry {
                                by,
                                text,
                                client_id,
                                state,
                            };
                            heard.events.insert(seq, entry);
                        }
                    }
                    _ => {}
                }
            }
        });
        Self(child, Some(reader))
    }
}

/// SIGKILL; what it had written before is heard.
impl Drop for App {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
        let _ = self.1.take().map(JoinHandle::join);
    }
}
