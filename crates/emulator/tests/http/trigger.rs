//! The trigger: with which block a conversation begins, by what its start call says.

use serde_json::{Value, json};
use wotnot_emulator::Emulator;

use crate::support::{Visitor, post, text};

const FLOW: &str = "
bot: {name: Guide, key: guide}
start: welcome
trigger:
  - {variable: visit.url, contains: /pricing, next: pricing}
  - {variable: visit.language, equals: fr, next: french}
  - all: [{variable: visit.number, greater: 1}, {variable: contact.plan, equals: gold}]
    next: again
  - {variable: visit.message, matches: '(?i)invoice', next: invoices}
  - {variable: visit.visitor, equals: vip-1, next: vip}
  - {variable: conversation.cart, greater: 0, next: cart}
expects: [contact.plan, conversation.cart]
blocks:
  welcome: {type: input, text: Welcome, next: bye}
  pricing: {type: input, text: 'Prices, seen at {{visit.url}}', next: bye}
  french: {type: input, text: Bonjour, next: bye}
  again: {type: input, text: 'Again, for the {{visit.number}}. time', next: bye}
  invoices: {type: input, text: Invoices, next: bye}
  vip: {type: input, text: 'At your service, {{visit.visitor}}', next: bye}
  cart: {type: input, text: Your cart, next: bye}
  bye: {type: end}
";

fn emulator() -> Emulator {
    Emulator::builder().flow_yaml(FLOW).seed(1).start().unwrap()
}

/// What the bot says first to a visitor who says this and brings these variables.
fn first(emulator: &Emulator, visitor: &str, message: &str, variables: Value) -> String {
    let mut body = Visitor::start_body(emulator, visitor, variables);
    body["message"] = text(message);
    let answer = post(emulator, "/api/v1/conversations", &body).unwrap();
    let conversation = answer.json()["conversation"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let visitor = Visitor {
        emulator,
        conversation,
    };
    visitor.words().remove(0)
}

#[test]
fn what_the_start_call_says_decides_where_the_flow_begins() {
    let emulator = emulator();
    let nothing = json!({});
    assert_eq!(first(&emulator, "a", "Hello", nothing.clone()), "Welcome");
    for name in ["referrerUrl", "referrer_url", "sourceUrl"] {
        let url = json!({"system": {(name): "https://example.com/pricing?a=1"}});
        assert_eq!(
            first(&emulator, "b", "Hello", url),
            "Prices, seen at https://example.com/pricing?a=1"
        );
    }
    for language in ["fr", "fr-CA", "FR_be", "fr-FR,fr;q=0.9,en;q=0.8"] {
        let system = json!({"system": {"browserLanguage": language}});
        assert_eq!(
            first(&emulator, "c", "Hello", system),
            "Bonjour",
            "{language}"
        );
    }
    let frisian = json!({"system": {"browserLanguage": "fry"}});
    assert_eq!(first(&emulator, "d", "Hello", frisian), "Welcome");
    let message = "Where is my INVOICE?";
    assert_eq!(first(&emulator, "e", message, nothing.clone()), "Invoices");
    assert_eq!(
        first(&emulator, "vip-1", "Hello", nothing),
        "At your service, vip-1"
    );
    let cart = json!({"conversation": {"cart": 2}});
    assert_eq!(first(&emulator, "f", "Hello", cart), "Your cart");
}

#[test]
fn a_visitor_who_comes_again_is_recognised() {
    let emulator = emulator();
    let gold = || json!({"contact": {"plan": "gold"}});
    assert_eq!(first(&emulator, "v", "Hello", gold()), "Welcome");
    assert_eq!(
        first(&emulator, "v", "Hello", json!({})),
        "Again, for the 2. time",
        "the contact's variable lives on"
    );
    assert_eq!(first(&emulator, "w", "Hello", gold()), "Welcome");
}

#[test]
fn the_day_of_the_visit_is_the_clocks() {
    let flow = "
bot: {name: Guide, key: guide}
start: welcome
trigger:
  - all: [{variable: visit.date, after: 2026-12-19}, {variable: visit.date, before: 2026-12-27}]
    next: holidays
blocks:
  welcome: {type: end, text: 'Welcome on {{visit.date}}'}
  holidays: {type: end, text: Happy holidays}
";
    let emulator = Emulator::builder().flow_yaml(flow).start().unwrap();
    let day = |days: u64| std::time::UNIX_EPOCH + std::time::Duration::from_secs(days * 86_400);
    emulator.set_time(day(20_806)); // 2026-12-19
    assert_eq!(
        first(&emulator, "v", "x", json!({})),
        "Welcome on 2026-12-19"
    );
    emulator.set_time(day(20_807));
    assert_eq!(first(&emulator, "v", "x", json!({})), "Happy holidays");
}

#[test]
fn the_trigger_counts_among_what_was_walked() {
    let emulator = emulator();
    first(&emulator, "a", "Hello", json!({}));
    first(&emulator, "b", "invoice", json!({}));
    let coverage = emulator.coverage("guide");
    assert_eq!(
        (coverage[0].block.as_str(), coverage[0].walked),
        ("(trigger)", true)
    );
    let exits = coverage[0].exits.iter();
    let walked: Vec<&str> = exits
        .clone()
        .filter(|exit| exit.walked)
        .map(|exit| exit.to.as_str())
        .collect();
    assert_eq!((exits.len(), walked), (7, vec!["invoices", "welcome"]));
    assert_eq!(coverage[0].exits[6].way, "else");
}
