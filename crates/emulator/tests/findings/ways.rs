//! Ways through the flow: targets, dead ends, what nothing leads to, circles, and variables that nothing has set.

use wotnot_emulator::flow::{Code, Flow, Severity, check};

use crate::{findings, flow, in_blocks, only};

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
