//! `wotnot.toml`: what `init` writes, which profile counts, and that the environment and arguments win.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail the test"
)]

mod support;

use std::path::Path;
use std::process::{Command, Output};

use support::{Running, bare, emulator, stderr, stdout};
use tempfile::TempDir;
use wotnot_emulator::Emulator;

/// A folder with this file of profiles, and the emulator's token in a file below it.
fn folder(emulator: &Emulator, text: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("secrets")).unwrap();
    std::fs::write(
        folder.path().join("secrets/token"),
        format!("{}\n", emulator.token()),
    )
    .unwrap();
    std::fs::write(folder.path().join("wotnot.toml"), text).unwrap();
    folder
}

fn profiles(emulator: &Emulator) -> String {
    format!(
        "profile = \"local\"\n\n[profiles.local]\nbase_url = \"{}\"\nbot_key = \"{}\"\ntoken_file = \"secrets/token\"\n\n\
         [profiles.away]\nbase_url = \"http://127.0.0.1:1\"\nbot_key = \"x\"\ntoken_env = \"AWAY_TOKEN\"\n",
        emulator.base_url(),
        emulator.bot_keys()[0],
    )
}

fn within(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = bare(arguments);
    command.current_dir(folder);
    command
}

fn run(command: &mut Command) -> (Option<i32>, String) {
    let output: Output = command.output().unwrap();
    (output.status.code(), stdout(&output) + &stderr(&output))
}

const SEND: [&str; 6] = ["send", "--visitor", "v", "--timeout", "5", "Hello"];

#[test]
fn a_profile_tells_where_the_service_is_and_as_whom_also_from_a_folder_below() {
    let emulator = emulator("demo.yaml");
    let folder = folder(&emulator, &profiles(&emulator));
    for place in [folder.path().to_owned(), folder.path().join("secrets")] {
        let (code, said) = run(&mut within(&place, &SEND));
        assert_eq!(code, Some(0), "{said}");
        assert!(said.starts_with("conversation "), "{said}");
    }
}

#[test]
fn arguments_and_the_environment_win_over_the_profile() {
    let emulator = emulator("demo.yaml");
    let folder = folder(&emulator, &profiles(&emulator));
    let arguments = [&SEND[..], &["--base-url", "http://127.0.0.1:1"]].concat();
    assert_eq!(run(&mut within(folder.path(), &arguments)).0, Some(3));
    let mut command = within(folder.path(), &SEND);
    command.env("WOTNOT_BASE_URL", "http://127.0.0.1:1");
    assert_eq!(run(&mut command).0, Some(3));
    let mut command = within(folder.path(), &SEND);
    command.env("WOTNOT_TOKEN", "hush.hush.hush");
    let (code, said) = run(&mut command);
    assert_eq!(code, Some(4), "{said}");
    assert!(!said.contains("hush"), "{said}");
    let mut command = within(folder.path(), &SEND);
    command.env("WOTNOT_BOT_KEY", "no-such-bot");
    assert_eq!(run(&mut command).0, Some(4));
}

#[test]
fn another_profile_is_named_by_argument_or_variable_and_its_token_may_be_a_variable() {
    let emulator = emulator("demo.yaml");
    let folder = folder(&emulator, &profiles(&emulator));
    let arguments = [&["--profile", "away"], &SEND[..]].concat();
    let (code, said) = run(&mut within(folder.path(), &arguments));
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("name one in wotnot.toml"), "{said}");
    let mut command = within(folder.path(), &SEND);
    command
        .env("WOTNOT_PROFILE", "away")
        .env("AWAY_TOKEN", "a.b.c");
    assert_eq!(run(&mut command).0, Some(3));
    let arguments = [&SEND[..], &["--profile", "nowhere"]].concat();
    let (code, said) = run(&mut within(folder.path(), &arguments));
    assert_eq!(code, Some(2));
    assert!(
        said.contains("there is no profile `nowhere`; known: away, local"),
        "{said}"
    );
    let (code, said) = run(&mut within(Path::new("/"), &arguments));
    assert_eq!(code, Some(2));
    assert!(said.contains("`wotnot init` writes one"), "{said}");
}

#[test]
fn a_broken_file_is_named_with_line_and_column_where_settings_are_taken_from_it() {
    let emulator = emulator("demo.yaml");
    let folder = folder(&emulator, "[profiles.local]\n  token = \"hush\"\n");
    for arguments in [
        &SEND[..],
        &["chat"],
        &["listen"],
        &["doctor"],
        &["pipe"],
        &["emulate", "--flow", "x.yaml"],
    ] {
        let (code, said) = run(&mut within(folder.path(), arguments));
        assert_eq!(code, Some(2), "{said}");
        assert!(
            said.contains("wotnot.toml:2:3: unknown field `token`"),
            "{said}"
        );
        assert!(
            said.contains("token_file") && !said.contains("hush"),
            "{said}"
        );
    }
    for arguments in [&["completions", "bash"][..], &["token", "--help"]] {
        assert_eq!(run(&mut within(folder.path(), arguments)).0, Some(0));
    }
}

#[test]
fn the_pipe_takes_from_the_profile_what_its_configuration_lacks() {
    let emulator = emulator("demo.yaml");
    let folder = folder(&emulator, &profiles(&emulator));
    let mut pipe = Running::start(within(folder.path(), &["pipe"]));
    pipe.type_line("{}");
    let ready = pipe.line();
    assert!(ready.contains(&emulator.base_url()), "{ready}");
    pipe.type_line(r#"{"method": "start_conversation", "params": {"visitor_id": "v", "message": {"type": "text", "data": {"body": "Hi"}}}}"#);
    let reply = pipe.line();
    assert!(reply.contains("\"ok\":true"), "{reply}");
}

#[test]
fn what_init_writes_can_be_used_holds_no_secret_and_is_not_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let (code, said) = run(&mut within(
        folder.path(),
        &["init", "--bot-key", "my \"bot\""],
    ));
    assert_eq!(code, Some(0), "{said}");
    let path = folder.path().join("wotnot.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(
        text.contains("token_env") && !text.contains("\ntoken ="),
        "{text}"
    );
    let (code, said) = run(&mut within(folder.path(), &["init"]));
    assert_eq!(code, Some(1));
    assert!(said.contains("--force"), "{said}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    assert_eq!(
        run(&mut within(folder.path(), &["init", "--force"])).0,
        Some(0)
    );
    let mut command = within(folder.path(), &["doctor", "--json", "--profile", "local"]);
    command
        .env("WOTNOT_LOCAL_TOKEN", "a.b.c")
        .env("WOTNOT_LOCAL_WEBHOOK_TOKEN", "hush");
    let (_, said) = run(&mut command);
    assert!(said.contains("http://127.0.0.1:8080"), "{said}");
    assert!(!said.contains("hush"), "{said}");
}

#[test]
#[cfg(unix)]
fn a_file_of_another_user_is_passed_over() {
    let emulator = emulator("demo.yaml");
    let folder = folder(&emulator, &profiles(&emulator));
    let file = folder.path().join("wotnot.toml");
    // Only root can give a file away.
    if std::os::unix::fs::chown(&file, Some(12_345), None).is_err() {
        println!("not root: the owner of a file cannot be changed, so that this is not tried");
        return;
    }
    let (code, said) = run(&mut within(folder.path(), &SEND));
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("there is no token"), "{said}");
}
