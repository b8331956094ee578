//! What a bot works out: conditions over several variables and dates, numbers, dates and yes or no as answers,
//! counters, and how many of several choices are enough.

use serde_json::{Value, json};

use crate::support::{Visitor, emulator_of, text};

fn said(blocks: &str, variables: Value) -> Vec<String> {
    let emulator = emulator_of(blocks);
    Visitor::start_with(&emulator, "v", variables).words()
}

#[test]
fn a_case_may_ask_for_all_of_several_things_or_for_any() {
    let blocks = "
  ask:
    type: condition
    when:
      - {all: [{variable: contact.plan, equals: gold}, {variable: contact.age, greater: 17}], next: done}
      - {any: [{variable: contact.plan, not_equals: gold}, {variable: contact.vip, set: true}], next: lost}
    else: open
  open: {type: end, text: Open}";
    let of = |contact: Value| said(blocks, json!({ "contact": contact }));
    assert_eq!(of(json!({"plan": "Gold", "age": 18})), ["Done"]);
    assert_eq!(of(json!({"plan": "gold", "age": 17})), ["Open"]);
    assert_eq!(of(json!({"plan": "silver", "age": 18})), ["Lost"]);
    assert_eq!(of(json!({"plan": "gold", "vip": "yes"})), ["Lost"]);
    assert_eq!(
        of(json!({"age": 18})),
        ["Open"],
        "an unset variable fails `not_equals`"
    );
}

#[test]
fn dates_are_compared_with_days_and_with_today_of_the_emulators_clock() {
    let blocks = "
  ask:
    type: condition
    when:
      - {variable: contact.day, before: '2026-01-01', next: done}
      - {variable: contact.day, after: today, next: lost}
    else: open
  open: {type: end, text: Open}";
    let of = |day: &str| said(blocks, json!({"contact": {"day": day}}));
    assert_eq!(of("31/12/2025"), ["Done"]);
    assert_eq!(of("12/31/2025"), ["Done"]);
    assert_eq!(of("2125-06-01"), ["Lost"]);
    assert_eq!(of("01/01/2026"), ["Open"]);
    assert_eq!(of("soon"), ["Open"]);
}

#[test]
fn an_answer_is_kept_as_the_number_date_or_truth_that_it_is() {
    for (format, right, kept, wrong, error) in [
        (
            "number",
            "12.50",
            json!(12.5),
            "many",
            "That is not a number.",
        ),
        ("number", "-3", json!(-3), "1e999", "That is not a number."),
        (
            "date",
            "31/12/2026",
            json!("31/12/2026"),
            "31/31/2026",
            "That is not a date.",
        ),
        (
            "boolean",
            "Yes",
            json!(true),
            "maybe",
            "Please answer yes or no.",
        ),
        (
            "boolean",
            "0",
            json!(false),
            "2",
            "Please answer yes or no.",
        ),
    ] {
        let emulator = emulator_of(&format!(
            "  ask: {{type: input, text: It?, format: {format}, save_to: contact.it, next: done}}"
        ));
        let visitor = Visitor::start(&emulator, "v");
        assert_eq!(visitor.last(), json!({"type": "text", "text": "It?"}));
        visitor.say(&text(wrong));
        visitor.say(&text(right));
        assert_eq!(visitor.words(), ["It?", error, "It?", "Done"]);
        assert_eq!(emulator.transcripts()[0].contact["it"], kept);
    }
}

#[test]
fn a_counter_counts_and_arithmetic_reckons() {
    let emulator = emulator_of(
        "
  ask: {type: set_variable, variable: conversation.round, add: 1, next: more}
  more: {type: input, text: 'Round {{conversation.round}}?', format: number, save_to: conversation.price, next: sum}
  sum: {type: set_variable, variable: conversation.sum, add: '{{conversation.price}}', next: enough}
  enough: {type: condition, when: [{variable: conversation.round, less: 3, next: ask}], else: half}
  half: {type: set_variable, variable: conversation.sum, divide: 2, next: taxed}
  taxed: {type: set_variable, variable: conversation.sum, multiply: 3, next: minus}
  minus: {type: set_variable, variable: conversation.sum, subtract: 0.5, next: result}
  result: {type: end, text: 'It is {{conversation.sum}}'}",
    );
    let visitor = Visitor::start(&emulator, "v");
    for price in ["1", "2", "3"] {
        visitor.say(&text(price));
    }
    assert_eq!(
        visitor.words(),
        ["Round 1?", "Round 2?", "Round 3?", "It is 8.5"]
    );
}

#[test]
fn of_several_choices_least_and_most_may_be_picked() {
    let emulator = emulator_of(
        "  ask: {type: buttons, text: Two?, multiple: true, least: 2, most: 2, error: 'Two, please', save_to: contact.it, buttons: [{title: A}, {title: B}, {title: C}], next: done}",
    );
    let visitor = Visitor::start(&emulator, "v");
    let offered = visitor.last();
    assert_eq!(
        (&offered["payload"]["min"], &offered["payload"]["max"]),
        (&json!(2), &json!(2))
    );
    let pick = |places: &[u32]| {
        json!({"type": "button.response", "data": {"body": "x", "key": "", "callback": "",
            "next_dialog": "", "selected_button_index": places}})
    };
    for few_or_many in [pick(&[1]), pick(&[0, 1, 2]), text("A")] {
        visitor.say(&few_or_many);
        assert_eq!(visitor.words().last().unwrap(), "Two?");
    }
    visitor.say(&pick(&[0, 2]));
    assert_eq!(visitor.words().last().unwrap(), "Done");
    assert_eq!(emulator.transcripts()[0].contact["it"], "A, C");
}

#[test]
fn a_carousel_of_pictures_has_a_type_of_its_own() {
    let emulator = emulator_of(
        "  ask: {type: carousel, images: true, cards: [{title: Tea, image: 'https://example.com/t.png', buttons: [{title: Buy, next: done}]}]}",
    );
    let visitor = Visitor::start(&emulator, "v");
    let offered = visitor.last();
    assert_eq!(offered["type"], "image_carousel");
    assert_eq!(
        offered["payload"]["cards"][0]["image"],
        "https://example.com/t.png"
    );
    visitor.say(&text("Buy"));
    assert_eq!(visitor.words().last().unwrap(), "Done");
}

#[test]
fn a_message_may_say_and_show_several_things_in_an_order_of_its_own() {
    let emulator = emulator_of(
        "
  ask:
    type: message
    messages:
      - {info: 'Asha joined'}
      - {text: 'Hi {{contact.name}}'}
      - {type: image, link: 'https://example.com/a.png'}
      - {text: Bye}
    next: done",
    );
    let visitor = Visitor::start_with(&emulator, "v", json!({"contact": {"name": "Ravi"}}));
    assert_eq!(
        visitor.heard()[0]["payload"]["messages"],
        json!([
            {"type": "info", "info": {"title": "Asha joined"}},
            {"type": "text", "text": "Hi Ravi"},
            {"type": "image", "image": {"link": "https://example.com/a.png", "file_name": "a.png"}},
            {"type": "text", "text": "Bye"},
        ])
    );
}
