//! Seeded runs through whatever the vendor's side can do wrong, compared with the vendor's record.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};
use wotnot_gateway::Config;

use crate::harness::{Browser, World, wait_for};

/// Runs in the test command; `WOTNOT_GATEWAY_RUNS` asks for more.
const RUNS: u64 = 300;
const MESSAGES: u64 = 5;
const AT_ONCE: usize = 16;

const FAULTS: &str = "
  - {fault: drop_answer, chance: 0.08}
  - {fault: drop_request, chance: 0.05}
  - {fault: reset, when: after, chance: 0.04}
  - {fault: reset, when: before, chance: 0.04}
  - {fault: cut_body, chance: 0.04}
  - {fault: server_error, chance: 0.04}
  - {fault: bad_gateway, chance: 0.03}
  - {fault: unavailable, retry_after: 0, chance: 0.05}
  - {fault: rate_limited, retry_after: 0, chance: 0.05}
  - {fault: invalid_request, call: send, chance: 0.03}
  - {fault: conversation_not_created, call: start, chance: 0.04}
  - {fault: webhook_early, call: start, chance: 0.2}
  - {fault: webhook_never, by: visitor, chance: 0.1}
  - {fault: webhook_twice, chance: 0.1}
  - {fault: webhook_batched, chance: 0.15}
  - {fault: webhook_out_of_order, chance: 0.05}
  - {fault: webhook_late, delay_ms: 30, chance: 0.1}";

#[test]
fn every_state_is_true_and_nothing_is_said_twice() {
    let runs = std::env::var("WOTNOT_GATEWAY_RUNS")
        .ok()
        .and_then(|runs| runs.parse().ok())
        .unwrap_or(RUNS);
    every_state_is_true(runs, |_| {});
}

/// The same of a gateway with another configuration.
pub fn every_state_is_true(runs: u64, change: impl FnOnce(&mut Config)) {
    let world = World::talkative(|config| {
        config.sending.at_once = AT_ONCE * 2;
        change(config);
    });
    world.faults(FAULTS);
    let next = AtomicU64::new(0);
    let outcomes = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let run = next.fetch_add(1, Ordering::Relaxed);
                    if run >= runs {
                        return;
                    }
                    let played = play(&world, run);
                    outcomes.lock().unwrap().extend(played);
                }
            });
        }
    });
    wait_for(|| world.emulator.undelivered() == 0);
    let heard = world.all_heard();
    let outcomes = outcomes.into_inner().unwrap();
    assert_eq!(outcomes.len() as u64, runs * MESSAGES);
    for message in &outcomes {
        message.check(heard.get(&message.text).copied().unwrap_or(0));
    }
    assert_eq!(world.gateway().gaps(), 0);
}

/// A message of a run, as its visitor saw it in the end.
struct Outcome {
    text: String,
    /// How often the visitor wanted it sent.
    wanted: usize,
    state: String,
    shown: usize,
}

impl Outcome {
    fn check(&self, heard: usize) {
        let Self {
            text,
            wanted,
            state,
            shown,
        } = self;
        assert!(
            heard <= *wanted,
            "{text}: heard {heard} times, wanted {wanted}"
        );
        match state.as_str() {
            "accepted" => assert!(heard > 0, "{text}: accepted, but never heard"),
            // A refusal after a resend says nothing of the first call.
            "rejected" => assert!(heard < *wanted, "{text}: rejected, but heard"),
            _ => {}
        }
        assert_eq!(*shown, 1, "{text}");
    }
}

/// One visitor: a few messages, in as many conversations as it takes.
fn play(world: &World, run: u64) -> Vec<Outcome> {
    let mut random = fastrand::Rng::with_seed(run);
    let browser = world.user(run);
    let mut at: Option<String> = None;
    let mut sent = Vec::new();
    for number in 0..MESSAGES {
        let text = format!("run {run} message {number}");
        let id = format!("m{number}");
        let path = match &at {
            None => browser.start(&id, &text),
            Some(path) => {
                let said = browser.say(path, &json!({"client_id": id, "text": text}));
                match said.status {
                    202 => path.clone(),
                    410 => browser.start(&id, &text),
                    _ => panic!("{}", said.body),
                }
            }
        };
        let wanted = settle(&browser, &path, &id, &mut random);
        sent.push((path.clone(), id, text, wanted));
        at = Some(path);
    }
    let outcomes = sent.into_iter().map(|(path, id, text, wanted)| {
        let snapshot = browser.snapshot(&path);
        let messages = snapshot["messages"].as_array().unwrap();
        let of_visitor = |it: &&Value| it["by"] == "visitor" && it["text"] == text;
        let mine: Vec<&Value> = messages.iter().filter(of_visitor).collect();
        let state = mine.iter().find(|it| it["client_id"] == id).unwrap()["state"].clone();
        Outcome {
            state: state.as_str().unwrap().to_owned(),
            shown: mine.len(),
            text,
            wanted,
        }
    });
    outcomes.collect()
}

const SETTLED: [&str; 4] = ["accepted", "rejected", "unconfirmed", "discarded"];

/// Decides until the message's fate is known; gives how often it was wanted.
fn settle(browser: &Browser<'_>, path: &str, id: &str, random: &mut fastrand::Rng) -> usize {
    let mut wanted = 1;
    while browser.wait_state(path, id, &SETTLED) == "unconfirmed" {
        let action = if random.bool() { "resend" } else { "discard" };
        let resolved = browser.resolve(path, id, action);
        // A late echo may have decided it meanwhile.
        assert!(resolved.status == 202 || resolved.code() == "not_unconfirmed");
        wanted += usize::from(action == "resend" && resolved.status == 202);
    }
    wanted
}
