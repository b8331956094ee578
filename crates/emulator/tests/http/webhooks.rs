//! How events reach the webhook: tokens, the test, order, patience, and what is given up.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use wotnot_emulator::{Builder, Emulator, TokenPlace, Webhook, WebhookRetry};

use crate::support::{ECHO, Sink, Visitor, call, flow_of, text, wait_for};

fn builder() -> Builder {
    Emulator::builder()
        .flow_yaml(flow_of(ECHO))
        .webhook_retry(WebhookRetry {
            first_pause: Duration::from_millis(5),
            longest_pause: Duration::from_millis(20),
            ..WebhookRetry::default()
        })
}

fn seqs(emulator: &Emulator, sink: &Sink, visitor: &Visitor<'_>) -> Vec<u64> {
    let entries = emulator.transcript(&visitor.conversation).unwrap().entries;
    let seq_of = |event: &serde_json::Value| {
        entries
            .iter()
            .find(|entry| entry.event == *event)
            .map(|entry| entry.seq)
            .unwrap()
    };
    sink.events_of(&visitor.conversation)
        .iter()
        .map(seq_of)
        .collect()
}

#[test]
fn the_endpoint_is_tested_with_the_token_alone_when_it_is_set() {
    let sink = Sink::new();
    let _emulator = builder().webhook(sink.url(), "hook-token").start().unwrap();
    let all = wait_for("the test", || {
        Some(sink.all()).filter(|all| !all.is_empty())
    });
    assert_eq!(all[0].body, json!({"token": "hook-token"}));
}

#[test]
fn the_token_is_in_the_body_and_in_the_header_only_when_asked() {
    for (place, wanted) in [
        (TokenPlace::Body, None),
        (TokenPlace::BodyAndHeader, Some("Bearer t")),
    ] {
        let sink = Sink::new();
        let webhook = Webhook {
            url: sink.url(),
            token: Some("t".into()),
            token_in: place,
        };
        let emulator = builder().webhook_with(webhook.clone()).start().unwrap();
        assert!(!format!("{webhook:?}").contains("\"t\""));
        Visitor::start(&emulator, "v").delivered(&sink);
        for delivered in sink.all() {
            let header = delivered
                .headers
                .iter()
                .find(|(name, _)| name == "authorization");
            assert_eq!(header.map(|(_, value)| value.as_str()), wanted);
            assert_eq!(delivered.body["token"], "t");
            let kind = delivered
                .headers
                .iter()
                .find(|(name, _)| name == "content-type");
            assert_eq!(kind.unwrap().1, "application/json");
        }
    }
}

#[test]
fn each_event_comes_alone_and_in_order() {
    let sink = Sink::new();
    let emulator = builder().webhook(sink.url(), "t").start().unwrap();
    let visitor = Visitor::start(&emulator, "v");
    for number in 0..20 {
        visitor.say(&text(&format!("name {number}")));
    }
    let count = visitor.delivered(&sink).len() as u64;
    assert_eq!(
        seqs(&emulator, &sink, &visitor),
        (1..=count).collect::<Vec<u64>>()
    );
    let bodies = sink.all();
    let lengths: HashSet<usize> = bodies
        .iter()
        .filter_map(|it| it.body["events"].as_array().map(Vec::len))
        .collect();
    assert_eq!(lengths, HashSet::from([1]));
}

#[test]
fn what_happens_while_an_answer_is_still_leaving_does_not_overtake_its_events() {
    let sink = Sink::new();
    let emulator = builder().webhook(sink.url(), "t").start().unwrap();
    let visitor = Visitor::start(&emulator, "v");
    emulator
        .set_faults_yaml("faults:\n  - {fault: slow_drip, call: send, bytes: 5, every_ms: 20}\n")
        .unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| visitor.say(&text("Asha")));
        wait_for("the visitor's words", || {
            (visitor.words().len() > 2).then_some(())
        });
        emulator
            .agent_says(&visitor.conversation, "I am here")
            .unwrap();
    });
    let count = visitor.delivered(&sink).len() as u64;
    assert_eq!(
        seqs(&emulator, &sink, &visitor),
        (1..=count).collect::<Vec<u64>>()
    );
}

#[test]
fn an_endpoint_that_is_down_is_tried_until_it_takes_every_event_in_order() {
    let up = Arc::new(AtomicBool::new(false));
    let answers_up = up.clone();
    let sink = Sink::answering(move |_, _| {
        let status = if answers_up.load(Ordering::SeqCst) {
            200
        } else {
            503
        };
        (status, "{}".into())
    });
    let emulator = builder()
        .webhook_retry(WebhookRetry {
            first_pause: Duration::from_millis(5),
            longest_pause: Duration::from_millis(20),
            attempts: u32::MAX,
            ..WebhookRetry::default()
        })
        .webhook(sink.url(), "t")
        .start()
        .unwrap();
    let visitor = Visitor::start(&emulator, "v");
    visitor.say(&text("Asha"));
    wait_for("five refusals", || (sink.all().len() > 5).then_some(()));
    let refused = sink.events_of(&visitor.conversation);
    assert!(
        refused.iter().all(|event| *event == refused[0]),
        "nothing overtakes the first event"
    );
    up.store(true, Ordering::SeqCst);
    wait_for("delivery", || (emulator.undelivered() == 0).then_some(()));
    let mut taken = seqs(&emulator, &sink, &visitor);
    taken.dedup();
    let count = emulator
        .transcript(&visitor.conversation)
        .unwrap()
        .entries
        .len() as u64;
    assert_eq!(taken, (1..=count).collect::<Vec<u64>>());
    assert!(emulator.dead_letters().is_empty());
}

#[test]
fn pauses_between_tries_grow() {
    let sink = Sink::answering(|_, _| (500, String::new()));
    let emulator = Emulator::builder()
        .flow_yaml(flow_of(ECHO))
        .webhook_retry(WebhookRetry {
            first_pause: Duration::from_millis(20),
            longest_pause: Duration::from_secs(1),
            attempts: 5,
            ..WebhookRetry::default()
        })
        .webhook(sink.url(), "t")
        .start()
        .unwrap();
    let visitor = Visitor::start(&emulator, "v");
    wait_for("a dead letter", || {
        (!emulator.dead_letters().is_empty()).then_some(())
    });
    let first = emulator.dead_letters().remove(0);
    assert_eq!((first.attempts, first.seqs.clone()), (5, vec![1]));
    assert_eq!(
        (first.reason.as_str(), first.conversation),
        ("HTTP 500", visitor.conversation)
    );
    assert_eq!(first.events[0]["event"]["type"], "conversation_create");
    let tries: Vec<Instant> = sink
        .all()
        .iter()
        .filter(|it| it.body["events"][0] == first.events[0])
        .map(|it| it.at)
        .collect();
    let pauses: Vec<Duration> = tries.windows(2).map(|pair| pair[1] - pair[0]).collect();
    for (index, pause) in pauses.iter().enumerate() {
        assert!(*pause >= Duration::from_millis(20 << index), "{pauses:?}");
    }
}

#[test]
fn an_endpoint_that_hangs_holds_up_neither_the_api_nor_other_conversations() {
    let sink = Sink::answering(|_, delivered| {
        if delivered.body.to_string().contains("slow_777") {
            std::thread::sleep(Duration::from_secs(3));
        }
        (200, "{}".into())
    });
    let emulator = builder().webhook(sink.url(), "t").start().unwrap();
    let slow = Visitor::start(&emulator, "slow");
    let begun = Instant::now();
    slow.say(&text("Asha"));
    let other = Visitor::start(&emulator, "other");
    other.delivered(&sink);
    assert!(
        begun.elapsed() < Duration::from_secs(2),
        "{:?}",
        begun.elapsed()
    );
}

#[test]
fn an_event_can_be_delivered_once_more() {
    let sink = Sink::new();
    let emulator = builder().webhook(sink.url(), "t").start().unwrap();
    let visitor = Visitor::start(&emulator, "v");
    let count = visitor.delivered(&sink).len();
    assert!(emulator.resend_event(&visitor.conversation, 2));
    assert!(!emulator.resend_event(&visitor.conversation, 999));
    wait_for("the event again", || {
        (sink.events_of(&visitor.conversation).len() > count).then_some(())
    });
    let events = sink.events_of(&visitor.conversation);
    assert_eq!(events[count], events[1]);
}

#[test]
fn a_webhook_that_is_not_http_is_refused_by_name() {
    for url in [
        "https://example.com",
        "example.com/x",
        "",
        "ftp://x",
        "http://",
    ] {
        let error = builder().webhook(url, "t").start().unwrap_err().to_string();
        assert!(error.contains("http://"), "{url}: {error}");
    }
}

#[test]
fn without_a_webhook_nothing_waits_and_a_later_one_gets_what_comes_later() {
    let emulator = builder().start().unwrap();
    let early = Visitor::start(&emulator, "early");
    // Events leave behind their answer, on the thread that gives the next one.
    call(
        "GET",
        &format!("{}/health", emulator.control_url()),
        &[],
        b"",
    )
    .unwrap();
    assert_eq!(emulator.undelivered(), 0);
    let sink = Sink::new();
    let webhook = Webhook {
        url: sink.url(),
        ..Webhook::default()
    };
    emulator.set_webhook(Some(webhook)).unwrap();
    let late = Visitor::start(&emulator, "late");
    late.delivered(&sink);
    assert!(sink.events_of(&early.conversation).is_empty());
}
