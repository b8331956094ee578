//! `wotnot flow test --target gateway`.

use std::path::Path;

use serde_json::Value;

use crate::Dev;
use crate::support::{bare, flow, stderr, stdout};

fn test(folder: &Path, arguments: &[&str]) -> std::process::Output {
    let mut command = bare(&["flow", "test", "--target", "gateway"]);
    command.args(arguments).current_dir(folder);
    command.output().unwrap()
}

#[test]
fn every_sample_flow_holds_through_a_gateway_and_what_it_refuses_itself_is_reported() {
    let output = test(&flow(""), &["--json"]);
    let said = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{said}{}", stderr(&output));
    let report: Value = serde_json::from_str(&said).unwrap();
    let scripts: Vec<&Value> = report["flows"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|flow| flow["scripts"].as_array().unwrap())
        .collect();
    let files = std::fs::read_dir(flow("")).unwrap();
    let files = files.filter(|file| {
        let path = file.as_ref().unwrap().path();
        path.extension().is_some_and(|it| it == "chat")
    });
    assert_eq!(scripts.len(), files.count());
    assert!(
        scripts.iter().all(|script| script["skipped"].is_null()),
        "{said}"
    );
    // A form without an address, and numbers that are on no scale: the page's gateway says so itself.
    let refused: Vec<(&str, &Value)> = scripts
        .iter()
        .filter_map(|script| {
            let lines = script.get("refused_by_gateway")?;
            Some((script["script"].as_str()?, lines))
        })
        .collect();
    for expected in [
        "./appointment.chat",
        "./feedback.chat",
        "./lead-capture.chat",
    ] {
        assert!(refused.iter().any(|(name, _)| *name == expected), "{said}");
    }
    let walked = &report["flows"][0]["exits"]["percent"];
    assert!(walked.as_u64().unwrap() > 50, "{said}");
}

#[test]
fn a_refusal_that_the_script_does_not_expect_fails() {
    let flow = "bot: {name: A, key: a}
start: ask
blocks:
  ask: {type: slider, text: How many?, min: 1, max: 5, next: bye}
  bye: {type: end, text: Bye}
";
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("a.yaml", flow);
    write("a.chat", "> Hello\n< How many?\n> 9\n< Bye\n");
    write("a.other.chat", "> Hello\n< How many?\n> 3\n< Good bye\n");
    let output = test(folder.path(), &[]);
    let said = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("FAILED   ./a.chat:3: the gateway says `invalid_answer`: value: the bot asks for a number from 1 to 5 in steps of 1; the script expects the bot to hear it\n"),
        "{said}"
    );
    assert!(
        said.contains("           - < Good bye\n           + < Bye\n"),
        "{said}"
    );
    let output = test(folder.path(), &["--update"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("--update: only what the emulator says"));
}

#[test]
fn a_gateway_that_runs_is_named_and_warned_of() {
    let dev = Dev::start();
    let folder = tempfile::tempdir().unwrap();
    let copy = |name: &str| {
        std::fs::copy(flow(name), folder.path().join(name)).unwrap();
    };
    for name in ["demo.yaml", "demo.chat", "demo.person.chat"] {
        copy(name);
    }
    std::fs::write(
        folder.path().join("demo.rude.chat"),
        "$ conversation.mood = bad\n> Hello\n< Go away\n",
    )
    .unwrap();
    let output = test(
        folder.path(),
        &["--gateway", &dev.url, "--app", "dev", "--patience", "5"],
    );
    let said = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{said}{}", stderr(&output));
    for line in [
        "ok       ./demo.chat, 3 turns\n",
        "skipped  ./demo.person.chat: a person writes in it",
        "FAILED   ./demo.rude.chat:3: expected \"Go away\"",
        "the script brings conversation.mood, which a gateway passes on where `variables_from_page`",
    ] {
        assert!(said.contains(line), "{said} lacks {line}");
    }
    let warned = stderr(&output);
    assert!(
        warned.contains(&format!(
            "3 scripts become real conversations through the gateway at {}",
            dev.url
        )),
        "{warned}"
    );
    // Without --app the flow's key is the app, and the dev site has another one.
    let output = test(folder.path(), &["--gateway", &dev.url]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stdout(&output).contains("`origin_not_allowed`"),
        "{}",
        stdout(&output)
    );
    let output = test(folder.path(), &["--gateway", &dev.url, "--coverage", "1"]);
    assert_eq!(output.status.code(), Some(2));
}
