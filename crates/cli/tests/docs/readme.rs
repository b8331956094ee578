//! A newcomer pastes the shell blocks of README.md into one terminal, from top to bottom, and meets no error.

use std::fmt::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::shell::{free_port, path};
use crate::support::{bare, stderr, stdout};

const README: &str = include_str!("../../../../README.md");

/// Stands for `cargo`, which builds what is built already and would run every suite: it takes the commands of the page
/// and no others.
const CARGO: &str = r#"#!/bin/bash
case "$*" in
  "run --release --bin wotnot -- "*) shift 5; exec wotnot "$@" ;;
  "xtask test") exit 0 ;;
  "install --path crates/cli") grep -q 'name = "wotnot"' crates/cli/Cargo.toml ;;
  *) echo "cargo $*: unexpected" >&2; exit 1 ;;
esac
"#;

/// What is typed into the blocks, in their order.
const TYPED: [&str; 4] = ["", "", "Hello\nSales\n30\n", ""];

/// The shell blocks of the page.
fn blocks() -> Vec<&'static str> {
    let blocks = README.split("```sh\n").skip(1);
    blocks.map(|it| it.split_once("```").unwrap().0).collect()
}

/// A copy of what the page's commands read, where they may write.
fn checkout(folder: &Path) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let copied = Command::new("cp")
        .arg("-r")
        .arg(root.join("flows"))
        .arg(folder)
        .status();
    assert!(copied.unwrap().success());
    std::fs::create_dir_all(folder.join("crates/cli")).unwrap();
    let manifest = "crates/cli/Cargo.toml";
    std::fs::copy(root.join(manifest), folder.join(manifest)).unwrap();
    let bin = folder.join("bin");
    std::fs::create_dir(&bin).unwrap();
    std::fs::write(bin.join("cargo"), CARGO).unwrap();
    let rights = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(bin.join("cargo"), rights).unwrap();
}

#[test]
fn the_page_holds_from_top_to_bottom_in_one_terminal() {
    let folder = tempfile::tempdir().unwrap();
    checkout(folder.path());
    let (service, listener) = (free_port(), free_port());
    let mut script = String::from("set -euo pipefail\ntrap 'kill $(jobs -p) 2>/dev/null' EXIT\n");
    let blocks = blocks();
    assert_eq!(
        blocks.len(),
        TYPED.len(),
        "say what is typed into a new block"
    );
    for (number, (block, typed)) in blocks.iter().zip(TYPED).enumerate() {
        let answers = folder.path().join(format!("{number}.txt"));
        std::fs::write(&answers, typed).unwrap();
        let mut block = (*block).to_owned();
        // The page says so: in one terminal this command goes to the background. It is there when it answers.
        let in_background = "--webhook-token hook\n";
        let there = "until (exec 3<>/dev/tcp/127.0.0.1/8080) 2>/dev/null; do sleep 0.05; done";
        let behind = format!("--webhook-token hook &\n{there}\n");
        block = block.replace(in_background, &behind);
        block = block.replace("8080", &service.to_string());
        block = block.replace("8089", &listener.to_string());
        writeln!(
            script,
            "{{\n{block}\n}} < {number}.txt\necho 'that block is over'"
        )
        .unwrap();
    }
    let settings = bare(&[]);
    let mut shell = Command::new("bash");
    for (name, _) in settings.get_envs() {
        shell.env_remove(name);
    }
    let output = shell
        .args(["-c", &script])
        .env(
            "PATH",
            format!("{}:{}", folder.path().join("bin").display(), path()),
        )
        // The page's own address, which another test may have.
        .env("WOTNOT_WEBHOOK_LISTEN", format!("127.0.0.1:{listener}"))
        .env("no_proxy", "*")
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let (said, complained) = (stdout(&output), stderr(&output));
    assert!(output.status.success(), "{said}\n{complained}");
    assert_eq!(complained, "", "nothing is complained of");
    let shown: Vec<&str> = said.split("that block is over\n").collect();
    for (number, text) in [
        (0, "as flows/demo.chat expects"),
        (2, "talking to http://127.0.0.1:"),
        (2, "< Thank you\n"),
        (2, "-- the conversation has ended\n"),
        (3, "my-bot.yaml\n"),
        (3, "1 file: nothing wrong\n"),
        (3, "\nconversation "),
    ] {
        assert!(
            shown[number].contains(text),
            "{number}: {said} lacks {text}"
        );
    }
}
