//! Readers who come and go as they like, by stream and by poll, with cursors old and wrong, against the whole log.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::{Browser, DEADLINE, ORIGIN, World};

const VISITORS: usize = 10;
const READERS_EACH: usize = 20;
const MESSAGES: usize = 12;

#[test]
fn every_reader_sees_exactly_the_log() {
    every_reader_of_sees_exactly_the_log(&World::talkative(|_| {}));
}

pub fn every_reader_of_sees_exactly_the_log(world: &World) {
    let browsers: Vec<Browser<'_>> = (0..VISITORS).map(|_| world.visitor()).collect();
    let paths: Vec<String> = browsers.iter().map(|it| it.start("m0", "Hello")).collect();
    let speaking = AtomicUsize::new(VISITORS);
    std::thread::scope(|scope| {
        for (browser, path) in browsers.iter().zip(&paths) {
            scope.spawn(|| {
                for number in 1..MESSAGES {
                    let id = format!("m{number}");
                    let said = browser.say(path, &json!({"client_id": id, "text": id}));
                    assert_eq!(said.status, 202);
                    browser.wait_state(path, &id, &["accepted"]);
                }
                // The bot's last answer closes the log.
                browser.wait(path, |snapshot| {
                    let messages = snapshot["messages"].as_array().unwrap();
                    let last = format!("You said m{}", MESSAGES - 1);
                    messages.iter().any(|message| message["text"] == last)
                        && world.emulator.undelivered() == 0
                });
                speaking.fetch_sub(1, Ordering::Relaxed);
            });
        }
        for reader in 0..VISITORS * READERS_EACH {
            let (browser, path) = (&browsers[reader % VISITORS], &paths[reader % VISITORS]);
            let speaking = &speaking;
            scope.spawn(move || follow(browser, path, reader as u64, speaking));
        }
    });
    assert_eq!(world.gateway().gaps(), 0);
}

/// Reads, breaks off and comes back until nobody speaks and the log is read to its end.
fn follow(browser: &Browser<'_>, path: &str, seed: u64, speaking: &AtomicUsize) {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut seen: Vec<Value> = Vec::new();
    let mut cursor = String::new();
    let until = Instant::now() + DEADLINE * 2;
    loop {
        assert!(Instant::now() < until, "the reader never came to the end");
        if let Some((epoch, _)) = cursor.split_once('.') {
            match random.u8(0..8) {
                // Back to where it was before: what came since comes again, and nothing else.
                0 => {
                    seen.truncate(random.usize(0..=seen.len()));
                    cursor = format!("{epoch}.{}", seen.len());
                }
                1 => {
                    let ahead = format!("{epoch}.{}", 1_000 + random.u64(..1_000_000));
                    expect_reset(browser, path, &ahead, "ahead", random.bool());
                }
                2 => {
                    let other = format!("{:016x}.{}", random.u64(..), seen.len());
                    expect_reset(browser, path, &other, "epoch", random.bool());
                }
                _ => {}
            }
        }
        let silent = speaking.load(Ordering::Relaxed) == 0;
        if random.bool() {
            let limit = random.usize(1..20);
            let query = format!("{path}/events?after={cursor}&wait=0&limit={limit}");
            let polled = browser.get(&query);
            if polled.status == 204 {
                if silent {
                    break;
                }
                std::thread::sleep(Duration::from_millis(random.u64(1..100)));
                continue;
            }
            seen.extend(polled.body["events"].as_array().unwrap().iter().cloned());
            cursor = polled.body["cursor"].as_str().unwrap().to_owned();
        } else {
            let wanted = random.usize(1..10);
            stream(browser, path, &mut cursor, &mut seen, wanted);
        }
    }
    let log = browser.get(&format!("{path}/events?limit=500"));
    assert_eq!(Value::Array(seen), log.body["events"]);
}

/// A cursor that the log never had is answered with one `reset` for this reason, from which its reader goes on.
fn expect_reset(browser: &Browser<'_>, path: &str, cursor: &str, reason: &str, polls: bool) {
    let reset = json!({"type": "reset", "reason": reason});
    if polls {
        let polled = browser.get(&format!("{path}/events?after={cursor}&wait=0"));
        assert_eq!(polled.body["events"], json!([reset]));
        return;
    }
    let frames = browser.stream(path, Some(cursor));
    let [hello, second] = [frames.next(), frames.next()];
    assert_eq!(hello.event, "hello");
    assert_eq!(second.data, reset);
    // Its id is a place to go on from.
    let place = second.id.unwrap();
    let polled = browser.get(&format!("{path}/events?after={place}&wait=0"));
    assert!([200, 204].contains(&polled.status), "{}", polled.body);
    assert_ne!(polled.body["events"][0]["type"], "reset");
}

/// A stream over a socket of its own, closed in the middle.
fn stream(
    browser: &Browser<'_>,
    path: &str,
    cursor: &mut String,
    seen: &mut Vec<Value>,
    wanted: usize,
) {
    let url = browser.world.gateway().url();
    let mut socket = TcpStream::connect(url.trim_start_matches("http://")).unwrap();
    socket
        .set_read_timeout(Some(Duration::from_millis(200)))
        .unwrap();
    write!(
        socket,
        "GET {path}/events HTTP/1.1\r\nhost: gateway\r\norigin: {ORIGIN}\r\naccept: text/event-stream\r\n\
         last-event-id: {cursor}\r\nauthorization: Bearer {}\r\n\r\n",
        browser.token
    )
    .unwrap();
    let mut id = None;
    let mut taken = 0;
    for line in BufReader::new(socket).lines() {
        // Nothing more for now.
        let Ok(line) = line else { return };
        if let Some(text) = line.strip_prefix("id: ") {
            id = Some(text.to_owned());
        } else if let Some(data) = line.strip_prefix("data: ") {
            let data: Value = serde_json::from_str(data).unwrap();
            assert_ne!(data["type"], "reset");
            if let Some(id) = id.take() {
                seen.push(data);
                *cursor = id;
                taken += 1;
            }
        }
        if taken >= wanted {
            return;
        }
    }
}
