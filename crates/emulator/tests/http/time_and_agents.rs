//! The clock that tests drive, and the people on the company's side.

use std::time::Duration;

use serde_json::json;
use wotnot_emulator::{ClockMode, Emulator};

use crate::support::{Sink, Visitor, call, control, emulator_of, flow_of, text, wait_for};

const LATER: &str = "
  ask: {type: message, text: Wait, next: pause}
  pause: {type: delay, seconds: 3600, next: after}
  after: {type: input, text: Still there?, next: done}";

#[test]
fn a_delay_lasts_until_the_clock_is_moved_on() {
    let emulator = emulator_of(LATER);
    emulator.set_clock(ClockMode::Frozen);
    let visitor = Visitor::start(&emulator, "v");
    assert_eq!(
        visitor.last(),
        json!({"type": "delay", "payload": {"duration": 3600.0}})
    );
    emulator.advance_clock(Duration::from_secs(3_599));
    assert_eq!(visitor.place(), "waiting");
    visitor.say(&text("Hurry up"));
    assert_eq!(
        visitor.words().len(),
        2,
        "the bot does not answer while it waits"
    );
    emulator.advance_clock(Duration::from_secs(1));
    assert_eq!(visitor.words().last().unwrap(), "Still there?");
}

#[test]
fn a_short_delay_ends_by_itself_on_a_running_clock() {
    let emulator = emulator_of(
        "
  ask: {type: delay, seconds: 0.2, next: after}
  after: {type: input, text: Now?, next: done}",
    );
    let visitor = Visitor::start(&emulator, "v");
    wait_for("the end of the delay", || {
        (visitor.place() == "asked").then_some(())
    });
}

#[test]
fn a_token_ends_on_the_emulators_clock() {
    let emulator = Emulator::builder()
        .flow_yaml(flow_of(LATER))
        .token_lifetime(Duration::from_secs(600))
        .start()
        .unwrap();
    let visitor = Visitor::start(&emulator, "v");
    emulator.advance_clock(Duration::from_secs(601));
    let answer = visitor.send(&text("x")).unwrap();
    assert_eq!(
        (answer.status, &answer.json()["code"]),
        (401, &json!("JWT_SIGNATURE_EXCEPTION"))
    );
}

#[test]
fn after_the_hand_over_the_bot_is_silent_and_an_agent_answers() {
    let sink = Sink::new();
    let emulator = Emulator::builder()
        .flow_yaml(flow_of("  ask: {type: talk_to_human, text: One moment}"))
        .webhook(sink.url(), "t")
        .start()
        .unwrap();
    let visitor = Visitor::start(&emulator, "v");
    assert_eq!(
        (visitor.place().as_str(), visitor.words()),
        ("human", vec!["One moment".to_owned()])
    );
    visitor.say(&text("Anybody?"));
    assert_eq!(visitor.words().len(), 1);
    emulator
        .agent_says(&visitor.conversation, "Hello, <Bo> here")
        .unwrap();
    let events = visitor.delivered(&sink);
    let assignee = events
        .iter()
        .find(|event| event["event"]["type"] == "assignee")
        .unwrap();
    assert_eq!(
        assignee["event"]["payload"]["assigned_to_user"]["type"],
        "agent"
    );
    let last = &events.last().unwrap()["event"]["payload"];
    assert_eq!(last["message_by"]["type"], "agent");
    assert_eq!(
        last["message"],
        json!({"type": "text", "text": "Hello, &lt;Bo&gt; here"})
    );
    emulator.close_conversation(&visitor.conversation).unwrap();
    assert_eq!(visitor.send(&text("Bye")).unwrap().status, 400);
    assert!(emulator.agent_says("nobody", "x").is_err());
}

#[test]
fn nobody_writes_into_a_conversation_that_has_ended() {
    let emulator = emulator_of("  ask: {type: input, text: Name?, next: done}");
    let visitor = Visitor::start(&emulator, "v");
    emulator.close_conversation(&visitor.conversation).unwrap();
    let words = visitor.words();
    let refused = emulator.agent_says(&visitor.conversation, "One more thing");
    assert!(
        matches!(&refused, Err(wotnot_emulator::Error::Ended(id)) if *id == visitor.conversation),
        "{refused:?}"
    );
    let path = format!("/conversations/{}/agent", visitor.conversation);
    let answer = control(&emulator, "POST", &path, r#"{"text": "One more thing"}"#);
    assert_eq!(
        (answer.status, &answer.json()["error"]),
        (409, &json!("the conversation has ended"))
    );
    assert_eq!(
        (visitor.place().as_str(), visitor.words()),
        ("ended", words)
    );
}

#[test]
fn an_agent_can_take_over_from_the_bot() {
    let emulator = emulator_of("  ask: {type: input, text: Name?, next: done}");
    let visitor = Visitor::start(&emulator, "v");
    emulator
        .agent_says(&visitor.conversation, "I am here")
        .unwrap();
    assert_eq!(visitor.place(), "human");
    visitor.say(&text("Asha"));
    assert_eq!(visitor.words(), ["Name?", "I am here"]);
}

#[test]
fn a_person_gives_the_conversation_back_and_the_bot_goes_on() {
    let emulator = emulator_of(
        "
  ask: {type: input, text: 'Your name?', next: human}
  human: {type: talk_to_human, text: 'One moment', next: rated}
  rated: {type: input, text: 'Was it good?', next: done}",
    );
    let visitor = Visitor::start(&emulator, "v");
    let id = visitor.conversation.as_str();
    assert!(!emulator.give_back(id).unwrap(), "the bot has it");
    // Taken over in the middle of a question: the bot asks it again.
    emulator.agent_says(id, "Ravi here").unwrap();
    assert!(emulator.give_back(id).unwrap());
    visitor.say(&text("Asha"));
    assert_eq!(visitor.place(), "human");
    let url = format!("{}/conversations/{id}/return", emulator.control_url());
    assert_eq!(call("POST", &url, &[], b"").unwrap().status, 200);
    assert_eq!(call("POST", &url, &[], b"").unwrap().status, 409);
    visitor.say(&text("Yes"));
    assert_eq!(
        visitor.words(),
        [
            "Your name?",
            "Ravi here",
            "Your name?",
            "One moment",
            "Was it good?",
            "Done"
        ]
    );
    let transcript = emulator.transcript(id).unwrap();
    let kinds: Vec<String> = transcript
        .entries
        .iter()
        .filter(|entry| entry.kind == "assignee")
        .map(|entry| entry.event["event"]["payload"]["assigned_to_user"]["type"].to_string())
        .collect();
    assert_eq!(kinds, ["\"agent\"", "\"bot\"", "\"agent\"", "\"bot\""]);
}
