//! What is reported of the blocks and exits that conversations have walked.

use roxmltree::Document;
use serde_json::json;
use wotnot_emulator::Emulator;
use wotnot_emulator::flow::{Direction, Flow, check, svg_in};

use crate::support::{Visitor, emulator_of, text};

const BLOCKS: &str = "
  ask: {type: buttons, text: Which?, save_to: conversation.it, attempts: 2, else: lost, buttons: [{title: A, next: route}, {title: B, next: route}, {title: Page, url: 'https://example.com'}]}
  route: {type: condition, when: [{variable: conversation.it, equals: A, next: pause}], else: lost}
  pause: {type: delay, seconds: 0, next: done}";

/// Each exit as `block way>to`, those that were walked.
fn walked(emulator: &Emulator) -> (Vec<String>, Vec<String>) {
    let coverage = emulator.coverage("test-bot");
    let blocks = coverage.iter().filter(|block| block.walked);
    let blocks = blocks.map(|block| block.block.clone()).collect();
    let exits = coverage.iter().flat_map(|block| {
        let walked = block.exits.iter().filter(|exit| exit.walked);
        walked.map(|exit| format!("{} {}>{}", block.block, exit.way, exit.to))
    });
    (blocks, exits.collect())
}

#[test]
fn two_exits_to_one_block_count_apart() {
    let emulator = emulator_of(BLOCKS);
    assert_eq!(walked(&emulator), (vec![], vec![]));
    let visitor = Visitor::start(&emulator, "v");
    assert_eq!(walked(&emulator), (vec!["ask".to_owned()], vec![]));
    visitor.say(&text("B"));
    let (blocks, exits) = walked(&emulator);
    assert_eq!(blocks, ["ask", "route", "lost"]);
    assert_eq!(exits, ["ask B>route", "route else>lost"]);
    let all: usize = emulator
        .coverage("test-bot")
        .iter()
        .map(|block| block.exits.len())
        .sum();
    assert_eq!(all, 6, "a mere link is no exit");
}

#[test]
fn wrong_answers_and_delays_are_exits_too() {
    let emulator = emulator_of(BLOCKS);
    let visitor = Visitor::start(&emulator, "v");
    visitor.say(&text("nonsense"));
    visitor.say(&text("nonsense"));
    assert_eq!(walked(&emulator).1, ["ask wrong answers>lost"]);
    let other = Visitor::start(&emulator, "w");
    other.say(&json!({"type": "text", "data": {"body": "A"}}));
    let (_, exits) = walked(&emulator);
    assert!(exits.contains(&"pause >done".to_owned()), "{exits:?}");
    assert!(emulator.coverage("no-such-bot").is_empty());
}

/// The emulator's page marks arrows by these numbers: they are those of what was walked.
#[test]
fn every_arrow_carries_the_block_and_the_number_of_its_way_out() {
    // A block may have the name that a drawing gives to something else.
    let flow = "
bot: {name: Shop, key: shop}
start: menu
trigger: [{variable: visit.url, contains: /prices, next: size}]
groups:
  sizes:
    start: size
    blocks:
      size: {type: input, text: Which size?, attempts: 1, else: person, next: menu}
blocks:
  menu: {type: buttons, text: What is it?, buttons: [{title: Sizes, next: into}, {title: Site, url: 'https://example.com'}, {title: Other}, {title: Help, next: help}], next: person}
  into: {type: jump, group: sizes}
  help: {type: jump, bot: help-bot}
  person: {type: jump, bot: help-bot, to: person}
  trigger: {type: end}
  bot help-bot: {type: end}
";
    let emulator = Emulator::builder().flow_yaml(flow).start().unwrap();
    let coverage = emulator.coverage("shop");
    let flow = Flow::parse("f.yaml", flow).unwrap();
    for direction in [Direction::Right, Direction::Down] {
        let text = svg_in(&flow, direction).unwrap();
        let drawing = Document::parse(&text).unwrap();
        let of = |name: &str| {
            let nodes = drawing.descendants();
            let values = nodes.filter_map(|node| node.attribute(name).map(str::to_owned));
            values.collect::<Vec<_>>()
        };
        let arrows: Vec<(String, String)> =
            of("data-from").into_iter().zip(of("data-exit")).collect();
        let mut exits: Vec<(String, String)> = Vec::new();
        for block in &coverage {
            let numbers = (0..block.exits.len()).map(|number| number.to_string());
            exits.extend(numbers.map(|number| (block.block.clone(), number)));
        }
        let sorted = |mut pairs: Vec<(String, String)>| {
            pairs.sort();
            pairs
        };
        assert_eq!(sorted(arrows), sorted(exits), "{direction:?}");
        let blocks: Vec<String> = coverage.iter().map(|block| block.block.clone()).collect();
        let mut drawn = of("data-block");
        drawn.sort_by_key(|name| blocks.iter().position(|each| each == name));
        assert_eq!(drawn, blocks, "places in other bots are no blocks");
    }
}

#[test]
fn an_arrow_keeps_its_number_where_a_way_before_it_leads_nowhere() {
    let yaml = "bot: {name: A, key: k}\nstart: a\nblocks:\n  a:\n    type: condition\n    when:\n      - {variable: contact.x, equals: 1, next: gone}\n      - {variable: contact.x, equals: 2, next: b}\n    else: b\n  b: {type: end}\n";
    let flow = check("f.yaml", yaml).flow.unwrap();
    let text = svg_in(&flow, Direction::Right).unwrap();
    let drawing = Document::parse(&text).unwrap();
    let nodes = drawing.descendants();
    let numbers: Vec<&str> = nodes
        .filter_map(|node| node.attribute("data-exit"))
        .collect();
    assert_eq!(numbers, ["1", "2"]);
}
