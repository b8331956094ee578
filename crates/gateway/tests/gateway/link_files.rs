//! Files through the library's own link, over a line that breaks.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use wotnot_core::{
    CallOptions, CancelToken, Client, Code, Config, EventKind, Gateway, IfKnown, Start, Upload,
};

use crate::files::{PNG, world_with};
use crate::harness::{DEADLINE, wait_for};
use crate::relay::Relay;

fn client(relay: &Relay, state: &Path) -> Client {
    let url = relay.url();
    Client::new(Config {
        state_path: Some(state.into()),
        timeout: Duration::from_secs(10),
        ..Config::through(Gateway::new(url, "shop-app"))
    })
    .unwrap()
}

fn file<'a>(path: &'a Path, progress: bool) -> Upload<'a> {
    Upload::File {
        path,
        name: None,
        media_type: None,
        progress,
    }
}

#[test]
fn a_file_goes_on_after_cuts_and_in_another_process_and_reaches_the_vendor() {
    let world = world_with(None);
    let relay = Relay::start(&world.gateway().url());
    let folder = tempfile::tempdir().unwrap();
    let (path, state) = (folder.path().join("cat.png"), folder.path().join("state"));
    let mut bytes = PNG.to_vec();
    bytes.resize(900_000, 7);
    std::fs::write(&path, &bytes).unwrap();
    let options = CallOptions::default();
    let first = client(&relay, &state);
    let id = first
        .open_conversation(&Start::text("", "Hello"), IfKnown::Reuse, &options)
        .unwrap()
        .conversation
        .id;
    let before = relay.up();
    relay.break_after(300_000);
    let error = first.upload(&file(&path, false), &options).unwrap_err();
    assert_eq!(error.code(), Code::Network, "{error}");
    assert!(relay.breaks() > 0);
    drop(first);
    // Another process, and one cut on the way: nothing that is there goes up again.
    relay.break_after(i64::MAX);
    let second = client(&relay, &state);
    let again = std::thread::scope(|scope| {
        scope.spawn(|| {
            let cut = relay.up() + 200_000;
            wait_for(|| relay.up() >= cut);
            relay.break_after(0);
            let broken = relay.breaks();
            wait_for(|| relay.breaks() > broken);
            relay.break_after(i64::MAX);
        });
        second.upload(&file(&path, true), &options).unwrap()
    });
    assert!(again.ready);
    let sent = relay.up() - before;
    assert!(sent < 1_000_000, "{sent} bytes for a file of 900,000");
    let mut progress = Vec::new();
    while let Ok(event) = second.receive(Some(Duration::ZERO), None) {
        if event.kind == EventKind::Upload {
            progress.push(event.upload.unwrap());
        }
    }
    let offsets: Vec<u64> = progress.iter().map(|it| it.offset).collect();
    assert!(offsets.is_sorted() && offsets[0] > 0, "{offsets:?}");
    assert_eq!(progress.last().map(|it| &**it), Some(&again));
    // The answer takes it.
    let prompt = loop {
        let event = second.receive(Some(DEADLINE), None).unwrap();
        if let Some(prompt) = event.prompt() {
            break prompt.clone();
        }
    };
    let message = prompt.answer(json!(again.link)).unwrap();
    second.send_message(&id, &message, &options).unwrap();
    let name = again.file_id.clone();
    wait_for(|| {
        let transcripts = world.emulator.transcripts();
        let entries = transcripts.iter().flat_map(|it| &it.entries);
        entries
            .map(|entry| entry.event.to_string())
            .any(|text| text.contains(&name))
    });
}

#[test]
fn an_upload_is_cancelled_and_asked_for_by_its_bytes() {
    let world = world_with(None);
    let relay = Relay::start(&world.gateway().url());
    let folder = tempfile::tempdir().unwrap();
    let client = client(&relay, &folder.path().join("state"));
    let options = CallOptions::default();
    let begun = client
        .upload(
            &Upload::Begin {
                name: "cat.png",
                media_type: None,
                size: PNG.len() as u64,
            },
            &options,
        )
        .unwrap();
    let token = CancelToken::new();
    token.cancel();
    let part = |offset: u64, bytes: &[u8], options: &CallOptions| {
        client.upload(
            &Upload::Part {
                file_id: &begun.file_id,
                offset,
                bytes,
            },
            options,
        )
    };
    let cancelled = CallOptions {
        cancel: Some(token),
        ..CallOptions::default()
    };
    let error = part(0, PNG, &cancelled).unwrap_err();
    assert_eq!(error.code(), Code::Interrupted);
    assert_eq!(part(0, &PNG[..9], &options).unwrap().offset, 9);
    // What is there counts once.
    assert_eq!(part(0, &PNG[..9], &options).unwrap().offset, 9);
    let done = part(9, &PNG[9..], &options).unwrap();
    assert!(done.ready);
    let link: Value = json!(done.link);
    assert!(link.as_str().unwrap().ends_with(&done.file_id));
}
