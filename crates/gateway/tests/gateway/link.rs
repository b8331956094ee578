//! The library's own link to a gateway: a chat, and an app that is killed at random moments while it talks.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;
use wotnot_core::{
    CallOptions, Client, Code, Config, EventFilter, EventKind, Forget, Gateway, IfKnown, Message,
    Opening, Start, TranscriptFormat, TurnEnd,
};

use crate::harness::{DEADLINE, World, wait_for};
use crate::kill::{Process, Upstream};
use crate::link_app::{App, Heard};

const APP: &str = "shop-app";
/// How often the app is killed; the gateway is killed after every fifth.
const KILLS: u64 = 25;

pub fn config(url: &str, state: Option<&Path>) -> Config {
    Config {
        state_path: state.map(Into::into),
        ..Config::through(Gateway::new(url, APP))
    }
}

fn open(client: &Client) -> String {
    let opened = client.open_conversation(
        &Start::text("", "Hello"),
        IfKnown::Reuse,
        &CallOptions::default(),
    );
    opened.unwrap().conversation.id
}

/// The visitor's message as it stands at the gateway now.
fn wait_for_delivery(client: &Client, client_id: &str) -> String {
    loop {
        let event = client.receive(Some(DEADLINE), None).unwrap();
        if event.kind == EventKind::Delivery && event.client_id.as_deref() == Some(client_id) {
            return event.state.unwrap();
        }
    }
}

#[test]
fn the_sample_bot_is_talked_to_through_the_library() {
    let world = World::new();
    let client = Client::new(config(&world.gateway().url(), None)).unwrap();
    let id = open(&client);
    let quiet = Some(Duration::from_millis(1_500));
    let mut turn = client
        .await_turn(&id, quiet, &CallOptions::default())
        .unwrap();
    let mut said = turn.text.clone();
    for value in [json!("Sales"), json!(30)] {
        let prompt = turn.prompt.as_ref().expect("the bot asks");
        let message = prompt.answer(value).unwrap();
        turn = client
            .converse(&id, &message, quiet, &CallOptions::default())
            .unwrap();
        said += &turn.text;
        if turn.ended != TurnEnd::Prompt {
            break;
        }
    }
    assert!(said.contains("What is it about?"), "{said}");
    let transcript = client.transcript(&id, TranscriptFormat::Txt, &CallOptions::default());
    assert!(transcript.unwrap().content.contains("Hello"));
    assert_eq!(world.heard("Hello"), 1);
}

#[test]
fn what_becomes_of_a_message_is_an_event() {
    let world = World::talkative(|_| {});
    let client = Client::new(config(&world.gateway().url(), None)).unwrap();
    let id = open(&client);
    let options = CallOptions {
        client_id: Some("own-1".into()),
        ..CallOptions::default()
    };
    let sent = client
        .send_message(&id, &Message::text("Listen"), &options)
        .unwrap();
    assert_eq!(sent.client_id.as_deref(), Some("own-1"));
    assert_eq!(wait_for_delivery(&client, "own-1"), "accepted");
    // The same again counts for nothing.
    let again = client.send_message(&id, &Message::text("Listen"), &options);
    assert_eq!(again.unwrap().seq, sent.seq);
    let other = client.send_message(&id, &Message::text("Something else"), &options);
    assert_eq!(other.unwrap_err().api_code(), Some("client_id_conflict"));
    assert_eq!(world.heard("Listen"), 1);
}

#[test]
fn the_visitor_stays_the_same_through_the_state_file_and_nothing_comes_twice() {
    let mut world = World::talkative(|_| {});
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("chat.state");
    let url = world.gateway().url();
    let client = Client::new(config(&url, Some(&state))).unwrap();
    let id = open(&client);
    let mut seen = Vec::new();
    while !seen
        .last()
        .is_some_and(|text: &String| text.contains("Say something"))
    {
        let event = client.receive(Some(DEADLINE), None).unwrap();
        seen.push(event.text().unwrap_or_default().to_owned());
    }
    let visitor = client.status().unwrap().gateway.unwrap().visitor_id;
    let taken = Client::new(config(&url, Some(&state))).unwrap_err();
    assert!(
        taken.message().contains("in use by another client"),
        "{taken}"
    );
    drop(client);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&state).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let client = Client::new(config(&url, Some(&state))).unwrap();
    let start = Start::text("", "Hello");
    let opened = client
        .open_conversation(&start, IfKnown::Reuse, &CallOptions::default())
        .unwrap();
    assert_eq!(
        (
            opened.conversation.id.as_str(),
            opened.opened,
            opened.message_sent
        ),
        (id.as_str(), Opening::Reused, false)
    );
    assert_eq!(
        client.status().unwrap().gateway.unwrap().visitor_id,
        visitor
    );
    let turn = client.converse(&id, &Message::text("Asha"), None, &CallOptions::default());
    let text = turn.unwrap().text;
    assert!(text.starts_with("You said Asha"), "{text}");
    // Erased there, and here.
    assert_eq!(
        client.forget(Forget::Conversation(&id)).unwrap().forgotten,
        1
    );
    assert_ne!(open(&client), id);
    world.gateway = None;
}

#[test]
fn a_thread_of_its_own_fills_the_inbox_and_ends_with_the_client() {
    let world = World::talkative(|_| {});
    let mut config = config(&world.gateway().url(), None);
    config.gateway.as_mut().unwrap().background = true;
    let client = Client::new(config).unwrap();
    open(&client);
    let has_come = || {
        client
            .receive_wanted(EventFilter::Any, Some(Duration::ZERO), None)
            .is_ok()
    };
    wait_for(has_come);
    client.close();
    let error = client.receive(None, None).unwrap_err();
    assert_eq!(error.code(), Code::Closed);
}

#[test]
fn what_was_queued_survives_kills_of_the_app_and_of_the_gateway() {
    let upstream = Upstream::start();
    let url = format!("http://{}", upstream.address);
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("chat.state");
    let heard: Arc<Mutex<Heard>> = Arc::default();
    let mut gateway = Some(Process::start(&upstream.settings));
    let mut random = fastrand::Rng::with_seed(KILLS);
    let kept = || heard.lock().unwrap().kept.len();
    for life in 0..KILLS {
        let before = kept();
        let app = App::start(&url, &state, life, true, &heard);
        // Every life gets as far as to be promised something, however slow the machine is.
        wait_for(|| kept() > before);
        std::thread::sleep(Duration::from_millis(random.u64(0..150)));
        if life % 5 == 4 {
            drop(gateway.take());
            let offline = kept();
            wait_for(|| kept() > offline);
            gateway = Some(Process::start(&upstream.settings));
        }
        drop(app);
    }
    let _app = App::start(&url, &state, KILLS, false, &heard);
    let until = Instant::now() + DEADLINE;
    loop {
        let said = heard.lock().unwrap().said();
        let missing: Vec<String> = heard
            .lock()
            .unwrap()
            .kept
            .iter()
            .filter(|text| !said.contains(text))
            .cloned()
            .collect();
        if missing.is_empty() {
            break;
        }
        assert!(Instant::now() < until, "lost: {missing:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
    let heard = heard.lock().unwrap();
    // No entry is missing, and each promised text is there once and in its order.
    let last = *heard.events.keys().last().unwrap();
    assert_eq!(heard.events.len() as u64, last, "entries are missing");
    assert_eq!(heard.said(), heard.kept);
    let mut counts: HashMap<String, usize> = HashMap::new();
    for transcript in upstream.emulator.transcripts() {
        for entry in &transcript.entries {
            let payload = &entry.event["event"]["payload"];
            if payload["message_by"]["type"] == "visitor" {
                let text = payload["message"]["text"].as_str().unwrap_or_default();
                *counts.entry(text.to_owned()).or_default() += 1;
            }
        }
    }
    let doubled: Vec<_> = counts.iter().filter(|(_, count)| **count > 1).collect();
    assert!(doubled.is_empty(), "{doubled:?}");
    println!("{KILLS} kills, {} messages", heard.kept.len());
}
