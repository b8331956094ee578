//! What the other tests ask of a gateway, of one whose conversations are on Redis.

use serde_json::json;
use wotnot_conformance::redis::{DURABLE, Redis};
use wotnot_gateway::Hidden;
use wotnot_gateway::store::migrate;
use wotnot_gateway::store::redis::RedisAddress;

use crate::chat::chats_is_cut_off_and_misses_nothing;
use crate::faults::every_state_is_true;
use crate::harness::{ORIGIN, World, text_is, wait_for};
use crate::resume::every_reader_of_sees_exactly_the_log;

pub fn address(server: &Redis) -> RedisAddress {
    RedisAddress::parse(&Hidden::new(server.url())).unwrap()
}

#[test]
fn a_visitor_chats_is_cut_off_and_misses_nothing() {
    let server = Redis::start(&DURABLE).unwrap();
    let world = World::with(|config| config.store = Some(address(&server)));
    chats_is_cut_off_and_misses_nothing(&world);
}

/// The gateway's file becomes a database of Redis: who comes back finds everything under the same numbers.
#[test]
fn what_was_in_a_file_goes_on_in_redis() {
    let mut world = World::talkative(|_| {});
    let (session, path, before, cursor) = {
        let browser = world.visitor();
        let path = browser.start("m0", "Hello");
        for number in 1..4 {
            let id = format!("m{number}");
            browser.say(&path, &json!({"client_id": id, "text": id}));
            browser.wait_state(&path, &id, &["accepted"]);
        }
        wait_for(|| world.emulator.undelivered() == 0);
        let log = browser.get(&format!("{path}/events?limit=500")).body;
        (
            browser.session.clone(),
            path,
            log["events"].clone(),
            log["cursor"].as_str().unwrap().to_owned(),
        )
    };
    world.gateway = None;
    let server = Redis::start(&DURABLE).unwrap();
    let file = world.config.data.join(wotnot_gateway::STORE_FILE);
    let moved = migrate(&file, address(&server)).unwrap();
    assert_eq!((moved.conversations, moved.visitors), (1, 1));
    assert_eq!(moved.entries, before.as_array().unwrap().len() as u64);
    let again = migrate(&file, address(&server)).unwrap();
    assert_eq!((again.conversations, again.moved_before), (1, 1));
    world.config.store = Some(address(&server));
    world.start();
    // Another one may not be moved over it.
    let why = migrate(&file, address(&server)).unwrap_err().to_string();
    assert!(why.contains("a gateway runs on it"), "{why}");
    let token = session["token"].as_str().unwrap();
    let browser = world.again(token, &session);
    let log = browser.get(&format!("{path}/events?limit=500")).body;
    assert_eq!(log["events"], before);
    let stream = browser.stream(&path, Some(&cursor));
    assert_eq!(stream.next().event, "hello");
    let said = browser.say(&path, &json!({"client_id": "m4", "text": "still here"}));
    assert_eq!(said.status, 202, "{}", said.body);
    let frames = stream.until(text_is("You said still here"));
    assert!(
        frames.iter().all(|frame| frame.event != "reset"),
        "{frames:#?}"
    );
    let refreshed = world.post(
        "/v1/sessions/refresh",
        &[("origin", ORIGIN)],
        &json!({"refresh": session["refresh"]}),
    );
    assert_eq!(refreshed.status, 201, "{}", refreshed.body);
}

#[test]
fn every_reader_sees_exactly_the_log() {
    let server = Redis::start(&DURABLE).unwrap();
    every_reader_of_sees_exactly_the_log(&World::talkative(|config| {
        config.store = Some(address(&server))
    }));
}

#[test]
fn every_state_is_true_and_nothing_is_said_twice() {
    const RUNS: u64 = 60;
    let server = Redis::start(&DURABLE).unwrap();
    every_state_is_true(RUNS, |config| config.store = Some(address(&server)));
}
