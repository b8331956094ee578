//! The state file of the library's own link, sealed.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use wotnot_core::{CallOptions, Client, Code, Config, Gateway, IfKnown, Result, Secret, Start};

use crate::harness::World;

fn key(byte: u8) -> String {
    STANDARD.encode([byte; 32])
}

fn client(world: &World, state: &Path, key: Option<&str>) -> Result<Client> {
    Client::new(Config {
        state_path: Some(state.into()),
        state_key: key.map(Secret::new),
        ..Config::through(Gateway::new(world.gateway().url(), "shop-app"))
    })
}

fn visitor(client: &Client) -> String {
    let start = Start::text("", "Hello");
    client
        .open_conversation(&start, IfKnown::Reuse, &CallOptions::default())
        .unwrap();
    client
        .status()
        .unwrap()
        .gateway
        .unwrap()
        .visitor_id
        .unwrap()
}

#[test]
fn a_sealed_state_shows_nothing_and_opens_with_its_key_alone() {
    let world = World::talkative(|_| {});
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let one = key(1);
    let first = client(&world, &state, Some(&one)).unwrap();
    let who = visitor(&first);
    drop(first);
    let written = std::fs::read(&state).unwrap();
    let shows = |text: &str| written.windows(text.len()).any(|it| it == text.as_bytes());
    assert!(!shows(&who) && !shows("refresh") && !shows("shop-app"));
    let again = client(&world, &state, Some(&one)).unwrap();
    assert_eq!(visitor(&again), who);
    drop(again);
    let two = key(2);
    for (given, says) in [(Some(&*two), "does not open"), (None, "is sealed")] {
        let error = client(&world, &state, given).unwrap_err();
        assert_eq!(error.code(), Code::InvalidArgument);
        let text = error.message();
        assert!(
            text.starts_with("state.key: ") && text.contains(says),
            "{text}"
        );
        assert!(!text.contains(&two) && !text.contains(&who), "{text}");
    }
    // What was refused was not written over.
    assert_eq!(visitor(&client(&world, &state, Some(&one)).unwrap()), who);
    let plain = folder.path().join("plain");
    visitor(&client(&world, &plain, None).unwrap());
    let error = client(&world, &plain, Some(&one)).unwrap_err();
    assert!(error.message().contains("is not sealed"), "{error}");
}
