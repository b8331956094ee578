//! The service profile: each guess about the service can be made the other way, and nothing else changes.

use serde_json::{Value, json};
use wotnot_emulator::{Emulator, ServiceProfile, TranscriptEntry};

use crate::support::{Answer, ECHO, Sink, Visitor, call, flow_of, post, text, wait_for};

/// An emulator that behaves as this profile says.
fn emulator(profile: &str) -> Emulator {
    with_blocks(profile, ECHO)
}

fn with_blocks(profile: &str, blocks: &str) -> Emulator {
    Emulator::builder()
        .flow_yaml(flow_of(blocks))
        .service_profile(ServiceProfile::from_yaml(profile).unwrap())
        .start()
        .unwrap()
}

fn with_sink(profile: &str, sink: &Sink) -> Emulator {
    let emulator = emulator(profile);
    let webhook = wotnot_emulator::Webhook {
        url: sink.url(),
        token: Some("t".into()),
        ..Default::default()
    };
    emulator.set_webhook(Some(webhook)).unwrap();
    emulator
}

fn start(emulator: &Emulator, visitor: &str) -> Answer {
    let body = Visitor::start_body(emulator, visitor, json!({}));
    post(emulator, "/api/v1/conversations", &body).unwrap()
}

fn id(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.body);
    let id = &answer.json()["conversation"]["id"];
    id.as_str().unwrap().to_owned()
}

/// The messages that the webhook received, once it had the bot's answer to `said`.
fn delivered(emulator: &Emulator, sink: &Sink, said: &str) -> Vec<Value> {
    let visitor = Visitor::start(emulator, "v");
    visitor.say(&text(said));
    let expected = format!("You said {said}");
    wait_for("the bot's answer", || {
        let events = sink.events_of(&visitor.conversation);
        let messages: Vec<Value> = events
            .into_iter()
            .filter(|event| event["event"]["type"] == "message")
            .map(|event| event["event"]["payload"].clone())
            .collect();
        let is_answer = |it: &Value| it["message"].to_string().contains(&expected);
        messages.iter().any(is_answer).then_some(messages)
    })
}

fn by(message: &Value) -> &str {
    let by = &message["message_by"];
    by.as_str().or_else(|| by["type"].as_str()).unwrap()
}

#[test]
fn without_an_echo_the_webhook_hears_the_bot_alone_and_the_transcript_keeps_all() {
    let sink = Sink::new();
    let emulator = with_sink("echo: false", &sink);
    let messages = delivered(&emulator, &sink, "Asha");
    let of_the_bot = messages.iter().filter(|message| by(message) == "bot");
    assert_eq!(of_the_bot.count(), messages.len(), "{messages:?}");
    let entries = &emulator.transcripts()[0].entries;
    let author =
        |entry: &TranscriptEntry| entry.event["event"]["payload"]["message_by"]["type"].clone();
    let said = entries.iter().filter(|entry| author(entry) == "visitor");
    assert_eq!(said.count(), 2);
}

#[test]
fn echoes_and_authors_have_the_other_shapes_that_were_seen() {
    let sink = Sink::new();
    let emulator = with_sink(
        "{echo_shape: sent, message_by: text, message_ids: false}",
        &sink,
    );
    let messages = delivered(&emulator, &sink, "Asha");
    let echo = messages
        .iter()
        .find(|message| message["message_by"] == "visitor");
    assert_eq!(
        echo.unwrap(),
        &json!({"message_by": "visitor", "message": {"type": "text", "data": {"body": "Hello"}}})
    );
    assert!(
        messages
            .iter()
            .any(|message| message["message_by"] == "bot")
    );
    assert!(messages.iter().all(|message| message["id"].is_null()));
}

#[test]
fn without_variable_events_the_webhook_gets_none() {
    let sink = Sink::new();
    let emulator = with_sink("variable_events: false", &sink);
    delivered(&emulator, &sink, "Asha");
    let transcript = &emulator.transcripts()[0];
    assert_eq!(transcript.variables["name"], "Asha");
    assert!(
        transcript
            .entries
            .iter()
            .all(|entry| entry.kind != "variables")
    );
}

#[test]
fn without_jump_events_a_jump_to_another_bot_is_silent() {
    let kinds = |profile: &str| -> Vec<String> {
        let other =
            "bot: {name: B, key: b}\nstart: a\nblocks: {a: {type: input, text: Here, next: a}}";
        let emulator = with_blocks(profile, "  ask: {type: jump, bot: b}");
        emulator.deploy_yaml(other).unwrap();
        let visitor = Visitor::start(&emulator, "v");
        assert_eq!(visitor.words(), ["Here"]);
        let transcript = emulator.transcript(&visitor.conversation).unwrap();
        transcript
            .entries
            .into_iter()
            .map(|entry| entry.kind)
            .collect()
    };
    let assignee = "assignee".to_owned();
    assert!(kinds("{}").contains(&assignee));
    assert!(!kinds("jump_events: false").contains(&assignee));
}

#[test]
fn without_retries_a_refused_delivery_is_given_up_at_once() {
    let sink = Sink::answering(|_, _| (503, String::new()));
    let emulator = with_sink("webhook_retries: false", &sink);
    let visitor = Visitor::start(&emulator, "v");
    let made = emulator
        .transcript(&visitor.conversation)
        .unwrap()
        .entries
        .len();
    let letters = wait_for("the dead letters", || {
        let letters = emulator.dead_letters();
        (letters.len() == made).then_some(letters)
    });
    assert!(letters.iter().all(|letter| letter.attempts == 1));
    assert_eq!(sink.all().len(), made);
}

#[test]
fn a_second_start_makes_joins_replaces_or_is_refused() {
    let new = emulator("{}");
    assert_ne!(id(&start(&new, "v")), id(&start(&new, "v")));
    assert_eq!(new.transcripts()[0].place, "asked");

    let same = emulator("second_start: same");
    let first = start(&same, "v");
    let second = start(&same, "v");
    assert_eq!(first.json(), second.json());
    assert_ne!(id(&start(&same, "w")), id(&first), "another visitor");
    let joined = Visitor {
        emulator: &same,
        conversation: id(&first),
    };
    assert_eq!(joined.words()[2..], ["You said Hello", "Your name?"]);
    same.close_conversation(&id(&first)).unwrap();
    assert_ne!(
        id(&start(&same, "v")),
        id(&first),
        "an ended one is not joined"
    );

    let closes = emulator("second_start: closes_first");
    let (first, second) = (id(&start(&closes, "v")), id(&start(&closes, "v")));
    assert_ne!(first, second);
    let place = |id: &str| closes.transcript(id).unwrap().place;
    assert_eq!(
        (place(&first).as_str(), place(&second).as_str()),
        ("ended", "asked")
    );
    let last = closes.transcript(&first).unwrap().entries.pop().unwrap();
    assert_eq!(last.kind, "status");

    let refuses = emulator("second_start: refused");
    let first = id(&start(&refuses, "v"));
    let second = start(&refuses, "v");
    assert_eq!(
        (second.status, &second.json()["code"]),
        (400, &json!("CONVERSATION_CREATION_EXCEPTION"))
    );
    refuses.close_conversation(&first).unwrap();
    assert_eq!(start(&refuses, "v").status, 200);
}

#[test]
fn a_message_to_an_ended_conversation_may_be_taken() {
    let blocks = "  ask: {type: jump, to: done}";
    let refuses = with_blocks("{}", blocks);
    let visitor = Visitor::start(&refuses, "v");
    assert_eq!(visitor.send(&text("More?")).unwrap().status, 400);
    let takes = with_blocks("after_end: taken", blocks);
    let visitor = Visitor::start(&takes, "v");
    visitor.say(&text("More?"));
    assert_eq!(
        (visitor.words(), visitor.place()),
        (vec!["Done".to_owned()], "ended".to_owned())
    );
}

#[test]
fn typed_answers_may_be_refused_where_something_else_is_offered() {
    let emulator = with_blocks(
        "typed_answers: false",
        "  ask: {type: buttons, text: Well?, buttons: [{title: 'Yes', next: name}]}\n  name: {type: input, text: Name?, next: done}",
    );
    let visitor = Visitor::start(&emulator, "v");
    assert_eq!(visitor.send(&text("Yes")).unwrap().status, 400);
    let button = visitor.last()["payload"]["buttons"][0].clone();
    visitor.say(
        &json!({"type": "button.response", "data": {"body": button["title"], "key": button["key"],
        "callback": button["callback"], "next_dialog": button["next_dialog"]}}),
    );
    visitor.say(&text("Asha"));
    assert_eq!(visitor.words(), ["Well?", "Name?", "Done"]);
}

#[test]
fn the_bot_is_named_by_the_field_that_the_profile_says() {
    for (profile, field, status) in [
        ("{}", "bot_key", 200),
        ("{}", "publish_key", 200),
        ("bot_key_field: bot_key", "bot_key", 200),
        ("bot_key_field: bot_key", "publish_key", 400),
        ("bot_key_field: publish_key", "publish_key", 200),
        ("bot_key_field: publish_key", "bot_key", 400),
    ] {
        let emulator = emulator(profile);
        let mut body = Visitor::start_body(&emulator, "v", json!({}));
        let key = body.as_object_mut().unwrap().remove("bot_key").unwrap();
        body[field] = key;
        let answer = post(&emulator, "/api/v1/conversations", &body).unwrap();
        assert_eq!(answer.status, status, "{profile} {field}");
    }
}

#[test]
fn what_is_not_known_of_a_contact_may_be_absent() {
    let contact = |profile: &str| start(&emulator(profile), "v").json()["contact"].clone();
    assert_eq!(
        contact("{}"),
        json!({"name": null, "email": null, "phone": null, "visitor_key": "v_777"})
    );
    assert_eq!(
        contact("unknown_contact: left_out"),
        json!({"visitor_key": "v_777"})
    );
}

#[test]
fn an_invalid_request_has_the_status_that_the_profile_says() {
    for status in [200, 400, 404, 422] {
        let emulator = emulator(&format!("invalid_request_status: {status}"));
        let visitor = Visitor {
            emulator: &emulator,
            conversation: "none".into(),
        };
        let answer = visitor.send(&text("x")).unwrap();
        assert_eq!(
            (answer.status, answer.json()),
            (status, json!({"error": "Invalid request"}))
        );
    }
}

#[test]
fn refusals_have_the_fields_that_the_profile_says() {
    for (profile, code, status) in [
        ("{}", true, true),
        ("failure_fields: no_status", true, false),
        ("failure_fields: no_code", false, true),
    ] {
        let emulator = emulator(profile);
        let answer = post(
            &emulator,
            "/api/v1/conversations",
            &json!({"channel": "WEB"}),
        )
        .unwrap();
        let body = answer.json();
        assert_eq!(
            (answer.status, &body["error"]),
            (400, &json!("CHANNEL_NOT_ENABLED"))
        );
        assert_eq!(
            (body.get("code").is_some(), body.get("status").is_some()),
            (code, status),
            "{profile}"
        );
    }
}

#[test]
fn the_control_api_reads_and_sets_the_profile_and_a_reset_puts_it_back() {
    let emulator = emulator("echo: false");
    let url = format!("{}/profile", emulator.control_url());
    let get = || call("GET", &url, &[], b"").unwrap().json();
    assert_eq!(
        (&get()["echo"], &get()["second_start"]),
        (&json!(false), &json!("new"))
    );
    let set = call("PUT", &url, &[], b"second_start: refused\n").unwrap();
    assert_eq!(set.status, 200, "{}", set.body);
    assert_eq!(
        (&get()["echo"], &get()["second_start"]),
        (&json!(true), &json!("refused"))
    );
    assert_eq!(start(&emulator, "v").status, 200);
    assert_eq!(start(&emulator, "v").status, 400);

    let state = emulator.export_state();
    assert_eq!(state["profile"]["second_start"], "refused");
    let other = self::emulator("{}");
    other.import_state(&state).unwrap();
    assert_eq!(other.service_profile(), emulator.service_profile());

    emulator.reset();
    assert_eq!(
        (&get()["echo"], &get()["second_start"]),
        (&json!(false), &json!("new"))
    );
}

#[test]
fn a_wrong_profile_is_refused_and_says_why() {
    let emulator = emulator("{}");
    let url = format!("{}/profile", emulator.control_url());
    for (wrong, why) in [
        ("ecko: false", "ecko"),
        ("echo: 7", "line 1"),
        ("second_start: maybe", "maybe"),
        (
            "invalid_request_status: 500",
            "`invalid_request_status` is 200 or from 400 to 499, not 500",
        ),
        ("[", "profile"),
    ] {
        let answer = call("PUT", &url, &[], wrong.as_bytes()).unwrap();
        assert_eq!(answer.status, 422, "{wrong}");
        let error = answer.json()["error"].as_str().unwrap().to_owned();
        assert!(error.contains(why), "{wrong}: {error}");
    }
    assert_eq!(emulator.service_profile(), ServiceProfile::default());
    let missing = Emulator::builder()
        .flow_yaml(flow_of(ECHO))
        .service_profile_file("no-such-file.yaml")
        .start();
    assert!(
        missing
            .unwrap_err()
            .to_string()
            .starts_with("no-such-file.yaml: ")
    );
}

#[test]
fn the_page_names_every_setting_and_its_example_is_a_profile() {
    let page = include_str!("../../../../docs/emulator.md");
    let (_, section) = page.split_once("\n## The service profile\n").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let example = section
        .split("```yaml")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .unwrap();
    let example = ServiceProfile::from_yaml(example).unwrap();
    assert_ne!(example, ServiceProfile::default());
    let assumed = serde_json::to_value(ServiceProfile::default()).unwrap();
    for (name, value) in assumed.as_object().unwrap() {
        let row = section
            .lines()
            .find(|line| line.starts_with(&format!("| `{name}`")));
        let value = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        let cell = row
            .and_then(|row| row.split(" | ").nth(1))
            .unwrap_or_default();
        assert!(
            cell.starts_with(&format!("`{value}`")),
            "{name}: {value}: {row:?}"
        );
    }
}
