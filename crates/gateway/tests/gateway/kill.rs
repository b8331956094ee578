//! The gateway's process is killed at random moments, under load: what it had answered for is there
//! afterwards, once, under the same number, and nothing was sent twice.

use std::collections::HashMap;
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use wotnot_emulator::{Emulator, Webhook, WebhookRetry};
use wotnot_gateway::config::limits::Limits;
use wotnot_gateway::{Account, Config, Gateway, Hidden, OriginPattern, Site};

use crate::harness::{Answer, DEADLINE, HOOK_SECRET, HOOK_TOKEN, ORIGIN, TALK, try_call, wait_for};

/// Kills in the test command; `WOTNOT_GATEWAY_KILLS` asks for more.
const KILLS: u64 = 100;
/// Who speak at one time.
const VISITORS: usize = 4;
/// What one visitor says before another one takes their place: the vendor's record holds 2,000 entries of a conversation, and must be whole.
const TEXTS_EACH: usize = 400;
const RECORD: usize = 2_000;
const CHILD: &str = "WOTNOT_GATEWAY_CHILD";

/// The process that is killed: run by the other test, with what it needs in the environment.
#[test]
#[ignore = "the process that is killed"]
fn child() {
    let settings: Value = serde_json::from_str(&std::env::var(CHILD).unwrap()).unwrap();
    let text = |name: &str| settings[name].as_str().unwrap().to_owned();
    let mut config = Config::new(text("data"));
    config.listen.public = text("address").parse().unwrap();
    let limit = |name: &str, otherwise| settings[name].as_u64().unwrap_or(otherwise);
    config.sending.evidence_ms = limit("evidence_ms", 1_000);
    config.sending.timeout_ms = limit("timeout_ms", config.sending.timeout_ms);
    config.accounts.push(Account {
        name: "main".into(),
        token: Hidden::new(text("token")),
        webhook_tokens: vec![Hidden::new(HOOK_TOKEN)],
        webhook_secret: Hidden::new(HOOK_SECRET),
        base_url: Some(text("base_url")),
        bot_key_field: None,
        forward: Vec::new(),
    });
    config.limits = Limits::OFF;
    let mut site = Site::new("shop", "main", "lead-bot");
    site.limits = Limits::OFF;
    site.origins = vec![OriginPattern::parse(ORIGIN).unwrap()];
    site.app = Some("shop-app".into());
    config.sites.push(site);
    let _gateway = Gateway::builder().config(config).start().unwrap();
    loop {
        std::thread::park();
    }
}

/// Files that a process of these tests may have open.
const FILES: &str = "12000";

/// This program again, for one test that is ignored otherwise, and with sockets enough for ten thousand readers.
pub fn with_many_files(test: &str) -> Command {
    let raise = "ulimit -n \"$0\" || { echo \"the limit of open files is below $0: raise it\" >&2; exit 1; }";
    let mut program = Command::new("sh");
    program.args(["-c", &format!("{raise}; exec \"$@\""), FILES]);
    program.arg(std::env::current_exe().unwrap());
    program.args([test, "--exact", "--ignored", "--nocapture"]);
    program
}

/// The vendor, and what a gateway's process needs of it.
pub struct Upstream {
    pub emulator: Emulator,
    /// Where the gateway is to listen.
    pub address: String,
    pub settings: Value,
    _data: TempDir,
}

impl Upstream {
    pub fn start() -> Self {
        let address = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .to_string();
        let emulator = Emulator::builder()
            .flow_yaml(TALK)
            .webhook_retry(WebhookRetry {
                first_pause: Duration::from_millis(5),
                longest_pause: Duration::from_millis(50),
                attempts: 100_000,
                ..WebhookRetry::default()
            })
            .start()
            .unwrap();
        let webhook = Webhook {
            url: format!("http://{address}/hook/{HOOK_SECRET}"),
            token: Some(HOOK_TOKEN.into()),
            ..Webhook::default()
        };
        emulator.set_webhook(Some(webhook)).unwrap();
        let data = tempfile::tempdir().unwrap();
        let settings = json!({
            "data": data.path(), "address": address,
            "base_url": emulator.base_url(), "token": emulator.token(),
        });
        Self {
            emulator,
            address,
            settings,
            _data: data,
        }
    }
}

/// The process that is killed.
pub struct Process(Child);

impl Process {
    pub fn start(settings: &Value) -> Self {
        let child = with_many_files("kill::child")
            .env(CHILD, settings.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut process = Self(child);
        let address = settings["address"].as_str().unwrap();
        let until = Instant::now() + DEADLINE;
        while TcpStream::connect(address).is_err() {
            assert!(Instant::now() < until, "it did not start");
            assert!(process.0.try_wait().unwrap().is_none(), "it ended");
            std::thread::sleep(Duration::from_millis(2));
        }
        process
    }
}

/// SIGKILL.
impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn what_was_answered_for_survives_a_hundred_kills() {
    let kills = std::env::var("WOTNOT_GATEWAY_KILLS")
        .ok()
        .and_then(|kills| kills.parse().ok())
        .unwrap_or(KILLS);
    let upstream = Upstream::start();
    let (emulator, settings) = (&upstream.emulator, &upstream.settings);
    let url = format!("http://{}", upstream.address);
    let (stop, taken) = (AtomicBool::new(false), AtomicU64::new(0));
    let visitors: Vec<Talker> = std::thread::scope(|scope| {
        let mut process = Process::start(settings);
        let talkers: Vec<_> = (0..VISITORS)
            .map(|number| {
                let (url, stop, taken) = (&url, &stop, &taken);
                scope.spawn(move || {
                    let mut talkers = Vec::new();
                    for visitor in (number..).step_by(VISITORS) {
                        talkers.push(Talker::talk(visitor, url, stop, taken));
                        if stop.load(Ordering::Relaxed) {
                            break;
                        }
                    }
                    talkers
                })
            })
            .collect();
        let mut random = fastrand::Rng::with_seed(kills);
        for kill in 0..kills {
            // Every other process lives until it took something, however slow the machine is: else a
            // visitor might never be heard.
            let before = taken.load(Ordering::Relaxed);
            if kill % 2 == 0 {
                wait_for(|| taken.load(Ordering::Relaxed) > before);
            }
            std::thread::sleep(Duration::from_millis(random.u64(0..120)));
            drop(process);
            process = Process::start(settings);
        }
        stop.store(true, Ordering::Relaxed);
        let talkers = talkers
            .into_iter()
            .flat_map(|talkers| talkers.join().unwrap())
            .collect();
        for talker in &talkers {
            Talker::settle(talker, emulator);
        }
        // What was queued was answered by the bot only now.
        wait_for(|| emulator.undelivered() == 0);
        talkers
    });
    // The last process was killed as well: what is read now is what the disk holds.
    let _process = Process::start(settings);
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
    for talker in &visitors {
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
    println!(
        "{kills} kills, {} visitors, {total} messages",
        visitors.len()
    );
    assert!(total > 0);
}

/// A visitor who speaks on whatever happens, and reads along.
struct Talker {
    url: String,
    token: String,
    path: String,
    texts: Vec<String>,
    seen: Vec<Value>,
}

impl Talker {
    fn talk(number: usize, url: &str, stop: &AtomicBool, taken: &AtomicU64) -> Self {
        let mut talker = Self {
            url: url.to_owned(),
            token: String::new(),
            path: String::new(),
            texts: Vec::new(),
            seen: Vec::new(),
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
            std::thread::sleep(Duration::from_millis(15));
        }
        talker
    }

    fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Option<Answer> {
        let bearer = format!("Bearer {}", self.token);
        let mut headers = vec![("origin", ORIGIN)];
        if !self.token.is_empty() {
            headers.push(("authorization", &bearer));
        }
        let body = body.map(Value::to_string);
        try_call(
            method,
            &format!("{}{path}", self.url),
            &headers,
            body.as_deref(),
        )
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
        let Some(answer) = self.call("GET", &query, None) else {
            return;
        };
        if answer.status == 200 {
            let events = answer.body["events"].as_array().unwrap();
            assert_ne!(events[0]["type"], "reset");
            self.seen.extend(events.iter().cloned());
        }
    }

    fn epoch(&self) -> String {
        let snapshot = loop {
            if let Some(answer) = self.call("GET", &self.path, None) {
                break answer.body;
            }
        };
        let cursor = snapshot["cursor"].as_str().unwrap();
        cursor.split_once('.').unwrap().0.to_owned()
    }

    /// Waits until nothing is on its way any more, for as long as it gets less.
    ///
    /// A kill may hit the first message on its way, which all others wait for. Where the vendor has nothing more
    /// to deliver and it is still unconfirmed, the vendor never had it, and the visitor sends it again.
    fn settle(&self, emulator: &Emulator) {
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
