//! Posts to a client's webhook listener, as the service would.

use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

use crate::matching::matches;
use crate::vector::Post;
use crate::wire::{Incoming, ReadLimit, Reading};

/// Posts and judges the answer; the error says what went wrong.
pub fn post(url: &str, post: &Post) -> Result<(), String> {
    let answer = exchange(url, post)?;
    matches(&post.expect, &answer).map_err(|why| format!("the listener's answer: {why}"))
}

fn exchange(url: &str, post: &Post) -> Result<Value, String> {
    let rest = url
        .strip_prefix("http://")
        .ok_or_else(|| format!("{url}: not a http URL"))?;
    let (host, path) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
    let broke = |error: std::io::Error| format!("posting to {url}: {error}");
    let stream = TcpStream::connect(host).map_err(broke)?;
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .map_err(broke)?;
    let body = post.body.bytes()?;
    let mut head = format!(
        "{} {} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n",
        post.method.as_deref().unwrap_or("POST"),
        post.path.as_deref().unwrap_or(path),
    );
    let has = |name: &str| {
        post.headers
            .keys()
            .any(|key| key.eq_ignore_ascii_case(name))
    };
    if !has("content-type") {
        head.push_str("content-type: application/json\r\n");
    }
    if !has("content-length") {
        head.push_str(&format!("content-length: {}\r\n", body.len()));
    }
    for (name, value) in &post.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    (&stream).write_all(head.as_bytes()).map_err(broke)?;
    // A listener may refuse an oversize body before it has come whole.
    let _refused_early = (&stream).write_all(&body);
    match Incoming::new(&stream).message(ReadLimit::Never, true) {
        Reading::Whole(message) => {
            let status = message
                .first_line
                .split(' ')
                .nth(1)
                .and_then(|text| text.parse::<u16>().ok());
            Ok(
                json!({"status": status, "headers": message.headers_json(), "body": message.body_json()}),
            )
        }
        Reading::Cut | Reading::Gone => Err(format!("posting to {url}: no whole answer")),
    }
}
