//! Several gateways over one Redis: each takes the vendor's posts, each serves every reader, one of them sends.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use tempfile::TempDir;
use wotnot_conformance::redis::{DURABLE, Redis};
use wotnot_emulator::Webhook;
use wotnot_gateway::Gateway;

use crate::harness::{HOOK_SECRET, HOOK_TOKEN, World, text_is, wait_for};
use crate::kill::{Process, Upstream, nodes, url, wanted};
use crate::on_redis::address;
use crate::talker::{Talker, judge};

/// How long nodes are killed, and how many speak meanwhile; `WOTNOT_NODES_SECONDS` and `WOTNOT_NODES_VISITORS` ask for more.
const SECONDS: u64 = 8;
const VISITORS: u64 = 6;
const NODES: usize = 3;
/// Messages of all visitors together.
const MESSAGES_A_SECOND: u32 = 200;

/// Another node beside the world's own.
fn another(world: &World) -> (Gateway, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut config = world.config.clone();
    config.data = folder.path().to_owned();
    (Gateway::builder().config(config).start().unwrap(), folder)
}

#[test]
fn any_node_takes_the_hook_and_serves_every_reader() {
    let server = Redis::start(&DURABLE).unwrap();
    let world = World::talkative(|config| config.store = Some(address(&server)));
    let (second, _folder) = another(&world);
    let here = world.visitor();
    // A token of one counts at both.
    let there = here.at(&second);
    let path = here.start("m0", "Hello");
    let stream = there.stream(&path, None);
    stream.until(text_is("Say something"));
    for round in 1..=6 {
        // The vendor's posts come to the one, then to the other.
        world.point_vendor_at(match round % 2 {
            0 => world.gateway(),
            _ => &second,
        });
        let (says, reads) = match round % 3 {
            0 => (&here, &there),
            _ => (&there, &here),
        };
        let id = format!("m{round}");
        let said = says.say(&path, &json!({"client_id": id, "text": id}));
        assert_eq!(said.status, 202, "{}", said.body);
        // What was answered for here is known there, however new it is.
        let seq = said.body["message"]["seq"].as_u64().unwrap();
        let epoch = says.snapshot(&path)["cursor"]
            .as_str()
            .unwrap()
            .split_once('.')
            .unwrap()
            .0
            .to_owned();
        let polled = reads.get(&format!("{path}/events?after={epoch}.{}&wait=20", seq - 1));
        assert_eq!(polled.body["events"][0]["client_id"], id, "{}", polled.body);
        stream.until(text_is(&format!("You said {id}")));
        let again = reads.say(&path, &json!({"client_id": id, "text": id}));
        assert_eq!(again.status, 200, "{}", again.body);
        assert_eq!(world.heard(&id), 1);
    }
    assert_eq!(world.gateway().gaps() + second.gaps(), 0);
    assert_eq!(world.gateway().dead_letters() + second.dead_letters(), 0);
}

#[test]
fn what_a_node_left_is_sent_by_another() {
    let server = Redis::start(&DURABLE).unwrap();
    let mut world = World::talkative(|config| config.store = Some(address(&server)));
    let (second, _folder) = another(&world);
    let token = {
        let here = world.visitor();
        let path = here.start("m0", "Hello");
        here.wait(&path, |snapshot| {
            snapshot["messages"].as_array().unwrap().len() > 1
        });
        // The vendor takes nothing, so it stays in the queue.
        world.faults("  - {fault: unavailable, retry_after: 0, call: send}");
        here.say(&path, &json!({"client_id": "m1", "text": "left behind"}));
        (here.token.clone(), path)
    };
    world.point_vendor_at(&second);
    world.gateway.take().unwrap().stop(Duration::from_secs(5));
    world.faults("  []");
    wait_for(|| world.heard("left behind") == 1);
    let url = format!("{}{}", second.url(), token.1);
    let bearer = format!("Bearer {}", token.0);
    let headers = [
        ("origin", crate::harness::ORIGIN),
        ("authorization", bearer.as_str()),
    ];
    wait_for(|| {
        let snapshot = crate::harness::call("GET", &url, &headers, None).body;
        let messages = snapshot["messages"].as_array().unwrap().clone();
        let left = messages
            .iter()
            .find(|it| it["client_id"] == "m1")
            .unwrap()
            .clone();
        left["state"] == "accepted"
    });
    assert_eq!(world.heard("left behind"), 1);
}

#[test]
fn tokens_that_are_taken_back_at_one_node_count_at_none() {
    let server = Redis::start(&DURABLE).unwrap();
    let world = World::talkative(|config| config.store = Some(address(&server)));
    let (second, _folder) = another(&world);
    let here = world.visitor();
    let path = here.start("m0", "Hello");
    let there = here.at(&second);
    let stream = there.stream(&path, None);
    world
        .gateway()
        .revoke(here.session["visitor"]["id"].as_str().unwrap())
        .unwrap();
    stream.until(|frame| frame.event == "token");
    assert_eq!(there.get(&path).code(), "token_revoked");
}

/// Sends each connection to one of these gateways that takes it.
fn balance(urls: Vec<String>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for incoming in listener.incoming().flatten() {
            let mut urls = urls.clone();
            fastrand::shuffle(&mut urls);
            let open = |url: &String| TcpStream::connect(url.trim_start_matches("http://")).ok();
            let Some(node) = urls.iter().find_map(open) else {
                continue;
            };
            for (from, to) in [(&incoming, &node), (&node, &incoming)] {
                let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                std::thread::spawn(move || pass(from, to));
            }
        }
    });
    port
}

fn pass(mut from: TcpStream, mut to: TcpStream) {
    let mut buffer = [0; 16_384];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        if to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}

#[test]
fn nodes_are_killed_and_nothing_is_lost_or_comes_twice() {
    let lasts = Duration::from_secs(wanted("WOTNOT_NODES_SECONDS", SECONDS));
    let visitors = wanted("WOTNOT_NODES_VISITORS", VISITORS);
    let pause = Duration::from_secs(visitors) / MESSAGES_A_SECOND;
    let server = Redis::start(&DURABLE).unwrap();
    let upstream = Upstream::start();
    let nodes = nodes(&upstream, &server.url(), NODES);
    let urls: Vec<String> = nodes.iter().map(|(node, _)| url(node)).collect();
    let webhook = Webhook {
        url: format!(
            "http://127.0.0.1:{}/hook/{HOOK_SECRET}",
            balance(urls.clone())
        ),
        token: Some(HOOK_TOKEN.into()),
        ..Webhook::default()
    };
    upstream.emulator.set_webhook(Some(webhook)).unwrap();
    let (stop, taken) = (AtomicBool::new(false), AtomicU64::new(0));
    let mut running: Vec<Option<Process>> = nodes
        .iter()
        .map(|(node, _)| Some(Process::start(node)))
        .collect();
    let mut kills = 0;
    let visitors: Vec<Talker> = std::thread::scope(|scope| {
        let talkers: Vec<_> = (0..usize::try_from(visitors).unwrap())
            .map(|number| {
                let (urls, stop, taken) = (&urls, &stop, &taken);
                scope.spawn(move || Talker::talk(number, urls, pause, stop, taken))
            })
            .collect();
        let mut random = fastrand::Rng::with_seed(visitors);
        let until = Instant::now() + lasts;
        while Instant::now() < until {
            kills += 1;
            let before = taken.load(Ordering::Relaxed);
            wait_for(|| taken.load(Ordering::Relaxed) > before);
            std::thread::sleep(Duration::from_millis(random.u64(0..300)));
            let victim = random.usize(..NODES);
            drop(running[victim].take());
            std::thread::sleep(Duration::from_millis(random.u64(0..300)));
            running[victim] = Some(Process::start(&nodes[victim].0));
        }
        stop.store(true, Ordering::Relaxed);
        let talkers: Vec<Talker> = talkers.into_iter().map(|it| it.join().unwrap()).collect();
        for talker in &talkers {
            talker.settle(&upstream.emulator);
        }
        wait_for(|| upstream.emulator.undelivered() == 0);
        talkers
    });
    let total = judge(&visitors, &upstream.emulator);
    let mut silences: Vec<Duration> = visitors.iter().map(|it| it.longest_silence).collect();
    silences.sort_unstable();
    let p99 = silences[(silences.len() * 99).div_ceil(100) - 1];
    println!(
        "{kills} kills of {NODES} nodes in {lasts:?}, {} conversations, {total} messages; gaps 0, renumbered 0, doubled at the vendor 0; \
         longest silence of a reader: median {:?}, p99 {p99:?}, longest {:?}",
        silences.len(),
        silences[silences.len() / 2],
        silences[silences.len() - 1]
    );
}
