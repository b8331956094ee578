//! The webhook listener among hostile senders: bounded memory and threads, and honest ones served.
//!
//! An honest sender posts during each attack. `WOTNOT_IDLE=10000` makes the crowd of idle
//! connections as large as that; `--nocapture` prints the numbers that docs/security.md quotes.

// Its target bounds and measures itself by what Unix has for that.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic)]

mod target;

use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;

use target::{
    Target, allow_open_files, delivery, head, is_ended, memory, post, read_answer, read_to_end,
    threads, until,
};

/// What the listener takes at once.
const MAX_OPEN: usize = 512;

const MIB: usize = 1024 * 1024;

/// The most that the listener may add to the process during an attack, in KiB.
const MOST_MEMORY: usize = 96 * 1024;

/// Serves honest senders, and says what the attack costs meanwhile.
fn serves_during(attack: &str, target: &Target, before: Option<usize>) {
    let slowest = (0..20).map(|_| target.serves()).max().unwrap();
    assert!(threads().is_none_or(|count| count == 1), "{attack}");
    let grown = memory()
        .zip(before)
        .map(|(now, then)| now.saturating_sub(then));
    println!("{attack}: slowest honest post {slowest:?}, memory grew by {grown:?} KiB");
    assert!(grown.is_none_or(|grown| grown < MOST_MEMORY), "{attack}");
}

/// Ends an attack when it is dropped, also by a failed assertion.
struct Ends<'a>(&'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[test]
fn a_crowd_of_idle_connections_locks_nobody_out() {
    let crowd = std::env::var("WOTNOT_IDLE").map_or(1000, |text| text.parse().unwrap());
    allow_open_files(crowd);
    let target = Target::start();
    let before = memory();
    let idle: Vec<TcpStream> = (0..crowd).map(|_| target.connect()).collect();
    serves_during(&format!("{crowd} idle connections"), &target, before);
    let ended = || idle.iter().filter(|stream| is_ended(stream)).count();
    until("the oldest give way", || ended() >= crowd - MAX_OPEN);
    until("idle connections are closed", || ended() == crowd);
    target.took_nothing_else();
}

#[test]
fn heads_that_come_byte_by_byte_lock_nobody_out() {
    allow_open_files(2 * MAX_OPEN);
    let target = Target::start();
    let before = memory();
    let slow: Vec<TcpStream> = (0..2 * MAX_OPEN).map(|_| target.connect()).collect();
    let enough = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for byte in head().bytes().cycle() {
                if enough.load(Ordering::SeqCst) {
                    return;
                }
                for mut stream in &slow {
                    let _ = stream.write(&[byte]);
                }
            }
        });
        let _ends = Ends(&enough);
        serves_during("1,024 slow heads", &target, before);
    });
    until("slow heads are given up", || slow.iter().all(is_ended));
    target.took_nothing_else();
}

#[test]
fn bodies_that_never_end_lock_nobody_out() {
    allow_open_files(2 * MAX_OPEN);
    let target = Target::start();
    let before = memory();
    let slow: Vec<TcpStream> = (0..2 * MAX_OPEN)
        .map(|_| {
            let mut stream = target.connect();
            let begun = format!("{}Content-Length: 1000\r\n\r\n{{\"token\":", head());
            let _ = stream.write_all(begun.as_bytes());
            stream
        })
        .collect();
    serves_during("1,024 slow bodies", &target, before);
    until("slow bodies are given up", || slow.iter().all(is_ended));
    target.took_nothing_else();
}

#[test]
fn unfinished_bodies_cannot_fill_the_memory() {
    const SENDERS: usize = 300;
    allow_open_files(SENDERS);
    let target = Target::start();
    let before = memory();
    let almost = vec![b' '; MIB - 1];
    let slow: Vec<TcpStream> = (0..SENDERS)
        .map(|_| {
            let mut stream = target.connect();
            let head = format!("{}Content-Length: {MIB}\r\n\r\n", head());
            let _ = stream.write_all(head.as_bytes());
            // Those who hold the most are ended while others still write.
            let _ = stream.write_all(&almost);
            stream
        })
        .collect();
    serves_during("300 bodies of 1 MiB, each but one byte", &target, before);
    assert!(slow.iter().any(is_ended));
    until("unfinished bodies are given up", || {
        slow.iter().all(is_ended)
    });
    target.took_nothing_else();
}

#[test]
fn endless_heads_are_ended_early() {
    let target = Target::start();
    for line in [
        "X-Endless: yes\r\n",
        "X-Endless-and-without-an-end-of-the-line",
    ] {
        let mut stream = target.connect();
        let _ = stream.write_all(head().as_bytes());
        let mut written = 0;
        while stream.write_all(line.as_bytes()).is_ok() {
            written += line.len();
            // What the sockets of both sides hold is the system's; the rest would be ours.
            assert!(written < 64 * MIB, "still reading");
        }
        let answer = read_to_end(&mut stream);
        assert!(!answer.contains("200 OK"), "{answer}");
        target.serves();
    }
    target.took_nothing_else();
}

#[test]
fn a_body_may_have_one_mebibyte_and_not_a_byte_more() {
    let target = Target::start();
    let whole = r#"{"token":"hook"}"#;
    let padded = |length: usize| whole.to_owned() + &" ".repeat(length - whole.len());

    let mut stream = target.connect();
    stream.write_all(post(&padded(MIB)).as_bytes()).unwrap();
    assert!(read_answer(&mut stream).starts_with("HTTP/1.1 200"));

    let answer = target.says(post(&padded(MIB + 1)).as_bytes());
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");

    let chunks = padded(MIB + 1)
        .as_bytes()
        .chunks(1000)
        .map(|chunk| {
            let text = std::str::from_utf8(chunk).unwrap();
            format!("{:x}\r\n{text}\r\n", chunk.len())
        })
        .collect::<String>();
    let chunked = format!(
        "{}Transfer-Encoding: chunked\r\n\r\n{chunks}0\r\n\r\n",
        head()
    );
    let answer = target.says(chunked.as_bytes());
    // Its last bytes may still be on the way, and then the system drops the answer.
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 413"),
        "{answer}"
    );
    target.took_nothing_else();
}

#[test]
fn a_length_that_is_not_the_body_s_delivers_nothing() {
    let target = Target::start();
    let body = delivery("hook", "half");
    for length in [
        "-1",
        "+5",
        "abc",
        "1 2",
        "0x10",
        "",
        "99999999999999999999999",
    ] {
        let answer =
            target.says(format!("{}Content-Length: {length}\r\n\r\n{body}", head()).as_bytes());
        assert!(answer.starts_with("HTTP/1.1 400"), "{length}: {answer}");
    }
    let short = format!("{}Content-Length: {}\r\n\r\n{body}", head(), body.len() - 1);
    let answer = target.says(short.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert_eq!(answer.matches("HTTP/1.1").count(), 1, "{answer}");

    let mut stream = target.connect();
    let long = format!("{}Content-Length: {}\r\n\r\n{body}", head(), body.len() + 1);
    stream.write_all(long.as_bytes()).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let answer = read_to_end(&mut stream);
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 400"),
        "{answer}"
    );
    target.serves();
    target.took_nothing_else();
}

#[test]
fn a_request_hidden_in_another_is_not_heard() {
    let target = Target::start();
    // It even has the token: whatever took it for a request would keep its event.
    let hidden = post(&delivery("hook", "smuggled"));
    let to_hidden = format!("Content-Length: {}\r\n", 5 + hidden.len());
    for shape in [
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n".to_owned(),
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n".to_owned(),
        format!("{to_hidden}Transfer-Encoding: chunked\r\n"),
        format!("Content-Length: 5\r\n{to_hidden}"),
        format!("{to_hidden}Content-Length: 5\r\n"),
        "Content-Length: 5, 5\r\n".to_owned(),
        "Content-Length: 5\r\n 0\r\n".to_owned(),
        "Content-Length : 5\r\n".to_owned(),
        "Transfer-Encoding : chunked\r\n".to_owned(),
        "Transfer-Encoding: xchunked\r\n".to_owned(),
        "Transfer-Encoding: chunked, identity\r\n".to_owned(),
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n".to_owned(),
        "Transfer-Encoding:\r\n chunked\r\n".to_owned(),
        "Transfer-Encoding: \x0bchunked\r\n".to_owned(),
        "X-Line: feed\nTransfer-Encoding: chunked\r\n".to_owned(),
        "X-Return: only\rTransfer-Encoding: chunked\r\n".to_owned(),
        "X-Nul: a\0b\r\nContent-Length: 5\r\n".to_owned(),
        "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n".to_owned(),
        "Transfer-Encoding: chunked\r\n\r\n-1\r\n".to_owned(),
        "Transfer-Encoding: chunked\r\n\r\n0;x\n\n".to_owned(),
    ] {
        let answer = target.says(format!("{}{shape}\r\n0\r\n\r\n{hidden}", head()).as_bytes());
        assert!(!answer.contains("200 OK"), "{shape:?}: {answer}");
        assert!(
            answer.matches("HTTP/1.1").count() <= 1,
            "{shape:?}: {answer}"
        );
        target.took_nothing_else();
    }
    target.serves();
}

#[test]
fn a_refused_sender_keeps_no_connection() {
    let target = Target::start();
    let wrong = post(&delivery("wrong", "x"));
    // The rest is written before the first answer is there.
    let answer = target.says((wrong.clone() + &wrong + &post(&delivery("hook", "x"))).as_bytes());
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    assert_eq!(answer.matches("HTTP/1.1").count(), 1, "{answer}");
    target.took_nothing_else();
    for (request, status) in [
        ("GET /events HTTP/1.1\r\nHost: x\r\n\r\n", "405"),
        ("POST /other HTTP/1.1\r\nHost: x\r\n\r\n", "404"),
        ("\0\0\0\0 no HTTP\r\n\r\n", "400"),
    ] {
        let answer = target.says(request.as_bytes());
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{answer}"
        );
    }
}

#[test]
fn a_sender_who_knows_the_token_keeps_its_connection_in_a_crowd() {
    allow_open_files(2 * MAX_OPEN);
    let target = Target::start();
    let mut honest = target.connect();
    let test = post(r#"{"token":"hook"}"#);
    honest.write_all(test.as_bytes()).unwrap();
    assert!(read_answer(&mut honest).starts_with("HTTP/1.1 200"));
    let idle: Vec<TcpStream> = (0..MAX_OPEN + 100).map(|_| target.connect()).collect();
    until("the oldest give way", || {
        idle.iter().filter(|stream| is_ended(stream)).count() >= 100
    });
    honest.write_all(test.as_bytes()).unwrap();
    assert!(read_answer(&mut honest).starts_with("HTTP/1.1 200"));
}

#[test]
fn a_sender_who_knows_the_token_may_idle_longer_than_a_newcomer() {
    let target = Target::start();
    let mut honest = target.connect();
    let test = post(r#"{"token":"hook"}"#);
    honest.write_all(test.as_bytes()).unwrap();
    assert!(read_answer(&mut honest).starts_with("HTTP/1.1 200"));
    // It connects later, so that its time is over later.
    let newcomer = target.connect();
    until("a newcomer may not idle", || is_ended(&newcomer));
    honest.write_all(test.as_bytes()).unwrap();
    assert!(read_answer(&mut honest).starts_with("HTTP/1.1 200"));
}

#[test]
fn the_answer_to_another_method_names_the_one_allowed() {
    let target = Target::start();
    let answer = target.says(b"GET /events HTTP/1.1\r\nHost: x\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 405"), "{answer}");
    assert!(
        answer.to_lowercase().contains("\r\nallow: post\r\n"),
        "{answer}"
    );
}

#[test]
fn wrong_tokens_at_speed_are_refused_and_cost_little() {
    const ATTACKERS: usize = 2;
    const EACH: usize = 1500;
    let target = Target::start();
    let before = memory();
    let refused = AtomicUsize::new(0);
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..ATTACKERS {
            scope.spawn(|| {
                for _ in 0..EACH {
                    let mut stream = target.connect();
                    let wrong = post(&delivery("hool", "x"));
                    stream.write_all(wrong.as_bytes()).unwrap();
                    let answer = read_answer(&mut stream);
                    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
                    refused.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        serves_during("wrong tokens at speed", &target, before);
    });
    let each = begun.elapsed() / (ATTACKERS * EACH) as u32;
    println!("wrong tokens at speed: {each:?} each, on new connections of {ATTACKERS} attackers");
    assert_eq!(refused.load(Ordering::SeqCst), ATTACKERS * EACH);
    target.took_nothing_else();
}
