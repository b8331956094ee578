//! Marked values in whatever the vendor may say, in every kind of event: no answer holds a mark.

use std::net::Ipv4Addr;

use serde_json::json;
use wotnot_core::{Event, EventKind};

use crate::harness::{Browser, HOOK_SECRET, HOOK_TOKEN, World, call, wait_for};
use crate::marked::{MARK, payloads, post};

#[test]
fn the_marks_are_in_every_kind_of_event_that_the_vendor_sends() {
    let kinds: Vec<EventKind> = payloads()
        .into_iter()
        .map(|(kind, payload)| {
            let body = post(HOOK_TOKEN, "3f0c", kind, &payload);
            Event::from_raw(body["events"][0].clone()).kind
        })
        .collect();
    for kind in EventKind::ALL {
        // These are the library's own, and a gateway's to its clients.
        let is_sent = !matches!(
            kind,
            EventKind::Evicted
                | EventKind::Log
                | EventKind::Delivery
                | EventKind::Upload
                | EventKind::Reset
                | EventKind::IdentityWanted
        );
        assert_eq!(kinds.contains(&kind), is_sent, "{}", kind.name());
    }
}

/// What the gateway says of answers that fit no question.
fn refusals(browser: &Browser<'_>, path: &str) -> Vec<String> {
    let seq = browser.snapshot(path)["prompt"]["seq"].clone();
    let answers = [
        json!({"option": "o99"}),
        json!({"options": ["o1", "o1"]}),
        json!({"value": -5}),
        json!({"fields": [{"label": "Other", "value": {}}]}),
        json!({"files": ["f_other"]}),
        json!({"variables": {"other": [1]}}),
        json!({"text": ""}),
    ];
    let refused = answers.into_iter().map(|mut body| {
        body["client_id"] = json!("m9");
        body["answer_to"] = seq.clone();
        let answer = browser.say(path, &body);
        assert!(
            matches!(answer.status, 400..=422),
            "{body}: {}",
            answer.body
        );
        answer.body.to_string()
    });
    refused.collect()
}

#[test]
fn nothing_of_the_account_reaches_a_reader() {
    let world = World::with(|config| config.listen.admin = Some((Ipv4Addr::LOCALHOST, 0).into()));
    let browser = world.visitor();
    let path = browser.start("m1", "Hello");
    browser.wait(&path, |it| it["prompt"]["kind"] == "choice");
    wait_for(|| world.emulator.undelivered() == 0);
    let vendor_id = world.emulator.transcripts()[0].conversation.clone();
    let mut answers = Vec::new();
    for (kind, payload) in payloads() {
        let body = post(HOOK_TOKEN, &vendor_id, kind, &payload);
        let taken = world.post(&format!("/hook/{HOOK_SECRET}"), &[], &body);
        assert_eq!(taken.status, 200, "{kind}");
        answers.push(taken.body.to_string());
        answers.extend(refusals(&browser, &path));
    }
    let stream = browser.stream(&path, None);
    let frames = stream.until(|frame| frame.event == "ended");
    answers.extend(frames.iter().map(|frame| format!("{frame:?}")));
    assert!(frames.iter().any(|frame| frame.event == "handover"));
    assert!(frames.len() > 12, "{frames:#?}");
    for path in [
        path.clone(),
        format!("{path}/events?limit=500"),
        format!("{path}/transcript"),
        format!("{path}/transcript?format=txt"),
        format!("{path}/transcript?format=html"),
        "/v1/visitor/export".to_owned(),
    ] {
        let answer = browser.get(&path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        let whole = String::from_utf8_lossy(&answer.bytes).into_owned();
        assert!(
            whole.contains("Pick") || path.contains("events"),
            "{path}: {whole}"
        );
        answers.push(whole);
    }
    let ended = browser.say(&path, &json!({"client_id": "m2", "text": "more"}));
    answers.push(ended.body.to_string());
    let admin = world.gateway().admin_url().unwrap();
    let id = path.rsplit('/').next().unwrap();
    for path in ["/metrics", &format!("/admin/conversations/{id}/timeline")] {
        let answer = call("GET", &format!("{admin}{path}"), &[], None);
        assert_eq!(answer.status, 200, "{path}");
        let whole = String::from_utf8_lossy(&answer.bytes).into_owned();
        // What runs the gateway may know of the vendor's bots, and of nothing else here.
        answers.push(whole.replace("lead-bot", ""));
    }
    for answer in answers {
        for secret in [
            MARK,
            vendor_id.as_str(),
            "lead-bot",
            HOOK_TOKEN,
            HOOK_SECRET,
            // The vendor's HTML, as it came or escaped; a transcript has tags of its own.
            "<b title",
            "&lt;b",
            "_777",
        ] {
            assert!(!answer.contains(secret), "{secret} in {answer}");
        }
        assert!(!answer.contains(world.emulator.token()));
    }
}
