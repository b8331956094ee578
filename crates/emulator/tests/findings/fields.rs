//! Fields that are unknown, missing, of the wrong kind or too much.

use crate::{findings, in_blocks, only};

#[test]
fn unknown_fields_are_all_named_with_the_one_that_was_meant() {
    let found = findings("  a: {type: end, txt: Hi, colour: red}\n");
    assert_eq!(
        found[0].to_string(),
        "f.yaml:4:18: error[unknown_field]: `txt` is not a field here (did you mean `text`?)"
    );
    assert_eq!(
        found[1].to_string(),
        "f.yaml:4:27: error[unknown_field]: `colour` is not a field here (known here: text)"
    );
    assert!(
        only("bot: {name: A, key: b, kay: c}\nstart: a\nblocks: {a: {type: end}}")
            .starts_with("f.yaml:1:24: error[unknown_field]: `kay`")
    );
    assert!(
        only("bot: {name: A, key: b}\nstart: a\nblock: 1\nblocks: {a: {type: end}}")
            .ends_with("(did you mean `blocks`?)")
    );
}

#[test]
fn a_field_that_is_missing_is_named_where_it_should_be() {
    assert_eq!(
        only("bot: {name: A, key: b}\nblocks: {a: {type: end}}"),
        "f.yaml:1:1: error[missing_field]: `start` is missing"
    );
    assert!(
        only("bot: {name: A}\nstart: a\nblocks: {a: {type: end}}")
            .starts_with("f.yaml:1:6: error[missing_field]: `key` is missing")
    );
    assert!(
        in_blocks("  a: {text: Hi}\n")
            .starts_with("f.yaml:4:3: error[missing_field]: the block `a` has no `type`")
    );
    assert!(
        in_blocks("  a: {type: delay}\n")
            .starts_with("f.yaml:4:3: error[missing_field]: `seconds` is missing")
    );
}

#[test]
fn a_value_of_the_wrong_kind_says_what_it_must_be() {
    let wrong = |fields: &str| in_blocks(&format!("  a: {{{fields}}}\n"));
    assert_eq!(
        wrong("type: end, text: 5"),
        "f.yaml:4:24: error[wrong_type]: `text` must be text, not the number 5 (put it in quotes)"
    );
    assert_eq!(
        wrong("type: end, text: true"),
        "f.yaml:4:24: error[wrong_type]: `text` must be text, not `true` (put it in quotes)"
    );
    assert!(
        wrong("type: end, text: ")
            .starts_with("f.yaml:4:22: error[wrong_type]: `text` must be text, not nothing")
    );
    assert!(
        wrong("type: delay, seconds: '5'")
            .ends_with("`seconds` must be a number, not text (remove the quotes)")
    );
    assert!(
        wrong("type: slider, text: A, min: low, max: 3")
            .starts_with("f.yaml:4:35: error[wrong_type]: `min` must be a number, not text")
    );
    assert!(
        wrong("type: buttons, text: A, buttons: Sales")
            .ends_with("`buttons` must be a list, not text")
    );
    assert!(
        wrong("type: buttons, text: A, buttons: [Sales]")
            .ends_with("`buttons` must be a mapping, not text")
    );
    assert!(
        wrong("type: file_upload, text: A, max_files: 1.5")
            .ends_with("`max_files` must be a whole number from 0, not the number 1.5")
    );
    assert!(
        wrong("type: file_upload, text: A, max_files: -1")
            .contains("`max_files` must be a whole number from 0")
    );
    assert!(
        wrong("type: set_variable, variable: contact.x, value: [1]")
            .ends_with("this must be text, a number, `true` or `false`")
    );
    assert!(
        in_blocks("  a: end\n")
            .starts_with("f.yaml:4:3: error[wrong_type]: the block `a` must be a mapping")
    );
    assert!(only("- 1").starts_with("f.yaml:1:1: error[wrong_type]: a flow file is a mapping"));
}

#[test]
fn a_block_type_that_does_not_exist_names_the_one_that_was_meant() {
    assert_eq!(
        in_blocks("  a: {type: button, text: Hi}\n"),
        "f.yaml:4:13: error[unknown_type]: `button` is not a block type (did you mean `buttons`?)"
    );
}

#[test]
fn more_than_ten_buttons_point_at_the_eleventh() {
    let buttons: String = (1..=11)
        .map(|number| format!("      - {{title: B{number}, next: b}}\n"))
        .collect();
    let found = in_blocks(&format!(
        "  a:\n    type: buttons\n    text: Pick\n    buttons:\n{buttons}  b: {{type: end}}\n"
    ));
    assert!(
        found.starts_with(
            "f.yaml:18:9: error[too_many_buttons]: there are at most 10 buttons, here are 11"
        ),
        "{found}"
    );
}

#[test]
fn a_text_over_a_thousand_characters_points_at_the_text() {
    let found = in_blocks(&format!("  a: {{type: end, text: {}}}\n", "é".repeat(1001)));
    assert!(
        found.starts_with(
            "f.yaml:4:24: error[text_too_long]: a text has at most 1000 characters, this one 1001"
        ),
        "{found}"
    );
    assert!(findings(&format!("  a: {{type: end, text: {}}}\n", "é".repeat(1000))).is_empty());
}

#[test]
fn all_wrong_fields_of_a_block_are_found_at_once() {
    let found = findings(
        "  a: {type: slider, text: 7, min: low, max: high, step: 1, sev_to: x, next: b}\n  b: {type: end}\n",
    );
    let found: Vec<String> = found.iter().map(ToString::to_string).collect();
    for part in [
        "`text` must be text",
        "`min` must be a number",
        "`max` must be a number",
        "`sev_to` is not a field here",
    ] {
        let count = found.iter().filter(|it| it.contains(part)).count();
        assert_eq!(count, 1, "{part}: {found:#?}");
    }
    assert!(!found.iter().any(|it| it.contains("missing")), "{found:#?}");
}

#[test]
fn no_word_is_suggested_that_was_hardly_meant() {
    for (field, meant) in [
        ("min_length", None),
        ("nxt", Some("next")),
        ("save-to", Some("save_to")),
        ("tex", Some("text")),
        ("test_to", None),
    ] {
        let found = findings(&format!(
            "  a: {{type: input, text: Hi, {field}: b, next: b}}\n  b: {{type: end}}\n"
        ));
        let hint = found[0].hint.clone().unwrap_or_default();
        match meant {
            Some(meant) => assert_eq!(hint, format!("did you mean `{meant}`?")),
            None => assert!(hint.starts_with("known here: "), "{field}: {hint}"),
        }
    }
}

#[test]
fn names_of_variables_say_that_letters_are_ascii() {
    let found = in_blocks(
        "  a: {type: input, text: Hi, save_to: contact.größe, next: b}\n  b: {type: end}\n",
    );
    assert!(found.contains("ASCII letters, digits and `_`"), "{found}");
}
