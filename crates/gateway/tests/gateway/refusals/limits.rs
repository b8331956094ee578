//! Refusals of those who ask for too much.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use super::{CONVERSATION, NARROW, Provoked};
use crate::harness::{Answer, World, call, identity, wait_for};

pub fn of_limits(world: &World, provoked: &mut Provoked) {
    let session = world.post("/v1/sessions", &[("origin", NARROW)], &json!({}));
    let bearer = format!("Bearer {}", session.body["token"].as_str().unwrap());
    let headers = [("origin", NARROW), ("authorization", bearer.as_str())];
    let get = |path: &str| call("GET", &world.url(path), &headers, None);
    let post = |path: &str, body: Value| world.post(path, &headers, &body);
    let mut second = |method: &str, pattern: &str, ask: &dyn Fn() -> Answer| {
        assert!(ask().status < 300, "{pattern}: the first one");
        provoked.note(method, pattern, &ask(), "rate_limited");
    };
    let begun = post("/v1/conversations", json!({"client_id": "m1", "text": "x"}));
    let id = begun.body["conversation"]["id"].as_str().unwrap();
    let path = format!("/v1/conversations/{id}");
    wait_for(|| get(&path).body["prompt"].is_object());
    let file = json!({"name": "a", "type": "image/png", "size": 5});
    second("POST", "/v1/files", &|| post("/v1/files", file.clone()));
    let counter = std::cell::Cell::new(1);
    second("POST", &format!("{CONVERSATION}/messages"), &|| {
        counter.set(counter.get() + 1);
        let body = json!({"client_id": format!("m{}", counter.get()), "text": "x"});
        post(&format!("{path}/messages"), body)
    });
    let resolve = format!("{CONVERSATION}/messages/{{client_id}}/resolve");
    let resolved = post(
        &format!("{path}/messages/m1/resolve"),
        json!({"action": "resend"}),
    );
    provoked.note("POST", &resolve, &resolved, "rate_limited");
    // Of an anonymous visitor a session counts for the site and the address alone.
    let known = json!({"identity": identity(2)});
    let session = world.post("/v1/sessions", &[("origin", NARROW)], &known);
    let token = format!("Bearer {}", session.body["token"].as_str().unwrap());
    let headers = [("origin", NARROW), ("authorization", token.as_str())];
    let export = call("GET", &world.url("/v1/visitor/export"), &headers, None);
    provoked.note("GET", "/v1/visitor/export", &export, "rate_limited");

    let events = format!("{path}/events");
    let mut open = socket_for_stream(world, &events, NARROW, &bearer);
    let mut status = [0; 12];
    open.read_exact(&mut status).unwrap();
    assert_eq!(&status, b"HTTP/1.1 200");
    let refused = get(&format!("{events}?wait=5"));
    provoked.note(
        "GET",
        &format!("{CONVERSATION}/events"),
        &refused,
        "too_many_streams",
    );

    let mut other = json!({"client_id": "m9", "text": "x"});
    let erased = call(
        "DELETE",
        &world.url("/v1/visitor"),
        &token_headers(&token),
        None,
    );
    assert_eq!(erased.status, 202);
    let known = json!({"identity": identity(3)});
    let session = world.post("/v1/sessions", &[("origin", NARROW)], &known);
    let token = format!("Bearer {}", session.body["token"].as_str().unwrap());
    let headers = token_headers(&token);
    assert_eq!(
        world.post("/v1/conversations", &headers, &other).status,
        202
    );
    // Another one would be refused because the first is open: the limit comes before.
    other["client_id"] = json!("m10");
    let refused = world.post("/v1/conversations", &headers, &other);
    provoked.note("POST", "/v1/conversations", &refused, "rate_limited");
}

fn token_headers(bearer: &str) -> [(&str, &str); 2] {
    [("origin", NARROW), ("authorization", bearer)]
}

fn socket_for_stream(world: &World, path: &str, origin: &str, bearer: &str) -> TcpStream {
    let address = world.gateway().url().replace("http://", "");
    let mut socket = TcpStream::connect(address).unwrap();
    let head = format!(
        "GET {path} HTTP/1.1\r\nhost: a\r\norigin: {origin}\r\nauthorization: {bearer}\r\n\
         accept: text/event-stream\r\n\r\n"
    );
    socket.write_all(head.as_bytes()).unwrap();
    socket
}
