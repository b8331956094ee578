//! Chaos: the emulator's faults, drawn from a seed, against the client. Whatever strikes, no
//! message is taken twice, `delivery` agrees with the emulator's own record, every event that was
//! delivered arrives once, and the run ends.
//!
//! `WOTNOT_CHAOS=10000` plays that many runs; `WOTNOT_SEED=<seed>` plays the one that failed.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use fastrand::Rng;
use serde_json::Value;
use wotnot_core::{
    CallOptions, Client, Code, Config, Delivery, Error, Message, Proxy, Retry, Start, Webhook,
};
use wotnot_emulator::Emulator;

/// Runs in a plain `cargo test`.
const RUNS: u64 = 300;

/// Most of a run is waiting for the other side.
const THREADS: u64 = 4;

const ATTEMPTS: u32 = 4;

/// What a call may take; faults that say nothing last as long.
const TIMEOUT: Duration = Duration::from_millis(300);

/// Beyond this a call did not end: its time-out, and what a slow machine adds.
const NEVER: Duration = Duration::from_secs(60);

/// A bot that takes any text and never ends.
const FLOW: &str = "bot: {name: Chaos, key: chaos}\nstart: ask\nblocks:\n  ask: {type: input, text: And then?, next: more}\n  more: {type: jump, to: ask}\n";

const FAULTS: [&str; 19] = [
    "fault: drop_request",
    "fault: drop_answer",
    "fault: delay, delay_ms: 20",
    "fault: delay, delay_ms: 400",
    "fault: rate_limited",
    "fault: rate_limited, retry_after: 0",
    "fault: rate_limited, retry_after: soon",
    "fault: server_error",
    "fault: bad_gateway",
    "fault: unavailable",
    "fault: cut_body",
    "fault: cut_body, after_bytes: 0",
    "fault: half_open, when: before",
    "fault: half_open, when: after",
    "fault: reset, when: before",
    "fault: reset, when: after",
    "fault: slow_drip, bytes: 7, every_ms: 1",
    "fault: conversation_not_created",
    "fault: webhook_early",
];

const WEBHOOK_FAULTS: [&str; 5] = [
    "fault: webhook_twice",
    "fault: webhook_out_of_order",
    "fault: webhook_batched",
    "fault: webhook_late, delay_ms: 20",
    "fault: webhook_never",
];

/// How often a call ended well, rejected and unknown: all three, or the faults did not strike.
static ENDS: [AtomicU64; 3] = [const { AtomicU64::new(0) }; 3];

/// Events that arrived, and those of them and beside them that each fault of the webhook struck.
static EVENTS: AtomicU64 = AtomicU64::new(0);
static STRUCK: [AtomicU64; 5] = [const { AtomicU64::new(0) }; 5];

#[test]
fn no_fault_doubles_a_message_or_makes_delivery_a_lie() {
    let variable = |name| Some(std::env::var(name).ok()?.parse().unwrap());
    if let Some(seed) = variable("WOTNOT_SEED") {
        return run(seed);
    }
    let runs = variable("WOTNOT_CHAOS").unwrap_or(RUNS);
    let next = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= runs {
                        return;
                    }
                    run(seed);
                }
            });
        }
    });
    let ends = ENDS.each_ref().map(|end| end.load(Ordering::Relaxed));
    println!(
        "{runs} runs: {} calls taken, {} rejected, {} unknown",
        ends[0], ends[1], ends[2]
    );
    let struck = STRUCK.each_ref().map(|count| count.load(Ordering::Relaxed));
    println!("{} events arrived", EVENTS.load(Ordering::Relaxed));
    for (fault, count) in WEBHOOK_FAULTS.iter().zip(struck) {
        println!("{count} events were struck by {}", name(fault));
    }
    // Every kind of end was met, or the faults never struck.
    assert!(ends.iter().all(|end| *end > 0), "{ends:?}");
    assert!(struck.iter().all(|count| *count > 0), "{struck:?}");
}

/// Up to `most` rules with faults from this list.
fn rules(rng: &mut Rng, faults: &[&str], most: u8) -> String {
    (0..rng.u8(0..=most))
        .map(|_| {
            let fault = faults[rng.usize(..faults.len())];
            let (skip, times, chance) = (rng.u8(0..3), rng.u8(1..6), rng.u8(3..=9));
            format!("  - {{{fault}, skip: {skip}, times: {times}, chance: 0.{chance}}}\n")
        })
        .collect()
}

/// One conversation of four messages, under up to three faults of the calls and two of the webhook.
fn run(seed: u64) {
    let mut rng = Rng::with_seed(seed);
    let rules = rules(&mut rng, &FAULTS, 3) + &rules(&mut rng, &WEBHOOK_FAULTS, 2);
    let mut emulator = Emulator::builder().flow_yaml(FLOW).seed(seed);
    if !rules.is_empty() {
        emulator = emulator.faults_yaml(format!("faults:\n{rules}"));
    }
    let emulator = emulator.start().unwrap();
    let mut webhook = Webhook::new("hook");
    webhook.listen = Some("127.0.0.1:0".parse().unwrap());
    let client = Client::new(Config {
        webhook: Some(webhook),
        base_url: emulator.base_url(),
        bot_key: Some("chaos".into()),
        proxy: Proxy::Direct,
        timeout: TIMEOUT,
        retry: Retry {
            max_attempts: ATTEMPTS,
            base_delay: Duration::ZERO,
            max_delay: Duration::ZERO,
        },
        ..Config::new(emulator.token())
    })
    .unwrap();

    let endpoint = wotnot_emulator::Webhook {
        url: client.status().unwrap().webhook_url.unwrap(),
        token: Some("hook".into()),
        ..Default::default()
    };
    emulator.set_webhook(Some(endpoint)).unwrap();

    let options = CallOptions::default();
    let mut calls = Vec::new();
    let mut call = |outcome: Result<String, Error>, begun: Instant, text: &str| {
        assert!(
            begun.elapsed() < NEVER,
            "WOTNOT_SEED={seed}: {text} never ended"
        );
        calls.push((text.to_owned(), outcome.clone()));
        outcome.ok()
    };
    let begun = Instant::now();
    let started = client.start_conversation(&Start::text("visitor", "text-0-"), &options);
    let conversation = call(
        started.map(|started| started.conversation.id),
        begun,
        "text-0-",
    );
    for number in 1..4 {
        let Some(conversation) = &conversation else {
            break;
        };
        let text = format!("text-{number}-");
        let begun = Instant::now();
        let sent = client.send_message(conversation, &Message::text(&text), &options);
        call(sent.map(|_| String::new()), begun, &text);
    }
    let fail = |why: String| -> ! {
        panic!(
            "WOTNOT_SEED={seed}: {why}\n{rules}{:#?}\n{:#?}",
            emulator.requests(),
            emulator.transcripts()
        )
    };
    for (text, outcome) in &calls {
        if let Err(why) = judge(&emulator, text, outcome) {
            fail(format!("{text}: {why}\n{outcome:?}"));
        }
    }
    if let Err(why) = judge_events(&emulator, &client) {
        fail(why);
    }
}

/// Compares what the client says of one message with what the emulator wrote down.
fn judge(emulator: &Emulator, text: &str, outcome: &Result<String, Error>) -> Result<(), String> {
    let seen: Vec<u16> = emulator
        .requests()
        .iter()
        .filter(|request| request.body.to_string().contains(text))
        .map(|request| request.status)
        .collect();
    let taken = seen.iter().filter(|status| **status == 200).count();
    let says = match outcome {
        Ok(_) => None,
        Err(error) => Some(error.delivery().ok_or("no delivery")?),
    };
    let attempts = outcome.as_ref().err().map_or(ATTEMPTS, Error::attempts);
    match says {
        None => count(0),
        Some(Delivery::Rejected) => count(1),
        Some(Delivery::Unknown) => count(2),
        Some(Delivery::NotSent) => {}
    }
    let holds = match says {
        None => taken == 1,
        // The attempts before the last one may have been refused, but for sure.
        Some(Delivery::NotSent) => seen.iter().all(|status| [400, 429, 503].contains(status)),
        Some(Delivery::Rejected) => taken == 0 && !seen.is_empty(),
        Some(Delivery::Unknown) => taken <= 1,
    };
    if !holds || seen.len() > attempts as usize {
        return Err(format!(
            "the emulator saw {seen:?}, the client says {says:?}"
        ));
    }
    Ok(())
}

/// Takes events until all have come that the emulator delivered, and compares them with its record.
fn judge_events(emulator: &Emulator, client: &Client) -> Result<(), String> {
    let begun = Instant::now();
    let mut received: Vec<Value> = Vec::new();
    loop {
        // In this order: what was delivered by now is there to be received.
        let is_over = emulator.undelivered() == 0;
        match client.receive(Some(Duration::from_millis(5)), None) {
            Ok(event) => received.push(event.raw),
            Err(error) if error.code() != Code::Timeout => return Err(error.to_string()),
            Err(_) => match compare(emulator, &received) {
                Ok(()) if is_over => break,
                Err(why) if begun.elapsed() > NEVER => return Err(why),
                _ => {}
            },
        }
    }
    EVENTS.fetch_add(received.len() as u64, Ordering::Relaxed);
    for entry in emulator.transcripts().iter().flat_map(|it| &it.entries) {
        for (fault, struck) in WEBHOOK_FAULTS.iter().zip(&STRUCK) {
            let hits = entry.faults.iter().filter(|hit| *hit == name(fault));
            struck.fetch_add(hits.count() as u64, Ordering::Relaxed);
        }
    }
    Ok(())
}

/// Each event once, in order; none that was struck by `webhook_never`.
fn compare(emulator: &Emulator, received: &[Value]) -> Result<(), String> {
    let mut known = 0;
    for transcript in emulator.transcripts() {
        let mut places: Vec<usize> = Vec::new();
        let mut is_shuffled = false;
        for entry in &transcript.entries {
            let is_struck = |fault: &str| entry.faults.iter().any(|hit| hit == fault);
            let at: Vec<usize> = (0..received.len())
                .filter(|at| received[*at] == entry.event)
                .collect();
            let expected = usize::from(!is_struck("webhook_never"));
            if at.len() != expected {
                let (event, came) = (&entry.event, at.len());
                return Err(format!("{event} came {came} times, not {expected}"));
            }
            known += at.len();
            places.extend(at.first());
            is_shuffled |= is_struck("webhook_out_of_order");
        }
        if !is_shuffled && !places.is_sorted() {
            return Err(format!("the order was {places:?}"));
        }
    }
    match known == received.len() {
        true => Ok(()),
        false => Err("an event came that never happened".into()),
    }
}

/// The fault's name, as the emulator's record has it.
fn name(rule: &str) -> &str {
    let rest = rule.trim_start_matches("fault: ");
    rest.split_once(',').map_or(rest, |(name, _)| name)
}

fn count(end: usize) {
    ENDS[end].fetch_add(1, Ordering::Relaxed);
}
