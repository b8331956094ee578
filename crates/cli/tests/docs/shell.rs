//! The runs of docs/cli.md and docs/doctor.md with several commands, each block in one shell, word for word but for the ports.

use std::fmt::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{self, Running, bare, emulator, post_to, stdout};
use crate::{CLI, fits};

/// What ends the output of each command.
const MARK: &str = "\u{1e}";

/// A command of a page, and the lines that it shows below.
pub struct Shown {
    command: String,
    lines: Vec<String>,
}

/// The run that begins with this command.
pub fn run(page: &str, first: &str) -> Vec<Shown> {
    let start = format!("```console\n$ {first}");
    let at = page
        .find(&start)
        .unwrap_or_else(|| panic!("no run of {first}"));
    let block = &page[at + "```console\n".len()..];
    let (block, _) = block.split_once("\n```").unwrap();
    let mut shown: Vec<Shown> = Vec::new();
    for line in block.lines() {
        match line.strip_prefix("$ ") {
            Some(command) => shown.push(Shown {
                command: command.to_owned(),
                lines: Vec::new(),
            }),
            None => shown.last_mut().unwrap().lines.push(line.to_owned()),
        }
    }
    shown
}

/// The folder of the built command, for `PATH`.
pub fn path() -> String {
    let command = PathBuf::from(env!("CARGO_BIN_EXE_wotnot"));
    let folder = command.parent().unwrap().display().to_string();
    format!("{folder}:{}", std::env::var("PATH").unwrap())
}

/// A port that nobody has.
pub fn free_port() -> u16 {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    free.local_addr().unwrap().port()
}

/// One shell for all commands. A command in the background shows as many lines as the page has below it, and the rest
/// where the page waits for it.
fn script(shown: &[Shown]) -> String {
    let mut script = String::from("background=\n");
    for (number, Shown { command, lines }) in shown.iter().enumerate() {
        let written = match command.strip_suffix(" &") {
            Some(command) => writeln!(
                script,
                "{{ {command}\n}} >{number}.out 2>&1 &\nbackground=\"$background {number}:{}\"\n\
                 until [ $(wc -l <{number}.out) -ge {0} ]; do sleep 0.05; done; head -n {0} {number}.out",
                lines.len()
            ),
            None if command.starts_with("wait") => writeln!(
                script,
                "{command}\nfor each in $background; do tail -n +$((${{each#*:}} + 1)) ${{each%:*}}.out; done; background="
            ),
            None => writeln!(script, "{{ {command}\n}} 2>&1"),
        };
        written.unwrap();
        writeln!(script, "printf '{MARK}'").unwrap();
    }
    script
}

/// Runs the commands in a folder, and compares what each of them shows.
fn assert_runs(shown: &[Shown], folder: &Path, ports: &[(&str, u16)], prepare: Command) {
    let mut script = script(shown);
    for (from, to) in ports {
        script = script.replace(&format!(":{from}"), &format!(":{to}"));
        script = script.replace(&format!("--port {from}"), &format!("--port {to}"));
    }
    let mut shell = Command::new("bash");
    for (name, value) in prepare.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    let output = shell
        .args(["-c", &script])
        .env("PATH", path())
        .env("no_proxy", "*")
        .current_dir(folder)
        .output()
        .unwrap();
    let mut said = stdout(&output);
    for (from, to) in ports {
        said = said.replace(&format!(":{to}"), &format!(":{from}"));
    }
    let all: Vec<&str> = said.split(MARK).collect();
    assert_eq!(all.len(), shown.len() + 1, "{said}");
    for (Shown { command, lines }, said) in shown.iter().zip(all) {
        let said: Vec<&str> = said.lines().collect();
        assert_eq!(said.len(), lines.len(), "{command}: {said:#?}");
        for (pattern, line) in lines.iter().zip(said) {
            assert!(fits(pattern, line), "{command}: {line} is not {pattern}");
        }
    }
}

#[test]
fn a_flow_is_made_checked_tested_and_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let shown = run(CLI, "wotnot flow new salon");
    assert_runs(&shown, folder.path(), &[], bare(&[]));
}

#[test]
fn settings_completions_and_man_pages_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let shown = run(CLI, "wotnot init");
    assert_runs(&shown, folder.path(), &[], bare(&[]));
}

#[test]
fn a_token_is_made_and_read() {
    let folder = tempfile::tempdir().unwrap();
    let shown = run(CLI, "wotnot token");
    assert_runs(&shown, folder.path(), &[], bare(&[]));
}

#[test]
fn events_are_filtered_kept_and_handed_on() {
    let emulator = emulator("demo.yaml");
    let folder = tempfile::tempdir().unwrap();
    let (own, other) = (free_port(), free_port());
    post_to(&emulator, &format!("http://127.0.0.1:{own}/wotnot/events"));
    let mut settings = support::wotnot(&emulator, &[]);
    settings.env("WOTNOT_WEBHOOK_LISTEN", format!("127.0.0.1:{own}"));
    let shown = run(CLI, "wotnot listen --listen");
    let ports = [("8089", own), ("3000", other)];
    assert_runs(&shown, folder.path(), &ports, settings);
}

#[test]
fn a_recording_stands_in_as_the_page_shows_it() {
    let emulator = emulator("demo.yaml");
    let folder = tempfile::tempdir().unwrap();
    let (own, stand_in) = (free_port(), free_port());
    let listen = format!("127.0.0.1:{own}");
    post_to(&emulator, &format!("http://{listen}/wotnot/events"));
    let mut record = support::wotnot(&emulator, &["record", "talk", "--set"]);
    record
        .arg("contact.name=Asha")
        .env("WOTNOT_WEBHOOK_LISTEN", &listen)
        .current_dir(folder.path());
    let mut recording = Running::start(record);
    for answer in ["Hello", "1", "30"] {
        recording.type_line(answer);
    }
    assert_eq!(recording.end().0, Some(0));
    std::fs::write(folder.path().join("other-answers.txt"), "Hello\n1\n31\n").unwrap();
    let mut settings = support::wotnot(&emulator, &[]);
    settings.env("WOTNOT_WEBHOOK_LISTEN", &listen);
    let shown = run(CLI, "wotnot replay");
    // What the first message brought is no part of the page's conversation.
    let mut fixture: serde_json::Value = serde_json::from_str(
        &std::fs::read_to_string(folder.path().join("talk.wire.json")).unwrap(),
    )
    .unwrap();
    let request = fixture["calls"][0]["request"].as_object_mut().unwrap();
    request.remove("variables").unwrap();
    std::fs::write(folder.path().join("talk.wire.json"), fixture.to_string()).unwrap();
    let ports = [("8089", own), ("8090", stand_in)];
    assert_runs(&shown, folder.path(), &ports, settings);
}

#[test]
fn a_gateway_is_talked_through_and_walked_to() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("answers.txt"), "Hello\n1\n30\n").unwrap();
    let mut command = bare(&["gateway", "--dev", "--port", "0", "--data", "data"]);
    command
        .current_dir(folder.path())
        .stderr(std::process::Stdio::null());
    let mut gateway = Running::start(command);
    let url = gateway.line();
    let port = url.rsplit_once(':').unwrap().1.parse().unwrap();
    for first in ["wotnot chat --gateway", "wotnot doctor --gateway"] {
        let shown = run(CLI, first);
        assert_runs(&shown, folder.path(), &[("8080", port)], bare(&[]));
    }
}

#[test]
fn every_run_of_the_page_is_tested() {
    let elsewhere = [
        "wotnot demo",
        "wotnot chat\n",
        "wotnot record",
        "wotnot doctor\n",
        "wotnot doctor --drift",
    ];
    let here = [
        "wotnot flow new salon",
        "wotnot init",
        "wotnot token",
        "wotnot listen --listen",
        "wotnot replay",
        "wotnot chat --gateway",
        "wotnot doctor --gateway",
    ];
    let runs = CLI.split("```console\n$ ").skip(1);
    for run in runs {
        let known = elsewhere.iter().chain(&here).any(|it| run.starts_with(it));
        assert!(known, "nobody runs {}", run.lines().next().unwrap());
    }
}
