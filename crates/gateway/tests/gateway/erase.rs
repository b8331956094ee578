//! What goes: old entries of a long log, and everything of a visitor who wants it gone.

use std::num::NonZeroU64;

use serde_json::json;

use crate::harness::{HOOK_SECRET, HOOK_TOKEN, World, wait_for};

#[test]
fn a_reader_whose_entries_were_dropped_gets_a_reset_and_reads_on() {
    let world = World::talkative(|config| {
        config.keep.log_entries = NonZeroU64::new(12).unwrap();
    });
    let browser = world.visitor();
    let path = browser.start("m0", "Hello");
    let first = browser.get(&format!("{path}/events?limit=1"));
    let old = first.body["cursor"].as_str().unwrap();
    for number in 1..9 {
        let id = format!("m{number}");
        let said = browser.say(&path, &json!({"client_id": id, "text": "more"}));
        assert_eq!(said.status, 202, "{}", said.body);
        browser.wait_state(&path, &id, &["accepted"]);
    }
    let read = browser.get(&format!("{path}/events?after={old}"));
    assert_eq!(
        read.body["events"],
        json!([{"type": "reset", "reason": "too_old"}])
    );
    let stream = browser.stream(&path, Some(old));
    assert_eq!(stream.next().event, "hello");
    let reset = stream.next();
    assert_eq!(reset.data, json!({"type": "reset", "reason": "too_old"}));
    // From there on nothing is missed, and the snapshot holds the newest ones.
    browser.say(&path, &json!({"client_id": "m9", "text": "the last"}));
    stream.until(|frame| frame.data["text"] == "the last");
    let snapshot = browser.snapshot(&path);
    let messages = snapshot["messages"].as_array().unwrap();
    assert!(!messages.is_empty() && messages.len() <= 14, "{snapshot:#}");
    // Who asks without a cursor gets what there is, without a hole.
    let all = browser.get(&format!("{path}/events?limit=500"));
    let events = all.body["events"].as_array().unwrap();
    let seqs: Vec<u64> = events.iter().filter_map(|it| it["seq"].as_u64()).collect();
    assert!(seqs[0] > 1 && seqs.windows(2).all(|pair| pair[0] + 1 == pair[1]));
    assert_eq!(world.gateway().gaps(), 0);
    // The same post again is still known, though its entry is gone.
    let again = browser.say(&path, &json!({"client_id": "m1", "text": "more"}));
    assert_eq!(again.status, 200, "{}", again.body);
}

#[test]
fn nothing_of_an_erased_visitor_comes_back_by_the_hook() {
    let world = World::talkative(|_| {});
    let browser = world.user(7);
    let path = browser.start("m1", "Hello");
    browser.wait_state(&path, "m1", &["accepted"]);
    wait_for(|| world.emulator.undelivered() == 0);
    let transcript = world.emulator.transcripts().remove(0);
    let visitor_key = transcript.entries[0].event["visitor"]["key"].clone();
    assert_eq!(browser.delete("/v1/visitor").status, 202);
    let late = browser.get(&path);
    assert_eq!((late.status, late.code()), (401, "token_revoked"));

    // The same user comes back; the vendor cannot be reached, so that it names nothing.
    world.faults("  - {fault: drop_request, call: start, times: 100}");
    let again = world.user(7);
    let second = again.start("m1", "Hello again");
    let body = json!({"token": HOOK_TOKEN, "events": [{
        "event": {"type": "message", "payload": {"message_by": "bot",
            "message": {"type": "text", "text": "Late words"}}},
        "conversation": {"key": transcript.conversation}, "visitor": {"key": visitor_key}}]});
    let taken = world.post(&format!("/hook/{HOOK_SECRET}"), &[], &body);
    assert_eq!(taken.status, 200, "{}", taken.body);
    let snapshot = again.snapshot(&second);
    assert!(!snapshot.to_string().contains("Late words"), "{snapshot:#}");
    assert_eq!(world.stored("Late words"), 0);
    assert_eq!(world.stored("Hello again"), 1);
}
