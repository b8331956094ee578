//! Values that make no sense.

use wotnot_emulator::flow::Severity;

use crate::{findings, only};

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
            "type: condition, when: [{next: b}], else: b",
            "4:31",
            "error[bad_value]: a case needs `variable` with a test, or `all`, or `any`",
        ),
        (
            "type: condition, when: [{all: [], next: b}], else: b",
            "4:31",
            "error[bad_value]: `all` and `any` need at least one test",
        ),
        (
            "type: condition, when: [{any: [{variable: contact.name, before: soon}], next: b}], else: b",
            "4:71",
            "error[bad_value]: `soon` is no day",
        ),
        (
            "type: set_variable, variable: contact.x, value: 1, add: 1, next: b",
            "4:3",
            "error[bad_value]: `set_variable` needs exactly one of",
        ),
        (
            "type: set_variable, variable: contact.x, add: true, next: b",
            "4:3",
            "error[bad_value]: arithmetic needs a number",
        ),
        (
            "type: buttons, text: A, buttons: [{title: B}], least: 1, next: b",
            "4:61",
            "error[bad_value]: `least` is only looked at with `multiple: true`",
        ),
        (
            "type: buttons, text: A, buttons: [{title: B}], multiple: true, most: 2, next: b",
            "4:76",
            "error[bad_value]: `most` is from 1 to the number of buttons, 1",
        ),
        (
            "type: buttons, text: A, buttons: [{title: B}, {title: C}], multiple: true, least: 2, most: 1, next: b",
            "4:98",
            "error[bad_value]: `most` is below `least`",
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
