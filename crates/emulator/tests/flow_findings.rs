//! Every kind of finding, at its file, line and column, with what to do about it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail the test"
)]

use wotnot_emulator::flow::{Code, Colour, Finding, Flow, Severity, check};

/// A flow of these blocks that starts at `a`; the first block is on line 4.
fn flow(blocks: &str) -> String {
    format!("bot: {{name: Test, key: test}}\nstart: a\nblocks:\n{blocks}")
}

fn findings(blocks: &str) -> Vec<Finding> {
    check("f.yaml", &flow(blocks)).findings
}

/// The only finding, as one line.
fn only(yaml: &str) -> String {
    let findings = check("f.yaml", yaml).findings;
    let [finding] = findings.as_slice() else {
        panic!("{findings:#?}")
    };
    finding.to_string()
}

fn in_blocks(blocks: &str) -> String {
    only(&flow(blocks))
}

#[test]
fn a_finding_shows_file_line_column_source_caret_and_hint() {
    let findings = findings("  a: {type: message, text: Hi, next: bye}\n  by: {type: end}\n");
    assert_eq!(
        findings[0].render(Colour::Plain),
        "\
error[unknown_target]: there is no block `bye`
 --> f.yaml:4:38
  |
4 |   a: {type: message, text: Hi, next: bye}
  |                                      ^^^
  |
  = help: did you mean `by`?"
    );
    assert_eq!(
        findings[1].to_string(),
        "f.yaml:5:3: warning[unreachable]: nothing leads to `by` (lead to it with a `next`, or remove it)"
    );
}

#[test]
fn colours_are_only_there_when_asked_for() {
    let finding = &findings("  a: {type: message, text: Hi}\n")[0];
    assert!(finding.render(Colour::Ansi).contains('\u{1b}'));
    assert!(!finding.render(Colour::Plain).contains('\u{1b}'));
}

#[test]
fn what_is_not_yaml_is_placed_where_it_stops_to_be() {
    assert!(
        only("bot: {name: A, key: b\nstart: a\n")
            .starts_with("f.yaml:2:6: error[syntax]: not YAML: ")
    );
    assert_eq!(only(""), "f.yaml:1:1: error[syntax]: the file is empty");
    assert!(only("a: b: c").contains("error[syntax]"));
}

#[test]
fn yaml_that_flows_do_not_use_is_refused_with_what_to_write_instead() {
    let refused = |blocks: &str| in_blocks(blocks);
    assert!(
        refused("  a: &x {type: end}\n")
            .starts_with("f.yaml:4:6: error[unsupported_yaml]: flow files have no anchors")
    );
    assert!(
        refused("  a: !Block {type: end}\n")
            .starts_with("f.yaml:4:6: error[unsupported_yaml]: flow files have no tags")
    );
    assert!(
        refused("  [a]: {type: end}\n")
            .starts_with("f.yaml:4:3: error[unsupported_yaml]: a key must be plain text")
    );
    assert!(
        refused("  a: {type: end}\n---\nb: 1\n")
            .starts_with("f.yaml:5:1: error[unsupported_yaml]: a flow file holds one document")
    );
}

#[test]
fn a_key_that_comes_twice_names_the_first() {
    assert_eq!(
        in_blocks("  a: {type: end}\n  a: {type: end}\n"),
        "f.yaml:5:3: error[duplicate_key]: `a` is here twice (it is already on line 4: rename or remove one of the two)"
    );
    assert!(
        in_blocks("  a: {type: end, text: A, text: B}\n")
            .starts_with("f.yaml:4:27: error[duplicate_key]: `text`")
    );
}

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
        in_blocks("  a: {type: jump}\n")
            .starts_with("f.yaml:4:3: error[missing_field]: `to` is missing")
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
fn targets_that_are_no_blocks_are_found_in_every_field_that_names_one() {
    let codes = |blocks: &str| {
        let mut places: Vec<(usize, usize)> = findings(blocks)
            .into_iter()
            .filter(|finding| finding.code == Code::UnknownTarget)
            .map(|finding| (finding.line, finding.column))
            .collect();
        places.sort_unstable();
        places
    };
    assert_eq!(
        codes(
            "  a: {type: buttons, text: A, buttons: [{title: B, next: x}], next: x, attempts: 1, else: x}\n"
        ),
        [(4, 58), (4, 69), (4, 91)]
    );
    assert_eq!(
        codes(
            "  a:\n    type: carousel\n    cards:\n      - title: A\n        buttons: [{title: B, next: x}]\n"
        ),
        [(8, 36)]
    );
    assert_eq!(
        codes(
            "  a: {type: condition, when: [{variable: contact.name, equals: A, next: x}], else: x}\n"
        ),
        [(4, 73), (4, 84)]
    );
    assert_eq!(codes("  a: {type: jump, to: x}\n"), [(4, 23)]);
    assert!(
        only("bot: {name: A, key: b}\nstart: b\nblocks: {a: {type: end}}")
            .starts_with("f.yaml:2:8: error[unknown_target]")
    );
}

#[test]
fn dead_ends_are_warnings_at_the_block_or_the_button() {
    assert_eq!(
        in_blocks("  a: {type: message, text: Hi}\n"),
        "f.yaml:4:3: warning[dead_end]: the conversation stops after `a` (add a `next`, or lead to a block of type `end`)"
    );
    assert!(
        in_blocks("  a: {type: buttons, text: A, buttons: [{title: B}]}\n")
            .starts_with("f.yaml:4:49: warning[dead_end]: the button `B` leads nowhere")
    );
    assert!(
        in_blocks(
            "  a: {type: buttons, text: A, buttons: [{title: B, url: 'https://example.com'}]}\n"
        )
        .starts_with("f.yaml:4:3: warning[dead_end]: `a` offers links only")
    );
    assert!(in_blocks("  a: {type: condition, when: [{variable: contact.name, set: true, next: b}]}\n  b: {type: end}\n").starts_with("f.yaml:4:3: warning[dead_end]: `a` leads nowhere when no case holds"));
    assert!(
        Flow::parse("f.yaml", &flow("  a: {type: message, text: Hi}\n")).is_ok(),
        "a flow with warnings runs"
    );
}

#[test]
fn a_block_that_nothing_leads_to_is_unreachable() {
    assert!(
        in_blocks("  a: {type: end}\n  b: {type: jump, to: a}\n")
            .starts_with("f.yaml:5:3: warning[unreachable]: nothing leads to `b`")
    );
}

#[test]
fn a_circle_without_a_prompt_is_an_error_and_with_a_condition_a_warning() {
    assert_eq!(
        in_blocks(
            "  a: {type: message, text: Hi, next: b}\n  b: {type: delay, seconds: 1, next: a}\n"
        ),
        "f.yaml:4:3: error[loop_without_prompt]: `a`, `b` go round in a circle without waiting for the visitor (put a block that asks something into the circle)"
    );
    assert!(in_blocks("  a: {type: jump, to: a}\n").contains("`a` leads to itself"));
    let with_condition = findings(
        "  a: {type: condition, when: [{variable: contact.name, set: true, next: b}], else: a}\n  b: {type: end}\n",
    );
    assert_eq!(
        (with_condition[0].code, with_condition[0].severity),
        (Code::LoopWithoutPrompt, Severity::Warning)
    );
    assert!(
        findings("  a: {type: input, text: Hi, next: a}\n").is_empty(),
        "a prompt breaks the circle"
    );
}

#[test]
fn variables_that_nothing_has_set_are_named_where_they_are_read() {
    assert_eq!(
        in_blocks("  a: {type: end, text: 'Hi {{conversation.topic}}'}\n"),
        "f.yaml:4:30: warning[unset_variable]: nothing sets `conversation.topic` (save an answer to it, or say that the client sends it: `expects: [conversation.topic]`)"
    );
    assert!(
        in_blocks("  a: {type: message, text: 'Hi {{ conversation.b }}', next: b}\n  b: {type: input, text: B, save_to: conversation.b, next: c}\n  c: {type: end, text: '{{conversation.b}}'}\n")
            .starts_with("f.yaml:4:35: warning[unset_variable]: `conversation.b` is not set yet")
    );
    assert!(in_blocks("  a: {type: condition, when: [{variable: conversation.b, greater: 1, next: b}], else: b}\n  b: {type: end}\n").starts_with("f.yaml:4:42: warning[unset_variable]"));
    let known = "bot: {name: A, key: b}\nstart: a\nexpects: [conversation.order]\nblocks:\n  a: {type: end, text: '{{contact.name}} {{system.timezone}} {{conversation.order}}'}\n";
    assert!(check("f.yaml", known).findings.is_empty());
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
fn values_that_make_no_sense_say_why() {
    let bad = |fields: &str| {
        let found = findings(&format!("  a: {{{fields}}}\n  b: {{type: end}}\n"));
        let first = found
            .iter()
            .find(|finding| finding.severity == Severity::Error);
        first
            .map(ToString::to_string)
            .unwrap_or_else(|| panic!("nothing wrong with {fields}"))
    };
    for (fields, place, message) in [
        (
            "type: end, text: 'Hi {{name}}'",
            "4:24",
            "error[bad_value]: `name` is no variable: it must start with",
        ),
        (
            "type: end, text: 'Hi {{contact.name'",
            "4:24",
            "error[bad_value]: `{{` is not closed",
        ),
        (
            "type: input, text: A, save_to: system.x, next: b",
            "4:38",
            "error[bad_value]: `system.x` cannot be written",
        ),
        (
            "type: input, text: A, format: emial, next: b",
            "4:37",
            "error[bad_value]: `emial` is not known here (did you mean `email`?)",
        ),
        (
            "type: input, text: A, format: regex, next: b",
            "4:37",
            "error[missing_field]: `format: regex` needs a `pattern`",
        ),
        (
            "type: input, text: A, pattern: x, next: b",
            "4:38",
            "error[bad_value]: `pattern` is only looked at",
        ),
        (
            "type: input, text: A, format: regex, pattern: '(', next: b",
            "4:53",
            "error[bad_value]: not a regular expression",
        ),
        (
            "type: input, text: A, format: regex, pattern: '\\w{1000}{1000}', next: b",
            "4:53",
            "error[bad_value]: the regular expression is too large",
        ),
        (
            "type: input, text: A, attempts: 2, next: b",
            "4:39",
            "error[missing_field]: `attempts` needs an `else`",
        ),
        (
            "type: input, text: A, else: b, next: b",
            "4:35",
            "error[missing_field]: `else` is never taken",
        ),
        (
            "type: input, text: A, attempts: 0, else: b, next: b",
            "4:39",
            "error[bad_value]: `attempts` is at least 1",
        ),
        (
            "type: buttons, text: A, buttons: [], next: b",
            "4:40",
            "error[bad_value]: there must be at least one button",
        ),
        (
            "type: buttons, text: A, buttons: [{title: B}, {title: B}], next: b",
            "4:61",
            "error[bad_value]: two buttons have the same title",
        ),
        (
            "type: buttons, text: A, buttons: [{title: '', next: b}]",
            "4:49",
            "error[bad_value]: a button needs a title",
        ),
        (
            "type: buttons, text: A, buttons: [{title: B, url: 'https://example.com', next: b}]",
            "4:57",
            "error[bad_value]: a button has `next` or `url`",
        ),
        (
            "type: buttons, text: A, buttons: [{title: B, url: example.com}], next: b",
            "4:57",
            "error[bad_value]: this is not a link",
        ),
        (
            "type: buttons, text: A, multiple: true, buttons: [{title: B, next: b}], next: b",
            "4:57",
            "error[bad_value]: with `multiple: true`",
        ),
        (
            "type: carousel, cards: [], next: b",
            "4:30",
            "error[bad_value]: a carousel needs at least one card",
        ),
        (
            "type: slider, text: A, min: 5, max: 5, next: b",
            "4:43",
            "error[bad_value]: `max` must be above `min`",
        ),
        (
            "type: slider, text: A, min: 1, max: 5, step: 0, next: b",
            "4:52",
            "error[bad_value]: `step` must be above 0",
        ),
        (
            "type: slider, text: A, min: 1, max: 5, step: 9, next: b",
            "4:52",
            "error[bad_value]: one `step` leads beyond",
        ),
        (
            "type: file_upload, text: A, max_files: 0, next: b",
            "4:46",
            "error[bad_value]: `max_files` is at least 1",
        ),
        (
            "type: file_upload, text: A, max_size: big, next: b",
            "4:45",
            "error[bad_value]: `big` is no size",
        ),
        (
            "type: file_upload, text: A, accept: ['*'], next: b",
            "4:44",
            "error[bad_value]: `*` is no kind of file",
        ),
        (
            "type: form, text: A, fields: [], next: b",
            "4:36",
            "error[bad_value]: a form needs at least one field",
        ),
        (
            "type: form, text: A, fields: [{label: A}, {label: A}], next: b",
            "4:57",
            "error[bad_value]: two fields have the same label",
        ),
        (
            "type: form, text: A, fields: [{label: A, type: choice}], next: b",
            "4:54",
            "error[missing_field]: `type: choice` needs `options`",
        ),
        (
            "type: form, text: A, fields: [{label: A, options: [x]}], next: b",
            "4:57",
            "error[bad_value]: `options` are only for",
        ),
        (
            "type: calendar, text: A, earliest: 2026-12-31, latest: 2026-01-01, next: b",
            "4:62",
            "error[bad_value]: `latest` is before `earliest`",
        ),
        (
            "type: calendar, text: A, earliest: tomorrow, next: b",
            "4:42",
            "error[bad_value]: `tomorrow` is no day",
        ),
        (
            "type: javascript, code: '', next: b",
            "4:31",
            "error[bad_value]: `code` is empty",
        ),
        (
            "type: condition, when: [], else: b",
            "4:30",
            "error[bad_value]: a condition needs at least one case",
        ),
        (
            "type: condition, when: [{variable: contact.name, next: b}], else: b",
            "4:31",
            "error[bad_value]: a case needs exactly one of",
        ),
        (
            "type: condition, when: [{variable: contact.name, equals: a, set: true, next: b}], else: b",
            "4:31",
            "error[bad_value]: a case needs exactly one of",
        ),
        (
            "type: delay, seconds: 90000, next: b",
            "4:29",
            "error[bad_value]: a delay lasts from 0 to",
        ),
        (
            "type: message, next: b",
            "4:3",
            "error[missing_field]: a message needs `text` or `media`",
        ),
        (
            "type: message, media: [{type: image, link: a.png}], next: b",
            "4:50",
            "error[bad_value]: this is not a link",
        ),
        (
            "type: jump, to: ''",
            "4:23",
            "error[bad_value]: a block's name has 1 to 100",
        ),
        (
            "type: set_variable, variable: contact.x, value: '{{x', next: b",
            "4:55",
            "error[bad_value]: `{{` is not closed",
        ),
    ] {
        let found = bad(fields);
        let wanted = format!("f.yaml:{place}: {message}");
        assert!(
            found.starts_with(&wanted),
            "\nfound  {found}\nwanted {wanted}"
        );
    }
    assert!(
        only("bot: {name: '', key: b}\nstart: a\nblocks: {a: {type: end}}")
            .starts_with("f.yaml:1:13: error[bad_value]: the bot's `name` is empty")
    );
}

#[test]
fn lines_that_end_in_any_way_and_wide_letters_keep_their_columns() {
    let windows = flow("  a: {type: end, text: '😀é', txt: 1}\n").replace('\n', "\r\n");
    let found = check("f.yaml", &windows).findings;
    assert_eq!((found[0].line, found[0].column), (4, 30));
    assert!(found[0].render(Colour::Plain).contains("'😀é', txt: 1}"));
    assert!(
        only("\u{feff}bot: {name: A, key: b}\nstart: c\nblocks: {c: {type: end, x: 1}}")
            .starts_with("f.yaml:3:25:")
    );
}
