use super::*;
use crate::store::EntryKind;

fn asked(prompt: Value, answers: Option<Value>) -> Entry {
    Entry {
        seq: 4,
        kind: EntryKind::Message,
        frame: json!({"prompt": prompt}).to_string().into(),
        answers,
        at_ms: 0,
    }
}

fn choice() -> Entry {
    let answer = |label: &str| {
        json!({"type": "button.response", "data": {"body": label, "callback": "c",
               "next_dialog": "", "key": ""}})
    };
    asked(
        json!({"kind": "choice", "options": [{"id": "o1", "label": "Sales"}, {"id": "o2", "label": "Site"}]}),
        Some(json!([answer("Sales"), null])),
    )
}

fn said(body: Value, asked: Option<&Entry>) -> Result<(String, Value), String> {
    Post::read(body)
        .and_then(|post| say(post, asked, &[]))
        .map(|said| (said.text, said.message))
        .map_err(|error| {
            format!(
                "{} {}",
                error.code().name(),
                error.body()["error"]["message"]
            )
        })
}

#[test]
fn an_option_becomes_the_vendors_own_answer() {
    let body = json!({"client_id": "m1", "answer_to": 4, "option": "o1"});
    let (text, message) = said(body, Some(&choice())).unwrap();
    assert_eq!(text, "Sales");
    assert_eq!(message["data"]["callback"], "c");
}

#[test]
fn a_slider_and_a_form_are_checked_by_the_library() {
    let slider = asked(json!({"kind": "slider", "min": 18, "max": 99}), None);
    let (text, message) = said(json!({"client_id": "m", "value": 30}), Some(&slider)).unwrap();
    assert_eq!(text, "30");
    assert_eq!(
        message["data"],
        json!({"body": "30", "value": 30, "callback": null})
    );
    let form = asked(json!({"kind": "form", "fields": []}), None);
    let body = json!({"client_id": "m", "fields": [{"label": "Name", "value": "Asha"}]});
    assert_eq!(said(body, Some(&form)).unwrap().0, "Name: Asha");
}

#[test]
fn several_are_picked_within_the_bounds_that_were_shown() {
    let answer = json!({"type": "button.response", "data": {"body": "A", "callback": "",
        "next_dialog": "", "key": ""}});
    let options =
        json!([{"id": "o1", "label": "A"}, {"id": "o2", "label": "B"}, {"id": "o3", "label": "C"}]);
    let asked = asked(
        json!({"kind": "choice", "multiple": true, "least": 2, "most": 2, "options": options}),
        Some(json!([answer.clone(), answer.clone(), answer])),
    );
    let pick = |ids: &[&str]| said(json!({"client_id": "m", "options": ids}), Some(&asked));
    assert_eq!(pick(&["o1", "o2"]).unwrap().0, "A, B");
    for wrong in [&["o1"][..], &["o1", "o2", "o3"]] {
        let error = pick(wrong).unwrap_err();
        assert!(error.contains("exactly 2 must be picked"), "{error}");
    }
}

#[test]
fn a_day_is_written_as_the_bot_wants_it() {
    let date = |day: &str| json!({"client_id": "m", "answer_to": 4, "date": day});
    let rules = json!({"format": "DD/MM/YYYY", "latest": "2099-12-31"});
    let ruled = asked(json!({"kind": "date"}), Some(rules));
    let (text, message) = said(date("2030-01-31"), Some(&ruled)).unwrap();
    assert_eq!(
        (&*text, &message["data"]["body"]),
        ("31/01/2030", &json!("31/01/2030"))
    );
    let error = said(date("2100-01-01"), Some(&ruled)).unwrap_err();
    assert!(error.contains("not after 2099-12-31"), "{error}");
    let free = asked(json!({"kind": "date"}), None);
    assert_eq!(said(date("tomorrow"), Some(&free)).unwrap().0, "tomorrow");
}

#[test]
fn a_variable_goes_by_its_name_alone() {
    let asked = asked(
        json!({"kind": "javascript", "code": "1", "variables": ["contact.name", "sum"]}),
        None,
    );
    let body = json!({"client_id": "m", "variables": {"contact.name": "Asha", "sum": 2}});
    let (_, message) = said(body, Some(&asked)).unwrap();
    assert_eq!(
        message["data"]["variables"],
        json!({"contact_variables": [{"name": "name", "value": "Asha"}],
               "non_contact_variables": [{"name": "sum", "value": 2}]})
    );
}

#[test]
fn what_does_not_fit_is_refused_with_its_field() {
    let slider = asked(json!({"kind": "slider", "min": 18, "max": 99}), None);
    let stepped = asked(json!({"kind": "slider", "min": 18, "step": 1}), None);
    let form = asked(
        json!({"kind": "form", "fields": [{"label": "Name", "required": true}]}),
        None,
    );
    let long = "x".repeat(4_001);
    for (body, asked, expected) in [
        (json!({}), None, "body.client_id: missing"),
        (
            json!({"client_id": "a b", "text": "x"}),
            None,
            "body.client_id: expected",
        ),
        (json!({"client_id": "m"}), None, "exactly one of"),
        (
            json!({"client_id": "m", "text": "x", "value": 1}),
            None,
            "exactly one of",
        ),
        (
            json!({"client_id": "m", "text": 3}),
            None,
            "body.text: expected a string",
        ),
        (
            json!({"client_id": "m", "text": " "}),
            None,
            "text: must not be empty",
        ),
        (
            json!({"client_id": "m", "text": long}),
            None,
            "longer than 4,000",
        ),
        (
            json!({"client_id": "m", "text": "x", "txt": 1}),
            None,
            "body.txt: unknown field",
        ),
        (
            json!({"client_id": "m", "option": "o1"}),
            None,
            "only as the answer",
        ),
        (
            json!({"client_id": "m", "option": "o1"}),
            Some(&slider),
            "of the kind `slider`",
        ),
        (
            json!({"client_id": "m", "option": "o2"}),
            Some(&choice()),
            "a link to open",
        ),
        (
            json!({"client_id": "m", "option": "o3"}),
            Some(&choice()),
            "was not offered",
        ),
        (
            json!({"client_id": "m", "option": "o0"}),
            Some(&choice()),
            "was not offered",
        ),
        (
            json!({"client_id": "m", "options": ["o1", "o2"]}),
            Some(&choice()),
            "only one",
        ),
        (
            json!({"client_id": "m", "value": 7}),
            Some(&slider),
            "a number from 18 to 99",
        ),
        (
            json!({"client_id": "m", "value": 18.5}),
            Some(&stepped),
            "in steps of 1",
        ),
        (
            json!({"client_id": "m", "fields": [{"label": "Name", "value": ""}]}),
            Some(&form),
            "requires this field",
        ),
        (
            json!({"client_id": "m", "value": "7"}),
            Some(&slider),
            "body.value: expected a number",
        ),
        (
            json!({"client_id": "m", "files": ["f"]}),
            None,
            "only as the answer",
        ),
    ] {
        let error = said(body.clone(), asked).unwrap_err();
        assert!(error.contains(expected), "{body}: {error} lacks {expected}");
    }
}
