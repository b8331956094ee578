//! Groups of blocks, and jumps: into them, to blocks, and to other bots.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use wotnot_emulator::{Activity, ClockMode, Emulator};

use crate::support::{Sink, Visitor, call, text, wait_for};

/// A menu whose two ways lead into groups.
const GROUPED: &str = "
bot: {name: Shop, key: shop}
start: menu
groups:
  returns:
    start: which
    blocks:
      which: {type: input, text: Which order?, save_to: conversation.order, next: taken}
      taken: {type: message, text: 'Order {{conversation.order}} comes back', next: back}
      back: {type: jump, to: menu}
  sizes:
    start: size
    blocks:
      size: {type: input, text: Which size?, next: bye}
blocks:
  menu:
    type: buttons
    text: What is it?
    buttons: [{title: Returns, next: to_returns}, {title: Sizes, next: to_sizes}, {title: Help, next: to_help}]
  to_returns: {type: jump, group: returns}
  to_sizes: {type: jump, group: sizes}
  to_help: {type: jump, bot: help}
  bye: {type: end, text: Bye}
";

const HELP: &str = "
bot: {name: Help, key: help}
start: ask
groups:
  people:
    start: person
    blocks:
      person: {type: input, text: 'Whom, {{conversation.order}}?', next: shop}
blocks:
  ask: {type: input, text: 'How can we help?', save_to: conversation.need, next: shop}
  shop: {type: jump, bot: shop, to: bye}
";

fn emulator(flows: &[&str]) -> Emulator {
    let builder = flows.iter().fold(Emulator::builder(), |builder, flow| {
        builder.flow_yaml(*flow)
    });
    builder.start().unwrap()
}

fn walked(emulator: &Emulator, key: &str) -> Vec<String> {
    let blocks = emulator.coverage(key).into_iter();
    let exits = blocks.flat_map(|block| {
        let walked = block.exits.into_iter().filter(|exit| exit.walked);
        walked.map(move |exit| format!("{} -> {}", block.block, exit.to))
    });
    exits.collect()
}

#[test]
fn a_jump_leads_into_a_group_and_one_of_its_blocks_leads_out_again() {
    let emulator = emulator(&[GROUPED]);
    let visitor = Visitor::start(&emulator, "v");
    visitor.say(&text("Returns"));
    assert_eq!(visitor.words(), ["What is it?", "Which order?"]);
    let transcript = emulator.transcript(&visitor.conversation).unwrap();
    assert_eq!(transcript.block.as_deref(), Some("which"));
    visitor.say(&text("A1"));
    assert_eq!(visitor.words()[2..], ["Order A1 comes back", "What is it?"]);
    visitor.say(&text("Sizes"));
    visitor.say(&text("40"));
    assert_eq!(visitor.words()[4..], ["Which size?", "Bye"]);
    assert_eq!(visitor.place(), "ended");
    assert_eq!(
        walked(&emulator, "shop"),
        [
            "menu -> to_returns",
            "menu -> to_sizes",
            "to_returns -> group returns",
            "to_sizes -> group sizes",
            "which -> taken",
            "taken -> back",
            "back -> menu",
            "size -> bye",
        ]
    );
}

#[test]
fn a_jump_to_another_bot_hands_it_the_conversation_with_its_variables() {
    let sink = Sink::new();
    let emulator = Emulator::builder()
        .flow_yaml(GROUPED)
        .flow_yaml(HELP)
        .webhook(sink.url(), "t")
        .start()
        .unwrap();
    let visitor = Visitor::start(&emulator, "v");
    let shop = visitor.delivered(&sink)[0]["event"]["payload"]["assigned_to_user"].clone();
    visitor.say(&text("Help"));
    assert_eq!(visitor.words(), ["What is it?", "How can we help?"]);
    let transcript = emulator.transcript(&visitor.conversation).unwrap();
    assert_eq!(
        (transcript.bot_key.as_str(), transcript.bot_version),
        ("help", 1)
    );
    let assignees = || -> Vec<Value> {
        let events = visitor.delivered(&sink).into_iter();
        let events = events.filter(|event| event["event"]["type"] == "assignee");
        events
            .map(|event| event["event"]["payload"]["assigned_to_user"].clone())
            .collect()
    };
    let help = assignees();
    assert_eq!((help.len(), &help[0]["type"]), (1, &json!("bot")));
    assert_ne!(help[0]["id"], shop["id"]);

    visitor.say(&text("A parcel"));
    assert_eq!(visitor.words()[2..], ["Bye"]);
    assert_eq!(assignees()[1], shop, "back with the first bot");
    let transcript = emulator.transcript(&visitor.conversation).unwrap();
    assert_eq!(
        (transcript.bot_key.as_str(), &transcript.variables["need"]),
        ("shop", &json!("A parcel"))
    );
    assert_eq!(
        walked(&emulator, "help"),
        ["ask -> shop", "shop -> bot shop, bye"]
    );
    assert_eq!(
        walked(&emulator, "shop"),
        ["menu -> to_help", "to_help -> bot help"]
    );
}

#[test]
fn a_jump_to_another_bot_may_name_a_block_or_a_group_there() {
    let blocks = |target: &str| {
        format!(
            "bot: {{name: A, key: a}}\nstart: go\nblocks:\n  go: {{type: jump, bot: help, {target}}}\n"
        )
    };
    for (target, said) in [
        ("to: ask", "How can we help?"),
        ("group: people", "Whom, 7?"),
    ] {
        let emulator = emulator(&[&blocks(target), HELP]);
        let variables = json!({"conversation": {"order": 7}});
        let visitor = Visitor::start_with(&emulator, "v", variables);
        assert_eq!(visitor.words(), [said]);
    }
}

#[test]
fn a_jump_to_a_bot_that_is_not_there_stops_the_flow_and_the_developer_sees_it() {
    let activities: Arc<Mutex<Vec<Activity>>> = Arc::default();
    let noted = activities.clone();
    let emulator = Emulator::builder()
        .flow_yaml(GROUPED)
        .observer(move |activity| noted.lock().unwrap().push(activity.clone()))
        .start()
        .unwrap();
    let visitor = Visitor::start(&emulator, "v");
    visitor.say(&text("Help"));
    assert_eq!(visitor.place(), "idle");
    let reason = wait_for("the notice", || {
        let activities = activities.lock().unwrap();
        activities.iter().find_map(|activity| match activity {
            Activity::FlowStopped { reason, bot, .. } if bot == "shop" => Some(reason.clone()),
            _ => None,
        })
    });
    assert_eq!(
        reason,
        "the block `to_help` jumps to the bot `help`, which is not deployed"
    );
    // Once it is deployed the next conversation finds it.
    emulator.deploy_yaml(HELP).unwrap();
    let visitor = Visitor::start(&emulator, "w");
    visitor.say(&text("Help"));
    assert_eq!(visitor.words(), ["What is it?", "How can we help?"]);
}

#[test]
fn bots_that_jump_to_each_other_without_a_question_stop() {
    let flow = |key: &str, other: &str| {
        format!(
            "bot: {{name: A, key: {key}}}\nstart: go\nblocks:\n  go: {{type: jump, bot: {other}}}\n"
        )
    };
    let emulator = emulator(&[&flow("a", "b"), &flow("b", "a")]);
    let visitor = Visitor::start(&emulator, "v");
    assert_eq!(visitor.place(), "idle");
}

#[test]
fn a_state_keeps_groups_and_the_bot_that_has_the_conversation() {
    let emulator = emulator(&[GROUPED, HELP]);
    let visitor = Visitor::start(&emulator, "v");
    visitor.say(&text("Help"));
    // A running clock would go on between the two exports.
    emulator.set_clock(ClockMode::Frozen);
    let state = emulator.export_state();
    let other = self::emulator(&["bot: {name: A, key: a}\nstart: a\nblocks: {a: {type: end}}"]);
    other.import_state(&state).unwrap();
    assert_eq!(other.export_state(), state);
    let visitor = Visitor {
        emulator: &other,
        conversation: visitor.conversation,
    };
    let url = format!(
        "{}/api/v1/conversation/{}/messages",
        other.base_url(),
        visitor.conversation
    );
    let body = json!({"message": text("x"), "user": {"type": "VISITOR"}}).to_string();
    let token = format!("Bearer {}", other.token());
    let headers = [
        ("authorization", token.as_str()),
        ("content-type", "application/json"),
    ];
    let answer = call("POST", &url, &headers, body.as_bytes()).unwrap();
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(visitor.words().last().unwrap(), "Bye");
}
