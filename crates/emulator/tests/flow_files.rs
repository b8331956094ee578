//! What a flow file may say, and what it becomes.

use wotnot_emulator::flow::{Block, Flow, Test};

const LEAD: &str = r#"bot: {name: Lead capture, key: lead-bot}
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
fn the_flow_of_the_design_reads_as_it_is() {
    let flow = Flow::parse("lead.yaml", LEAD).unwrap();

    assert_eq!(flow.bot.key, "lead-bot");
    assert_eq!(flow.start.as_str(), "welcome");
    let names: Vec<&str> = flow.blocks.keys().map(|name| name.as_str()).collect();
    assert_eq!(names, ["welcome", "topic", "age", "route", "human", "bye"]);
    let Some(Block::Slider(slider)) = flow.blocks.get("age") else {
        panic!("age is a slider")
    };
    assert_eq!((slider.min, slider.max, slider.step), (18.0, 99.0, 1.0));
    let Some(Block::Condition(route)) = flow.blocks.get("route") else {
        panic!("route is a condition")
    };
    assert_eq!(route.when[0].checks[0].test, Test::Greater(60.0));
    assert_eq!(
        flow.blocks["route"].next().map(|to| to.to_string()),
        Some("bye".to_owned())
    );
}

#[test]
fn a_flow_survives_being_kept_as_json() {
    let flow = Flow::parse("lead.yaml", LEAD).unwrap();
    let json = serde_json::to_string(&flow).unwrap();
    assert_eq!(serde_json::from_str::<Flow>(&json).unwrap(), flow);
}
