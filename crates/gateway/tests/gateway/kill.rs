//! The gateway's process is killed at random moments, under load: what it had answered for is there
//! afterwards, once, under the same number, and nothing was sent twice.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use wotnot_conformance::redis::free_port;
use wotnot_emulator::{Emulator, Webhook, WebhookRetry};
use wotnot_gateway::config::limits::Limits;
use wotnot_gateway::store::redis::RedisAddress;
use wotnot_gateway::{Account, Config, Gateway, Hidden, OriginPattern, Site};

use crate::harness::{DEADLINE, HOOK_SECRET, HOOK_TOKEN, ORIGIN, TALK, wait_for};
use crate::talker::{PAUSE, Talker, judge};

/// Kills in the test command; `WOTNOT_GATEWAY_KILLS` asks for more.
const KILLS: u64 = 100;
/// Who speak at one time.
const VISITORS: usize = 4;
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
    if let Some(url) = settings["store"].as_str() {
        config.store = Some(RedisAddress::parse(&Hidden::new(url)).unwrap());
    }
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

/// What several gateways over one store need, each with a folder of its own.
pub fn nodes(upstream: &Upstream, store: &str, count: usize) -> Vec<(Value, TempDir)> {
    let nodes = (0..count).map(|_| {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = upstream.settings.clone();
        settings["data"] = json!(folder.path());
        settings["address"] = json!(format!("127.0.0.1:{}", free_port().unwrap()));
        settings["store"] = json!(store);
        (settings, folder)
    });
    nodes.collect()
}

/// Where a gateway with these settings is.
pub fn url(settings: &Value) -> String {
    format!("http://{}", settings["address"].as_str().unwrap())
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

/// How many are wanted: `otherwise`, unless the environment says more.
pub fn wanted(variable: &str, otherwise: u64) -> u64 {
    let wanted = std::env::var(variable).ok();
    wanted
        .and_then(|wanted| wanted.parse().ok())
        .unwrap_or(otherwise)
}

#[test]
fn what_was_answered_for_survives_a_hundred_kills() {
    let kills = wanted("WOTNOT_GATEWAY_KILLS", KILLS);
    let upstream = Upstream::start();
    let (emulator, settings) = (&upstream.emulator, &upstream.settings);
    let urls = [format!("http://{}", upstream.address)];
    let (stop, taken) = (AtomicBool::new(false), AtomicU64::new(0));
    let visitors: Vec<Talker> = std::thread::scope(|scope| {
        let mut process = Process::start(settings);
        let talkers: Vec<_> = (0..VISITORS)
            .map(|number| {
                let (urls, stop, taken) = (&urls, &stop, &taken);
                scope.spawn(move || {
                    let mut talkers = Vec::new();
                    for visitor in (number..).step_by(VISITORS) {
                        talkers.push(Talker::talk(visitor, urls, PAUSE, stop, taken));
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
        let talkers: Vec<Talker> = talkers
            .into_iter()
            .flat_map(|talkers| talkers.join().unwrap())
            .collect();
        for talker in &talkers {
            talker.settle(emulator);
        }
        // What was queued was answered by the bot only now.
        wait_for(|| emulator.undelivered() == 0);
        talkers
    });
    // The last process was killed as well: what is read now is what the disk holds.
    let _process = Process::start(settings);
    let total = judge(&visitors, emulator);
    println!(
        "{kills} kills, {} visitors, {total} messages",
        visitors.len()
    );
}
