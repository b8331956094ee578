//! What a chat script may say, and how what the bot says is compared with it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail the test"
)]

use std::path::PathBuf;

use wotnot_emulator::script::{BotMessage, Progress, Script, Spoken, Turn};

fn said(text: &str, choices: &[&str]) -> BotMessage {
    BotMessage {
        text: text.to_owned(),
        choices: choices.iter().map(|&title| title.to_owned()).collect(),
    }
}

fn turn(script: &str) -> Turn {
    Script::parse(script).unwrap().turns.remove(0)
}

fn error(script: &str) -> String {
    Script::parse(script).unwrap_err().to_string()
}

#[test]
fn the_script_of_the_design_reads_as_turns() {
    let script = Script::parse(
        "> Hello\n< Hi Asha\n< What is it about? [Sales] [Our site]\n> [Sales]\n< How old are you?\n> 30\n< Thank you\n",
    )
    .unwrap();

    let spoken: Vec<&Spoken> = script.turns.iter().map(|turn| &turn.spoken).collect();
    assert_eq!(
        spoken,
        [
            &Spoken::Text("Hello".into()),
            &Spoken::Choices(vec!["Sales".into()]),
            &Spoken::Text("30".into())
        ]
    );
    let first = [
        said("Hi  Asha\n", &[]),
        said("What is it about?", &["Sales", "Our site"]),
    ];
    assert_eq!(script.turns[0].progress(&first), Progress::Met);
}

#[test]
fn a_turn_waits_until_all_of_it_is_said() {
    let turn = turn("> Hello\n< Hi\n\n< How are you?");
    assert_eq!(turn.progress(&[]), Progress::Waiting { line: 2 });
    assert_eq!(
        turn.progress(&[said("Hi", &[])]),
        Progress::Waiting { line: 4 }
    );
    assert_eq!(
        turn.progress(&[said("Hi", &[]), said("How are you?", &[])]),
        Progress::Met
    );
}

#[test]
fn other_words_other_choices_and_more_words_fail_with_the_line() {
    let turn = turn("> Hello\n< Pick one [A] [B]");
    let failed = |said: &[BotMessage]| match turn.progress(said) {
        Progress::Failed { line, message } => format!("{line}: {message}"),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        failed(&[said("Pick two", &["A", "B"])]),
        r#"2: expected "Pick one [A] [B]", but got "Pick two [A] [B]""#
    );
    assert_eq!(
        failed(&[said("Pick one", &["B", "A"])]),
        r#"2: expected "Pick one [A] [B]", but got "Pick one [B] [A]""#
    );
    assert_eq!(
        failed(&[said("Pick one", &["A", "B"]), said("Well?", &[])]),
        r#"2: expected nothing more, but got "Well?""#
    );
}

#[test]
fn a_line_without_choices_does_not_ask_about_them() {
    assert_eq!(
        turn("> Hello\n< Pick one").progress(&[said("Pick one", &["A"])]),
        Progress::Met
    );
}

#[test]
fn dots_stand_for_any_words_and_a_line_of_dots_for_any_messages() {
    let inside = turn("> Hello\n< Your order ... is on its way ...");
    assert_eq!(
        inside.progress(&[said("Your order 4711 is on its way to you", &[])]),
        Progress::Met
    );
    assert!(matches!(
        inside.progress(&[said("Your order 4711 is lost", &[])]),
        Progress::Failed { .. }
    ));

    let line = turn("> Hello\n< ...\n< Thank you");
    assert_eq!(line.progress(&[said("Thank you", &[])]), Progress::Met);
    assert_eq!(
        line.progress(&[said("One", &[]), said("Two", &[])]),
        Progress::Waiting { line: 3 }
    );
    assert_eq!(
        line.progress(&[said("One", &[]), said("Two", &[]), said("Thank you", &[])]),
        Progress::Met
    );
}

#[test]
fn files_forms_returned_variables_agents_and_start_variables_have_lines_of_their_own() {
    let script = Script::parse(
        "# a comment\n$ contact.name = Asha\n> file: a.pdf, b.png\n> form: Name = Asha; Note = a = b\n> return: contact.plan = gold\n@ Hello, this is Ravi\n> [A] [B]\n> an \\[ordinary\\] text\n",
    )
    .unwrap();

    assert_eq!(
        script.variables,
        [("contact.name".parse().unwrap(), "Asha".to_owned())]
    );
    let spoken: Vec<Spoken> = script.turns.into_iter().map(|turn| turn.spoken).collect();
    assert_eq!(
        spoken,
        [
            Spoken::Files(vec![PathBuf::from("a.pdf"), PathBuf::from("b.png")]),
            Spoken::Form(vec![
                ("Name".into(), "Asha".into()),
                ("Note".into(), "a = b".into())
            ]),
            Spoken::Variables(vec![("contact.plan".parse().unwrap(), "gold".into())]),
            Spoken::Agent("Hello, this is Ravi".into()),
            Spoken::Choices(vec!["A".into(), "B".into()]),
            Spoken::Text("an [ordinary] text".into()),
        ]
    );
}

#[test]
fn a_line_that_is_none_is_named_by_its_number() {
    assert!(error("> Hello\nHi").starts_with("line 2: a line starts with `>` (visitor)"));
    assert!(error("< Hi").starts_with("line 1: the visitor speaks first"));
    assert!(error("# only a comment").starts_with("line 1: the script says nothing"));
    assert!(error("> Hello\n>").starts_with("line 2: nothing is said here"));
    assert!(error("> Hello\n$ contact.name = Asha").starts_with("line 2: variables come before"));
    assert!(error("$ name = Asha\n> Hello").starts_with("line 1: `name` is no variable"));
    assert!(error("> form: Name").starts_with("line 1: `Name` is not `name = value`"));
    assert!(error("> file:").starts_with("line 1: name the files"));
    assert!(error("> well [A]").starts_with("line 1: pick choices or write text"));
    assert!(error("> Hello\n< Pick A]").starts_with("line 2: `]` without `[`"));
    assert!(error("> Hello\n< ...\n\n> Bye").starts_with("line 4: the `...` of line 2 needs"));
    assert!(error("> Hello\n< ...").starts_with("line 2: the `...` of line 2 needs"));
    assert!(error("@ Hello").starts_with("line 1: an agent cannot start"));
    assert!(error("é").starts_with("line 1: a line starts with"));
}

#[test]
fn every_sample_flow_has_a_script_that_reads() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../flows");
    let mut samples = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let flow = entry.unwrap().path();
        if flow
            .extension()
            .is_some_and(|extension| extension == "yaml")
        {
            let script = std::fs::read_to_string(flow.with_extension("chat")).unwrap();
            Script::parse(&script).unwrap_or_else(|error| panic!("{}: {error}", flow.display()));
            samples += 1;
        }
    }
    assert!(samples >= 6, "{samples}");
}

#[test]
fn what_is_known_of_a_visit_cannot_be_sent() {
    for script in [
        "$ visit.language = fr\n> Hello\n",
        "> Hello\n> return: visit.url = x\n",
    ] {
        let error = error(script);
        assert!(error.contains("is made from the start call"), "{error}");
    }
}
