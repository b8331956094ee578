//! Events that no bot causes: those with a name of their own, and any JSON at all.

use serde_json::{Value, json};
use wotnot_emulator::{Emulator, Error};

use crate::support::{Answer, ECHO, Sink, Visitor, call, emulator_of, flow_of, text, wait_for};

fn post(emulator: &Emulator, path: &str, body: &str) -> Answer {
    let url = format!("{}{path}", emulator.control_url());
    call("POST", &url, &[], body.as_bytes()).unwrap()
}

fn with_webhook(sink: &Sink) -> Emulator {
    let builder = Emulator::builder().flow_yaml(flow_of(ECHO));
    builder.webhook(sink.url(), "t").start().unwrap()
}

fn posted(sink: &Sink) -> Vec<Value> {
    let bodies = sink.all().into_iter();
    bodies
        .flat_map(|post| post.body["events"].as_array().cloned().unwrap_or_default())
        .collect()
}

#[test]
fn an_event_of_a_conversation_is_posted_in_its_order_and_kept() {
    let sink = Sink::new();
    let emulator = with_webhook(&sink);
    let visitor = Visitor::start(&emulator, "v");
    let path = format!("/conversations/{}/events", visitor.conversation);
    let kinds = ["label", "note", "sla_breached", "message_status", "typing"];
    for kind in kinds {
        let answer = post(&emulator, &path, &json!({ "type": kind }).to_string());
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
    let own = json!({"type": "faq_feedback", "payload": {"helpful": true}});
    assert_eq!(post(&emulator, &path, &own.to_string()).status, 200);
    visitor.say(&text("Asha"));
    let events = visitor.delivered(&sink);
    let at = |kind: &str| {
        let found = events.iter().position(|it| it["event"]["type"] == kind);
        found.unwrap_or_else(|| panic!("no {kind}"))
    };
    let places: Vec<usize> = kinds.iter().map(|kind| at(kind)).collect();
    assert!(places.is_sorted(), "{places:?}");
    assert!(places.iter().all(|place| *place < at("variables")));
    for kind in kinds {
        let event = &events[at(kind)];
        assert_eq!(event["conversation"]["key"], visitor.conversation);
        assert_eq!(event["visitor"], events[0]["visitor"]);
        assert!(event["event"]["payload"].is_object(), "{event}");
    }
    assert_eq!(
        events[at("faq_feedback")]["event"]["payload"],
        json!({"helpful": true})
    );
    let transcript = emulator.transcript(&visitor.conversation).unwrap();
    assert!(transcript.entries.iter().any(|entry| entry.kind == "note"));
}

#[test]
fn an_event_without_a_known_type_needs_its_payload() {
    let emulator = emulator_of(ECHO);
    let visitor = Visitor::start(&emulator, "v");
    let path = format!("/conversations/{}/events", visitor.conversation);
    for (body, problem) in [
        (r#"{"type": "holiday"}"#, "payload: missing"),
        ("{}", "missing field `type`"),
        (
            r#"{"type": "note", "payloads": 1}"#,
            "unknown field `payloads`",
        ),
    ] {
        let answer = post(&emulator, &path, body);
        assert_eq!(answer.status, 422, "{}", answer.body);
        assert!(answer.body.contains(problem), "{}", answer.body);
    }
    let gone = post(
        &emulator,
        "/conversations/none/events",
        r#"{"type": "note"}"#,
    );
    assert_eq!(gone.status, 404);
}

#[test]
fn a_raw_event_is_posted_as_it_is_written() {
    let sink = Sink::new();
    let emulator = with_webhook(&sink);
    for raw in [
        r#"{"event": {"type": "hologram", "payload": [1, {"deep": null}]}, "more": true}"#,
        r#""only words""#,
        "null",
        r#"{"event": "message"}"#,
    ] {
        let before = posted(&sink).len();
        let answer = post(&emulator, "/events", raw);
        assert_eq!(answer.status, 200, "{}", answer.body);
        let events = wait_for("the event", || {
            Some(posted(&sink)).filter(|events| events.len() > before)
        });
        let wanted: Value = serde_json::from_str(raw).unwrap();
        assert_eq!(events[before..], [wanted]);
    }
    assert_eq!(post(&emulator, "/events", "{").status, 422);
    assert_eq!(post(&emulator, "/events", "").status, 422);
}

#[test]
fn a_raw_event_of_a_conversation_waits_behind_its_others_and_meets_its_faults() {
    let sink = Sink::new();
    let emulator = with_webhook(&sink);
    let visitor = Visitor::start(&emulator, "v");
    emulator
        .set_faults_yaml("faults: [{fault: webhook_twice, event: hologram}]")
        .unwrap();
    let event =
        json!({"event": {"type": "hologram"}, "conversation": {"key": visitor.conversation}});
    emulator.inject_event(&event).unwrap();
    visitor.say(&text("Asha"));
    let events = sink_after(&sink, &visitor);
    let places: Vec<usize> = (0..events.len())
        .filter(|at| events[*at] == event)
        .collect();
    let [first, second] = places[..] else {
        panic!("{events:?}");
    };
    assert_eq!(second, first + 1);
    let last = events.last().unwrap();
    assert_eq!(last["event"]["payload"]["message_by"]["type"], "bot");
    let transcript = emulator.transcript(&visitor.conversation).unwrap();
    let kept = transcript.entries.iter().find(|it| it.kind == "hologram");
    assert_eq!(kept.unwrap().event, event);
}

/// The events of a conversation once the bot has asked again.
fn sink_after(sink: &Sink, visitor: &Visitor<'_>) -> Vec<Value> {
    wait_for("the question", || {
        let events = sink.events_of(&visitor.conversation);
        let asked = events
            .iter()
            .filter(|it| it["event"]["payload"]["message"]["text"] == "Your name?");
        (asked.count() == 2).then_some(events)
    })
}

#[test]
fn a_raw_event_needs_a_webhook() {
    let emulator = emulator_of(ECHO);
    let answer = post(&emulator, "/events", "{}");
    assert_eq!(answer.status, 409);
    assert!(answer.body.contains("PUT /_emulator/webhook"));
    let refused = emulator.inject_event(&json!({}));
    assert!(matches!(refused, Err(Error::NoWebhook)));
}
