//! Every block: what it says on the wire, what it takes for right, and what it does with what is wrong.

use serde_json::{Value, json};

use crate::support::{Visitor, emulator_of, text};

fn refused(visitor: &Visitor<'_>, message: &Value) {
    let answer = visitor.send(message).unwrap();
    assert_eq!(
        (answer.status, answer.json()),
        (400, json!({"error": "Invalid request"}))
    );
}

#[test]
fn a_message_says_text_and_media_and_asks_for_nothing() {
    let emulator = emulator_of(
        "
  ask:
    type: message
    text: \"Hi {{system.timezone}}\\nLine\"
    media:
      - {type: image, link: 'https://example.com/{{contact.pic}}.png'}
      - {type: document, link: 'https://example.com/a.pdf', file_name: Prices.pdf}
    next: done",
    );
    let variables = json!({"system": {"timezone": "Asia/Kolkata"}, "contact": {"pic": "cat"}});
    let visitor = Visitor::start_with(&emulator, "v", variables);
    assert_eq!(
        visitor.heard()[0],
        json!({"type": "send_message", "payload": {"version": 1, "messages": [
            {"type": "text", "text": "Hi Asia/Kolkata<br>Line"},
            {"type": "image", "image": {"link": "https://example.com/cat.png", "file_name": "cat.png"}},
            {"type": "document", "document": {"link": "https://example.com/a.pdf", "file_name": "Prices.pdf"}},
        ]}})
    );
    assert_eq!(visitor.words(), ["Hi Asia/Kolkata<br>Line", "Done"]);
}

#[test]
fn an_input_takes_its_format_and_answers_the_rest_with_its_error() {
    let cases = [
        ("email", "asha@example.com", "asha"),
        ("phone", "+49 30 1234567", "call me"),
        ("name", "Asha Rao", "R2D2"),
        ("text", "anything", "   "),
    ];
    for (format, right, wrong) in cases {
        let emulator = emulator_of(&format!(
            "  ask: {{type: input, text: 'Say {format}', format: {format}, error: 'No {format}', save_to: contact.it, next: done}}"
        ));
        let visitor = Visitor::start(&emulator, "v");
        let asked = visitor.last();
        if format == "text" {
            assert_eq!(asked, json!({"type": "text", "text": "Say text"}));
        } else {
            assert_eq!(
                asked,
                json!({"type": format, "payload": {"text": format!("Say {format}")}})
            );
        }
        visitor.say(&text(wrong));
        assert_eq!(
            visitor.words()[1..],
            [format!("No {format}"), format!("Say {format}")]
        );
        visitor.say(&text(right));
        assert_eq!(visitor.words().last().unwrap(), "Done");
        assert_eq!(emulator.transcripts()[0].contact["it"], right);
    }
}

#[test]
fn an_input_with_a_pattern_takes_what_matches() {
    let emulator = emulator_of(
        "  ask: {type: input, text: Order?, format: regex, pattern: '^A[0-9]{3}$', next: done}",
    );
    let visitor = Visitor::start(&emulator, "v");
    visitor.say(&text("A12"));
    assert_eq!(
        visitor.words(),
        ["Order?", "That is not in the right form.", "Order?"]
    );
    visitor.say(&text("A123"));
    assert_eq!(visitor.words().last().unwrap(), "Done");
}

#[test]
fn after_the_last_wrong_answer_the_conversation_goes_to_else() {
    let emulator = emulator_of(
        "  ask: {type: input, text: Mail?, format: email, error: 'No', attempts: 2, else: lost, next: done}",
    );
    let visitor = Visitor::start(&emulator, "v");
    visitor.say(&text("a"));
    visitor.say(&text("b"));
    assert_eq!(visitor.words(), ["Mail?", "No", "Mail?", "No", "Lost"]);
}

#[test]
fn buttons_branch_and_a_link_leaves_the_question_open() {
    let emulator = emulator_of(
        "
  ask:
    type: buttons
    text: Which?
    save_to: conversation.topic
    error: Pick one
    buttons: [{title: Sales, next: done}, {title: Other, next: lost}, {title: Site, url: 'https://example.com/{{contact.id}}'}]",
    );
    let variables = json!({"contact": {"id": "a&b"}});
    let visitor = Visitor::start_with(&emulator, "v", variables);
    let offered = visitor.last();
    assert_eq!(offered["type"], "button");
    assert_eq!(offered["payload"]["title"], "Which?");
    let buttons = offered["payload"]["buttons"].clone();
    assert_eq!(buttons[0]["next_dialog"], "done");
    assert_eq!(buttons[2]["type"], "url");
    assert_eq!(buttons[2]["url"], "https://example.com/a&b");
    let pick = |index: usize| {
        let button = &buttons[index];
        json!({"type": "button.response", "data": {"body": button["title"], "key": button["key"],
            "callback": button["callback"], "next_dialog": button["next_dialog"]}})
    };
    visitor.say(&pick(2));
    assert_eq!(visitor.words(), ["Which?"]);
    visitor.say(&text("Nonsense"));
    assert_eq!(visitor.words(), ["Which?", "Pick one", "Which?"]);
    let mut forged = pick(0);
    forged["data"]["key"] = json!("0123456789");
    visitor.say(&forged);
    assert_eq!(visitor.words()[3..], ["Pick one", "Which?"]);
    visitor.say(&pick(1));
    assert_eq!(visitor.words().last().unwrap(), "Lost");
    assert_eq!(emulator.transcripts()[0].variables["topic"], "Other");
}

#[test]
fn a_button_can_be_typed_and_several_can_be_picked_at_once() {
    let emulator = emulator_of(
        "
  ask: {type: buttons, text: Which?, multiple: true, save_to: conversation.topics, buttons: [{title: A}, {title: B}, {title: C}], next: typed}
  typed: {type: buttons, text: Sure?, buttons: [{title: Yes please, next: done}]}",
    );
    let visitor = Visitor::start(&emulator, "v");
    visitor.say(
        &json!({"type": "button.response", "data": {"body": "A, C", "key": "", "callback": "",
        "next_dialog": "", "selected_button_index": [0, 2]}}),
    );
    assert_eq!(emulator.transcripts()[0].variables["topics"], "A, C");
    visitor.say(&text(" yes PLEASE "));
    assert_eq!(visitor.words(), ["Which?", "Sure?", "Done"]);
}

#[test]
fn a_carousel_offers_cards_and_takes_one_of_their_buttons() {
    let emulator = emulator_of(
        "
  ask:
    type: carousel
    text: Our goods
    cards:
      - {title: Tea, description: Green, image: 'https://example.com/t.png', buttons: [{title: Buy, next: lost}]}
      - {title: Coffee, buttons: [{title: Buy, next: done}]}",
    );
    let visitor = Visitor::start(&emulator, "v");
    let offered = visitor.last();
    assert_eq!(offered["type"], "carousel");
    assert_eq!(offered["payload"]["cards"][0]["description"], "Green");
    assert_eq!(
        offered["payload"]["cards"][0]["image"],
        "https://example.com/t.png"
    );
    let second = &offered["payload"]["cards"][1]["buttons"][0];
    visitor.say(
        &json!({"type": "button.response", "data": {"body": "Buy", "key": second["key"],
        "callback": "", "next_dialog": second["next_dialog"]}}),
    );
    assert_eq!(visitor.words().last().unwrap(), "Done");
}

#[test]
fn a_slider_refuses_what_is_off_its_scale_or_its_steps() {
    let emulator = emulator_of(
        "  ask: {type: slider, text: How much?, min: 10, max: 20, step: 2.5, unit: kg, error: 'No', save_to: conversation.kg, next: done}",
    );
    let visitor = Visitor::start(&emulator, "v");
    assert_eq!(
        visitor.last(),
        json!({"type": "slider", "payload": {"title": "How much?", "min": 10, "max": 20, "step": 2.5, "unit": "kg"}})
    );
    let slide = |value: f64| json!({"type": "slider.response", "data": {"body": value.to_string(), "value": value, "callback": null}});
    for wrong in [9.0, 22.5, 11.0] {
        visitor.say(&slide(wrong));
        assert_eq!(
            visitor.words().iter().rev().nth(1).unwrap(),
            "No",
            "{wrong}"
        );
    }
    visitor.say(&text("a lot"));
    visitor.say(&slide(12.5));
    assert_eq!(visitor.words().last().unwrap(), "Done");
    assert_eq!(emulator.transcripts()[0].variables["kg"], 12.5);
}

#[test]
fn an_upload_is_held_to_its_kinds_count_and_size() {
    let emulator = emulator_of(
        "  ask: {type: file_upload, text: Files?, accept: [pdf, 'image/*'], max_files: 2, max_size: 1 KB, error: 'No', save_to: conversation.files, next: done}",
    );
    let visitor = Visitor::start(&emulator, "v");
    assert_eq!(
        visitor.last()["payload"],
        json!({"title": "Files?", "accept": ["pdf", "image/*"], "max_files": 2, "max_size": 1024})
    );
    let file = |name: &str, mime: &str, size: u64| {
        let extension = name.rsplit('.').next().unwrap();
        json!({"filename": name, "link": format!("https://example.com/{name}"), "mime_type": mime,
            "extension": extension, "size": size})
    };
    let send = |files: &[Value]| {
        visitor.say(&json!({"type": "file_upload.response", "data": {"files": files}}))
    };
    let pdf = file("a.pdf", "application/pdf", 1024);
    let png = file("b.png", "image/png", 10);
    let wrong: [&[Value]; 3] = [
        &[file("a.exe", "application/octet-stream", 1)],
        &[pdf.clone(), png.clone(), png.clone()],
        &[file("big.pdf", "application/pdf", 1025)],
    ];
    for files in wrong {
        send(files);
        assert_eq!(visitor.words().iter().rev().nth(1).unwrap(), "No");
    }
    send(&[pdf, png]);
    assert_eq!(visitor.words().last().unwrap(), "Done");
    assert_eq!(
        emulator.transcripts()[0].variables["files"],
        "https://example.com/a.pdf, https://example.com/b.png"
    );
}

#[test]
fn a_form_checks_each_field_by_its_type() {
    let emulator = emulator_of(
        "
  ask:
    type: form
    text: About you
    error: 'No'
    fields:
      - {label: Mail, type: email, save_to: contact.email}
      - {label: Size, type: choice, options: [S, M], save_to: conversation.size}
      - {label: Born, type: date, required: false}
      - {label: Count, type: number, required: false, save_to: conversation.count}
    next: done",
    );
    let visitor = Visitor::start(&emulator, "v");
    let asked = visitor.last();
    assert_eq!(asked["type"], "form");
    assert_eq!(asked["payload"]["fields"][1]["options"], json!(["S", "M"]));
    let send =
        |fields: Value| visitor.say(&json!({"type": "form.response", "data": {"fields": fields}}));
    let mail = json!({"label": "Mail", "value": "a@b.co"});
    let size = json!({"label": "Size", "value": "M"});
    for wrong in [
        json!([mail]),
        json!([{"label": "Mail", "value": "x"}, size]),
        json!([mail, {"label": "Size", "value": "XL"}]),
        json!([mail, size, {"label": "Born", "value": "yesterday"}]),
        json!([mail, size, {"label": "Count", "value": "many"}]),
        json!([mail, size, {"label": "Unasked", "value": "x"}]),
    ] {
        send(wrong.clone());
        assert_eq!(
            visitor.words().iter().rev().nth(1).unwrap(),
            "No",
            "{wrong}"
        );
    }
    send(json!([mail, size, {"label": "Born", "value": ""}, {"label": "Count", "value": 3}]));
    assert_eq!(visitor.words().last().unwrap(), "Done");
    let transcript = &emulator.transcripts()[0];
    assert_eq!(
        (&transcript.contact["email"], &transcript.variables["count"]),
        (&json!("a@b.co"), &json!(3))
    );
}

#[test]
fn a_calendar_takes_a_date_within_its_bounds() {
    let emulator = emulator_of(
        "  ask: {type: calendar, text: When?, format: MM/DD/YYYY, earliest: 2026-01-10, latest: 2026-12-31, auto_open: true, error: 'No', save_to: conversation.day, next: done}",
    );
    let visitor = Visitor::start(&emulator, "v");
    let asked = visitor.last();
    assert_eq!(asked["type"], "calendar");
    assert_eq!(asked["payload"]["auto_open"], true);
    assert_eq!(asked["payload"]["validation"]["format"], "MM/DD/YYYY");
    for wrong in [
        "31/12/2026",
        "02/30/2026",
        "01/09/2026",
        "01/01/2027",
        "soon",
    ] {
        visitor.say(&text(wrong));
        assert_eq!(
            visitor.words().iter().rev().nth(1).unwrap(),
            "No",
            "{wrong}"
        );
    }
    visitor.say(&text("12/31/2026"));
    assert_eq!(emulator.transcripts()[0].variables["day"], "12/31/2026");
}

#[test]
fn javascript_waits_for_every_variable_that_it_asked_for() {
    let emulator = emulator_of(
        "  ask: {type: javascript, code: 'return 1', variables: [contact.plan, conversation.cart], error: 'No', next: done}",
    );
    let visitor = Visitor::start(&emulator, "v");
    assert_eq!(
        visitor.last(),
        json!({"type": "javascript", "payload": {"code": "return 1", "variables": ["contact.plan", "conversation.cart"]}})
    );
    let send = |contact: Value, other: Value| {
        visitor.say(&json!({"type": "javascript.response", "data": {"variables":
            {"contact_variables": contact, "non_contact_variables": other}}}));
    };
    send(json!([{"name": "plan", "value": "pro"}]), json!([]));
    assert_eq!(visitor.words().iter().rev().nth(1).unwrap(), "No");
    send(
        json!([{"name": "plan", "value": "pro"}]),
        json!([{"name": "cart", "value": 3}]),
    );
    let transcript = &emulator.transcripts()[0];
    assert_eq!(
        (&transcript.contact["plan"], &transcript.variables["cart"]),
        (&json!("pro"), &json!(3))
    );
    assert_eq!(transcript.place, "ended");
}

#[test]
fn conditions_jumps_and_set_variables_lead_on_without_a_word() {
    let emulator = emulator_of(
        "
  ask: {type: set_variable, variable: conversation.who, value: '{{contact.name}}!', next: hop}
  hop: {type: jump, to: route}
  route: {type: condition, when: [{variable: conversation.who, contains: asha, next: tell}], else: lost}
  tell: {type: message, text: 'Hello {{conversation.who}}', next: done}",
    );
    let visitor = Visitor::start_with(&emulator, "a", json!({"contact": {"name": "Asha"}}));
    assert_eq!(visitor.words(), ["Hello Asha!", "Done"]);
    let other = Visitor::start_with(&emulator, "b", json!({"contact": {"name": "Bo"}}));
    assert_eq!(other.words(), ["Lost"]);
}

#[test]
fn a_circle_that_never_asks_stops_instead_of_hanging() {
    let emulator = emulator_of(
        "
  ask: {type: message, text: Again, next: route}
  route: {type: condition, when: [{variable: contact.stop, set: true, next: done}], else: ask}",
    );
    let visitor = Visitor::start(&emulator, "v");
    assert_eq!(visitor.place(), "idle");
    assert!(visitor.words().len() <= 1_000);
}

#[test]
fn an_answer_of_another_kind_or_shape_is_an_invalid_request() {
    let emulator = emulator_of("  ask: {type: slider, text: S, min: 0, max: 9, next: done}");
    let visitor = Visitor::start(&emulator, "v");
    for message in [
        json!({"type": "button.response", "data": {"body": "x", "key": "y", "callback": "", "next_dialog": ""}}),
        json!({"type": "slider.response", "data": {"body": "1", "value": "1"}}),
        json!({"type": "slider.response", "data": {"value": 1}}),
        json!({"type": "file_upload.response", "data": {"files": []}}),
        json!({"type": "file_upload.response", "data": {"files": [{"filename": "a"}]}}),
        json!({"type": "form.response", "data": {"fields": [{"value": 1}]}}),
        json!({"type": "javascript.response", "data": {}}),
        json!({"type": "telepathy", "data": {}}),
        json!({"type": "text", "data": {"text": "wrong field"}}),
        json!({"type": "text"}),
        json!({"data": {"body": "x"}}),
        json!("Hello"),
    ] {
        refused(&visitor, &message);
    }
    assert_eq!(visitor.words(), ["S"], "a refused message leaves no trace");
}
