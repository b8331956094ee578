//! How a finding is shown.

use wotnot_emulator::flow::Colour;

use crate::findings;

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
