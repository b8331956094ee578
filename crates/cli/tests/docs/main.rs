//! Every example of docs/cli.md, docs/doctor.md and docs/pipe.md is run, and the shell blocks of README.md.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail the test"
)]

#[path = "../support/mod.rs"]
mod support;

#[cfg(unix)]
mod readme;
#[cfg(unix)]
mod shell;

use serde_json::{Value, json};
use support::{Running, bare, emulator, post_to, stderr, stdout, wotnot};

const CLI: &str = concat!(
    include_str!("../../../../docs/cli.md"),
    include_str!("../../../../docs/doctor.md")
);
const PIPE: &str = include_str!("../../../../docs/pipe.md");

/// The lines that a page shows after a command.
fn shown(page: &str, command: &str) -> Vec<String> {
    let (_, rest) = page.split_once(&format!("$ {command}\n")).unwrap();
    let (text, _) = rest.split_once("```").unwrap();
    text.lines().map(str::to_owned).collect()
}

/// The fenced JSON blocks of a kind.
fn blocks(page: &str, kind: &str) -> Vec<Value> {
    let fence = format!("```json {kind}\n");
    let parts = page.split(&fence).skip(1);
    parts
        .map(|part| serde_json::from_str(part.split_once("```").unwrap().0).unwrap())
        .collect()
}

/// Whether a line is what the page shows, `...` standing for anything.
fn fits(pattern: &str, line: &str) -> bool {
    let mut parts = pattern.split("...");
    let Some(mut rest) = parts.next().and_then(|begin| line.strip_prefix(begin)) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(end) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.split_once(part) {
            Some((_, behind)) => rest = behind,
            None => return false,
        }
    }
    rest.ends_with(end)
}

/// Whether everything that the page shows is there, with the same kind of value.
fn assert_has(real: &Value, shown: &Value, at: &str) {
    match (shown, real) {
        (Value::Object(shown), Value::Object(real)) => {
            for (name, value) in shown {
                let found = real
                    .get(name)
                    .unwrap_or_else(|| panic!("{at}.{name} is not there"));
                assert_has(found, value, &format!("{at}.{name}"));
            }
        }
        (shown, real) => assert_eq!(
            std::mem::discriminant(shown),
            std::mem::discriminant(real),
            "{at}: {real}"
        ),
    }
}

#[test]
fn the_demo_looks_as_the_page_shows_it() {
    let lines = shown(CLI, "wotnot demo --name Asha --seed 1 < answers.txt");
    let mut demo = Running::start(bare(&["demo", "--name", "Asha", "--seed", "1"]));
    for answer in ["Hello", "1", "30"] {
        demo.type_line(answer);
    }
    let (code, said) = demo.end();
    assert_eq!(code, Some(0));
    let said: Vec<&str> = said.lines().collect();
    assert_eq!(said.len(), lines.len(), "{said:#?}");
    for (pattern, line) in lines.iter().zip(said) {
        assert!(fits(pattern, line), "{line} is not {pattern}");
    }
}

#[test]
fn a_script_that_fails_says_what_the_page_shows() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("wrong.chat"), "> Hello\n< Good day\n").unwrap();
    let mut command = bare(&["demo", "--script", "wrong.chat"]);
    let output = command.current_dir(folder.path()).output().unwrap();
    let expected = shown(CLI, "wotnot demo --script wrong.chat").join("\n");
    assert_eq!(stderr(&output).trim_end(), expected);
}

#[test]
fn the_doctor_reports_as_the_page_shows_it() {
    let emulator = emulator("demo.yaml");
    let mut command = wotnot(&emulator, &["doctor"]);
    let report = stdout(&command.env("WOTNOT_TOKEN", "hush").output().unwrap());
    let report = report.replace(&emulator.base_url(), "http://127.0.0.1:8080");
    for line in shown(CLI, "wotnot doctor") {
        assert!(report.lines().any(|each| each == line), "{line}: {report}");
    }
}

#[test]
fn a_recording_looks_as_the_page_shows_it_and_its_drift_too() {
    let emulator = emulator("demo.yaml");
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap().to_string();
    drop(free);
    post_to(&emulator, &format!("http://{address}/wotnot/events"));
    let folder = tempfile::tempdir().unwrap();
    let command = "record talk --plain --visitor asha --set contact.name=Asha";
    let lines = shown(CLI, &format!("wotnot {command} < answers.txt"));
    let arguments: Vec<&str> = command.split(' ').collect();
    let mut command = wotnot(&emulator, &arguments);
    command.args(["--listen", &address]);
    command.current_dir(folder.path());
    let mut recording = Running::start(command);
    for answer in ["Hello", "1", "30"] {
        recording.type_line(answer);
    }
    let (code, said) = recording.end();
    assert_eq!(code, Some(0), "{said}");
    let said: Vec<&str> = said.lines().collect();
    assert_eq!(said.len(), lines.len(), "{said:#?}");
    for (pattern, line) in lines.iter().zip(said) {
        assert!(fits(pattern, line), "{line} is not {pattern}");
    }

    let file = folder.path().join("talk.wire.json");
    let mut fixture: Value =
        serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    fixture["calls"][0]["answer"]["body"]["conversation"]["region"] = json!("eu");
    for event in fixture["calls"][0]["events"]
        .as_array_mut()
        .unwrap()
        .iter_mut()
        .take(4)
    {
        event["visitor"] = json!({});
    }
    std::fs::write(&file, fixture.to_string()).unwrap();
    let mut command = bare(&["doctor", "--drift", "talk.wire.json"]);
    let output = command.current_dir(folder.path()).output().unwrap();
    let said: Vec<String> = stdout(&output).lines().map(str::to_owned).collect();
    assert_eq!(said, shown(CLI, "wotnot doctor --drift talk.wire.json"));
}

#[test]
fn a_wrong_profile_is_refused_as_the_page_shows_it() {
    let folder = tempfile::tempdir().unwrap();
    let text = "[profiles.local]\nbse_url = \"http://127.0.0.1:8080\"\n";
    std::fs::write(folder.path().join("wotnot.toml"), text).unwrap();
    let output = bare(&["chat"]).current_dir(folder.path()).output().unwrap();
    let said = stderr(&output);
    let [pattern] = &shown(CLI, "wotnot chat")[..] else {
        panic!("the page shows one line");
    };
    assert!(fits(pattern, said.trim_end()), "{said} is not {pattern}");
    let (_, page) = CLI.split_once("```toml\n").unwrap();
    let (file, _) = page.split_once("```").unwrap();
    std::fs::write(folder.path().join("wotnot.toml"), file).unwrap();
    let output = bare(&["chat"]).current_dir(folder.path()).output().unwrap();
    assert!(
        stderr(&output).contains("there is no token"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn the_pipe_takes_and_gives_what_the_page_shows() {
    let emulator = emulator("demo.yaml");
    let [mut config, request]: [Value; 2] = blocks(PIPE, "in").try_into().unwrap();
    let [ready, reply, failure, event, logged]: [Value; 5] =
        blocks(PIPE, "out").try_into().unwrap();
    config["base_url"] = json!(emulator.base_url());
    config["token"] = json!(emulator.token());
    config["webhook"]["token"] = json!(support::WEBHOOK_TOKEN);
    config["log"] = json!("retries");
    let mut pipe = Running::start(bare(&["pipe"]));
    // An event comes before or after the reply that it belongs to: no line is passed over.
    let mut lines: Vec<String> = Vec::new();
    let mut next = |pipe: &mut Running, text: &str| -> Value {
        let at = loop {
            match lines.iter().position(|line| line.contains(text)) {
                Some(at) => break at,
                None => lines.push(pipe.line()),
            }
        };
        serde_json::from_str(&lines.remove(at)).unwrap()
    };
    pipe.type_line(&config.to_string());
    let real = next(&mut pipe, "\"ready\"");
    assert_has(&real, &ready, "ready");
    post_to(&emulator, real["ready"]["webhook_url"].as_str().unwrap());
    pipe.type_line(&request.to_string());
    assert_has(&next(&mut pipe, "\"id\":1"), &reply, "reply");
    assert_has(&next(&mut pipe, "\"kind\":\"choice\""), &event, "event");
    emulator
        .set_faults_yaml("faults: [{fault: token_expired}]")
        .unwrap();
    let mut refused = request;
    refused["id"] = json!(2);
    pipe.type_line(&refused.to_string());
    let real = next(&mut pipe, "\"id\":2");
    assert_has(&real, &failure, "failure");
    assert_eq!(real["error"]["code"], failure["error"]["code"]);
    assert_eq!(real["error"]["status"], failure["error"]["status"]);
    assert_has(&next(&mut pipe, "\"type\":\"log\""), &logged, "log");
    assert_eq!(pipe.end().0, Some(0));
}
