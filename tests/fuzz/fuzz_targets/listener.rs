//! Any bytes on a connection to the listener: answered in HTTP or not at all, no event without the token, and
//! an honest sender is served right after.
#![no_main]

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use wotnot_core::{Client, Code, Config, Webhook};

/// The bytes end, and so must the answer; this is for the machine.
const DEADLINE: Duration = Duration::from_secs(50);

const TOKEN: &str = "hook";

struct Target {
    client: Client,
    address: SocketAddr,
}

static TARGET: LazyLock<Target> = LazyLock::new(|| {
    let mut webhook = Webhook::new(TOKEN);
    webhook.listen = Some("127.0.0.1:0".parse().expect("an address"));
    let client = Client::new(Config { webhook: Some(webhook), ..Config::new("t") }).expect("a port");
    let url = client.status().ok().and_then(|status| status.webhook_url).expect("it listens");
    let authority = url.trim_start_matches("http://").split('/').next().unwrap_or_default();
    Target { address: authority.parse().expect("an address"), client }
});

/// What comes back for `bytes`, when nothing follows them.
fn says(bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(TARGET.address).expect("a place");
    stream.set_read_timeout(Some(DEADLINE)).expect("a time-out");
    // The listener may have heard enough before the end.
    let _ = stream.write_all(bytes);
    let _ = stream.shutdown(Shutdown::Write);
    let mut answer = Vec::new();
    if let Err(error) = stream.read_to_end(&mut answer) {
        assert!(error.kind() == std::io::ErrorKind::ConnectionReset, "left open: {error}");
    }
    answer
}

/// How many events wait, taken out.
fn taken() -> usize {
    let mut count = 0;
    loop {
        match TARGET.client.receive(Some(Duration::ZERO), None) {
            Ok(_) => count += 1,
            Err(error) => {
                assert_eq!(error.code(), Code::Timeout);
                return count;
            }
        }
    }
}

fn holds(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|window| window == word)
}

fuzz_target!(|data: &[u8]| {
    static POSTED: AtomicU64 = AtomicU64::new(0);

    let answer = says(data);
    assert!(answer.is_empty() || answer.starts_with(b"HTTP/1."), "no HTTP");
    // The token may also be written with escapes.
    if !holds(data, TOKEN.as_bytes()) && !holds(data, b"\\u") {
        assert_eq!(taken(), 0, "an event without the token");
        assert!(!holds(&answer, b" 200 "), "taken without the token");
    }
    taken();

    let number = POSTED.fetch_add(1, Ordering::Relaxed);
    let event = format!(r#"{{"token":"{TOKEN}","events":[{{"event":{{"type":"note","payload":{{"id":{number}}}}}}}]}}"#);
    let post = format!(
        "POST /wotnot/events HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{event}",
        event.len()
    );
    let mut stream = TcpStream::connect(TARGET.address).expect("a place");
    stream.set_read_timeout(Some(DEADLINE)).expect("a time-out");
    stream.write_all(post.as_bytes()).expect("room");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "an honest sender got {answer:?}");
    assert_eq!(taken(), 1, "the honest sender's event");
});
