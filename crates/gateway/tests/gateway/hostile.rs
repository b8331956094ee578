//! Callers who mean harm, on sockets of their own: what they get is an answer or an end, and everybody else is served.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::{DEADLINE, HOOK_SECRET, HOOK_TOKEN, ORIGIN, World, wait_for};
use crate::streams::{connect, get, open, talk, world};

/// Reads until the gateway closes the connection.
fn rest(socket: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    match socket.read_to_end(&mut bytes) {
        Ok(_) => {}
        // Closed with bytes unread, a connection is reset: what came before counts.
        Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
        Err(error) => panic!("it was not closed: {error}"),
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Writes as far as the gateway takes it, and gives what it answered until it closed the connection.
fn answered(world: &World, request: &[u8]) -> String {
    let mut socket = connect(world);
    let _ = socket.write_all(request);
    rest(&mut socket)
}

fn status(answer: &str) -> &str {
    answer.get(9..12).unwrap_or("none")
}

/// Somebody who means no harm gets an answer.
fn assert_serves(world: &World) {
    let browser = world.visitor();
    let path = browser.start("m1", "Hello");
    browser.wait_state(&path, "m1", &["accepted"]);
}

#[test]
fn heads_that_are_too_large_are_refused_and_the_connection_ends() {
    let world = World::new();
    let large = format!("x-large: {}\r\n", "a".repeat(17_000));
    let many: String = (0..65).map(|number| format!("x-{number}: 1\r\n")).collect();
    let path = "a".repeat(17_000);
    let head = |path: &str, headers: &str| {
        format!("GET /{path} HTTP/1.1\r\nhost: gateway\r\n{headers}\r\n")
    };
    for (what, request) in [
        ("a large field", head("v1/sessions", &large)),
        ("many fields", head("v1/sessions", &many)),
        ("a long path", head(&path, "")),
    ] {
        let answer = answered(&world, request.as_bytes());
        assert!(
            ["431", "414"].contains(&status(&answer)),
            "{what}: {answer}"
        );
    }
    // What is just small enough is read.
    let fitting: String = (0..60).map(|number| format!("x-{number}: 1\r\n")).collect();
    let answer = answered(
        &world,
        head("nowhere", &(fitting + "connection: close\r\n")).as_bytes(),
    );
    assert_eq!(status(&answer), "404", "{answer}");
}

#[test]
fn a_head_without_end_is_cut_off_however_it_is_sent() {
    let world = World::new();
    // As fast as it is taken.
    let mut flood = connect(&world);
    let field = format!("x: {}\r\n", "a".repeat(1_000));
    let mut taken = flood.write(b"GET / HTTP/1.1\r\n").unwrap();
    let until = Instant::now() + DEADLINE;
    while let Ok(count @ 1..) = flood.write(field.as_bytes()) {
        taken += count;
        assert!(Instant::now() < until, "{taken} bytes were taken");
    }
    // A byte now and then, in the head, in what may be the preface of HTTP/2, and before either.
    let mut slow: Vec<TcpStream> = Vec::new();
    for begin in ["GET / HTTP/1.1\r\nx: ", "PRI * HTTP/2.0\r\n", ""] {
        for _ in 0..50 {
            let mut socket = connect(&world);
            socket.write_all(begin.as_bytes()).unwrap();
            socket
                .set_read_timeout(Some(Duration::from_millis(1)))
                .unwrap();
            slow.push(socket);
        }
    }
    assert_serves(&world);
    let until = Instant::now() + DEADLINE;
    while !slow.is_empty() {
        assert!(Instant::now() < until, "{} are still open", slow.len());
        slow.retain_mut(|socket| {
            let written = socket.write_all(b"a").is_ok();
            let mut answer = [0; 256];
            let open = match socket.read(&mut answer) {
                Ok(count) => count > 0,
                Err(error) => matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
            };
            written && open
        });
    }
    assert_serves(&world);
}

#[test]
fn bodies_are_refused_at_their_limit_however_they_come() {
    let world = World::new();
    let browser = world.visitor();
    let path = browser.start("m1", "Hello");
    let head = |framing: &str| {
        format!(
            "POST {path}/messages HTTP/1.1\r\nhost: gateway\r\norigin: {ORIGIN}\r\nconnection: close\r\n\
             authorization: Bearer {}\r\n{framing}\r\n\r\n",
            browser.token
        )
        .into_bytes()
    };
    let one_too_many = vec![b' '; 65_537];
    let chunks = |bytes: &[u8]| {
        let chunks = bytes.chunks(1_000).flat_map(|chunk| {
            let head = format!("{:x}\r\n", chunk.len()).into_bytes();
            [&head[..], chunk, b"\r\n"].concat()
        });
        chunks.chain(*b"0\r\n\r\n").collect::<Vec<u8>>()
    };
    // One byte more than is read, with its length and in chunks; and one that is said to be endless.
    for (what, framing, body) in [
        ("a length", "content-length: 65537", one_too_many.clone()),
        (
            "chunks",
            "transfer-encoding: chunked",
            chunks(&one_too_many),
        ),
    ] {
        let answer = answered(&world, &[head(framing), body].concat());
        assert_eq!(status(&answer), "413", "{what}: {answer}");
        assert!(answer.contains("too_large"), "{what}: {answer}");
    }
    // As large as may be, it is read.
    let largest = [&one_too_many[2..], b"x"].concat();
    for (framing, body) in [
        ("content-length: 65536", largest.clone()),
        ("transfer-encoding: chunked", chunks(&largest)),
    ] {
        let answer = answered(&world, &[head(framing), body].concat());
        assert_eq!(status(&answer), "400", "{answer}");
        assert!(answer.contains("not JSON"), "{answer}");
    }
    // Framing that two readers could take in two ways, or that is none.
    for framing in [
        "content-length: 5\r\ncontent-length: 6",
        "content-length: -1",
        "content-length: 99999999999999999999",
        "transfer-encoding: chunked, identity",
        "transfer-encoding: xchunked",
    ] {
        let answer = answered(&world, &[head(framing), b"{}    ".to_vec()].concat());
        assert_eq!(status(&answer), "400", "{framing}: {answer}");
    }
    // Less than was said: nothing is kept.
    let said = json!({"client_id": "cut", "text": "cut"}).to_string();
    let mut cut = connect(&world);
    cut.write_all(&head(&format!("content-length: {}", said.len() + 1)))
        .unwrap();
    cut.write_all(said.as_bytes()).unwrap();
    cut.shutdown(Shutdown::Write).unwrap();
    rest(&mut cut);
    assert!(!browser.snapshot(&path).to_string().contains("cut"));
}

#[test]
fn bodies_that_trickle_are_given_up() {
    let world = World::new();
    let mut slow: Vec<TcpStream> = (0..100)
        .map(|_| {
            let mut socket = connect(&world);
            let head = format!(
                "POST /v1/sessions HTTP/1.1\r\nhost: gateway\r\norigin: {ORIGIN}\r\ncontent-length: 60000\r\n\r\n"
            );
            socket.write_all(head.as_bytes()).unwrap();
            socket
                .set_read_timeout(Some(Duration::from_millis(1)))
                .unwrap();
            socket
        })
        .collect();
    assert_serves(&world);
    let until = Instant::now() + DEADLINE;
    while !slow.is_empty() {
        assert!(Instant::now() < until, "{} are still open", slow.len());
        slow.retain_mut(|socket| {
            let written = socket.write_all(b" ").is_ok();
            let mut answer = [0; 256];
            match socket.read(&mut answer) {
                Ok(count) => {
                    let answer = String::from_utf8_lossy(&answer[..count]);
                    assert!(count == 0 || answer.starts_with("HTTP/1.1 400"), "{answer}");
                    false
                }
                Err(error) => {
                    let waits = matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut);
                    written && waits
                }
            }
        });
    }
}

#[test]
fn paths_lead_where_they_say_and_nowhere_else() {
    let world = world();
    let (browser, path) = talk(&world);
    let other = world.visitor();
    let theirs = other.start("m1", "Their words");
    let id = path.rsplit('/').next().unwrap();
    let their_id = theirs.rsplit('/').next().unwrap();
    let paths = [
        format!("{path}/../{their_id}"),
        format!("{path}/%2e%2e/{their_id}"),
        format!("{path}%2f..%2f{their_id}"),
        format!("{path}/..;/{their_id}"),
        format!("{path}\\..\\{their_id}"),
        format!("/v1/conversations//{id}"),
        format!("//v1/conversations/{id}"),
        format!("/V1/conversations/{id}"),
        format!("{path}/."),
        format!("{path}%00"),
        "/v1/conversations/%2e%2e%2f%2e%2e%2fetc%2fpasswd".to_owned(),
        theirs.clone(),
        format!("/v1/conversations/{}", id.to_uppercase()),
        format!("/v1/conversations/{}", "%61".repeat(3_000)),
        "/v1/files/..%2f..%2fgateway.db".to_owned(),
        "/v1/files/%2e%2e".to_owned(),
        "/v1/conversations/' OR 1=1 --".replace(' ', "%20"),
        // What is the admin's, on the visitors' address.
        "/metrics".to_owned(),
        "/readyz".to_owned(),
        "/admin".to_owned(),
        format!("/hook/{}", &HOOK_SECRET[..HOOK_SECRET.len() - 1]),
        format!("/hook/{HOOK_SECRET}/"),
        "/hook/".to_owned(),
        "/hook/%00".to_owned(),
    ];
    for path in paths {
        let request =
            get(&path, &browser.token, "*/*").replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n");
        let answer = answered(&world, request.as_bytes());
        let refused = ["400", "401", "404", "405"].contains(&status(&answer));
        assert!(refused, "{path}: {answer}");
        assert!(!answer.contains("Their words"), "{path}: {answer}");
    }
    // An address in the request is not a place to go to; what is no path at all is refused.
    for target in [
        format!("http://192.0.2.1{theirs}"),
        "http://192.0.2.1/metrics".to_owned(),
        "*".to_owned(),
        "metrics".to_owned(),
        "192.0.2.1:80".to_owned(),
    ] {
        for method in ["GET", "CONNECT", "TRACE", "OPTIONS"] {
            let request = format!(
                "{method} {target} HTTP/1.1\r\nhost: gateway\r\norigin: {ORIGIN}\r\nconnection: close\r\n\
                 authorization: Bearer {}\r\n\r\n",
                browser.token
            );
            let answer = answered(&world, request.as_bytes());
            // A preflight of any path is answered, with nothing in it.
            let harmless = status(&answer) == "204" && method == "OPTIONS";
            let refused = ["400", "404", "405"].contains(&status(&answer));
            assert!(refused || harmless, "{method} {target}: {answer}");
            assert!(!answer.contains("Their words"), "{target}: {answer}");
        }
    }
    assert_eq!(browser.get(&path).status, 200);
}

#[test]
fn readers_who_take_nothing_are_cut_off_and_hold_nobody_up() {
    const READERS: usize = 50;
    let world = world();
    let (browser, path) = talk(&world);
    wait_for(|| world.emulator.undelivered() == 0);
    let vendor_id = world.emulator.transcripts()[0].conversation.clone();
    let stuck: Vec<TcpStream> = (0..READERS)
        .map(|_| {
            let mut socket = connect(&world);
            let request = get(
                &format!("{path}/events"),
                &browser.token,
                "text/event-stream",
            );
            socket.write_all(request.as_bytes()).unwrap();
            socket
        })
        .collect();
    wait_for(|| open(&world) == READERS);
    // More than sockets hold on their way.
    for letter in 'a'..='l' {
        let text = letter.to_string().repeat(900_000);
        let body = json!({"token": HOOK_TOKEN, "events": [{
            "event": {"type": "message", "payload": {
                "message_by": {"type": "bot"}, "message": {"type": "text", "text": text}}},
            "conversation": {"key": vendor_id}}]});
        let taken = world.post(&format!("/hook/{HOOK_SECRET}"), &[], &body);
        assert_eq!(taken.status, 200);
    }
    assert_serves(&world);
    wait_for(|| open(&world) == 0);
    drop(stuck);
    assert_eq!(world.gateway().gaps(), 0);
}
