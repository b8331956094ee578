//! What becomes of a message when the vendor's answer is lost, late or odd.

use serde_json::json;

use crate::harness::{HOOK_SECRET, HOOK_TOKEN, World};

#[test]
fn an_echo_proves_what_an_answer_that_was_lost_would_have_said() {
    let world = World::talkative(|_| {});
    let browser = world.visitor();
    let path = browser.start("m1", "Hello");
    browser.wait_state(&path, "m1", &["accepted"]);
    world.faults("  - {fault: drop_answer, call: send, times: 1}");
    browser.say(&path, &json!({"client_id": "m2", "text": "a <b> & c"}));
    browser.say(&path, &json!({"client_id": "m3", "text": "next"}));
    assert_eq!(
        browser.wait_state(&path, "m2", &["accepted", "unconfirmed"]),
        "accepted"
    );
    browser.wait_state(&path, "m3", &["accepted"]);
    assert_eq!(world.heard("a &lt;b&gt; &amp; c"), 1);
    assert_eq!(world.heard("next"), 1);
}

#[test]
fn without_an_echo_the_visitor_decides() {
    let world = World::talkative(|_| {});
    let browser = world.visitor();
    let path = browser.start("m1", "Hello");
    browser.wait_state(&path, "m1", &["accepted"]);
    let early = browser.resolve(&path, "m1", "resend");
    assert_eq!((early.status, early.code()), (409, "not_unconfirmed"));
    world.faults(
        "  - {fault: drop_answer, call: send, times: 1}\n  - {fault: webhook_never, by: visitor, times: 1}",
    );
    browser.say(&path, &json!({"client_id": "m2", "text": "once"}));
    browser.wait_state(&path, "m2", &["unconfirmed"]);
    // What comes later does not wait for the visitor's decision.
    browser.say(&path, &json!({"client_id": "m3", "text": "later"}));
    browser.wait_state(&path, "m3", &["accepted"]);
    assert_eq!(world.heard("once"), 1);
    assert_eq!(browser.resolve(&path, "m2", "resend").status, 202);
    browser.wait_state(&path, "m2", &["accepted"]);
    assert_eq!(world.heard("once"), 2, "the visitor asked for it");

    world.faults("  - {fault: drop_request, call: send, times: 1}");
    browser.say(&path, &json!({"client_id": "m4", "text": "never"}));
    browser.wait_state(&path, "m4", &["unconfirmed"]);
    assert_eq!(browser.resolve(&path, "m4", "discard").status, 202);
    browser.wait_state(&path, "m4", &["discarded"]);
    assert_eq!(world.heard("never"), 0);
    assert_eq!(browser.resolve(&path, "m4", "nonsense").status, 400);
    assert_eq!(browser.resolve(&path, "m9", "resend").status, 404);
}

#[test]
fn a_lost_start_is_found_again_by_the_first_event() {
    let world = World::talkative(|_| {});
    for (number, faults) in [
        "  - {fault: drop_answer, call: start, times: 1}",
        "  - {fault: webhook_early, call: start, times: 1}",
        "  - {fault: webhook_early, call: start, times: 1}\n  - {fault: drop_answer, call: start, times: 1}",
        "  - {fault: drop_answer, call: start, times: 1}\n  - {fault: webhook_never, by: visitor}",
    ]
    .into_iter()
    .enumerate()
    {
        world.faults(faults);
        let browser = world.visitor();
        let first = format!("Hello {number}");
        let path = browser.start("m1", &first);
        let state = browser.wait_state(&path, "m1", &["accepted", "unconfirmed", "rejected"]);
        assert_eq!(state, "accepted", "{faults}");
        world.faults("  []");
        let second = format!("I am back {number}");
        browser.say(&path, &json!({"client_id": "m2", "text": second}));
        browser.wait_state(&path, "m2", &["accepted"]);
        browser.wait(&path, |snapshot| {
            let said = format!("You said {second}");
            let messages = snapshot["messages"].as_array().unwrap();
            messages.iter().any(|message| message["text"] == said)
        });
        assert_eq!((world.heard(&first), world.heard(&second)), (1, 1));
    }
}

/// A start that was sent again has two conversations at the vendor. What the first of them says late is
/// not about an older start that never arrived.
#[test]
fn a_late_event_of_a_start_that_was_sent_again_proves_no_older_start() {
    let world = World::talkative(|_| {});
    world.faults(
        "  - {fault: drop_request, call: start, times: 1}
  - {fault: drop_answer, call: start, skip: 1, times: 1}
  - {fault: webhook_never, conversation: 1}",
    );
    let browser = world.visitor();
    let lost = browser.start("m1", "first");
    browser.wait_state(&lost, "m1", &["unconfirmed"]);
    assert_eq!(browser.resolve(&lost, "m1", "discard").status, 202);
    let path = browser.start("m2", "second");
    browser.wait_state(&path, "m2", &["unconfirmed"]);
    assert_eq!(browser.resolve(&path, "m2", "resend").status, 202);
    browser.wait_state(&path, "m2", &["accepted"]);
    assert_eq!((world.heard("first"), world.heard("second")), (0, 2));

    let transcripts = world.emulator.transcripts();
    let late = transcripts
        .iter()
        .filter(|it| it.entries.iter().any(|entry| !entry.faults.is_empty()))
        .flat_map(|it| &it.entries);
    for entry in late {
        let body = json!({"token": HOOK_TOKEN, "events": [entry.event]});
        let taken = world.post(&format!("/hook/{HOOK_SECRET}"), &[], &body);
        assert_eq!(taken.status, 200, "{}", taken.body);
    }
    let snapshot = browser.snapshot(&lost);
    assert_eq!(snapshot["messages"].as_array().map(Vec::len), Some(1));
    assert_eq!(snapshot["messages"][0]["state"], "discarded");
}

#[test]
fn a_refusal_is_final_or_tried_again_as_the_vendor_says() {
    let world = World::talkative(|_| {});
    world.faults("  - {fault: rate_limited, call: start, times: 6, retry_after: 0}");
    let browser = world.visitor();
    let path = browser.start("m1", "Hello");
    browser.wait_state(&path, "m1", &["accepted"]);
    assert_eq!(world.heard("Hello"), 1);
    world.faults("  - {fault: invalid_request, call: send, times: 1}");
    browser.say(&path, &json!({"client_id": "m2", "text": "refused"}));
    browser.wait_state(&path, "m2", &["rejected"]);
    let log = browser.get(&format!("{path}/events?limit=500")).body;
    let failed = log["events"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["state"] == "rejected");
    assert_eq!(failed.unwrap()["code"], "invalid_request");

    world.faults("  - {fault: channel_not_enabled, call: start}");
    let other = world.visitor();
    let path = other.start("m1", "Nobody is there");
    other.wait_state(&path, "m1", &["rejected"]);
    assert_eq!(other.snapshot(&path)["state"], "ended");
}

#[test]
fn a_post_that_comes_twice_is_shown_once() {
    let world = World::talkative(|_| {});
    world.faults(
        "  - {fault: webhook_batched, event: message, chance: 0.6}\n  - {fault: webhook_twice, event: message}",
    );
    let browser = world.visitor();
    let path = browser.start("m1", "Hello");
    browser.wait_state(&path, "m1", &["accepted"]);
    // The same words again and again, and the same answers.
    for number in 2..8 {
        let id = format!("m{number}");
        browser.say(&path, &json!({"client_id": id, "text": "yes"}));
        browser.wait_state(&path, &id, &["accepted"]);
        let answers = |snapshot: &serde_json::Value| {
            let messages = snapshot["messages"].as_array().unwrap();
            let said = messages.iter().filter(|it| it["text"] == "You said yes");
            said.count()
        };
        browser.wait(&path, |snapshot| {
            world.emulator.undelivered() == 0 && answers(snapshot) + 1 >= number
        });
        assert_eq!(
            answers(&browser.snapshot(&path)),
            number - 1,
            "round {number}"
        );
    }
    assert_eq!(world.heard("yes"), 6);
}
