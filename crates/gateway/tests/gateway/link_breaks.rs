//! Lines that break at random between the library, the gateway and the vendor, and apps that are killed meanwhile:
//! nothing that was promised is lost, and nothing is said twice.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::{DEADLINE, wait_for};
use crate::kill::{Process, Upstream};
use crate::link_app::{App, Heard};
use crate::relay::Relay;

/// Breaks in the test command; `WOTNOT_LINK_BREAKS` asks for more.
const BREAKS: u64 = 300;
/// Visitors at one time, each on a line of their own; one gateway and one vendor for all.
const AT_ONCE: u64 = 12;
/// Between two kills of an app, about.
const BREAKS_A_LIFE: u64 = 12;
/// What one visitor says before another one takes the line.
const TEXTS_EACH: usize = 200;
/// How long the app waits for events between two texts, and the library before it tries again.
const PATIENCE_MS: u64 = 10;
/// How long the gateway waits for the vendor's answer, and after that for its echo.
const ANSWER_MS: u64 = 500;
const EVIDENCE_MS: u64 = 500;
/// How a visitor's first message ends.
const FIRST: &str = " begins";

#[test]
fn breaks_and_kills_lose_and_double_nothing() {
    let wanted = std::env::var("WOTNOT_LINK_BREAKS")
        .map_or(BREAKS, |text| text.parse().expect("a number of breaks"));
    let began = Instant::now();
    let mut upstream = Upstream::start();
    let vendor = Relay::seeded(&upstream.emulator.base_url(), AT_ONCE);
    upstream.settings["base_url"] = json!(vendor.url());
    upstream.settings["timeout_ms"] = json!(ANSWER_MS);
    upstream.settings["evidence_ms"] = json!(EVIDENCE_MS);
    let gateway = format!("http://{}", upstream.address);
    let near: Vec<Relay> = (0..AT_ONCE)
        .map(|seed| Relay::seeded(&gateway, seed))
        .collect();
    let _gateway = Process::start(&upstream.settings);
    let before = || near.iter().map(Relay::breaks).sum::<u64>();
    let go_on = || before() + vendor.breaks() < wanted;
    let (visitors, lives) = (AtomicU64::new(0), AtomicU64::new(0));
    let heard = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for (seed, line) in (0..).zip(&near) {
            let (go_on, visitors, lives, heard) = (&go_on, &visitors, &lives, &heard);
            scope.spawn(move || {
                let mut random = fastrand::Rng::with_seed(seed);
                while go_on() {
                    let who = visitors.fetch_add(1, Ordering::Relaxed);
                    let settings = talk(who, line, &mut random, lives, go_on);
                    heard.lock().unwrap().push(settings);
                }
            });
        }
    });
    let counts = vendor_counts(&upstream);
    // A visitor may send the first message again, when nobody knows what became of it; no other one.
    let doubled = counts
        .iter()
        .filter(|(text, count)| **count > 1 && !text.ends_with(FIRST));
    let doubled = doubled.count();
    let (mut messages, mut lost, mut doubtful) = (0, Vec::new(), 0);
    for heard in heard.into_inner().unwrap() {
        for text in heard.kept.iter().filter(|it| !counts.contains_key(*it)) {
            match heard.state_of(text) {
                // The visitor is asked: it may have arrived, or not.
                Some("unconfirmed") => doubtful += 1,
                state => lost.push(format!("{text}, which is {state:?}")),
            }
        }
        messages += heard.kept.len();
    }
    let (before, behind) = (before(), vendor.breaks());
    println!(
        "{} breaks ({before} before the gateway, {behind} behind it), {} visitors, {} kills of their apps, {messages} messages in {:.0} s: {} lost, {doubled} doubled, {doubtful} never arrived and in doubt",
        before + behind,
        visitors.into_inner(),
        lives.into_inner(),
        began.elapsed().as_secs_f64(),
        lost.len(),
    );
    assert!(
        doubled == 0 && lost.is_empty(),
        "{doubled} doubled; lost: {lost:?}"
    );
}

/// Talks and is killed, again and again; then hears, on a line that holds, what became of everything.
fn talk(
    who: u64,
    line: &Relay,
    random: &mut fastrand::Rng,
    lives: &AtomicU64,
    go_on: &impl Fn() -> bool,
) -> Heard {
    let folder = tempfile::tempdir().unwrap();
    let heard: Arc<Mutex<Heard>> = Arc::default();
    let kept = || heard.lock().unwrap().kept.len();
    let start = |speaks: bool| {
        let settings = json!({
            "url": line.url(), "state": folder.path().join("chat.state"),
            "who": format!("visitor {who} "), "begins": format!("visitor {who}{FIRST}"),
            "life": lives.fetch_add(1, Ordering::Relaxed), "speaks": speaks,
            "patience_ms": PATIENCE_MS,
        });
        App::start_with(&settings, &heard, &[])
    };
    loop {
        let (before, next) = (kept(), line.breaks() + random.u64(1..2 * BREAKS_A_LIFE));
        let app = start(true);
        wait_for(|| kept() > before);
        wait_for(|| line.breaks() >= next || kept() >= TEXTS_EACH);
        drop(app);
        if !go_on() || kept() >= TEXTS_EACH {
            break;
        }
    }
    line.hold(true);
    let app = start(false);
    let (mut least, mut since) = (usize::MAX, Instant::now());
    loop {
        let open = heard.lock().unwrap().open();
        if open.is_empty() {
            break;
        }
        if open.len() < least {
            (least, since) = (open.len(), Instant::now());
        }
        let is_stuck = since.elapsed() > DEADLINE;
        assert!(!is_stuck, "nobody says what became of {open:?}");
        std::thread::sleep(Duration::from_millis(200));
    }
    drop(app);
    line.hold(false);
    let heard = std::mem::take(&mut *heard.lock().unwrap());
    let last = *heard.events.keys().last().unwrap();
    assert_eq!(heard.events.len() as u64, last, "entries are missing");
    assert_eq!(heard.said(), heard.kept, "in their order, each once");
    heard
}

/// What the vendor heard visitors say, and how often.
fn vendor_counts(upstream: &Upstream) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    let transcripts = upstream.emulator.transcripts();
    for entry in transcripts.iter().flat_map(|it| &it.entries) {
        let payload = &entry.event["event"]["payload"];
        if payload["message_by"]["type"] == "visitor" {
            let text = payload["message"]["text"].as_str().unwrap_or_default();
            *counts.entry(text.to_owned()).or_default() += 1;
        }
    }
    counts
}
