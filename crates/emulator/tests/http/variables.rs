//! Variables of the three kinds: where they live, how long, and the webhook events about them.

use serde_json::{Value, json};

use crate::support::{ECHO, Sink, Visitor, emulator_of, flow_of, text};
use wotnot_emulator::Emulator;

#[test]
fn contact_variables_live_on_and_conversation_variables_do_not() {
    let emulator = emulator_of(
        "
  ask: {type: message, text: 'Hi {{contact.name}}/{{conversation.topic}}', next: name}
  name: {type: input, text: Name?, save_to: contact.name, next: topic}
  topic: {type: input, text: Topic?, save_to: conversation.topic, next: done}",
    );
    let first = Visitor::start_with(&emulator, "v", json!({"conversation": {"topic": "none"}}));
    assert_eq!(first.words()[0], "Hi /none");
    first.say(&text("Asha"));
    first.say(&text("Tea"));
    let second = Visitor::start(&emulator, "v");
    assert_ne!(first.conversation, second.conversation);
    assert_eq!(second.words()[0], "Hi Asha/");
    let stranger = Visitor::start(&emulator, "w");
    assert_eq!(stranger.words()[0], "Hi /");
}

#[test]
fn a_new_conversation_tells_the_webhook_what_is_known_of_the_visitor() {
    let sink = Sink::new();
    let emulator = Emulator::builder()
        .flow_yaml(flow_of(ECHO))
        .webhook(sink.url(), "t")
        .start()
        .unwrap();
    let variables = json!({
        "system": {"referrerUrl": "https://example.com", "browser": "Firefox"},
        "contact": {"name": "Asha"}, "conversation": {"cart": 3},
    });
    let first = Visitor::start_with(&emulator, "v", variables);
    let created = first.delivered(&sink)[0]["event"].clone();
    assert_eq!(created["type"], "conversation_create");
    let payload = &created["payload"];
    assert_eq!(payload["assigned_to_user"]["type"], "bot");
    assert!(payload["assigned_to_user"]["id"].is_string());
    assert!(payload["bot_id"].is_u64() && payload["channel"]["name"].is_u64());
    assert!(payload["channel"]["provider"].is_u64());
    assert_eq!(
        (&payload["is_new_visitor"], &payload["is_closed"]),
        (&json!(true), &json!(0))
    );
    assert_eq!(
        (&payload["title"], &payload["browser"]),
        (&json!("Asha"), &json!("Firefox"))
    );
    let external = payload["external_key"].as_str().unwrap();
    assert!(external.len() > first.conversation.len());
    let listed = payload["variables"].as_array().unwrap();
    let value = |name: &str| {
        listed
            .iter()
            .find(|it| it["name"] == name)
            .map(|it| &it["value"])
    };
    assert_eq!(value("referrer_url"), Some(&json!("https://example.com")));
    assert_eq!(value("visitor_name"), Some(&json!("Asha")));
    assert_eq!(value("cart"), Some(&json!(3)));

    let second = Visitor::start(&emulator, "v");
    assert_eq!(
        second.delivered(&sink)[0]["event"]["payload"]["is_new_visitor"],
        false
    );
}

#[test]
fn a_written_variable_is_an_event_and_the_same_value_again_is_none() {
    let emulator = emulator_of(ECHO);
    let visitor = Visitor::start(&emulator, "v");
    let written = || -> Vec<Value> {
        let entries = emulator
            .transcript(&visitor.conversation)
            .unwrap()
            .entries
            .into_iter();
        let variables = entries.filter(|entry| entry.kind == "variables");
        variables
            .map(|entry| entry.event["event"]["payload"]["variables"][0].clone())
            .collect()
    };
    visitor.say(&text("Bo"));
    visitor.say(&text("Bo"));
    assert_eq!(
        written(),
        [json!({"type": "conversation", "name": "name", "value": "Bo"})]
    );
    visitor.say(&text("Asha"));
    assert_eq!(written().len(), 2);
}
