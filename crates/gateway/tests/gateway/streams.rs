//! Streams of HTTP/1.1 on sockets of their own: what ends one, and what does not harm it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpStream};
use std::time::{SystemTime, UNIX_EPOCH};

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde_json::{Value, json};
use ureq::http::Request;
use wotnot_gateway::Hidden;
use wotnot_gateway::config::TokenKey;

use crate::harness::{Browser, DEADLINE, HOOK_SECRET, HOOK_TOKEN, ORIGIN, World, call, wait_for};

const TOKEN_KEY: &str = "token-key-of-the-test-of-32-bytes-and-more";
/// Open at once in one test.
const MANY: usize = 1_000;

pub fn world() -> World {
    World::talkative(|config| {
        config.listen.admin = Some((Ipv4Addr::LOCALHOST, 0).into());
        config.token_keys = vec![TokenKey {
            id: "k1".into(),
            key: Hidden::new(TOKEN_KEY),
        }];
    })
}

/// Streams that are open, as the gateway counts them.
pub fn open(world: &World) -> usize {
    let url = format!("{}/metrics", world.gateway().admin_url().unwrap());
    let metrics = call("GET", &url, &[], None).body;
    let mut lines = metrics.as_str().unwrap().lines();
    let line = lines.find_map(|line| line.strip_prefix("wotnot_gateway_streams "));
    line.unwrap().parse().unwrap()
}

pub fn connect(world: &World) -> TcpStream {
    let address = world.url("").replace("http://", "");
    let socket = TcpStream::connect(address).unwrap();
    socket.set_read_timeout(Some(DEADLINE)).unwrap();
    socket
}

pub fn get(path: &str, token: &str, accept: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nhost: gateway\r\norigin: {ORIGIN}\r\naccept: {accept}\r\n\
         authorization: Bearer {token}\r\n\r\n"
    )
}

/// Asks for a stream, and reads up to its first frame.
pub fn stream(browser: &Browser<'_>, path: &str, token: &str) -> BufReader<TcpStream> {
    let mut socket = connect(browser.world);
    let request = get(&format!("{path}/events"), token, "text/event-stream");
    socket.write_all(request.as_bytes()).unwrap();
    let mut stream = BufReader::new(socket);
    assert_eq!(line(&mut stream), "HTTP/1.1 200 OK");
    until(&mut stream, "event: hello");
    stream
}

pub fn line(stream: &mut impl BufRead) -> String {
    let mut line = String::new();
    assert_ne!(stream.read_line(&mut line).unwrap(), 0, "the stream ended");
    line.trim_end().to_owned()
}

pub fn until(stream: &mut impl BufRead, wanted: &str) {
    while line(stream) != wanted {}
}

/// A conversation that has come to rest.
pub fn talk<'a>(world: &'a World) -> (Browser<'a>, String) {
    let browser = world.visitor();
    let path = browser.start("m1", "Hello");
    browser.wait_state(&path, "m1", &["accepted"]);
    (browser, path)
}

#[test]
fn a_reader_who_goes_leaves_nothing_open() {
    let world = world();
    let (browser, path) = talk(&world);
    for how in ["closed", "half-closed", "with unread bytes"] {
        let mut reader = stream(&browser, &path, &browser.token);
        assert_eq!(open(&world), 1);
        match how {
            "half-closed" => {
                reader.get_ref().shutdown(Shutdown::Write).unwrap();
                let mut rest = Vec::new();
                reader.read_to_end(&mut rest).unwrap();
            }
            "with unread bytes" => {
                // The answer to its other requests never comes: the stream is the last answer.
                let request = get(&path, &browser.token, "*/*");
                reader.get_mut().write_all(request.as_bytes()).unwrap();
                drop(reader);
            }
            _ => drop(reader),
        }
        wait_for(|| open(&world) == 0);
    }
}

#[test]
fn the_answer_to_an_earlier_request_comes_whole_before_the_stream() {
    let world = world();
    let (browser, path) = talk(&world);
    wait_for(|| world.emulator.undelivered() == 0);
    // Much, so that its reader is still busy with it when the stream is asked for.
    let vendor_id = world.emulator.transcripts()[0].conversation.clone();
    for number in 0..8 {
        let text = number.to_string().repeat(900_000);
        let body = json!({"token": HOOK_TOKEN, "events": [{
            "event": {"type": "message", "payload": {
                "message_by": {"type": "bot"}, "message": {"type": "text", "text": text}}},
            "conversation": {"key": vendor_id}}]});
        let taken = world.post(&format!("/hook/{HOOK_SECRET}"), &[], &body);
        assert_eq!(taken.status, 200);
    }
    let log = format!("{path}/events?wait=0&limit=500");
    let all = browser.get(&log).body;
    let asked = get(&log, &browser.token, "*/*")
        + &get(&format!("{path}/events"), &browser.token, "text/event-stream")
        // Never answered.
        + &get(&path, &browser.token, "*/*");
    let mut socket = connect(&world);
    socket.write_all(asked.as_bytes()).unwrap();
    let mut reader = BufReader::new(socket);
    assert_eq!(line(&mut reader), "HTTP/1.1 200 OK");
    until(&mut reader, "");
    let mut body = Vec::new();
    while !body.ends_with(b"HTTP/1.1 200 OK\r\n") {
        assert_ne!(reader.read_until(b'\n', &mut body).unwrap(), 0);
    }
    body.truncate(body.len() - b"HTTP/1.1 200 OK\r\n".len());
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert!(body == all, "not the whole log");
    until(&mut reader, "event: hello");
    let said = browser.say(&path, &json!({"client_id": "m2", "text": "live"}));
    assert_eq!(said.status, 202);
    while !line(&mut reader).contains("\"text\":\"live\"") {}
}

fn runtime() -> tokio::runtime::Runtime {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().build().unwrap()
}

#[test]
fn a_stream_of_http2_has_the_same_frames() {
    let world = world();
    let (browser, path) = talk(&world);
    wait_for(|| world.emulator.undelivered() == 0);
    let mut reader = stream(&browser, &path, &browser.token);
    let mut expected = String::from("event: hello\n");
    while !expected.ends_with("\n\n:\n\n") {
        expected += &(line(&mut reader) + "\n");
    }
    let request = Request::get(world.url(&format!("{path}/events")))
        .header("origin", ORIGIN)
        .header("accept", "text/event-stream")
        .header("authorization", format!("Bearer {}", browser.token));
    let request = request.body(()).unwrap();
    let address = world.url("").replace("http://", "");
    runtime().block_on(async {
        let socket = tokio::net::TcpStream::connect(address).await.unwrap();
        let (client, connection) = h2::client::handshake(socket).await.unwrap();
        tokio::spawn(connection);
        let mut client = client.ready().await.unwrap();
        let (answer, _) = client.send_request(request, true).unwrap();
        let answer = answer.await.unwrap();
        assert!(!answer.headers().contains_key("content-length"));
        let mut body = answer.into_body();
        let mut got = Vec::new();
        while got.len() < expected.len() {
            got.extend_from_slice(&body.data().await.unwrap().unwrap());
        }
        assert_eq!(String::from_utf8(got).unwrap(), expected);
    });
}

#[test]
fn a_stream_ends_with_its_token() {
    let world = world();
    let (browser, path) = talk(&world);
    let decoding = DecodingKey::from_secret(TOKEN_KEY.as_bytes());
    let validation = Validation::new(Algorithm::HS256);
    let token = jsonwebtoken::decode::<Value>(&browser.token, &decoding, &validation).unwrap();
    let mut claims = token.claims;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    // Over since a while, but for the leeway of clocks.
    claims["exp"] = (now.as_secs() - 55).into();
    claims["iat"] = (now.as_secs() - 55 - 900).into();
    let header = Header {
        typ: token.header.typ,
        kid: token.header.kid,
        ..Header::default()
    };
    let key = EncodingKey::from_secret(TOKEN_KEY.as_bytes());
    let old = jsonwebtoken::encode(&header, &claims, &key).unwrap();
    assert_ends_with_token(stream(&browser, &path, &old));
}

#[test]
fn a_stream_of_a_visitor_who_was_revoked_or_erased_ends() {
    let world = world();
    let (browser, path) = talk(&world);
    let reader = quiet(&browser, &path);
    let visitor = browser.session["visitor"]["id"].as_str().unwrap();
    world.gateway().revoke(visitor).unwrap();
    assert_ends_with_token(reader);

    let (browser, path) = talk(&world);
    let reader = quiet(&browser, &path);
    assert_eq!(browser.delete("/v1/visitor").status, 202);
    assert_ends_with_token(reader);
}

/// A stream that has nothing more to say by itself.
fn quiet(browser: &Browser<'_>, path: &str) -> BufReader<TcpStream> {
    wait_for(|| browser.world.emulator.undelivered() == 0);
    let mut reader = stream(browser, path, &browser.token);
    until(&mut reader, ":");
    reader
}

fn assert_ends_with_token(mut reader: BufReader<TcpStream>) {
    until(&mut reader, "event: token");
    let mut rest = String::new();
    reader.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "data: {\"type\":\"token\"}\n\n");
}

#[test]
fn many_idle_streams_all_get_the_next_message_and_the_drain() {
    let mut world = world();
    let (token, path, mut readers) = {
        let (browser, path) = talk(&world);
        let readers: Vec<_> = (0..MANY)
            .map(|_| stream(&browser, &path, &browser.token))
            .collect();
        (browser.token, path, readers)
    };
    assert_eq!(open(&world), MANY);
    let bearer = format!("Bearer {token}");
    let headers = [("origin", ORIGIN), ("authorization", &bearer)];
    let said = json!({"client_id": "m2", "text": "to everybody"});
    let said = world.post(&format!("{path}/messages"), &headers, &said);
    assert_eq!(said.status, 202);
    for reader in &mut readers {
        while !line(reader).contains("to everybody") {}
    }
    world.gateway.take().unwrap().stop(DEADLINE);
    let mut waits = Vec::new();
    for reader in &mut readers {
        until(reader, "event: drain");
        let line = line(reader);
        let data: Value = serde_json::from_str(line.strip_prefix("data: ").unwrap()).unwrap();
        waits.push(data["retry_ms"].as_u64().unwrap());
        // Whole to its end, not cut off.
        reader.read_to_string(&mut String::new()).unwrap();
    }
    waits.sort_unstable();
    waits.dedup();
    assert!(waits.len() > MANY / 2, "they come back together");
    assert!((500..10_000).contains(&waits[0]));
}
