//! Groups, jumps, triggers and callbacks: what a flow may not say of them.

use wotnot_emulator::flow::{Code, Flow, Severity, check, check_among};

use crate::{findings, in_blocks, only};

/// A flow with one group `g` of these blocks, entered from `a`; the group's first block is on line 7.
fn grouped(start: &str, blocks: &str) -> String {
    format!(
        "bot: {{name: Test, key: test}}\nstart: a\ngroups:\n  g:\n    start: {start}\n    blocks:\n{blocks}blocks:\n  a: {{type: jump, group: g}}\n  z: {{type: end}}\n"
    )
}

fn lines(yaml: &str) -> Vec<String> {
    let findings = check("f.yaml", yaml).findings;
    findings.iter().map(ToString::to_string).collect()
}

#[test]
fn a_flow_with_groups_reads_as_one_list_of_blocks_and_survives_as_json() {
    let yaml = grouped(
        "b",
        "      b: {type: input, text: B, next: c}\n      c: {type: jump, to: z}\n",
    );
    assert!(check("f.yaml", &yaml).findings.is_empty());
    let flow = Flow::parse("f.yaml", &yaml).unwrap();
    let names: Vec<&str> = flow.blocks.keys().map(|name| name.as_str()).collect();
    assert_eq!(names, ["a", "z", "b", "c"]);
    assert_eq!(flow.groups["g"].start.as_str(), "b");
    let json = serde_json::to_value(&flow).unwrap();
    assert!(json["groups"]["g"]["blocks"]["c"].is_object());
    assert!(json["blocks"]["c"].is_null());
    assert_eq!(serde_json::from_value::<Flow>(json).unwrap(), flow);
}

#[test]
fn the_frame_of_a_group_is_checked_where_it_stands() {
    let end = "      b: {type: end}\n";
    assert_eq!(
        lines(&grouped("c", end)),
        [
            "f.yaml:5:12: error[unknown_target]: the group has no block `c` to start with (add it, or name another one)",
            "f.yaml:10:3: warning[unreachable]: nothing leads to `z` (lead to it with a `next`, or remove it)",
        ]
    );
    assert!(lines(&grouped("z", end))[0].ends_with("(name one of the group's own blocks)"));
    let twice = "      b: {type: jump, to: z}\n      a: {type: end}\n";
    assert_eq!(
        only(&grouped("b", twice)),
        "f.yaml:8:7: error[duplicate_key]: there is another block `a` (a block has one name in the whole flow, whatever its group)"
    );
    let frame = |group: &str| {
        only(&format!(
            "bot: {{name: T, key: t}}\nstart: a\ngroups:\n  g: {group}\nblocks: {{a: {{type: end}}}}\n"
        ))
    };
    assert!(
        frame("7").starts_with("f.yaml:4:3: error[wrong_type]: the group `g` must be a mapping")
    );
    assert!(
        frame("{start: b}").starts_with("f.yaml:4:3: error[missing_field]: `blocks` is missing")
    );
    assert!(
        frame("{blocks: {b: {type: end}}}")
            .starts_with("f.yaml:4:3: error[missing_field]: `start`")
    );
    assert!(
        frame("{start: b, blocks: {}}")
            .starts_with("f.yaml:4:25: error[bad_value]: the group `g` has no block")
    );
    assert!(
        frame("{start: b, blocks: {b: {type: end}}}")
            .starts_with("f.yaml:4:3: warning[unreachable]: nothing leads into the group `g`")
    );
    let unknown = lines(&grouped("b", "      b: {type: jump, to: z}\n    name: G\n"));
    assert!(unknown[0].starts_with("f.yaml:8:5: error[unknown_field]: `name` is not a field here"));
    let list = "bot: {name: T, key: t}\nstart: a\ngroups: []\nblocks: {a: {type: end}}\n";
    assert!(only(list).starts_with("f.yaml:3:9: error[wrong_type]"));
}

#[test]
fn a_jump_says_exactly_where_it_goes() {
    assert_eq!(
        in_blocks("  a: {type: jump}\n"),
        "f.yaml:4:3: error[bad_value]: a jump needs `to`, `group` or `bot`"
    );
    let both = in_blocks("  a: {type: jump, to: a, group: g}\n");
    assert!(
        both.contains("a jump has `to` or `group`, not both"),
        "{both}"
    );
    assert!(in_blocks("  a: {type: jump, bot: ' '}\n").contains("`bot` is empty"));
    assert_eq!(
        in_blocks("  a: {type: jump, group: a}\n"),
        "f.yaml:4:26: error[unknown_target]: there is no group `a` (it is a block: jump to it with `to: a`)"
    );
    let yaml = grouped(
        "bcd",
        "      bcd: {type: input, text: B, next: g}\n      x: {type: jump, group: f}\n      y: {type: jump, to: bce}\n",
    );
    let found = lines(&yaml);
    assert_eq!(
        found[0],
        "f.yaml:7:41: error[unknown_target]: there is no block `g` (it is a group: jump into it with `group: g`)"
    );
    assert!(
        found
            .iter()
            .any(|line| line.contains("there is no group `f`")),
        "{found:?}"
    );
    assert!(
        found
            .iter()
            .any(|line| line.contains("(did you mean `bcd`?)")),
        "{found:?}"
    );
}

#[test]
fn circles_and_paths_go_through_groups() {
    let round = grouped("b", "      b: {type: jump, to: a}\n");
    let found = lines(&round);
    assert!(
        found
            .iter()
            .any(|line| line.contains("error[loop_without_prompt]: `a`, `b` go round in a circle")),
        "{found:?}"
    );
    let unset = grouped(
        "b",
        "      b: {type: message, text: '{{conversation.x}}', next: c}\n      c: {type: input, text: C, save_to: conversation.x, next: z}\n",
    );
    assert!(
        only(&unset)
            .starts_with("f.yaml:7:35: warning[unset_variable]: `conversation.x` is not set yet")
    );
}

#[test]
fn jumps_to_other_bots_are_looked_up_where_their_flows_are_known() {
    let flow = |key: &str, blocks: &str| {
        format!("bot: {{name: T, key: {key}}}\nstart: a\nblocks:\n{blocks}")
    };
    let other = flow(
        "shop",
        "  a: {type: jump, to: b}\n  b: {type: end}\n  c: {type: end}\n",
    );
    let parsed = |yaml: &str| Flow::parse("o.yaml", yaml).unwrap();
    let among = |yaml: &str, others: &[Flow]| -> Vec<String> {
        let findings = check_among("f.yaml", yaml, others).findings;
        findings.iter().map(ToString::to_string).collect()
    };
    let to = |target: &str| flow("test", &format!("  a: {{type: jump, {target}}}\n"));
    let others = [parsed(&other)];

    assert!(
        check("f.yaml", &to("bot: shpo")).findings.is_empty(),
        "nothing is known of other bots"
    );
    assert_eq!(
        among(&to("bot: shpo"), &others),
        [
            "f.yaml:4:24: warning[unknown_bot]: no flow here has the bot key `shpo` (did you mean `shop`?)"
        ]
    );
    assert!(among(&to("bot: shop"), &others).is_empty());
    assert!(among(&to("bot: shop, to: b"), &others).is_empty());
    assert_eq!(
        among(&to("bot: shop, to: bb"), &others),
        [
            "f.yaml:4:34: error[unknown_target]: there is no block `bb` in the flow of `shop` (add it, or name another one)"
        ]
    );
    assert!(
        among(&to("bot: shop, group: g"), &others)[0]
            .contains("there is no group `g` in the flow of `shop`")
    );
    // A jump to the bot itself can always be looked up.
    assert!(
        check("f.yaml", &to("bot: test, to: x")).findings[0]
            .message
            .contains("there is no block `x`")
    );
    // What another bot jumps to is reached.
    assert!(among(&other, &[])[0].contains("nothing leads to `c`"));
    assert!(among(&other, &[parsed(&to("bot: shop, to: c"))]).is_empty());
    assert_eq!(Code::UnknownBot.severity(), Severity::Warning);
}

#[test]
fn a_trigger_names_blocks_that_are_there_and_variables_that_are_sent() {
    let with = |trigger: &str| {
        format!(
            "bot: {{name: T, key: t}}\nstart: a\ntrigger:\n  - {trigger}\nblocks: {{a: {{type: input, text: A, save_to: contact.plan, next: b}}, b: {{type: end}}}}\n"
        )
    };
    assert!(lines(&with("{variable: visit.url, contains: x, next: b}")).is_empty());
    assert!(lines(&with("{variable: contact.plan, equals: x, next: b}")).is_empty());
    assert_eq!(
        only(&with("{variable: visit.url, contains: x, next: bb}")),
        "f.yaml:4:46: error[unknown_target]: there is no block `bb` (add it, or name another one)"
    );
    assert_eq!(
        only(&with("{variable: conversation.cart, greater: 1, next: b}")),
        "f.yaml:4:16: warning[unset_variable]: nothing sets `conversation.cart` before the trigger (say that the client sends it: `expects: [conversation.cart]`)"
    );
    let wrong = only(&with("{variable: visit.page, set: true, next: b}"));
    assert!(
        wrong.contains("after `visit.` comes one of url, language, visitor, number, message, date"),
        "{wrong}"
    );
    assert!(
        only(&with("{variable: visit.url, next: b}"))
            .contains("error[bad_value]: a case needs exactly one of")
    );
    // Blocks that only the trigger leads to are reached.
    let alone = "bot: {name: T, key: t}\nstart: a\ntrigger: [{variable: visit.url, set: true, next: b}]\nblocks: {a: {type: end}, b: {type: end}}\n";
    assert!(check("f.yaml", alone).findings.is_empty());
}

#[test]
fn what_is_known_of_a_visit_is_read_and_never_written() {
    assert!(findings("  a: {type: end, text: 'Hi {{visit.visitor}}'}\n").is_empty());
    let written = in_blocks("  a: {type: set_variable, variable: visit.url, value: x}\n");
    assert!(
        written.contains("`visit.url` cannot be written"),
        "{written}"
    );
}

#[test]
fn callbacks_belong_to_buttons_that_are_answered() {
    let page = in_blocks(
        "  a: {type: buttons, text: A, buttons: [{title: B, next: a}, {title: C, url: 'https://example.com', callback: x}]}\n",
    );
    assert!(
        page.starts_with(
            "f.yaml:4:111: error[bad_value]: a button that opens a page is not answered"
        ),
        "{page}"
    );
    let none = in_blocks(
        "  a: {type: buttons, text: A, save_callback_to: contact.x, buttons: [{title: B, next: a}]}\n",
    );
    assert!(
        none.starts_with("f.yaml:4:49: error[bad_value]: no button here has a `callback` to keep"),
        "{none}"
    );
    assert!(in_blocks("  a: {type: buttons, text: A, buttons: [{title: B, next: a, callback: '{{conversation.x}}'}]}\n").contains("nothing sets `conversation.x`"));
    assert!(findings("  a: {type: buttons, text: A, save_callback_to: conversation.x, buttons: [{title: B, next: b, callback: y}]}\n  b: {type: input, text: '{{conversation.x}}', next: a}\n").is_empty());
}
