//! The two ends of a pipe: what its input and its output may be, and how long a line and a wait.

use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::bare;
use crate::{next, pipe_of};

const CONFIG: &str = r#"{"token": "t", "base_url": "http://127.0.0.1:1"}"#;

/// A pipe that has its configuration, with these ends.
fn run(input: Stdio, output: Stdio) -> Option<i32> {
    let mut command = bare(&["pipe"]);
    command
        .env("WOTNOT_CONFIG", CONFIG)
        .stdin(input)
        .stdout(output);
    command.status().unwrap().code()
}

#[test]
#[cfg(target_os = "linux")]
fn a_reply_that_cannot_be_written_and_an_input_that_cannot_be_read_end_with_1() {
    let full = std::fs::File::options().write(true).open("/dev/full");
    assert_eq!(run(Stdio::null(), full.unwrap().into()), Some(1));
    let folder = std::fs::File::open(std::env::temp_dir()).unwrap();
    assert_eq!(run(folder.into(), Stdio::null()), Some(1));
    assert_eq!(run(Stdio::null(), Stdio::null()), Some(0));
}

#[test]
fn a_linger_of_more_than_a_year_is_refused() {
    let mut command = bare(&["pipe", "--linger", "18446744073709551615"]);
    command.env("WOTNOT_CONFIG", CONFIG);
    assert_eq!(command.status().unwrap().code(), Some(2));
}

#[test]
fn a_line_of_just_8_mib_is_read_and_a_longer_one_refused() {
    const LONGEST: usize = 8 * 1024 * 1024;
    let mut pipe = pipe_of(json!({"token": "t", "base_url": "http://127.0.0.1:1"}));
    assert!(next(&mut pipe)["ready"].is_object());
    let request = r#"{"id": 1, "method": "status"}"#;
    let spaces = " ".repeat(LONGEST - request.len());
    pipe.type_line(&format!("{request}{spaces}"));
    assert_eq!(next(&mut pipe)["ok"], true);
    pipe.type_line(&format!("{request}{spaces} "));
    let refused = next(&mut pipe);
    assert_eq!(refused["error"]["code"], "invalid_argument", "{refused}");
    pipe.type_line(request);
    assert_eq!(next(&mut pipe)["ok"], true);
    assert_eq!(pipe.end().0, Some(0));
}

#[cfg(unix)]
#[test]
fn an_input_that_does_not_wait_is_read_to_its_end() {
    use std::io::Write;
    use std::os::unix::net::UnixStream;
    let (mut ours, theirs) = UnixStream::pair().unwrap();
    theirs.set_nonblocking(true).unwrap();
    let mut command = bare(&["pipe"]);
    command.stdin(Stdio::from(std::os::fd::OwnedFd::from(theirs)));
    command.stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(command);
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap()));
    let mut next = || serde_json::from_str::<Value>(&lines.next().unwrap().unwrap()).unwrap();
    ours.write_all(b"{\"token\": \"hush\"}\n").unwrap();
    assert!(next()["ready"].is_object());
    for id in 1..4 {
        // A line in two parts: between them there is nothing to read.
        let line = json!({"id": id, "method": "status"}).to_string();
        ours.write_all(line.as_bytes()).unwrap();
        std::thread::yield_now();
        ours.write_all(b"\n").unwrap();
        assert_eq!(next()["id"], id);
    }
    drop(ours);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
