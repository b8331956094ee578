//! The same seed and the same calls give the same run, bit for bit.

use serde_json::json;
use wotnot_emulator::{Emulator, Webhook};

use crate::support::{ECHO, Sink, Visitor, flow_of, post, text};

const FAULTS: &str = "
faults:
  - {fault: server_error, call: send, chance: 0.3}
  - {fault: webhook_twice, chance: 0.2}
  - {fault: webhook_never, chance: 0.1}";

fn emulator(seed: u64) -> Emulator {
    let builder = Emulator::builder()
        .flow_yaml(flow_of(ECHO))
        .faults_yaml(FAULTS);
    builder.seed(seed).start().unwrap()
}

/// Forty calls of four visitors, one after the other or all at once; gives the hash and every status.
fn run(emulator: &Emulator, at_once: bool) -> (String, Vec<Vec<u16>>) {
    let play = |visitor: usize| -> Vec<u16> {
        let id = format!("visitor-{visitor}");
        let visitor = Visitor::start_with(emulator, &id, json!({"contact": {"name": id}}));
        (0..10)
            .map(|n| visitor.send(&text(&format!("name {n}"))).unwrap().status)
            .collect()
    };
    let statuses = if at_once {
        std::thread::scope(|scope| {
            let all: Vec<_> = (0..4)
                .map(|visitor| scope.spawn(move || play(visitor)))
                .collect();
            all.into_iter().map(|one| one.join().unwrap()).collect()
        })
    } else {
        (0..4).map(play).collect()
    };
    (emulator.transcript_hash(), statuses)
}

#[test]
fn a_seed_repeats_the_run_in_another_process_life_and_after_a_reset() {
    let first = emulator(4711);
    let (hash, statuses) = run(&first, false);
    assert!(statuses.iter().flatten().any(|status| *status == 500));
    assert_eq!(
        run(&emulator(4711), false),
        (hash.clone(), statuses.clone())
    );
    first.reset();
    assert_eq!(run(&first, false), (hash.clone(), statuses.clone()));
    assert_eq!(
        run(&emulator(4711), true),
        (hash.clone(), statuses),
        "whatever the interleaving"
    );
    assert_ne!(run(&emulator(4712), false).0, hash);
}

#[test]
fn a_seed_repeats_ids_and_times_and_another_one_does_not() {
    let start = |seed: u64| {
        let emulator = emulator(seed);
        let body = Visitor::start_body(&emulator, "v", json!({}));
        post(&emulator, "/api/v1/conversations", &body)
            .unwrap()
            .body
    };
    assert_eq!(start(1), start(1));
    assert_ne!(start(1), start(2));
    assert_eq!(emulator(7).token(), emulator(7).token());
}

#[test]
fn faults_of_deliveries_are_in_the_transcript() {
    let sink = Sink::new();
    let emulator = emulator(4711);
    emulator
        .set_webhook(Some(Webhook {
            url: sink.url(),
            ..Webhook::default()
        }))
        .unwrap();
    run(&emulator, false);
    let transcripts = emulator.transcripts();
    let struck = transcripts
        .iter()
        .flat_map(|it| &it.entries)
        .filter(|it| !it.faults.is_empty());
    assert!(struck.count() > 0);
}
