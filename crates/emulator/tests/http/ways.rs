//! Where a flow goes: each test of a condition, the media of a message, `else`, and a conversation's end.

use serde_json::{Value, json};

use crate::support::{Visitor, emulator_of, text};

#[test]
fn each_test_of_a_condition_decides_the_way() {
    let cases = [
        ("equals: gold", json!("Gold "), json!("golden")),
        ("equals: 5", json!("5"), json!(5.5)),
        ("equals: true", json!("1"), json!("no")),
        ("contains: rao", json!("Asha Rao"), json!("Asha")),
        ("greater: 60", json!(61), json!(60)),
        ("less: 18", json!("17"), json!(18)),
        ("matches: '^A[0-9]+$'", json!("A12"), json!("B12")),
        ("set: true", json!("x"), Value::Null),
        ("set: false", Value::Null, json!("x")),
    ];
    for (test, holds, fails) in cases {
        let emulator = emulator_of(&format!(
            "  ask: {{type: condition, when: [{{variable: contact.it, {test}, next: done}}], else: lost}}"
        ));
        let led = |visitor: &str, value: &Value| {
            let variables = json!({"contact": {"it": value}});
            Visitor::start_with(&emulator, visitor, variables).words()
        };
        assert_eq!(led("a", &holds), ["Done"], "{test} of {holds}");
        assert_eq!(led("b", &fails), ["Lost"], "{test} of {fails}");
    }
}

#[test]
fn every_kind_of_media_has_its_link_and_its_name() {
    for kind in ["image", "audio", "video", "document"] {
        let emulator = emulator_of(&format!(
            "  ask: {{type: message, media: [{{type: {kind}, link: 'https://example.com/a.bin'}}], next: done}}"
        ));
        let visitor = Visitor::start(&emulator, "v");
        assert_eq!(
            visitor.heard()[0]["payload"]["messages"],
            json!([{"type": kind, (kind): {"link": "https://example.com/a.bin", "file_name": "a.bin"}}])
        );
    }
}

#[test]
fn after_so_many_wrong_answers_every_kind_of_question_goes_to_else() {
    for block in [
        "type: buttons, text: B, buttons: [{title: Yes, next: done}]",
        "type: carousel, cards: [{title: C, buttons: [{title: Buy, next: done}]}]",
        "type: slider, text: S, min: 1, max: 3, next: done",
        "type: calendar, text: C, next: done",
        "type: form, text: F, fields: [{label: Mail, type: email}], next: done",
        "type: file_upload, text: U, next: done",
    ] {
        let emulator = emulator_of(&format!("  ask: {{{block}, attempts: 2, else: lost}}"));
        let visitor = Visitor::start(&emulator, "v");
        visitor.say(&text("nonsense"));
        assert_eq!(visitor.place(), "asked", "{block}");
        visitor.say(&text("nonsense"));
        assert_eq!(visitor.words().last().unwrap(), "Lost", "{block}");
    }
}

#[test]
fn a_conversation_that_has_ended_takes_nothing_more() {
    let emulator = emulator_of("  ask: {type: input, text: Name?, next: done}");
    let visitor = Visitor::start(&emulator, "v");
    visitor.say(&text("Asha"));
    assert_eq!(visitor.place(), "ended");
    let events = emulator.transcripts()[0].entries.clone();
    let status = &events.last().unwrap().event["event"];
    assert_eq!(
        (&status["type"], &status["payload"]["is_closed"]),
        (&json!("status"), &json!(1))
    );
    let answer = visitor.send(&text("One more thing")).unwrap();
    assert_eq!(
        (answer.status, answer.json()),
        (400, json!({"error": "Invalid request"}))
    );
    assert!(
        answer
            .header("x-emulator-reason")
            .unwrap()
            .contains("ended")
    );
    assert_eq!(emulator.transcripts()[0].entries.len(), events.len());
}
