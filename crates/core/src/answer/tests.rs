use serde_json::{Value, json};

use super::*;
use crate::event::read_prompt;

fn prompt(document: Value) -> Prompt {
    read_prompt(document).unwrap()
}

fn answered(document: Value, value: Value) -> std::result::Result<Value, String> {
    prompt(document)
        .answer(value)
        .map(|message| Value::Object(message.data))
        .map_err(|error| error.message().to_owned())
}

fn options(labels: &[&str]) -> Value {
    let option = |(at, label): (usize, &&str)| {
        json!({"label": label, "answer": {"type": "button.response", "data": {
            "body": label, "callback": "", "next_dialog": "", "key": format!("k-{at}")}}})
    };
    labels.iter().enumerate().map(option).collect()
}

#[test]
fn an_option_is_found_by_label_key_and_index() {
    let choice =
        json!({"kind": "choice", "options": options(&["Sales", "Book a  demo", "sales "])});
    for (value, key) in [
        (json!("Sales"), "k-0"),
        (json!("book a demo"), "k-1"),
        (json!("k-2"), "k-2"),
        (json!(1), "k-1"),
        (json!([2]), "k-2"),
    ] {
        let data = answered(choice.clone(), value.clone()).unwrap();
        assert_eq!(data["key"], key, "{value}");
    }
    let error = answered(choice, json!("SALES")).unwrap_err();
    assert!(error.starts_with("value: several options"), "{error}");
}

#[test]
fn bounds_that_no_answer_could_meet_are_not_held() {
    let choice = |least: u64, most: u64| {
        json!({"kind": "choice", "options": options(&["A", "B"]), "multiple": true,
               "least": least, "most": most})
    };
    assert!(answered(choice(5, 9), json!([0, 1])).is_ok());
    assert!(answered(choice(0, 0), json!([0])).is_ok());
    assert!(answered(choice(2, 1), json!([0, 1])).is_ok());
    let error = answered(choice(0, 1), json!([])).unwrap_err();
    assert_eq!(error, "value: the bot asks for one option");
}

#[test]
fn a_slider_without_bounds_takes_any_number() {
    assert!(answered(json!({"kind": "slider"}), json!(-7.5)).is_ok());
    let scale = |step: Value| json!({"kind": "slider", "min": 0.1, "max": 1, "step": step});
    for (value, taken) in [(json!(0.3), true), (json!(1.0), true), (json!(0.25), false)] {
        assert_eq!(
            answered(scale(json!(0.1)), value.clone()).is_ok(),
            taken,
            "{value}"
        );
    }
    assert!(answered(scale(json!(0)), json!(0.25)).is_ok());
    assert!(answered(scale(json!(0.1)), json!(null)).is_err());
}

#[test]
fn long_lists_of_names_are_cut() {
    let labels: Vec<String> = (0..30)
        .map(|at| format!("{at} {}", "x".repeat(60)))
        .collect();
    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
    let choice = json!({"kind": "choice", "options": options(&labels)});
    let error = answered(choice, json!("other")).unwrap_err();
    assert!(
        error.contains("… and 20 more") || error.contains("\" and 20 more"),
        "{error}"
    );
    assert!(error.len() < 700, "{error}");
}

#[test]
fn two_fields_of_one_label_are_answered_in_order() {
    let form = json!({"kind": "form", "fields": [{"label": "Name"}, {"label": "Name"}]});
    let filled = json!([{"label": "Name", "value": "A"}, {"label": "Name", "value": "B"}]);
    assert_eq!(answered(form, filled.clone()).unwrap()["fields"], filled);
}

#[test]
fn what_the_bot_does_not_list_is_taken_as_it_is() {
    let form = answered(
        json!({"kind": "form", "fields": []}),
        json!({"Name": "Asha"}),
    );
    assert_eq!(
        form.unwrap()["fields"],
        json!([{"label": "Name", "value": "Asha"}])
    );
    let code = json!({"kind": "javascript", "code": "1", "variables": []});
    let variables = answered(code, json!({"contact.name": "Asha", "sum": 2})).unwrap();
    assert_eq!(
        variables["variables"],
        json!({"contact_variables": [{"name": "name", "value": "Asha"}],
               "non_contact_variables": [{"name": "sum", "value": 2}]})
    );
    let choice = json!({"kind": "choice", "options": []});
    assert_eq!(answered(choice, json!("Sales")).unwrap()["body"], "Sales");
}

#[test]
fn no_error_repeats_what_was_given() {
    const GIVEN: &str = "4711-secret";
    for document in [
        json!({"kind": "text", "format": "email"}),
        json!({"kind": "text", "format": "phone"}),
        json!({"kind": "choice", "options": options(&["Sales"])}),
        json!({"kind": "slider", "min": 1}),
        json!({"kind": "file", "limits": {"accept": ["pdf"], "max_files": 1}}),
        json!({"kind": "form", "fields": [{"label": "Mail", "type": "email"}]}),
        json!({"kind": "form", "fields": [{"label": "Mail", "options": ["a"]}]}),
        json!({"kind": "date", "validation": {"format": "DD/MM/YYYY"}}),
        json!({"kind": "javascript", "code": null, "variables": ["sum"]}),
    ] {
        for value in [
            json!(GIVEN),
            json!([GIVEN, GIVEN]),
            json!({"Mail": GIVEN}),
            json!({"sum": [GIVEN]}),
            json!({"link": format!("https://example.com/{GIVEN}.png")}),
        ] {
            if let Err(error) = answered(document.clone(), value) {
                assert!(!error.contains(GIVEN), "{error}");
            }
        }
    }
}

#[test]
fn a_prompt_that_is_none_is_named() {
    for (document, expected) in [
        (
            json!("slider"),
            "prompt: expected the `prompt` of an event, found a string",
        ),
        (json!({}), "prompt.kind: missing"),
        (json!({"kind": "choice"}), "prompt.options: missing"),
        (
            json!({"kind": "choice", "options": [{}]}),
            "prompt.options[0]: expected",
        ),
        (
            json!({"kind": "choice", "options": [{"label": "A", "answer": "A"}]}),
            "prompt.options[0].answer: expected",
        ),
        (
            json!({"kind": "form", "fields": 1}),
            "prompt.fields: expected the array",
        ),
    ] {
        let error = read_prompt(document).unwrap_err();
        assert!(error.message().starts_with(expected), "{error}");
    }
}

/// The JSON form says all that an answer depends on.
#[test]
fn a_prompt_is_read_back_as_it_was_written() {
    for (kind, payload) in [
        ("email", json!({"text": "x"})),
        (
            "button",
            json!({"multiple": true, "min": 1, "max": 2, "buttons": [
            {"title": "A", "key": "k"}, {"title": "B", "url": "https://example.com"}]}),
        ),
        (
            "slider",
            json!({"min": 1, "max": "9", "step": 0.5, "unit": "%"}),
        ),
        ("file_upload", json!({"max_files": 2})),
        (
            "form",
            json!({"fields": [{"label": "Name", "required": true}, "City"]}),
        ),
        ("calendar", json!({"validation": {"format": "DD/MM/YYYY"}})),
        (
            "javascript",
            json!({"code": "1", "variables": ["a", {"name": "b"}]}),
        ),
        ("sticker", json!({})),
    ] {
        let event = crate::Event::from_raw(json!({"event": {"type": "message", "payload": {
            "message_by": "bot", "message": {"type": kind, "payload": payload}}}}));
        let prompt = event.prompt().unwrap();
        let document = serde_json::to_value(prompt).unwrap();
        assert_eq!(read_prompt(document).unwrap(), *prompt, "{kind}");
    }
}
