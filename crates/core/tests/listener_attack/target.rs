//! The listener under attack: how to talk to it, and what it takes from this machine.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use wotnot_core::{Client, Code, Config, Webhook};

/// One attack at a time: memory and threads are counted for the whole process.
static ALONE: Mutex<()> = Mutex::new(());

/// For everything that must happen in the end, on a slow machine too.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// A client that listens, and what attackers do to it.
pub struct Target {
    client: Client,
    address: SocketAddr,
    served: AtomicUsize,
    _alone: MutexGuard<'static, ()>,
}

impl Target {
    pub fn start() -> Self {
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let mut webhook = Webhook::new("hook");
        webhook.listen = Some("127.0.0.1:0".parse().unwrap());
        webhook.path = "/events".into();
        webhook.capacity = 100_000;
        let client = Client::new(Config {
            webhook: Some(webhook),
            ..Config::new("t")
        })
        .unwrap();
        let url = client.status().unwrap().webhook_url.unwrap();
        let authority = url.strip_prefix("http://").unwrap();
        Self {
            address: authority.strip_suffix("/events").unwrap().parse().unwrap(),
            client,
            served: AtomicUsize::new(0),
            _alone: alone,
        }
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        stream.set_write_timeout(Some(DEADLINE)).unwrap();
        stream
    }

    /// Sends these bytes on a connection of their own and reads until the listener ends it.
    pub fn says(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect();
        // The listener may end it while we still write.
        let _ = stream.write_all(bytes);
        read_to_end(&mut stream)
    }

    /// An honest sender posts one event on a new connection. Gives the time until its answer.
    pub fn serves(&self) -> Duration {
        let begun = Instant::now();
        let text = format!("event {}", self.served.load(Ordering::SeqCst));
        let mut stream = self.connect();
        stream
            .write_all(post(&delivery("hook", &text)).as_bytes())
            .unwrap();
        let answer = read_answer(&mut stream);
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer:?}");
        let took = begun.elapsed();
        let event = self.client.receive(Some(DEADLINE), None).unwrap();
        assert_eq!(event.text(), Some(text.as_str()));
        self.served.fetch_add(1, Ordering::SeqCst);
        took
    }

    /// Nothing came in but what honest senders posted.
    pub fn took_nothing_else(&self) {
        let error = self.client.receive(Some(Duration::ZERO), None).unwrap_err();
        assert_eq!(error.code(), Code::Timeout);
    }
}

pub fn delivery(token: &str, text: &str) -> String {
    format!(
        r#"{{"token":"{token}","events":[{{"event":{{"type":"message","payload":{{"message_by":{{"type":"bot"}},"message":{{"type":"text","text":"{text}"}}}}}},"conversation":{{"key":"3f0c"}}}}]}}"#
    )
}

pub fn post(body: &str) -> String {
    format!("{}Content-Length: {}\r\n\r\n{body}", head(), body.len())
}

pub fn head() -> &'static str {
    "POST /events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
}

/// Reads one answer whose head gives its length.
pub fn read_answer(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let mut byte = [0];
    while !answer.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        answer.push(byte[0]);
    }
    let head = String::from_utf8(answer).unwrap();
    let length = head
        .lines()
        .find_map(|line| {
            line.to_lowercase()
                .strip_prefix("content-length: ")?
                .parse()
                .ok()
        })
        .unwrap();
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    head + &String::from_utf8(body).unwrap()
}

/// Everything up to the end of the connection, however the listener ends it.
pub fn read_to_end(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(bytes) => text.extend_from_slice(&buffer[..bytes]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => panic!("left open"),
            Err(_) => break,
        }
    }
    String::from_utf8_lossy(&text).into_owned()
}

/// Whether the listener has ended this connection.
pub fn is_ended(stream: &TcpStream) -> bool {
    stream.set_nonblocking(true).unwrap();
    match (&*stream).read(&mut [0; 4096]) {
        Ok(bytes) => bytes == 0,
        Err(error) => error.kind() != ErrorKind::WouldBlock,
    }
}

/// Waits until the condition holds.
pub fn until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !condition() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::yield_now();
    }
}

/// Both ends of every connection are in this process.
pub fn allow_open_files(connections: usize) {
    let wanted = (2 * connections + 256) as u64;
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_some_and(|current| current < wanted) {
        let raised = Rlimit {
            current: Some(
                limit
                    .maximum
                    .map_or(wanted, |most| most.max(wanted).min(most)),
            ),
            maximum: limit.maximum,
        };
        setrlimit(Resource::Nofile, raised).unwrap();
    }
}

/// What the process holds of memory, in KiB, where the system reports it.
pub fn memory() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// How many threads of the library there are, where the system reports it.
pub fn threads() -> Option<usize> {
    let names = std::fs::read_dir("/proc/self/task").ok()?.flatten();
    let ours = names.filter(|task| {
        std::fs::read_to_string(task.path().join("comm"))
            .is_ok_and(|name| name.starts_with("wotnot-"))
    });
    Some(ours.count())
}
