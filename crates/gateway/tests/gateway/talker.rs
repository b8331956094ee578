//! Visitors who speak on whatever happens to gateways, and what must be so afterwards.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use wotnot_emulator::Emulator;

use crate::harness::{Answer, DEADLINE, try_call_any};

/// What one visitor says before another one takes their place: the vendor's record holds 2,000 entries of a conversation,
/// and must be whole.
const TEXTS_EACH: usize = 400;
const RECORD: usize = 2_000;

/// How long a visitor thinks before they say more.
pub const PAUSE: Duration = Duration::from_millis(15);

/// Compares what readers saw, what the gateways hold and what the vendor heard; gives how many messages there were.
pub fn judge(visitors: &[Talker], emulator: &Emulator) -> usize {
    assert!(emulator.dead_letters().is_empty());
    let mut at_vendor: HashMap<String, (usize, usize)> = HashMap::new();
    for transcript in emulator.transcripts() {
        assert!(transcript.entries.len() < RECORD, "the record is cut");
        for entry in &transcript.entries {
            let payload = &entry.event["event"]["payload"];
            let said = payload["message"].to_string();
            let text = said.find("visitor ").map(|at| &said[at..]);
            let Some(text) = text.and_then(|text| text.split_inclusive('.').next()) else {
                continue;
            };
            let counts = at_vendor.entry(text.to_owned()).or_default();
            if payload["message_by"]["type"] == "visitor" {
                counts.0 += 1;
            } else {
                counts.1 += 1;
            }
        }
    }
    let mut total = 0;
    for talker in visitors {
        let log = talker.log();
        for (entry, seq) in log.iter().zip(1..) {
            assert_eq!(entry["seq"], seq);
        }
        // Nothing that a reader saw was rolled back or numbered again.
        assert_eq!(talker.seen[..], log[..talker.seen.len()]);
        for text in &talker.texts {
            let (heard, answered) = at_vendor.get(text).copied().unwrap_or_default();
            assert!(heard <= 1, "{text}: sent {heard} times");
            let shown = |by: &str| {
                let says = |it: &&Value| {
                    it["by"] == by
                        && it["text"]
                            .as_str()
                            .unwrap_or_default()
                            .contains(text.as_str())
                };
                log.iter().filter(says).count()
            };
            assert_eq!(shown("visitor"), 1, "{text}");
            assert_eq!(shown("bot"), answered, "{text}: the bot's answers");
            total += 1;
        }
    }
    assert!(total > 0);
    total
}

/// A visitor who speaks on whatever happens, and reads along.
pub struct Talker {
    /// The gateways; each call goes to one of them.
    urls: Vec<String>,
    token: String,
    path: String,
    texts: Vec<String>,
    seen: Vec<Value>,
    /// How long it took at most until a reader who was cut off read on elsewhere.
    pub longest_silence: Duration,
}

impl Talker {
    pub fn talk(
        number: usize,
        urls: &[String],
        pause: Duration,
        stop: &AtomicBool,
        taken: &AtomicU64,
    ) -> Self {
        let mut talker = Self {
            urls: urls.to_vec(),
            token: String::new(),
            path: String::new(),
            texts: Vec::new(),
            seen: Vec::new(),
            longest_silence: Duration::ZERO,
        };
        let session = talker.until_taken("/v1/sessions", &json!({"site": "shop"}));
        talker.token = session["token"].as_str().unwrap().to_owned();
        let first = format!("visitor {number} begins.");
        let body = json!({"client_id": "first", "text": first});
        let begun = talker.until_taken("/v1/conversations", &body);
        let id = begun["conversation"]["id"].as_str().unwrap();
        talker.path = format!("/v1/conversations/{id}");
        talker.texts.push(first);
        while !stop.load(Ordering::Relaxed) && talker.texts.len() < TEXTS_EACH {
            let text = format!("visitor {number} message {}.", talker.texts.len());
            let id = format!("m{}", talker.texts.len());
            let messages = format!("{}/messages", talker.path);
            talker.until_taken(&messages, &json!({"client_id": id, "text": text}));
            taken.fetch_add(1, Ordering::Relaxed);
            talker.texts.push(text);
            talker.read();
            std::thread::sleep(pause);
        }
        talker
    }

    fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Option<Answer> {
        try_call_any(&self.urls, &self.token, method, path, body)
    }

    /// Posts the same again until it is answered for.
    fn until_taken(&self, path: &str, body: &Value) -> Value {
        let until = Instant::now() + DEADLINE;
        loop {
            match self.call("POST", path, Some(body)) {
                Some(answer) if answer.status < 300 => return answer.body,
                Some(answer) if answer.status != 503 => panic!("{}", answer.body),
                _ => std::thread::sleep(Duration::from_millis(5)),
            }
            assert!(Instant::now() < until, "it was never taken");
        }
    }

    /// Reads on; numbers follow each other whatever happened in between.
    fn read(&mut self) {
        let after = self.seen.len();
        let query = match self.seen.is_empty() {
            true => format!("{}/events?wait=0", self.path),
            false => format!("{}/events?wait=0&after={}.{after}", self.path, self.epoch()),
        };
        let began = Instant::now();
        let answer = loop {
            match self.call("GET", &query, None) {
                Some(answer) if answer.status < 300 => break answer,
                _ => std::thread::sleep(Duration::from_millis(5)),
            }
            assert!(began.elapsed() < DEADLINE, "it could not be read");
        };
        self.longest_silence = self.longest_silence.max(began.elapsed());
        if answer.status == 200 {
            let events = answer.body["events"].as_array().unwrap();
            assert_ne!(events[0]["type"], "reset");
            self.seen.extend(events.iter().cloned());
        }
    }

    fn epoch(&self) -> String {
        let snapshot = loop {
            match self.call("GET", &self.path, None) {
                Some(answer) if answer.status == 200 => break answer.body,
                _ => {}
            }
        };
        let cursor = snapshot["cursor"].as_str().unwrap();
        cursor.split_once('.').unwrap().0.to_owned()
    }

    /// Waits until nothing is on its way any more, for as long as it gets less.
    ///
    /// A kill may hit the first message on its way, which all others wait for. Where the vendor has nothing more
    /// to deliver and it is still unconfirmed, the vendor never had it, and the visitor sends it again.
    pub fn settle(&self, emulator: &Emulator) {
        let (mut least, mut since) = (usize::MAX, Instant::now());
        loop {
            let log = self.log();
            let deliveries: Vec<&Value> =
                log.iter().filter(|it| it["type"] == "delivery").collect();
            let settled = |id: &Value| deliveries.iter().any(|it| &it["client_id"] == id);
            let spoken = log.iter().filter(|it| it["by"] == "visitor");
            let left = spoken.filter(|it| !settled(&it["client_id"])).count();
            if left == 0 {
                return;
            }
            let first = deliveries.iter().rfind(|it| it["client_id"] == "first");
            if first.is_some_and(|it| it["state"] == "unconfirmed") && emulator.undelivered() == 0 {
                let resolve = format!("{}/messages/first/resolve", self.path);
                self.call("POST", &resolve, Some(&json!({"action": "resend"})));
            }
            if left < least {
                (least, since) = (left, Instant::now());
            }
            assert!(since.elapsed() < DEADLINE, "{left} messages are stuck");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn log(&self) -> Vec<Value> {
        let mut log: Vec<Value> = Vec::new();
        let epoch = self.epoch();
        loop {
            let query = format!(
                "{}/events?wait=0&limit=500&after={epoch}.{}",
                self.path,
                log.len()
            );
            match self.call("GET", &query, None) {
                Some(answer) if answer.status == 200 => {
                    log.extend(answer.body["events"].as_array().unwrap().iter().cloned());
                }
                Some(answer) if answer.status == 204 => return log,
                _ => {}
            }
        }
    }
}
