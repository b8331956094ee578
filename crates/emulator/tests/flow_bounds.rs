//! Files that are made to hurt: bombs, deep nesting, huge flows. Each ends soon, within bounded memory.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail the test"
)]

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use wotnot_emulator::flow::{
    Code, Flow, MAX_BLOCKS, MAX_FILE_BYTES, MAX_FINDINGS, MAX_PATTERNS, check,
};

/// Generous: a debug build needs seconds, and a busy machine several times as long; what explodes needs hours.
const SOON: Duration = Duration::from_secs(180);

fn only_code(yaml: &str) -> Code {
    let began = Instant::now();
    let checked = check("f.yaml", yaml);
    assert!(began.elapsed() < SOON, "took {:?}", began.elapsed());
    let [finding] = checked.findings.as_slice() else {
        panic!("{:#?}", checked.findings)
    };
    assert!(checked.flow.is_none());
    finding.code
}

fn flow(blocks: &str) -> String {
    format!("bot: {{name: Test, key: test}}\nstart: b0\nblocks:\n{blocks}")
}

#[test]
fn a_bomb_of_aliases_is_refused_at_its_first_anchor() {
    let mut bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (inner, outer) in "abcdefgh".chars().zip("bcdefghi".chars()) {
        let items = vec![format!("*{inner}"); 9].join(", ");
        writeln!(bomb, "{outer}: &{outer} [{items}]").unwrap();
    }
    assert_eq!(only_code(&bomb), Code::UnsupportedYaml);
}

#[test]
fn deep_nesting_is_refused_in_every_style() {
    for (open, close) in [("[", "]"), ("{a: ", "}")] {
        assert_eq!(
            only_code(&format!("a: {}1{}", open.repeat(30), close.repeat(30))),
            Code::TooDeep
        );
        assert!(matches!(
            only_code(&format!("a: {}", open.repeat(500_000))),
            Code::TooDeep | Code::Syntax
        ));
    }
    assert_eq!(only_code(&"- ".repeat(1_000_000)), Code::TooDeep);
    let staircase: String = (0..500)
        .map(|depth| format!("{}a:\n", " ".repeat(depth)))
        .collect();
    assert_eq!(only_code(&staircase), Code::TooDeep);
}

#[test]
fn a_file_that_is_too_large_is_not_read() {
    assert_eq!(only_code(&"#".repeat(MAX_FILE_BYTES + 1)), Code::TooLarge);
}

#[test]
fn a_file_of_nothing_but_commas_is_not_kept_in_memory() {
    assert_eq!(
        only_code(&format!("a: [{}]", "1,".repeat(1_500_000))),
        Code::TooLarge
    );
}

#[test]
fn ten_thousand_blocks_are_read_and_checked() {
    let mut blocks = String::new();
    for number in 0..10_000 {
        let next = number + 1;
        writeln!(blocks, "  b{number}: {{type: input, text: 'Number {number} {{{{contact.name}}}}', save_to: conversation.v{number}, next: b{next}}}").unwrap();
    }
    writeln!(
        blocks,
        "  b10000: {{type: end, text: 'Bye {{{{conversation.v7}}}}'}}"
    )
    .unwrap();
    let began = Instant::now();
    let flow = Flow::parse("f.yaml", &flow(&blocks)).unwrap();
    assert_eq!(flow.blocks.len(), 10_001);
    assert!(began.elapsed() < SOON, "took {:?}", began.elapsed());
}

#[test]
fn more_blocks_than_a_flow_may_have_are_refused() {
    let blocks: String = (0..=MAX_BLOCKS)
        .map(|number| format!("  b{number}: {{type: end}}\n"))
        .collect();
    assert_eq!(only_code(&flow(&blocks)), Code::TooLarge);
}

#[test]
fn a_file_of_nothing_but_faults_gives_a_bounded_number_of_findings_soon() {
    let unknown_targets: String = (0..MAX_BLOCKS)
        .map(|number| format!("  b{number}: {{type: jump, to: target{number}}}\n"))
        .collect();
    let unset: String = (0..MAX_BLOCKS)
        .map(|number| format!("  b{number}: {{type: message, text: '{{{{conversation.v{number}}}}}', next: b{}}}\n", number + 1))
        .collect();
    let twice: String = (0..100_000).map(|_| "  a: 1\n").collect();
    let one_line = format!(
        "{{bot: {{name: A, key: b}}, start: a, blocks: {{{}}}}}",
        "a: {type: x}, ".repeat(200_000)
    );
    for yaml in [flow(&unknown_targets), flow(&unset), flow(&twice), one_line] {
        let began = Instant::now();
        let findings = check("f.yaml", &yaml).findings;
        assert!(
            !findings.is_empty() && findings.len() <= MAX_FINDINGS,
            "{}",
            findings.len()
        );
        assert!(
            findings
                .iter()
                .all(|finding| finding.to_string().len() < 1000)
        );
        assert!(began.elapsed() < SOON, "took {:?}", began.elapsed());
    }
}

#[test]
fn variables_set_and_read_all_over_a_large_flow_are_looked_at_in_bounded_time() {
    let mut blocks = String::new();
    for number in 0..10_000 {
        let (next, read) = ((number * 7 + 1) % 10_000, (number * 13) % 10_000);
        writeln!(blocks, "  b{number}: {{type: input, text: '{{{{conversation.v{read}}}}}', save_to: conversation.v{number}, next: b{next}}}").unwrap();
    }
    let began = Instant::now();
    assert!(!check("f.yaml", &flow(&blocks)).findings.is_empty());
    assert!(began.elapsed() < SOON, "took {:?}", began.elapsed());
}

#[test]
fn regular_expressions_are_bounded_in_number() {
    let blocks: String = (0..=MAX_PATTERNS)
        .map(|number| {
            let next = number + 1;
            format!("  b{number}: {{type: input, text: A, format: regex, pattern: '^a{number}$', next: b{next}}}\n")
        })
        .collect();
    let findings = check(
        "f.yaml",
        &flow(&format!("{blocks}  b{}: {{type: end}}\n", MAX_PATTERNS + 1)),
    )
    .findings;
    assert_eq!(
        findings
            .iter()
            .map(|finding| finding.code)
            .collect::<Vec<_>>(),
        [Code::TooLarge]
    );
}
