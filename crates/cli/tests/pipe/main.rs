//! `wotnot pipe` as a program that cannot link uses it: from a shell, and line by line.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail the test"
)]

#[path = "../support/mod.rs"]
mod support;

mod ends;

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use support::{Running, bare, emulator, post_to, wotnot};

#[test]
fn a_shell_script_holds_a_conversation() {
    let emulator = emulator("demo.yaml");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/pipe/conversation.sh");
    let set = wotnot(&emulator, &[]);
    let mut command = Command::new("sh");
    command.arg(script).arg(env!("CARGO_BIN_EXE_wotnot"));
    for (name, value) in set.get_envs() {
        if let Some(value) = value {
            command.env(name, value);
        }
    }
    let mut shell = Running::start(command);
    let url = shell.line();
    post_to(&emulator, &url);
    shell.type_line("go on");
    let (code, said) = shell.end();
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(said, "the conversation was held");
    let transcript = &emulator.transcripts()[0];
    assert_eq!(transcript.place, "ended");
    assert_eq!(transcript.contact["age"], json!(30));
}

fn pipe_of(config: Value) -> Running {
    let mut pipe = Running::start(bare(&["pipe"]));
    pipe.type_line(&config.to_string());
    pipe
}

fn next(pipe: &mut Running) -> Value {
    serde_json::from_str(&pipe.line()).unwrap()
}

#[test]
fn each_bad_line_is_answered_and_the_pipe_goes_on() {
    let mut pipe = pipe_of(
        json!({"token": "hush", "base_url": "http://127.0.0.1:1", "retry": {"max_attempts": 1}}),
    );
    assert_eq!(next(&mut pipe)["ready"]["base_url"], "http://127.0.0.1:1");
    let not_sent = json!("not_sent");
    for (line, id, code, message, delivery) in [
        (
            "{",
            json!(null),
            "invalid_json",
            "the request is not JSON",
            &not_sent,
        ),
        (
            "[1]",
            json!(null),
            "invalid_argument",
            "expected",
            &not_sent,
        ),
        (
            r#"{"id": 7}"#,
            json!(7),
            "invalid_argument",
            "method: missing",
            &not_sent,
        ),
        (
            r#"{"id": 8, "method": "send_message", "parms": {}}"#,
            json!(8),
            "invalid_argument",
            "parms: unknown field; did you mean `params`?",
            &not_sent,
        ),
        (
            r#"{"id": 9, "method": "start_conversation", "params": 3}"#,
            json!(9),
            "invalid_argument",
            "params: expected an object",
            &not_sent,
        ),
        (
            r#"{"id": "x", "method": "sendMessage"}"#,
            json!("x"),
            "unknown_method",
            "send_message",
            &Value::Null,
        ),
        (
            r#"{"id": 1, "metod": "status", "method": "status"}"#,
            json!(1),
            "invalid_argument",
            "metod: unknown field",
            &Value::Null,
        ),
        (
            r#"{"id": 2, "method": "status", "params": 3}"#,
            json!(2),
            "invalid_argument",
            "params: expected",
            &Value::Null,
        ),
        (
            r#"{"id": 3, "method": "send_message", "params": {"conversation_id": "c", "message": {"type": "text", "data": {"body": "x"}}}}"#,
            json!(3),
            "network",
            "127.0.0.1",
            &not_sent,
        ),
    ] {
        pipe.type_line(line);
        let reply = next(&mut pipe);
        assert_eq!(reply["ok"], false, "{reply}");
        assert_eq!(reply["id"], id, "{reply}");
        assert_eq!(reply["error"]["code"], code, "{reply}");
        assert_eq!(reply["error"]["delivery"], *delivery, "{reply}");
        let said = reply["error"]["message"].as_str().unwrap();
        assert!(said.contains(message), "{said} lacks {message}");
    }
    pipe.type_line("");
    pipe.type_line(r#"{"id": 9, "method": "status"}"#);
    let (code, rest) = pipe.end();
    assert_eq!(code, Some(0));
    let reply: Value = serde_json::from_str(&rest).unwrap();
    assert_eq!((&reply["id"], &reply["ok"]), (&json!(9), &json!(true)));
    assert!(!rest.contains("hush"), "no secret shows");
}

#[test]
fn an_id_comes_back_as_it_was_written() {
    let mut pipe = pipe_of(json!({"token": "t", "base_url": "http://127.0.0.1:1"}));
    assert!(next(&mut pipe)["ready"].is_object());
    for id in [
        "1e2",
        "1.0",
        "-0",
        "0.10",
        "123456789012345678901234567890",
        "-1E+400",
        r#""\u00e9 \/""#,
        r#"{"b": [1.50, null],  "a": "x"}"#,
        "null",
        "true",
    ] {
        let reply = format!(r#"{{"id":{id},"#);
        pipe.type_line(&format!(r#" {{"method": "status", "id" : {id} }}"#));
        let line = pipe.line();
        assert!(line.starts_with(&format!(r#"{reply}"ok":true"#)), "{line}");
        // A request that is refused is answered with it too.
        pipe.type_line(&format!(r#"{{"id": {id}, "method": 3}}"#));
        let line = pipe.line();
        assert!(line.starts_with(&format!(r#"{reply}"ok":false"#)), "{line}");
    }
    assert_eq!(pipe.end().0, Some(0));
}

#[test]
fn the_last_of_several_ids_counts_and_columns_stay_right() {
    let mut pipe = pipe_of(json!({"token": "t", "base_url": "http://127.0.0.1:1"}));
    assert!(next(&mut pipe)["ready"].is_object());
    pipe.type_line(r#"{"id": 1, "id": 2e1, "method": "status"}"#);
    assert!(pipe.line().starts_with(r#"{"id":2e1,"ok":true"#));
    pipe.type_line(r#"{"id": 1e999, "method": "status", "params": {"x": 1e999}}"#);
    let refused = pipe.line();
    assert!(
        refused.starts_with(r#"{"id":1e999,"ok":false"#),
        "{refused}"
    );
    assert!(refused.contains("not JSON: column 5"), "{refused}");
    assert_eq!(pipe.end().0, Some(0));
}

#[test]
#[cfg(unix)]
fn a_reader_that_leaves_ends_the_pipe_with_1_before_the_next_request() {
    let emulator = emulator("demo.yaml");
    let mut command = wotnot(&emulator, &["pipe"]);
    command.env("WOTNOT_CONFIG", "{}").stdin(Stdio::piped());
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    let start = json!({"id": 1, "method": "start_conversation", "params": {"visitor_id": "v",
        "message": {"type": "text", "data": {"body": "Hello"}}}});
    use std::io::Write;
    let mut input = child.stdin.take().unwrap();
    // The pipe may have ended by then.
    let _ = write!(input, "{start}\n{start}\n{start}\n");
    drop(input);
    assert_eq!(child.wait().unwrap().code(), Some(1));
    assert!(emulator.transcripts().len() < 2);
}

#[test]
fn a_panic_is_a_reply_and_the_pipe_goes_on() {
    let mut pipe = pipe_of(json!({"token": "t", "base_url": "http://127.0.0.1:9"}));
    assert!(next(&mut pipe)["ready"].is_object());
    pipe.type_line(r#"{"id":1,"method":"test_panic"}"#);
    let reply = next(&mut pipe);
    let error = &reply["error"];
    assert_eq!(
        (&reply["id"], &error["code"], &error["status"]),
        (&json!(1), &json!("panic"), &json!(91))
    );
    pipe.type_line(r#"{"id":2,"method":"status"}"#);
    assert_eq!(next(&mut pipe)["ok"], true);
}

#[test]
fn a_configuration_that_cannot_be_used_is_named_and_ends_with_2() {
    for (line, code, message) in [
        ("{}", "invalid_argument", "token: missing"),
        (
            r#"{"token": "t", "timout_ms": 3}"#,
            "invalid_argument",
            "timeout_ms",
        ),
        ("nonsense", "invalid_json", "the configuration is not JSON"),
    ] {
        let mut pipe = Running::start(bare(&["pipe"]));
        pipe.type_line(line);
        let reply = next(&mut pipe);
        assert_eq!(reply["error"]["code"], code, "{reply}");
        assert!(
            reply["error"]["message"]
                .as_str()
                .unwrap()
                .contains(message),
            "{reply}"
        );
        assert_eq!(pipe.end().0, Some(2));
    }
    let pipe = Running::start(bare(&["pipe"]));
    let (code, rest) = pipe.end();
    assert_eq!(code, Some(2));
    assert!(
        rest.contains("the input ended before the configuration"),
        "{rest}"
    );
}

#[test]
fn events_still_come_while_the_pipe_lingers() {
    let emulator = emulator("demo.yaml");
    let mut command = wotnot(&emulator, &["pipe", "--linger", "60"]);
    let config = json!({"base_url": emulator.base_url(), "bot_key": emulator.bot_keys()[0],
        "webhook": {"listen": "127.0.0.1:0"}});
    command.env("WOTNOT_CONFIG", config.to_string());
    let mut pipe = Running::start(command);
    let ready = next(&mut pipe);
    post_to(&emulator, ready["ready"]["webhook_url"].as_str().unwrap());
    pipe.type_line(
        &json!({"id": 1, "method": "start_conversation", "params": {"visitor_id": "v",
        "message": {"type": "text", "data": {"body": "Hello"}}}})
        .to_string(),
    );
    drop(pipe.child.stdin.take());
    let event: Value =
        serde_json::from_str(&pipe.await_line("\"text\":\"What is it about?\"")).unwrap();
    assert_eq!(event["event"]["prompt"]["kind"], "choice");
}

#[test]
fn a_request_under_way_is_cancelled_and_the_next_one_done() {
    let service = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base_url = format!("http://{}", service.local_addr().unwrap());
    let mut pipe = pipe_of(json!({"token": "t", "base_url": base_url}));
    assert!(next(&mut pipe)["ready"].is_object());
    let message = json!({"type": "text", "data": {"body": "Hello"}});
    let send = json!({"conversation_id": "c", "message": message, "call_id": "a"});
    pipe.type_line(&json!({"id": 1, "method": "send_message", "params": send}).to_string());
    let (mut asked, _) = service.accept().unwrap();
    let mut request = String::new();
    while !request.contains("Hello") {
        let mut bytes = [0; 4096];
        let count = asked.read(&mut bytes).unwrap();
        request.push_str(std::str::from_utf8(&bytes[..count]).unwrap());
    }
    pipe.type_line(&json!({"id": 2, "method": "status"}).to_string());
    pipe.type_line(&json!({"id": 3, "method": "cancel", "params": {"call_id": "a"}}).to_string());
    let mut replies: Vec<Value> = (0..3).map(|_| next(&mut pipe)).collect();
    let cancelled = replies.iter().position(|it| it["id"] == 3).unwrap();
    assert_eq!(replies.remove(cancelled)["value"], json!({"found": true}));
    assert_eq!(replies[0]["error"]["code"], "interrupted");
    assert_eq!(replies[0]["error"]["delivery"], "unknown");
    assert_eq!(
        (&replies[1]["id"], &replies[1]["ok"]),
        (&json!(2), &json!(true))
    );
    pipe.type_line(&json!({"id": 4, "method": "receive"}).to_string());
    let refused = next(&mut pipe);
    assert_eq!(refused["error"]["code"], "invalid_argument");
    assert!(
        refused["error"]["message"]
            .as_str()
            .unwrap()
            .contains("as it comes")
    );
    assert_eq!(pipe.end().0, Some(0));
}

#[test]
fn what_the_configuration_lacks_comes_from_the_environment() {
    let file = std::env::temp_dir().join(format!("wotnot-pipe-{}.token", std::process::id()));
    std::fs::write(&file, "hush\n").unwrap();
    let mut command = bare(&["pipe"]);
    command
        .env("WOTNOT_CONFIG", "")
        .env("WOTNOT_BASE_URL", "http://127.0.0.1:1")
        .env("WOTNOT_BOT_KEY", "lead-bot")
        .env("WOTNOT_TOKEN_FILE", &file);
    let mut pipe = Running::start(command);
    pipe.type_line(r#"{"retry": {"max_attempts": 1}}"#);
    let ready = next(&mut pipe);
    std::fs::remove_file(&file).unwrap();
    assert_eq!(ready["ready"]["base_url"], "http://127.0.0.1:1", "{ready}");
    pipe.type_line(
        r#"{"method": "start_conversation", "params": {"visitor_id": "v", "message": {"type": "text", "data": {"body": "x"}}}}"#,
    );
    assert_eq!(next(&mut pipe)["error"]["code"], "network");
    assert_eq!(pipe.end().0, Some(0));
}

#[test]
fn retries_and_verdicts_are_printed_where_the_configuration_asks_for_them() {
    let mut pipe = pipe_of(
        json!({"token": "hush", "base_url": "http://127.0.0.1:1", "proxy": null,
        "log": "retries", "retry": {"max_attempts": 2, "base_delay_ms": 0}}),
    );
    assert!(next(&mut pipe)["ready"].is_object());
    let message = json!({"type": "text", "data": {"body": "hush"}});
    let params = json!({"conversation_id": "3f0c", "message": message});
    pipe.type_line(&json!({"id": 1, "method": "send_message", "params": params}).to_string());
    // The reply may come before, between or after them.
    let lines = [(); 3].map(|()| next(&mut pipe));
    let logged = lines.iter().filter(|line| line["event"]["type"] == "log");
    let kinds: Vec<&Value> = logged.map(|line| &line["event"]["log"]["kind"]).collect();
    assert_eq!(kinds, ["retry", "verdict"]);
    let replies = lines.iter().filter(|line| line["id"] == 1);
    assert!(
        replies
            .clone()
            .all(|reply| reply["error"]["code"] == "network")
    );
    assert_eq!(replies.count(), 1);
    assert!(lines.iter().all(|line| !line.to_string().contains("hush")));
    assert_eq!(pipe.end().0, Some(0));
}
