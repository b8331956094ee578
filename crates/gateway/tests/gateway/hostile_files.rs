//! What hostile visitors try with files.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::json;

use crate::files::{PNG, begin, begun, fetch, ready, world};
use crate::harness::{ORIGIN, wait_for};

#[test]
fn what_is_no_file_of_the_kind_that_it_says_is_refused() {
    let world = world();
    let browser = world.visitor();
    for (body, status, code) in [
        (
            json!({"name": "a", "type": "image/svg+xml", "size": 9}),
            415,
            "unsupported_type",
        ),
        (
            json!({"name": "a", "type": "text/html", "size": 9}),
            415,
            "unsupported_type",
        ),
        (
            json!({"name": "a", "type": "image/png", "size": 1_000_001}),
            413,
            "too_large",
        ),
        (
            json!({"name": "a", "type": "image/png", "size": 0}),
            400,
            "invalid_request",
        ),
        (
            json!({"name": "a", "type": "image/png"}),
            400,
            "invalid_request",
        ),
        (
            json!({"name": "a", "type": "image/png", "size": 9, "path": "/"}),
            400,
            "invalid_request",
        ),
    ] {
        let answer = browser.post("/v1/files", &body);
        assert_eq!((answer.status, answer.code()), (status, code), "{body}");
    }
    let page = b"<html><script>alert(1)</script>";
    let path = begun(&browser, "photo.png", "image/png", page.len());
    assert_eq!(browser.put(&path, page).status, 200);
    let mismatch = browser.post(&format!("{path}/complete"), &json!({}));
    assert_eq!(
        (mismatch.status, mismatch.code()),
        (422, "content_mismatch")
    );
    let id = path.rsplit('/').next().unwrap();
    let talk = browser.start("m1", "Hello");
    let asked = browser.wait(&talk, |it| it["prompt"]["kind"] == "file");
    for files in [json!([id]), json!(["f_nothing"]), json!([])] {
        let body = json!({"client_id": "m2", "answer_to": asked["prompt"]["seq"], "files": files});
        let answer = browser.say(&talk, &body);
        assert_eq!(
            (answer.status, answer.code()),
            (422, "invalid_answer"),
            "{files}"
        );
    }
}

#[test]
fn hostile_uploads_change_nothing() {
    let world = world();
    let browser = world.visitor();
    let path = begun(&browser, "../../../etc/passwd", "image/png", PNG.len());
    assert_eq!(browser.get(&path).body["file"]["name"], "passwd");
    for (offset, code) in [
        ("1", "offset_mismatch"),
        ("18446744073709551615", "offset_mismatch"),
        ("-1", "invalid_request"),
        ("x", "invalid_request"),
        ("99999999999999999999999", "invalid_request"),
    ] {
        let answer = browser.patch(&path, offset, PNG);
        assert_eq!(answer.code(), code, "{offset}: {}", answer.body);
    }
    let mut long = PNG.to_vec();
    long.extend_from_slice(b"more");
    let answer = browser.put(&path, &long);
    assert_eq!((answer.status, answer.code()), (413, "too_large"));
    assert_eq!(browser.get(&path).body["file"]["offset"], 0);
    // Another visitor's file is not there, whatever is tried with it.
    let other = world.visitor();
    for answer in [
        other.get(&path),
        other.put(&path, PNG),
        other.patch(&path, "0", PNG),
        other.post(&format!("{path}/complete"), &json!({})),
        other.get("/v1/files/..%2f..%2fgateway.db"),
        other.get("/v1/files/%2e%2e"),
        fetch(&world.url("/files/..%2fgateway.db?until=99999999999&signature=x")),
    ] {
        assert_eq!((answer.status, answer.code()), (404, "not_found"));
    }
    let id = ready(&browser, "photo.png", PNG);
    let talk = other.start("m1", "Hello");
    let asked = other.wait(&talk, |it| it["prompt"]["kind"] == "file");
    let body = json!({"client_id": "m2", "answer_to": asked["prompt"]["seq"], "files": [id]});
    let stolen = other.say(&talk, &body);
    assert_eq!((stolen.status, stolen.code()), (422, "invalid_answer"));
    // A link cannot be changed.
    let shown = browser.get(&format!("/v1/files/{id}"));
    let link = shown.body["file"]["url"].as_str().unwrap();
    assert_eq!(fetch(link).status, 200);
    let (head, signature) = link.split_once("&signature=").unwrap();
    let later = head.replace("until=", "until=9");
    for link in [
        format!("{later}&signature={signature}"),
        format!("{head}&signature="),
        link.replace(&id, "f_other"),
    ] {
        assert_eq!(fetch(&link).status, 404, "{link}");
    }
    // All of a visitor's files together have a bound.
    assert_eq!(begin(&browser, "a.png", "image/png", 1_000_000).status, 201);
    let full = begin(&browser, "b.png", "image/png", 1_000_000);
    assert_eq!((full.status, full.code()), (413, "too_large"));
}

#[test]
fn two_writers_at_once_make_one_whole_file() {
    let world = world();
    let browser = world.visitor();
    let bytes = [PNG, &vec![b'x'; 600_000]].concat();
    let path = begun(&browser, "photo.png", "image/png", bytes.len());
    // The first call is in the middle of its body while the second one comes.
    let address = world.gateway().url().replace("http://", "");
    let mut socket = TcpStream::connect(&address).unwrap();
    let head = format!(
        "PUT {path} HTTP/1.1\r\nhost: a\r\norigin: {ORIGIN}\r\nauthorization: Bearer {}\r\n\
         connection: close\r\ncontent-length: {}\r\n\r\n",
        browser.token,
        bytes.len()
    );
    socket.write_all(head.as_bytes()).unwrap();
    socket.write_all(&bytes[..1_000]).unwrap();
    wait_for(|| browser.get(&path).body["file"]["offset"] == 1_000);
    for answer in [
        browser.put(&path, &bytes),
        browser.patch(&path, "1000", &bytes[1_000..]),
        browser.post(&format!("{path}/complete"), &json!({})),
    ] {
        assert_eq!((answer.status, answer.code()), (409, "upload_busy"));
    }
    socket.write_all(&bytes[1_000..]).unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let done = browser.post(&format!("{path}/complete"), &json!({}));
    let url = done.body["file"]["url"].as_str().unwrap();
    assert!(fetch(url).bytes == bytes);
}
