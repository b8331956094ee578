//! Readers of streams: each a socket, a few bytes of what came last, and counts. The same for the gateway and for its rival.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::{Notify, Semaphore};

use crate::http::{self, post};
use crate::seed::{self, SITE, TOKEN_KEY};
use crate::{Arguments, Result};

/// What opens and closes the words of an event whose way is timed.
const TIMED: &str = "ping ";
const DIGITS: usize = 15;
/// Of what came last, so that nothing is overlooked where two reads meet.
const CARRY: usize = 64;
/// Longer than any wait of a server that works.
const DEADLINE: Duration = Duration::from_secs(120);
/// Readers who connect side by side, where they need not come all at once.
const OPENING: usize = 64;

/// Whose streams they are.
#[derive(Clone)]
pub enum Server {
    /// The gateway; what its store's life is called.
    Gateway { incarnation: String },
    /// Centrifugo, by its unidirectional SSE; whether channels have a history to recover from, and its epoch.
    Centrifugo { history: bool },
}

impl Server {
    pub fn of(arguments: &Arguments) -> Result<Self> {
        match arguments.text("server")? {
            "gateway" => Ok(Server::Gateway {
                incarnation: arguments.text("incarnation")?.to_owned(),
            }),
            "centrifugo" => Ok(Server::Centrifugo { history: false }),
            "centrifugo-history" => Ok(Server::Centrifugo { history: true }),
            other => Err(format!("server={other} is none").into()),
        }
    }

    /// The words that show that a stream is live.
    fn live(&self) -> &'static [u8] {
        match self {
            Server::Gateway { .. } => b"event: hello",
            Server::Centrifugo { .. } => b"\"connect\":",
        }
    }

    /// The words that each event has once.
    fn event(&self) -> &'static [u8] {
        match self {
            Server::Gateway { .. } => b"\nevent: message",
            Server::Centrifugo { .. } => b"\"data\":{\"text\"",
        }
    }

    /// Asks for the stream of this number; from its beginning with `missed`, else for what is new alone.
    fn request(&self, number: usize, missed: bool) -> String {
        match self {
            Server::Gateway { incarnation } => {
                let after = if missed { 0 } else { seed::FIRST };
                let id = seed::conversation_id(number);
                let nonce = seed::nonce(number);
                let token = token(number);
                format!(
                    "GET /v1/conversations/{id}/events?after={incarnation}{nonce}.{after} HTTP/1.1\r\nHost: bench\r\n\
                     Accept: text/event-stream\r\nAuthorization: Bearer {token}\r\n\r\n"
                )
            }
            Server::Centrifugo { history } => {
                let options = match (missed, *history) {
                    (true, true) => json!({"recover": true, "offset": 0, "epoch": ""}),
                    _ => json!({}),
                };
                let connect = json!({"subs": {channel(number): options}});
                let connect = form_urlencoded::byte_serialize(connect.to_string().as_bytes())
                    .collect::<String>();
                format!(
                    "GET /connection/uni_sse?cf_connect={connect} HTTP/1.1\r\nHost: bench\r\n\
                     Accept: text/event-stream\r\n\r\n"
                )
            }
        }
    }

    /// The post that makes one event in the stream of this number.
    pub fn publish(&self, number: usize, text: &str) -> Vec<u8> {
        match self {
            // Readers see the id too: it must not look like a time.
            Server::Gateway { .. } => hook_post(&[event(number, &text.replace(TIMED, "e"), text)]),
            Server::Centrifugo { .. } => {
                let body = json!({"channel": channel(number), "data": {"text": text}});
                post("/api/publish", "X-API-Key: bench\r\n", &body.to_string())
            }
        }
    }
}

fn channel(number: usize) -> String {
    format!("c{number}")
}

/// An event of the vendor's with an id of its own.
pub fn event(number: usize, id: &str, text: &str) -> String {
    let vendor_id = seed::vendor_id(number);
    let visitor = seed::visitor_id(number);
    format!(
        r#"{{"event":{{"type":"message","payload":{{"id":"{id}","message_by":{{"type":"bot"}},"message":{{"type":"text","text":"{text}"}}}}}},"conversation":{{"key":"{vendor_id}"}},"visitor":{{"key":"{visitor}_777"}}}}"#
    )
}

/// The vendor's post with these events.
pub fn hook_post(events: &[String]) -> Vec<u8> {
    let token = seed::HOOK_TOKEN;
    let body = format!(r#"{{"token":"{token}","events":[{}]}}"#, events.join(","));
    post(&format!("/hook/{}", seed::HOOK_SECRET), "", &body)
}

/// What a visitor's token says, signed as the gateway signs it.
pub fn token(number: usize) -> String {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    let header = json!({"typ": "wotnot-visitor+jwt", "alg": "HS256", "kid": "k1"});
    let claims = json!({"site": SITE, "sub": seed::visitor_id(number), "origin": "app:bench", "kind": "native",
        "rev": 0, "iat": now, "exp": now + 900});
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let signed = format!(
        "{}.{}",
        encode(header.to_string().as_bytes()),
        encode(claims.to_string().as_bytes())
    );
    let key = hmac::Key::new(hmac::HMAC_SHA256, TOKEN_KEY.as_bytes());
    let signature = hmac::sign(&key, signed.as_bytes());
    format!("{signed}.{}", encode(signature.as_ref()))
}

/// Streams that are open, and what came by them.
pub struct Readers {
    server: Server,
    to: String,
    /// What the times of events are counted from.
    pub since: Instant,
    seen: Arc<Seen>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

#[derive(Default)]
struct Seen {
    live: AtomicUsize,
    events: AtomicU64,
    delays_ns: Mutex<Vec<u64>>,
    changed: Notify,
    /// Why a stream ended before its time.
    lost: Mutex<Option<String>>,
}

impl Readers {
    pub fn new(server: Server, to: &str) -> Self {
        Self {
            server,
            to: to.to_owned(),
            since: Instant::now(),
            seen: Arc::default(),
            tasks: Vec::new(),
        }
    }

    /// Opens the streams of these numbers, `OPENING` at one time or, with `missed`, all at once; ends when all are live.
    pub async fn open(&mut self, numbers: std::ops::Range<usize>, missed: bool) -> Result<()> {
        let all = self.tasks.len() + numbers.len();
        let opening = if missed { numbers.len() } else { OPENING };
        let opening = Arc::new(Semaphore::new(opening));
        for number in numbers {
            let mut reader = Reader {
                server: self.server.clone(),
                seen: Arc::clone(&self.seen),
                since: self.since,
                carry: Vec::new(),
                is_live: false,
            };
            let request = self.server.request(number, missed);
            let to = self.to.clone();
            let place = Arc::clone(&opening);
            self.tasks.push(tokio::spawn(async move {
                let seen = Arc::clone(&reader.seen);
                let ended = reader.run(&to, number, request.into_bytes(), &place).await;
                let why = ended.map_or_else(|error| error.to_string(), |()| "it ended".into());
                *seen.lost.lock().unwrap_or_else(PoisonError::into_inner) =
                    Some(format!("stream {number}: {why}"));
                seen.changed.notify_one();
            }));
        }
        self.until("streams are live", |seen| {
            seen.live.load(Ordering::Relaxed) >= all
        })
        .await
    }

    /// Waits until so many events came, of all streams together.
    pub async fn until_events(&self, count: u64) -> Result<()> {
        self.until("events came", |seen| {
            seen.events.load(Ordering::Relaxed) >= count
        })
        .await
    }

    async fn until(&self, what: &str, enough: impl Fn(&Seen) -> bool) -> Result<()> {
        let deadline = Instant::now() + DEADLINE;
        loop {
            if enough(&self.seen) {
                return Ok(());
            }
            let lost = self
                .seen
                .lost
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take();
            if let Some(why) = lost {
                return Err(why.into());
            }
            if Instant::now() > deadline {
                let (live, events) = (self.live(), self.events());
                return Err(format!("too few {what}: {live} live, {events} events").into());
            }
            let _ = tokio::time::timeout(Duration::from_millis(100), self.seen.changed.notified())
                .await;
        }
    }

    pub fn live(&self) -> usize {
        self.seen.live.load(Ordering::Relaxed)
    }

    pub fn events(&self) -> u64 {
        self.seen.events.load(Ordering::Relaxed)
    }

    /// How long timed events took, in nanoseconds, since the last time that this was asked.
    pub fn take_delays(&self) -> Vec<u64> {
        let delays = &self.seen.delays_ns;
        std::mem::take(&mut delays.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The words of an event that is sent now.
    pub fn timed(&self) -> String {
        let now = self.since.elapsed().as_nanos();
        format!("{TIMED}{now:0DIGITS$}")
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

struct Reader {
    server: Server,
    seen: Arc<Seen>,
    since: Instant,
    carry: Vec<u8>,
    is_live: bool,
}

impl Reader {
    async fn run(
        &mut self,
        to: &str,
        number: usize,
        request: Vec<u8>,
        opening: &Semaphore,
    ) -> Result<()> {
        let mut place = Some(opening.acquire().await?);
        let mut stream = http::connect(to, number).await?;
        stream.write_all(&request).await?;
        drop(request);
        loop {
            stream.readable().await?;
            if !self.read(&stream)? {
                return Ok(());
            }
            if self.is_live {
                place = None;
            }
            let _ = &place;
        }
    }

    /// Takes what is there; false at the end.
    fn read(&mut self, stream: &TcpStream) -> Result<bool> {
        // Not part of the task: ten thousand of them hold no buffer.
        let mut buffer = [0; 16 * 1024];
        let carried = self.carry.len();
        buffer[..carried].copy_from_slice(&self.carry);
        let count = match stream.try_read(&mut buffer[carried..]) {
            Ok(0) => return Ok(false),
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return Ok(true),
            Err(error) => return Err(error.into()),
        };
        let bytes = &buffer[..carried + count];
        if !self.is_live {
            if carried == 0 && !bytes.starts_with(b"HTTP/1.1 200") {
                return Err(String::from_utf8_lossy(bytes).into_owned().into());
            }
            if found(bytes, self.server.live(), 0).next().is_some() {
                self.is_live = true;
                self.seen.live.fetch_add(1, Ordering::Relaxed);
                self.seen.changed.notify_one();
            }
        }
        let events = found(bytes, self.server.event(), carried).count();
        if events > 0 {
            self.seen.events.fetch_add(events as u64, Ordering::Relaxed);
            self.seen.changed.notify_one();
        }
        let now = u64::try_from(self.since.elapsed().as_nanos())?;
        for at in found(bytes, TIMED.as_bytes(), carried.saturating_sub(DIGITS)) {
            let digits = bytes.get(at..at + DIGITS);
            // Whole only with the next read: it is in the carry then.
            let Some(digits) = digits.filter(|_| at + DIGITS > carried) else {
                continue;
            };
            let sent: u64 = std::str::from_utf8(digits)?.parse()?;
            let delays = &self.seen.delays_ns;
            let mut delays = delays.lock().unwrap_or_else(PoisonError::into_inner);
            delays.push(now.saturating_sub(sent));
        }
        let keep = bytes.len().saturating_sub(CARRY);
        self.carry.clear();
        self.carry.extend_from_slice(&bytes[keep..]);
        Ok(true)
    }
}

/// Where the places after `words` begin that lie behind the first `known` bytes.
fn found<'a>(bytes: &'a [u8], words: &'a [u8], known: usize) -> impl Iterator<Item = usize> + 'a {
    let starts = (0..bytes.len().saturating_sub(words.len() - 1))
        .filter(move |at| bytes[*at] == words[0] && bytes[*at..].starts_with(words));
    starts
        .map(move |at| at + words.len())
        .filter(move |end| *end > known)
}
