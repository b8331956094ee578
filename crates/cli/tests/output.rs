//! Output that cannot be written: a full disk is an error with its own exit code, a reader that has left is
//! none, and neither is a panic.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail the test"
)]

mod support;

use std::fs::File;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use support::emulating::{FLOW, Running, flow};

const FAULTY: &str = "bot: {name: A, key: b}\nstart: a\nblocks:\n  a: {type: message, text: Hi, next: bye}\n  by: {type: end}\n";

const GATEWAY: &str = r#"
data = "data"

[[account]]
name = "main"
token_file = "secret"
webhook_token_file = "secret"
webhook_secret_file = "secret"

[[site]]
name = "shop"
bot_key = "lead-bot"
origins = ["https://shop.example.com"]
"#;

/// What was done is known, and could not be written.
const NOT_WRITTEN: i32 = 7;

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wotnot"));
    command.args(arguments).stdin(Stdio::null());
    command
}

fn full_disk() -> Stdio {
    File::create("/dev/full").unwrap().into()
}

/// A pipe that nobody reads.
fn left_by_its_reader() -> Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer.into()
}

#[track_caller]
fn not_written(output: &Output) -> String {
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(NOT_WRITTEN), "{said}");
    assert!(said.contains("cannot write the output"), "{said}");
    assert!(!said.contains("panicked"), "{said}");
    said
}

/// The configuration of a gateway, with the files that it names.
fn gateway(folder: &Path) -> String {
    std::fs::write(folder.join("secret"), "0123456789".repeat(5)).unwrap();
    let file = folder.join("gateway.toml");
    std::fs::write(&file, GATEWAY).unwrap();
    file.to_str().unwrap().to_owned()
}

#[test]
fn what_cannot_be_reported_is_an_error() {
    let (folder, good) = flow();
    let bad = folder.path().join("bad.yaml");
    std::fs::write(&bad, FAULTY).unwrap();
    let bad = bad.to_str().unwrap();
    let config = &gateway(folder.path());
    for arguments in [
        &["flow", "check", bad][..],
        &["flow", "check", "--json", bad],
        &["flow", "check", &good],
        &["flow", "graph", &good],
        &["flow", "graph", "--format", "svg", &good],
        &["token", "--secret", "s"],
        &["token", "--secret", "s", "--json"],
        &["doctor", "--base-url", "http://127.0.0.1:1", "--json"],
        &["doctor", "--base-url", "http://127.0.0.1:1"],
        &["gateway", "secret"],
        &["gateway", "secret", "--token-key"],
        &["gateway", "check", "--offline", "--config", config],
        &[
            "gateway",
            "routes",
            "https://shop.example.com",
            "--config",
            config,
        ],
        &["listen", "--listen", "127.0.0.1:0", "--json"],
        &["listen", "--listen", "127.0.0.1:0"],
        &["--help"],
        &["flow", "graph", "--help"],
        &["--version"],
    ] {
        let output = command(arguments)
            .env("WOTNOT_WEBHOOK_TOKEN", "t")
            .stdout(full_disk())
            .output()
            .unwrap();
        not_written(&output);
    }
}

#[test]
fn a_reader_that_has_left_changes_nothing() {
    let (folder, good) = flow();
    let bad = folder.path().join("bad.yaml");
    std::fs::write(&bad, FAULTY).unwrap();
    let bad = bad.to_str().unwrap();
    for (arguments, code) in [
        (&["flow", "check", bad][..], 1),
        (&["flow", "check", &good], 0),
        (&["flow", "graph", &good], 0),
        (&["token", "--secret", "s"], 0),
        (&["token", "--read", "none"], 1),
        (&["flow", "check", "/nowhere.yaml"], 2),
        (&["gateway", "secret"], 0),
        (&["gateway", "check", "--config", "/nowhere.toml"], 2),
        (&["--help"], 0),
    ] {
        let output = command(arguments)
            .stdout(left_by_its_reader())
            .stderr(left_by_its_reader())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
    }
}

#[test]
fn what_a_full_standard_error_keeps_back_changes_no_exit_code() {
    for (arguments, code) in [
        (&["token", "--read", "none"][..], 1),
        (&["flow", "check", "/nowhere.yaml"], 2),
        (&["flow", "graph", "/nowhere.yaml"], 2),
        (&["emulate", "--flow", "/nowhere.yaml"], 1),
        (&["gateway", "check", "--config", "/nowhere.toml"], 2),
        (&["--unknown"], 2),
        (
            &[
                "send",
                "--conversation",
                "3f0c",
                "Hello",
                "--base-url",
                "http://127.0.0.1:1",
            ],
            2,
        ),
    ] {
        let output = command(arguments)
            .env_remove("WOTNOT_TOKEN")
            .stderr(full_disk())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
    }
}

/// Whether a process has a handler for SIGTERM, as a gateway has just before it says that it runs.
fn catches_sigterm(pid: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    let caught = caught.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    caught.is_some_and(|mask| mask & (1 << 14) != 0)
}

#[test]
fn a_gateway_goes_on_without_its_output() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let mut gateway = command(&["gateway", "--dev", "--data", data])
        .stdout(full_disk())
        .stderr(full_disk())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    while !catches_sigterm(gateway.id()) {
        assert!(Instant::now() < deadline, "it does not run");
        assert_eq!(gateway.try_wait().unwrap(), None, "it has ended");
        std::thread::sleep(Duration::from_millis(20));
    }
    let pid = gateway.id().to_string();
    let stopped = Command::new("kill").args(["-TERM", &pid]).status().unwrap();
    assert!(stopped.success());
    assert_eq!(gateway.wait().unwrap().code(), Some(0));
}

#[test]
fn a_conversation_whose_id_cannot_be_written_is_not_lost() {
    let (_folder, path) = flow();
    assert!(FLOW.contains("test-bot"));
    let mut emulator = Running::start(&["emulate", "--flow", &path, "--json"]);
    let ready = emulator.line();
    let text = |name: &str| ready[name].as_str().unwrap().to_owned();
    let output = command(&["send", "--visitor", "v", "--bot-key", "test-bot", "Hello"])
        .env("WOTNOT_BASE_URL", text("base_url"))
        .env("WOTNOT_TOKEN", text("token"))
        .stdout(full_disk())
        .output()
        .unwrap();
    let said = not_written(&output);
    assert!(said.contains("it was: conversation "), "{said}");
}

#[test]
fn every_command_lists_its_exit_codes() {
    let mut left = vec![Vec::<String>::new()];
    let mut seen = 0;
    while let Some(words) = left.pop() {
        let arguments: Vec<&str> = words.iter().map(String::as_str).collect();
        let output = command(&arguments).arg("--help").output().unwrap();
        let help = String::from_utf8(output.stdout).unwrap();
        assert!(help.contains("Exit codes:"), "{words:?}: {help}");
        seen += 1;
        let commands = help.split_once("Commands:\n").map_or("", |(_, rest)| rest);
        let names = commands.lines().take_while(|line| line.starts_with("  "));
        for name in names.filter_map(|line| line.split_whitespace().next()) {
            if name != "help" {
                left.push([words.clone(), vec![name.to_owned()]].concat());
            }
        }
    }
    assert!(seen > 15, "the command and those below it: {seen}");
}

#[cfg(unix)]
#[test]
fn an_argument_that_is_not_utf8_is_named() {
    use std::os::unix::ffi::OsStrExt;
    let mut command = command(&["send", "--visitor", "v"]);
    command.arg(std::ffi::OsStr::from_bytes(b"caf\xe9"));
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("argument 4, `caf\u{fffd}`, is not UTF-8"),
        "{said}"
    );
}

#[test]
fn a_token_is_read_with_its_dates_and_whether_it_has_ended() {
    use wotnot_emulator::token::{Claims, sign};
    let claims = |nbf, exp| Claims {
        account_id: 7,
        iat: 1_767_225_600,
        nbf,
        exp,
    };
    for (nbf, exp, says) in [
        (
            None,
            None,
            &["made    2026-01-01 00:00:00 UTC", "ends    never"][..],
        ),
        (
            None,
            Some(1_767_225_660),
            &["ends    2026-01-01 00:01:00 UTC (it has ended)"],
        ),
        (
            Some(32_503_680_000),
            Some(32_503_680_001),
            &[
                "begins  3000-01-01 00:00:00 UTC (not yet)",
                "UTC (it has not ended)",
            ],
        ),
        (
            None,
            Some(i64::MAX),
            &["ends    9223372036854775807 s after 1970"],
        ),
    ] {
        let token = sign(&claims(nbf, exp), b"secret");
        let output = command(&["token", "--read", &token]).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        for part in says {
            assert!(said.contains(part), "{part}: {said}");
        }
    }
}

#[test]
fn every_shell_gets_its_completions_and_the_version_names_the_build() {
    for (shell, says) in [
        ("bash", "complete -F _wotnot"),
        ("zsh", "#compdef wotnot"),
        ("fish", "complete -c wotnot"),
        ("powershell", "Register-ArgumentCompleter"),
        ("elvish", "edit:completion"),
    ] {
        let output = command(&["completions", shell]).output().unwrap();
        let script = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(0), "{shell}");
        assert!(script.contains(says), "{shell}");
        assert!(
            script.contains("doctor") && script.contains("vendor-hosts"),
            "{shell}"
        );
    }
    let output = command(&["--version"]).output().unwrap();
    let version = String::from_utf8(output.stdout).unwrap();
    let begin = concat!("wotnot ", env!("CARGO_PKG_VERSION"), " (");
    assert!(version.starts_with(begin), "{version}");
    assert!(version.contains(std::env::consts::ARCH), "{version}");
}
