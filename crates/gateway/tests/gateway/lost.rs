//! What is lost when: each row of the table in docs/gateway.md, made to happen.

use std::fs::OpenOptions;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use wotnot_conformance::redis::{DURABLE, Redis, Sentinel};
use wotnot_gateway::Hidden;
use wotnot_gateway::store::redis::RedisAddress;

use crate::harness::{Browser, DEADLINE, World, wait_for};
use crate::on_redis::address;
use crate::relay::Relay;

/// A visitor who speaks, and remembers what each number meant.
struct Chat<'a> {
    browser: Browser<'a>,
    path: String,
    cursor: String,
    seen: Vec<(String, Value)>,
    resets: usize,
    said: usize,
}

impl<'a> Chat<'a> {
    fn begin(world: &'a World) -> Self {
        let browser = world.visitor();
        let path = browser.start("first", "Hello");
        let mut chat = Self {
            browser,
            path,
            cursor: String::new(),
            seen: Vec::new(),
            resets: 0,
            said: 0,
        };
        chat.say();
        chat
    }

    /// Says something, again until it is taken, and waits until the vendor has it.
    fn say(&mut self) -> String {
        self.said += 1;
        let id = format!("m{}", self.said);
        let until = Instant::now() + DEADLINE;
        loop {
            let answer = self
                .browser
                .say(&self.path, &json!({"client_id": id, "text": id}));
            match answer.status {
                200 | 202 => break,
                503 => std::thread::sleep(Duration::from_millis(50)),
                _ => panic!("{}", answer.body),
            }
            assert!(Instant::now() < until, "it was never taken");
        }
        self.browser.wait_state(&self.path, &id, &["accepted"]);
        self.read();
        id
    }

    /// Reads on. A number means one thing for as long as its epoch lives.
    fn read(&mut self) {
        loop {
            let query = format!("{}/events?wait=0&after={}", self.path, self.cursor);
            let answer = self.browser.get(&query);
            match answer.status {
                204 => return,
                200 => {}
                _ => {
                    std::thread::sleep(Duration::from_millis(50));
                    continue;
                }
            }
            self.cursor = answer.body["cursor"].as_str().unwrap().to_owned();
            let epoch = self.cursor.split_once('.').unwrap().0.to_owned();
            for event in answer.body["events"].as_array().unwrap() {
                if event["type"] == "reset" {
                    self.resets += 1;
                    continue;
                }
                let same =
                    |(other, it): &&(String, Value)| *other == epoch && it["seq"] == event["seq"];
                if let Some((_, known)) = self.seen.iter().find(same) {
                    assert_eq!(known, event, "a number was given twice");
                } else {
                    self.seen.push((epoch.clone(), event.clone()));
                }
            }
        }
    }

    /// Messages that are shown now.
    fn shows(&self, client_id: &str) -> bool {
        let snapshot = self.browser.snapshot(&format!("{}?limit=200", self.path));
        let messages = snapshot["messages"].as_array().unwrap();
        messages.iter().any(|it| it["client_id"] == client_id)
    }
}

fn on(server: &Redis) -> World {
    World::talkative(|config| config.store = Some(address(server)))
}

/// Kills the server again and again; everything that was acknowledged is there, under its number.
fn killed(mut server: Redis, times: usize) {
    let world = on(&server);
    let mut chat = Chat::begin(&world);
    for _ in 0..times {
        let last = chat.say();
        server.kill();
        server.start_again().unwrap();
        chat.say();
        assert!(chat.shows(&last));
    }
    assert_eq!(chat.resets, 0);
    for (text, times) in world.all_heard() {
        assert_eq!(times, 1, "{text}");
    }
    assert!((1..=chat.said).all(|number| chat.shows(&format!("m{number}"))));
}

#[test]
fn a_server_that_flushes_each_write_is_killed_and_nothing_is_lost() {
    killed(Redis::start(&DURABLE).unwrap(), 4);
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[test]
fn a_server_that_is_asked_to_flush_is_killed_and_nothing_is_lost() {
    let settings = ["--appendonly", "yes", "--appendfsync", "everysec"];
    let valkey = wotnot_conformance::redis::valkey();
    // An answer waits for the flush that comes once a second.
    killed(Redis::start_program(&valkey, &settings).unwrap(), 1);
}

/// The log that the server writes to.
fn append_only_file(server: &Redis) -> PathBuf {
    let folder = server.folder().join("appendonlydir");
    let files = std::fs::read_dir(folder)
        .unwrap()
        .map(|it| it.unwrap().path());
    files
        .into_iter()
        .find(|it| it.to_string_lossy().ends_with(".incr.aof"))
        .unwrap()
}

#[test]
fn a_disk_that_lost_what_it_acknowledged_is_seen_as_a_reset() {
    let mut server = Redis::start(&DURABLE).unwrap();
    let world = on(&server);
    let mut chat = Chat::begin(&world);
    for _ in 0..4 {
        chat.say();
    }
    wait_for(|| world.emulator.undelivered() == 0);
    let kept = std::fs::metadata(append_only_file(&server)).unwrap().len();
    let last = chat.say();
    wait_for(|| world.emulator.undelivered() == 0);
    chat.read();
    server.kill();
    let file = OpenOptions::new()
        .write(true)
        .open(append_only_file(&server))
        .unwrap();
    file.set_len(kept).unwrap();
    server.start_again().unwrap();
    let until = Instant::now() + DEADLINE;
    while chat.resets == 0 {
        chat.read();
        assert!(Instant::now() < until, "the reader was never informed");
    }
    assert!(!chat.shows(&last));
    chat.say();
    assert_eq!(chat.resets, 1);
}

#[test]
fn a_network_that_is_cut_loses_nothing() {
    let server = Redis::start(&DURABLE).unwrap();
    let relay = Relay::start(&server.url().replace("redis://", "http://"));
    let through = relay.url().replace("http://", "redis://");
    let through = RedisAddress::parse(&Hidden::new(through)).unwrap();
    let world = World::talkative(|config| config.store = Some(through));
    let mut chat = Chat::begin(&world);
    for _ in 0..2 {
        // What is open carries nothing more, without a word; then nothing gets through at all.
        relay.silence();
        relay.break_after(0);
        let heals = std::thread::spawn({
            let line = relay.handle();
            move || {
                std::thread::sleep(Duration::from_secs(3));
                line.heal();
            }
        });
        chat.say();
        heals.join().unwrap();
    }
    assert_eq!(chat.resets, 0);
    for (text, times) in world.all_heard() {
        assert_eq!(times, 1, "{text}");
    }
}

/// A replica of the server on this port, once it has everything.
fn replica_of(port: u16) -> Redis {
    let port = port.to_string();
    let settings = [
        "--repl-diskless-sync-delay",
        "0",
        "--replicaof",
        "127.0.0.1",
        &port,
    ];
    let replica = Redis::start(&[&DURABLE[..], &settings].concat()).unwrap();
    let is_up = |info: String| info.contains("master_link_status:up");
    wait_for(|| replica.ask("INFO replication").is_ok_and(is_up));
    replica
}

#[test]
fn a_replica_that_lagged_takes_over_and_readers_get_a_reset() {
    let mut master = Redis::start(&DURABLE).unwrap();
    let relay = Relay::start(&master.url().replace("redis://", "http://"));
    let replica = replica_of(relay.address.port());
    let both = format!("{},127.0.0.1:{}", master.url(), replica.port());
    let both = RedisAddress::parse(&Hidden::new(both)).unwrap();
    let world = World::talkative(|config| config.store = Some(both));
    let mut chat = Chat::begin(&world);
    let early = chat.say();
    let offset = |server: &Redis| {
        let info = server.ask("INFO replication").unwrap();
        let line = info
            .lines()
            .find(|line| line.starts_with("master_repl_offset:"));
        line.map(str::to_owned)
    };
    wait_for(|| offset(&master) == offset(&replica));
    // From here on the replica hears nothing.
    relay.silence();
    relay.break_after(0);
    let late = chat.say();
    master.kill();
    replica.ask("REPLICAOF NO ONE").unwrap();
    let until = Instant::now() + DEADLINE;
    while chat.resets == 0 {
        chat.read();
        assert!(Instant::now() < until, "the reader was never informed");
    }
    assert!(chat.shows(&early) && !chat.shows(&late));
    chat.say();
    assert_eq!(chat.resets, 1);
}

#[test]
fn sentinels_name_another_master_and_the_chat_goes_on() {
    let mut master = Redis::start(&DURABLE).unwrap();
    let replica = replica_of(master.port());
    let sentinel = Sentinel::start("main", master.port()).unwrap();
    wait_for(|| {
        sentinel
            .ask("INFO sentinel")
            .is_ok_and(|info| info.contains("slaves=1"))
    });
    let watched = format!("redis://127.0.0.1:{}/?service=main", sentinel.port());
    let watched = RedisAddress::parse(&Hidden::new(watched)).unwrap();
    let world = World::talkative(|config| config.store = Some(watched));
    let mut chat = Chat::begin(&world);
    chat.say();
    master.kill();
    wait_for(|| {
        replica
            .ask("INFO replication")
            .is_ok_and(|info| info.contains("role:master"))
    });
    chat.say();
    assert_eq!(chat.resets, 1);
}
