//! Tells the command which build it is: the commit, where it is built from a repository, and the target.

use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = std::env::var("TARGET").unwrap_or_default();
    let profile = std::env::var("PROFILE").unwrap_or_default();
    let commit = match git(&["rev-parse", "--short=12", "HEAD"]) {
        Some(commit) => format!("{commit}, "),
        None => String::new(),
    };
    // The log of HEAD grows with every commit and every switch to another branch.
    if let Some(log) = git(&[
        "rev-parse",
        "--path-format=absolute",
        "--git-path",
        "logs/HEAD",
    ]) && std::path::Path::new(&log).exists()
    {
        println!("cargo::rerun-if-changed={log}");
    }
    println!("cargo::rustc-env=WOTNOT_BUILD={commit}{profile}, {target}");
}

/// The answer of git, where there is one.
fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let answer = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !answer.is_empty()).then_some(answer)
}
