//! Records what several clients see of the same logs while the process is killed again and again: each append and each
//! read, when it was called and when it was answered. Whether one order explains it all is judged in `tests/linear`.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use wotnot_conformance::redis::{DURABLE, Redis};

use crate::harness::{Answer, DEADLINE, try_call_any, wait_for};
use crate::kill::{Process, Upstream, nodes, url};

const CONVERSATIONS: usize = 3;
const WRITERS: usize = 2;
const READERS: usize = 3;
/// So many take some seconds; `WOTNOT_GATEWAY_KILLS` asks for more.
const KILLS: u64 = 40;
/// What is appended between two kills, at least.
const BETWEEN: u64 = 12;
const LIMIT: usize = 500;

#[test]
#[ignore = "records a history for tests/linear: cargo xtask test linear"]
fn record() {
    let file =
        std::env::var("WOTNOT_GATEWAY_HISTORY").expect("WOTNOT_GATEWAY_HISTORY names a file");
    let kills = std::env::var("WOTNOT_GATEWAY_KILLS").ok();
    let kills = kills.and_then(|kills| kills.parse().ok()).unwrap_or(KILLS);
    let upstream = Upstream::start();
    // One over its file, or several over one Redis.
    let server = std::env::var("WOTNOT_GATEWAY_NODES").map(|count| {
        let server = Redis::start(&DURABLE).unwrap();
        let nodes = nodes(&upstream, &server.url(), count.parse().unwrap());
        (server, nodes)
    });
    let settings: Vec<&Value> = match &server {
        Ok((_, nodes)) => nodes.iter().map(|(settings, _)| settings).collect(),
        Err(_) => vec![&upstream.settings],
    };
    let urls: Vec<String> = settings.iter().map(|it| url(it)).collect();
    let mut processes: Vec<Option<Process>> = settings
        .iter()
        .map(|settings| Some(Process::start(settings)))
        .collect();
    let conversations: Vec<Conversation> = (0..CONVERSATIONS)
        .map(|number| Conversation::begin(number, &urls))
        .collect();
    let history = History {
        began: Instant::now(),
        lines: Mutex::new(BufWriter::new(File::create(file).unwrap())),
        appended: AtomicU64::new(0),
        stop: AtomicBool::new(false),
    };
    std::thread::scope(|scope| {
        for conversation in &conversations {
            for writer in 0..WRITERS {
                let history = &history;
                scope.spawn(move || conversation.write(writer, history));
            }
            for reader in WRITERS..WRITERS + READERS {
                let history = &history;
                scope.spawn(move || conversation.read(reader, history));
            }
        }
        let mut random = fastrand::Rng::with_seed(kills);
        for _ in 0..kills {
            let before = history.appended.load(Ordering::Relaxed);
            wait_for(|| history.appended.load(Ordering::Relaxed) >= before + BETWEEN);
            std::thread::sleep(Duration::from_millis(random.u64(0..120)));
            let victim = random.usize(..processes.len());
            drop(processes[victim].take());
            processes[victim] = Some(Process::start(settings[victim]));
        }
        history.stop.store(true, Ordering::Relaxed);
    });
    for conversation in &conversations {
        assert!(
            conversation
                .reads_once(WRITERS + READERS, 0, &history)
                .is_some()
        );
    }
    history.lines.lock().unwrap().flush().unwrap();
}

struct History {
    began: Instant,
    lines: Mutex<BufWriter<File>>,
    appended: AtomicU64,
    stop: AtomicBool,
}

impl History {
    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_nanos()).unwrap()
    }

    fn keep(&self, conversation: usize, client: usize, call: u64, what: Value) {
        let back = self.now();
        let mut line =
            json!({"conversation": conversation, "client": client, "call": call, "return": back});
        line.as_object_mut()
            .unwrap()
            .extend(what.as_object().unwrap().clone());
        writeln!(self.lines.lock().unwrap(), "{line}").unwrap();
    }

    fn goes_on(&self) -> bool {
        !self.stop.load(Ordering::Relaxed)
    }
}

struct Conversation {
    number: usize,
    /// The gateways; each call goes to one of them.
    urls: Vec<String>,
    token: String,
    path: String,
    epoch: String,
    /// The number of the first message, which was there before the history began.
    first: u64,
}

impl Conversation {
    fn begin(number: usize, urls: &[String]) -> Self {
        let mut begun = Self {
            number,
            urls: urls.to_vec(),
            token: String::new(),
            path: String::new(),
            epoch: String::new(),
            first: 0,
        };
        let session = begun
            .call("POST", "/v1/sessions", Some(&json!({"site": "shop"})))
            .unwrap();
        begun.token = session.body["token"].as_str().unwrap().to_owned();
        let words = json!({"client_id": "first", "text": "Hello"});
        let started = begun
            .call("POST", "/v1/conversations", Some(&words))
            .unwrap();
        let id = started.body["conversation"]["id"].as_str().unwrap();
        begun.path = format!("/v1/conversations/{id}");
        begun.first = started.body["message"]["seq"].as_u64().unwrap();
        let snapshot = begun.call("GET", &begun.path, None).unwrap();
        let cursor = snapshot.body["cursor"].as_str().unwrap();
        begun.epoch = cursor.split_once('.').unwrap().0.to_owned();
        begun
    }

    fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Option<Answer> {
        let answer = try_call_any(&self.urls, &self.token, method, path, body);
        // One that stops takes nothing any more.
        answer.filter(|answer| answer.status != 503)
    }

    /// Appends until it is over. What was not answered is said again under the same id, as browsers do: one append, from
    /// its first call to its answer.
    fn write(&self, writer: usize, history: &History) {
        for number in 0.. {
            let words = json!({"client_id": format!("w{writer}-{number}"), "text": format!("words {writer} {number}")});
            let call = history.now();
            let until = Instant::now() + DEADLINE;
            let taken = loop {
                if let Some(answer) =
                    self.call("POST", &format!("{}/messages", self.path), Some(&words))
                {
                    assert!(answer.status < 300, "{}", answer.body);
                    break answer;
                }
                assert!(Instant::now() < until, "it was never taken");
                std::thread::sleep(Duration::from_millis(5));
            };
            let seq = taken.body["message"]["seq"].as_u64().unwrap();
            history.keep(self.number, writer, call, json!({"append": seq}));
            history.appended.fetch_add(1, Ordering::Relaxed);
            if !history.goes_on() {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Reads on from where it was, or from somewhere before.
    fn read(&self, reader: usize, history: &History) {
        let seed = self.number * (WRITERS + READERS) + reader;
        let mut random = fastrand::Rng::with_seed(u64::try_from(seed).unwrap());
        let mut at = 0;
        while history.goes_on() {
            let after = if random.u8(0..4) == 0 {
                random.u64(0..=at)
            } else {
                at
            };
            if let Some(until) = self.reads_once(reader, after, history) {
                at = at.max(until);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// One read, and the last number that it saw. Without an answer it proves nothing, and is not kept.
    fn reads_once(&self, reader: usize, after: u64, history: &History) -> Option<u64> {
        let query = format!(
            "{}/events?wait=0&limit={LIMIT}&after={}.{after}",
            self.path, self.epoch
        );
        let call = history.now();
        let answer = self.call("GET", &query, None)?;
        let none = Vec::new();
        let events = match answer.status {
            204 => &none,
            200 => answer.body["events"].as_array().unwrap(),
            _ => panic!("{}", answer.body),
        };
        let seqs = || {
            events
                .iter()
                .map(|event| event["seq"].as_u64().expect("no reset comes"))
        };
        let last = seqs().next_back().unwrap_or(after);
        let said = events.iter().filter(|event| event["by"] == "visitor");
        let found: Vec<u64> = said
            .map(|event| event["seq"].as_u64().unwrap())
            .filter(|seq| *seq != self.first)
            .collect();
        let until = if events.len() < LIMIT { 0 } else { last };
        let read = json!({"read": {"after": after, "until": until, "found": found}});
        history.keep(self.number, reader, call, read);
        Some(last)
    }
}
