//! Lines that break at random between the library, the gateway and the vendor, and an app that is killed meanwhile:
//! nothing that was promised is lost, and nothing is said twice.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::{DEADLINE, wait_for};
use crate::kill::{Process, Upstream};
use crate::link_app::{App, Heard};
use crate::relay::Relay;

/// Breaks in the test command; `WOTNOT_LINK_BREAKS` asks for more.
const BREAKS: u64 = 300;
/// Between two kills of the app, about.
const BREAKS_A_LIFE: u64 = 25;
/// A conversation of the vendor's holds 2,000 entries in its record: the app then becomes another visitor.
const TEXTS_EACH: usize = 300;

#[test]
fn breaks_and_kills_lose_and_double_nothing() {
    let wanted = std::env::var("WOTNOT_LINK_BREAKS")
        .map_or(BREAKS, |text| text.parse().expect("a number of breaks"));
    let mut upstream = Upstream::start();
    let vendor = Relay::seeded(&upstream.emulator.base_url(), 1);
    upstream.told["base_url"] = json!(vendor.url());
    let near = Relay::seeded(&format!("http://{}", upstream.address), 2);
    let _gateway = Process::start(&upstream.told);
    let hold = |holds| {
        near.hold(holds);
        vendor.hold(holds);
    };
    let breaks = || near.breaks() + vendor.breaks();
    let mut random = fastrand::Rng::with_seed(wanted);
    let (mut lives, mut texts, mut doubtful) = (0, 0, 0);
    while breaks() < wanted {
        // A visitor.
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("chat.state");
        let heard: Arc<Mutex<Heard>> = Arc::default();
        let kept = || heard.lock().unwrap().kept.len();
        while breaks() < wanted && kept() < TEXTS_EACH {
            let (before, next) = (kept(), breaks() + random.u64(1..2 * BREAKS_A_LIFE));
            let app = App::start(&near.url(), &state, lives, true, &heard);
            wait_for(|| kept() > before);
            wait_for(|| breaks() >= next || kept() >= TEXTS_EACH);
            drop(app);
            lives += 1;
        }
        // On lines that hold it hears what became of everything.
        hold(true);
        let app = App::start(&near.url(), &state, lives, false, &heard);
        lives += 1;
        let until = Instant::now() + DEADLINE;
        loop {
            let open = heard.lock().unwrap().open();
            if open.is_empty() {
                break;
            }
            assert!(
                Instant::now() < until,
                "nobody says what became of {open:?}"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
        drop(app);
        hold(false);
        let heard = heard.lock().unwrap();
        let last = *heard.events.keys().last().unwrap();
        assert_eq!(heard.events.len() as u64, last, "entries are missing");
        let said = heard.said();
        assert_eq!(said, heard.kept, "in their order, each once");
        let counts = vendor_counts(&upstream);
        for text in &heard.kept {
            let count = counts.get(text).copied().unwrap_or(0);
            match heard.state_of(text) {
                // The visitor is asked: it may have arrived, or not.
                Some("unconfirmed") => {
                    doubtful += 1;
                    assert!(count <= 1, "{text} is there {count} times");
                }
                state => assert_eq!(count, 1, "{text}, which is {state:?}"),
            }
        }
        texts += heard.kept.len();
    }
    println!(
        "{} breaks ({} before the gateway, {} behind it), {lives} lives of the app, {texts} messages: none lost, none doubled, {doubtful} in doubt",
        breaks(),
        near.breaks(),
        vendor.breaks(),
    );
}

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
