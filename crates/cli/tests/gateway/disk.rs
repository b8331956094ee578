//! A disk that fails: the gateway stops taking anything, says why and what to do, and ends. What it had
//! answered for is there afterwards.

use std::collections::HashSet;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::served::{Served, Setup, serve_as};

/// What is preloaded into the process.
struct Disk {
    folder: TempDir,
    library: PathBuf,
}

impl Disk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let library = folder.path().join("disk.so");
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/gateway/disk.c");
        let built = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .arg(&library)
            .arg(source)
            .arg("-ldl")
            .status();
        assert!(built.unwrap().success());
        Self { folder, library }
    }

    /// A gateway on this disk.
    fn serve(&self) -> Served {
        let (library, folder) = (self.library.clone(), self.folder.path().to_owned());
        serve_as(Setup {
            prepare: Box::new(move |command| {
                command
                    .env("LD_PRELOAD", &library)
                    .env("WOTNOT_TEST_DISK", &folder);
            }),
            ..Setup::default()
        })
    }

    fn breaks(&self, fault: &str) {
        std::fs::write(self.folder.path().join(fault), "").unwrap();
    }

    fn mended(&self, fault: &str) {
        std::fs::remove_file(self.folder.path().join(fault)).unwrap();
    }

    /// The calls that were refused, each with its file.
    fn refused(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.folder.path().join("refused")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }
}

/// Says it; gives what came back, with its status at the end.
fn say(served: &Served, auth: &str, chat: &str, id: &str) -> String {
    let body = format!(r#"{{"client_id": "{id}", "text": "said as {id}"}}"#);
    served.curl(
        &format!("{chat}/messages"),
        &["-H", auth, "-d", &body, "-w", " %{http_code}"],
    )
}

fn fails_stop(fault: &str, expected: &str) {
    let disk = Disk::new();
    let mut served = disk.serve();
    let (auth, chat) = served.chat("Hello");
    let snapshot = |served: &Served| -> Value {
        serde_json::from_str(&served.curl(&chat, &["-H", &auth])).unwrap_or_default()
    };
    let states = |snapshot: &Value| -> Vec<Value> {
        let messages = snapshot["messages"].as_array().into_iter().flatten();
        let own = messages.filter(|it| it["by"] == "visitor");
        own.map(|it| it["state"].clone()).collect()
    };
    for id in ["m2", "m3"] {
        assert!(say(&served, &auth, &chat, id).ends_with(" 202"));
    }
    served.wait("all at the vendor, and all answers here", |it| {
        let states = states(&snapshot(it));
        states.len() == 3
            && states.iter().all(|state| state == "accepted")
            && it.emulator.undelivered() == 0
    });

    disk.breaks(fault);
    let refused = say(&served, &auth, &chat, "m4");
    // Nothing at all when the process ended over something else that it had to write.
    assert!(
        refused.is_empty() || refused.ends_with(" 503") || refused == " 000",
        "{refused}"
    );
    assert_eq!(served.running.child.wait().unwrap().code(), Some(1));
    let said = served.rest();
    for words in ["the store failed", expected, "start it again"] {
        assert!(said.contains(words), "{said} lacks {words}");
    }
    let calls = disk.refused();
    let files: HashSet<&String> = calls.iter().collect();
    assert!(!calls.is_empty());
    if fault == "fsync" {
        assert_eq!(files.len(), calls.len(), "tried again: {calls:?}");
    }

    disk.mended(fault);
    served.again();
    let seen = snapshot(&served)["messages"].to_string();
    for id in ["m1", "m2", "m3"] {
        let id = format!(r#""client_id":"{id}""#);
        assert_eq!(seen.matches(&id).count(), 1, "{seen}");
    }
    // What was refused is the visitor's to say again. It may be on the disk: it is kept once.
    let again = say(&served, &auth, &chat, "m4");
    assert!(
        again.ends_with(" 202") || again.ends_with(" 200"),
        "{again}"
    );
    let seen = snapshot(&served)["messages"].to_string();
    assert_eq!(seen.matches(r#""client_id":"m4""#).count(), 1, "{seen}");
}

#[test]
fn after_a_failed_fsync_nothing_is_answered_for_and_none_is_tried_again() {
    fails_stop("fsync", "disk I/O error");
}

#[test]
fn on_a_full_disk_it_ends_and_asks_for_space() {
    fails_stop("full", "free some space");
}

#[test]
fn on_a_disk_that_turns_read_only_it_ends() {
    fails_stop("read-only", "disk I/O error");
}

#[test]
fn on_a_read_only_disk_it_does_not_start_and_names_the_file() {
    let disk = Disk::new();
    let mut served = disk.serve();
    served.signal("TERM");
    assert_eq!(served.running.child.wait().unwrap().code(), Some(0));
    disk.breaks("read-only");
    let refused = served.command().output().unwrap();
    let said = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(1), "{said}");
    for words in ["gateway.db", "cannot be written"] {
        assert!(said.contains(words), "{said}");
    }
}
