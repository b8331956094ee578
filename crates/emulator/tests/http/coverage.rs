//! What is told of the blocks and exits that conversations have walked.

use serde_json::json;

use crate::support::{Visitor, emulator_of, text};

const BLOCKS: &str = "
  ask: {type: buttons, text: Which?, save_to: conversation.it, attempts: 2, else: lost, buttons: [{title: A, next: route}, {title: B, next: route}, {title: Page, url: 'https://example.com'}]}
  route: {type: condition, when: [{variable: conversation.it, equals: A, next: pause}], else: lost}
  pause: {type: delay, seconds: 0, next: done}";

/// Each exit as `block way>to`, those that were walked.
fn walked(emulator: &wotnot_emulator::Emulator) -> (Vec<String>, Vec<String>) {
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
fn two_exits_to_one_block_are_told_apart() {
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
