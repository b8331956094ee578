//! Deploying flows while conversations run, and watching their files.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use wotnot_emulator::{Activity, Emulator, Error};

use crate::support::{Visitor, flow_of, text, wait_for};

fn asking(question: &str) -> String {
    flow_of(&format!(
        "  ask: {{type: input, text: First?, next: second}}\n  second: {{type: input, text: {question}, next: done}}"
    ))
}

#[test]
fn a_conversation_stays_on_the_version_that_it_began_with() {
    let emulator = Emulator::builder()
        .flow_yaml(asking("Old?"))
        .start()
        .unwrap();
    let old = Visitor::start(&emulator, "old");
    let info = emulator.deploy_yaml(&asking("New?")).unwrap();
    assert_eq!(info.version, 2);
    let new = Visitor::start(&emulator, "new");
    old.say(&text("x"));
    new.say(&text("x"));
    assert_eq!(
        (old.words()[1].as_str(), new.words()[1].as_str()),
        ("Old?", "New?")
    );
    let versions: Vec<u64> = emulator
        .transcripts()
        .iter()
        .map(|it| it.bot_version)
        .collect();
    assert_eq!(versions, [1, 2]);
}

#[test]
fn a_flow_that_cannot_run_is_refused_with_its_findings() {
    let broken = asking("Old?").replace("next: done", "next: nowhere");
    for error in [
        Emulator::builder()
            .flow_yaml(broken.clone())
            .start()
            .unwrap_err(),
        Emulator::builder()
            .flow_yaml(asking("Old?"))
            .start()
            .unwrap()
            .deploy_yaml(&broken)
            .unwrap_err(),
    ] {
        let Error::Flow { findings, .. } = error else {
            panic!("{error}")
        };
        assert!(
            findings[0].to_string().contains("nowhere"),
            "{}",
            findings[0]
        );
    }
    assert!(matches!(
        Emulator::builder().start().unwrap_err(),
        Error::NoBot
    ));
}

#[test]
fn a_changed_file_is_deployed_and_a_broken_one_keeps_the_version_before_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bot.yaml");
    std::fs::write(&file, asking("Old?")).unwrap();
    let seen: Arc<Mutex<Vec<Activity>>> = Arc::default();
    let seen_by_observer = seen.clone();
    let emulator = Emulator::builder()
        .flow_file(&file)
        .watch(Duration::from_millis(10))
        .observer(move |activity| seen_by_observer.lock().unwrap().push(activity.clone()))
        .start()
        .unwrap();
    std::fs::write(&file, asking("Old?").replace("next: done", "next: nowhere")).unwrap();
    let findings = wait_for("the findings", || {
        seen.lock()
            .unwrap()
            .iter()
            .find_map(|activity| match activity {
                Activity::DeployFailed { findings, .. } => Some(findings.join("\n")),
                _ => None,
            })
    });
    assert!(findings.contains("nowhere"), "{findings}");
    assert_eq!(emulator.bots()[0].version, 1);
    Visitor::start(&emulator, "v");
    std::fs::write(&file, asking("Newer?")).unwrap();
    wait_for("the new version", || {
        (emulator.bots()[0].version == 2).then_some(())
    });
    let visitor = Visitor::start(&emulator, "w");
    visitor.say(&text("x"));
    assert_eq!(visitor.words()[1], "Newer?");
}
