//! Callbacks: values of the bot's own that buttons carry and answers bring back.

use serde_json::{Value, json};

use crate::support::{Visitor, emulator_of, text};

const CARDS: &str = "
  ask:
    type: carousel
    text: Which?
    save_to: conversation.title
    save_callback_to: conversation.article
    cards:
      - title: Tea
        buttons: [{title: Buy, callback: 'article-{{contact.tea}}'}, {title: More, callback: page-2}]
      - {title: Cup, buttons: [{title: Buy}]}
    next: done";

/// The answer that copies an offered button.
fn copy(button: &Value) -> Value {
    json!({"type": "button.response", "data": {"body": button["title"], "key": button["key"],
        "callback": button["callback"], "next_dialog": button["next_dialog"]}})
}

#[test]
fn a_buttons_callback_is_offered_and_what_is_picked_is_kept() {
    let emulator = emulator_of(CARDS);
    for (visitor, card, button, callback) in [
        ("a", 0, 0, "article-17"),
        ("b", 0, 1, "page-2"),
        ("c", 1, 0, ""),
    ] {
        let variables = json!({"contact": {"tea": 17}});
        let visitor = Visitor::start_with(&emulator, visitor, variables);
        let offered = visitor.last()["payload"]["cards"][card]["buttons"][button].clone();
        assert_eq!(offered["callback"], callback);
        visitor.say(&copy(&offered));
        let transcript = emulator.transcript(&visitor.conversation).unwrap();
        assert_eq!(transcript.variables["article"], callback);
        assert_eq!(transcript.variables["title"], offered["title"]);
        assert_eq!(visitor.place(), "ended");
    }
}

#[test]
fn a_button_that_is_typed_brings_its_callback_too() {
    let emulator = emulator_of(CARDS);
    let visitor = Visitor::start(&emulator, "v");
    visitor.say(&text("more"));
    let transcript = emulator.transcript(&visitor.conversation).unwrap();
    assert_eq!(transcript.variables["article"], "page-2");
}

#[test]
fn an_answer_with_another_callback_than_its_buttons_is_refused() {
    let emulator = emulator_of(CARDS);
    let visitor = Visitor::start(&emulator, "v");
    let cards = visitor.last()["payload"]["cards"].clone();
    let before = emulator.transcript(&visitor.conversation).unwrap().hash;
    for (button, wrong) in [
        (&cards[0]["buttons"][1], json!("page-3")),
        (&cards[0]["buttons"][1], json!("")),
        (&cards[0]["buttons"][1], Value::Null),
        (&cards[1]["buttons"][0], json!("page-2")),
    ] {
        let mut answer = copy(button);
        answer["data"]["callback"] = wrong.clone();
        let refused = visitor.send(&answer).unwrap();
        assert_eq!(
            (refused.status, refused.json()),
            (400, json!({"error": "Invalid request"})),
            "{wrong}"
        );
        let reason = refused.header("x-emulator-reason").unwrap();
        assert!(reason.contains("`callback`"), "{reason}");
        assert!(
            !reason.contains("page-"),
            "what the bot said stays out of it"
        );
    }
    let after = emulator.transcript(&visitor.conversation).unwrap().hash;
    assert_eq!(before, after, "nothing was taken");
}

#[test]
fn several_picked_buttons_bring_all_their_callbacks() {
    let emulator = emulator_of(
        "
  ask: {type: buttons, text: Which?, multiple: true, save_callback_to: conversation.ids, buttons: [{title: A, callback: id-1}, {title: B}, {title: C, callback: id-3}], next: done}",
    );
    let visitor = Visitor::start(&emulator, "v");
    visitor.say(
        &json!({"type": "button.response", "data": {"body": "A, B, C", "key": "", "callback": "",
        "next_dialog": "", "selected_button_index": [0, 1, 2]}}),
    );
    let transcript = emulator.transcript(&visitor.conversation).unwrap();
    assert_eq!(transcript.variables["ids"], "id-1, id-3");
}
