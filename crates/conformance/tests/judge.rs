//! The player as a process: a client that lies about what happened is found out.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

struct Player {
    child: Child,
    ask: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Player {
    fn start() -> Self {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors");
        let mut child = Command::new(env!("CARGO_BIN_EXE_wotnot-conformance"))
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let ask = child.stdin.take().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        Self {
            child,
            ask,
            answers,
        }
    }

    fn ask(&mut self, line: Value) -> Value {
        writeln!(self.ask, "{line}").unwrap();
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        serde_json::from_str(&answer).unwrap()
    }

    /// Plays a vector with these results and gives the verdict.
    fn play(&mut self, name: &str, results: &[Value]) -> Value {
        let mut turn = self.ask(json!({"open": name}));
        let mut results = results.iter();
        while turn.get("do").is_some() {
            turn = self.ask(json!({"result": results.next().expect("a result for every turn")}));
        }
        turn
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        let _over = self.child.kill();
        let _over = self.child.wait();
    }
}

fn refused(delivery: &str) -> Value {
    json!({"ok": false, "error": {"code": "network", "status": 20, "message": "refused", "retryable": true,
        "http_status": null, "api_code": null, "delivery": delivery, "attempts": 4, "method": "send_message"}})
}

#[test]
fn an_honest_client_passes_and_a_wrong_word_fails() {
    let mut player = Player::start();
    let made = json!({"ok": true, "value": {}});
    let passed = player.play(
        "send_refused_connection",
        &[made.clone(), refused("not_sent")],
    );
    assert_eq!(
        passed,
        json!({"passed": true, "name": "send_refused_connection", "requests": 0})
    );
    let failed = player.play("send_refused_connection", &[made, refused("unknown")]);
    assert_eq!(failed["passed"], false);
    assert_eq!(
        failed["why"],
        "step 1 (send_message): error.delivery: expected \"not_sent\", got \"unknown\""
    );
}

#[test]
fn a_success_without_a_request_fails() {
    let mut player = Player::start();
    let made = json!({"ok": true, "value": {}});
    let invented = json!({"ok": true, "value": {"message_id": "0123456789abcdef0123456789abcdef"}});
    let failed = player.play("send_text_succeeds", &[made, invented]);
    assert_eq!(
        failed["why"],
        "step 1 (send_message): delivery ok, but no request arrived"
    );
}

#[test]
fn a_result_that_shows_the_token_fails() {
    let mut player = Player::start();
    let leaky = json!({"ok": true, "value": {"token": "fake.jwt.token"}});
    let failed = player.play("send_text_succeeds", &[leaky]);
    assert_eq!(
        failed["why"],
        "making the client: the result holds the API token"
    );
}

#[test]
fn lines_that_make_no_sense_are_answered_with_an_error() {
    let mut player = Player::start();
    for line in [
        json!({"result": {}}),
        json!({"open": "no_such_vector"}),
        json!([]),
    ] {
        assert!(player.ask(line)["error"].is_string());
    }
    let names = player.ask(json!({"list": true}))["names"].clone();
    assert!(names.as_array().unwrap().len() >= 100);
}
