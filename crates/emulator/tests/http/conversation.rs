//! A whole conversation over real HTTP, and the webhook events of it.

use crate::support::{Sink, Visitor, post, text};
use serde_json::json;
use wotnot_emulator::Emulator;

const FLOW: &str = r#"
bot: {name: Lead capture, key: lead-bot}
start: welcome
blocks:
  welcome: {type: message, text: "Hi {{contact.name}}", next: topic}
  topic:   {type: buttons, text: "What is it about?", save_to: conversation.topic, buttons: [{title: Sales, next: age}, {title: Our site, url: "https://example.com"}]}
  age:     {type: slider, text: "How old are you?", min: 18, max: 99, step: 1, unit: years, save_to: contact.age, next: route}
  route:   {type: condition, when: [{variable: contact.age, greater: 60, next: human}], else: bye}
  human:   {type: talk_to_human}
  bye:     {type: end, text: "Thank you"}
"#;

#[test]
fn the_start_call_answers_in_the_documented_shape() {
    let emulator = Emulator::builder().flow_yaml(FLOW).start().unwrap();
    let variables = json!({"contact": {"name": "Asha", "email": "a@b.co"}});
    let body = Visitor::start_body(&emulator, "visitor-42", variables);
    let answer = post(&emulator, "/api/v1/conversations", &body).unwrap();
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let answer = answer.json();
    assert_eq!(answer["ok"], true);
    assert_eq!(answer["contact"]["name"], "Asha");
    assert_eq!(answer["contact"]["email"], "a@b.co");
    assert_eq!(answer["contact"]["visitor_key"], "visitor-42_777");
    let created = answer["conversation"]["created_at"].as_str().unwrap();
    assert_eq!(created.len(), "2026-11-22 10:00:00.123456".len());
    assert_eq!(created.as_bytes()[10], b' ');
    assert!(
        answer["conversation"]["assignee"]["to"]
            .as_str()
            .unwrap()
            .contains('@')
    );
    assert!(answer["conversation"]["assignee"]["id"].is_string());
}

#[test]
fn the_start_call_echoes_the_contact_as_strings() {
    let emulator = Emulator::builder().flow_yaml(FLOW).start().unwrap();
    let variables = json!({"contact": {"name": 42, "email": true, "phone": 5550100}});
    let body = Visitor::start_body(&emulator, "visitor-42", variables);
    let answer = post(&emulator, "/api/v1/conversations", &body)
        .unwrap()
        .json();
    assert_eq!(answer["contact"]["name"], "42");
    assert_eq!(answer["contact"]["email"], "true");
    assert_eq!(answer["contact"]["phone"], "5550100");
}

#[test]
fn a_visitor_is_led_through_the_flow_and_the_webhook_hears_it_in_order() {
    let sink = Sink::new();
    let emulator = Emulator::builder()
        .flow_yaml(FLOW)
        .webhook(sink.url(), "hook-token")
        .start()
        .unwrap();
    let visitor = Visitor::start_with(
        &emulator,
        "visitor-42",
        json!({"contact": {"name": "Asha <b>"}}),
    );
    let button = visitor.last()["payload"]["buttons"][0].clone();
    visitor.say(&json!({"type": "button.response", "data": {
        "body": button["title"], "callback": button["callback"],
        "next_dialog": button["next_dialog"], "key": button["key"],
    }}));
    let answer = visitor
        .send(&json!({"type": "slider.response", "data": {"body": "30", "value": 30, "callback": null}}))
        .unwrap();
    let id = answer.json()["message_id"].as_str().unwrap().to_owned();
    assert!(
        id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_alphanumeric()),
        "{id}"
    );

    let events = visitor.delivered(&sink);
    let texts: Vec<String> = events
        .iter()
        .map(|event| {
            let payload = &event["event"]["payload"];
            format!(
                "{} {} {}",
                event["event"]["type"], payload["message_by"]["type"], payload["message"]["type"]
            )
            .replace('"', "")
        })
        .collect();
    assert_eq!(
        texts,
        [
            "conversation_create null null",
            "message visitor text",
            "message bot send_message",
            "message bot button",
            "message visitor button.response",
            "variables null null",
            "message bot slider",
            "message visitor slider.response",
            "variables null null",
            "message bot send_message",
            "status null null",
        ]
    );
    assert!(
        events
            .iter()
            .all(|event| event["visitor"]["key"] == "visitor-42_777")
    );
    let greeting = &events[2]["event"]["payload"]["message"]["payload"]["messages"][0]["text"];
    assert_eq!(greeting, "Hi Asha &lt;b&gt;");
    assert!(
        sink.all()
            .iter()
            .all(|delivered| delivered.body["token"] == "hook-token")
    );
    assert_eq!(visitor.place(), "ended");
    let after = visitor.send(&text("Hello?")).unwrap();
    assert_eq!(
        (after.status, after.json()),
        (400, json!({"error": "Invalid request"}))
    );
}

#[test]
fn dropping_the_emulator_frees_its_port() {
    let emulator = Emulator::builder().flow_yaml(FLOW).start().unwrap();
    let address = emulator.address();
    let _visitor = Visitor::start(&emulator, "v");
    drop(emulator);
    let again = Emulator::builder()
        .flow_yaml(FLOW)
        .port(address.port())
        .start()
        .unwrap();
    assert_eq!(again.address(), address);
}
