//! Every fault: what it does to the call or to the event that it strikes.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use wotnot_emulator::{Emulator, Webhook};

use crate::support::{
    ECHO, End, Heard, Sink, Visitor, emulator_of, exchange, flow_of, post, request, text, wait_for,
};

fn emulator_with(rules: &str) -> Emulator {
    let emulator = emulator_of(ECHO);
    emulator
        .set_faults_yaml(&format!("faults:\n  - {rules}\n"))
        .unwrap();
    emulator
}

/// Starts a conversation over a bare connection.
fn start(emulator: &Emulator) -> Heard {
    let body = Visitor::start_body(emulator, "v", json!({}));
    exchange(emulator, &request(emulator, "/api/v1/conversations", &body))
}

fn made(emulator: &Emulator) -> usize {
    emulator.transcripts().len()
}

#[test]
fn a_dropped_request_is_closed_and_never_taken() {
    let emulator = emulator_with("{fault: drop_request, times: 1}");
    let heard = start(&emulator);
    assert_eq!(
        (heard.bytes.len(), heard.end, made(&emulator)),
        (0, End::Closed, 0)
    );
    assert_eq!(start(&emulator).status(), Some(200));
}

#[test]
fn a_dropped_answer_is_closed_and_the_call_was_taken() {
    let emulator = emulator_with("{fault: drop_answer, times: 1}");
    let heard = start(&emulator);
    assert_eq!(
        (heard.bytes.len(), heard.end, made(&emulator)),
        (0, End::Closed, 1)
    );
}

#[test]
fn a_reset_tears_the_connection_down_before_or_after_the_call_was_taken() {
    for (when, wanted) in [("before", 0), ("after", 1)] {
        let emulator = emulator_with(&format!("{{fault: reset, when: {when}}}"));
        let heard = start(&emulator);
        assert_eq!(
            (heard.bytes.len(), heard.end, made(&emulator)),
            (0, End::Reset, wanted)
        );
    }
}

#[test]
fn a_half_open_connection_says_nothing_and_stays() {
    for (when, wanted) in [("before", 0), ("after", 1)] {
        let emulator = emulator_with(&format!("{{fault: half_open, when: {when}, times: 1}}"));
        let heard = start(&emulator);
        assert_eq!(
            (heard.bytes.len(), heard.end, made(&emulator)),
            (0, End::Silent, wanted)
        );
        assert_eq!(
            start(&emulator).status(),
            Some(200),
            "others are served meanwhile"
        );
    }
}

#[test]
fn a_cut_body_ends_in_the_middle_or_after_so_many_bytes() {
    let whole = start(&emulator_of(ECHO)).body().len();
    for (rule, wanted) in [
        ("{fault: cut_body}", whole / 2),
        ("{fault: cut_body, after_bytes: 7}", 7),
    ] {
        let emulator = emulator_with(rule);
        let heard = start(&emulator);
        assert_eq!(
            (heard.status(), heard.end, made(&emulator)),
            (Some(200), End::Closed, 1)
        );
        assert_eq!(heard.body().len(), wanted, "{}", heard.body());
    }
}

#[test]
fn a_slow_drip_gives_the_whole_answer_in_pieces() {
    let emulator = emulator_with("{fault: slow_drip, bytes: 64, every_ms: 20}");
    let heard = start(&emulator);
    assert_eq!(heard.end, End::Closed);
    let pieces = heard.bytes.len().div_ceil(64);
    let took = *heard.pieces.last().unwrap() - heard.pieces[0];
    assert!(
        took >= Duration::from_millis(20) * (pieces as u32 - 2),
        "{took:?}, {pieces} pieces"
    );
    assert!(heard.body().ends_with('}'));
}

#[test]
fn a_delay_holds_the_call_up_and_leaves_others_alone() {
    let emulator = emulator_with("{fault: delay, delay_ms: 300, visitor: slow}");
    let begun = Instant::now();
    Visitor::start(&emulator, "quick");
    let quick = begun.elapsed();
    Visitor::start(&emulator, "slow");
    let slow = begun.elapsed() - quick;
    assert!(
        slow >= Duration::from_millis(300) && quick < slow,
        "{quick:?} {slow:?}"
    );
}

#[test]
fn refusals_by_rule_carry_their_status_body_and_headers() {
    let jwt = "JWT_SIGNATURE_EXCEPTION";
    let cases: [(&str, u16, Option<&str>, &str); 9] = [
        (
            "{fault: rate_limited, retry_after: soon}",
            429,
            Some("soon"),
            "TOO_MANY_REQUESTS",
        ),
        (
            "{fault: rate_limited, retry_after: -1}",
            429,
            Some("-1"),
            "TOO_MANY_REQUESTS",
        ),
        ("{fault: rate_limited}", 429, None, "TOO_MANY_REQUESTS"),
        (
            "{fault: unavailable, retry_after: 2}",
            503,
            Some("2"),
            "SERVICE_UNAVAILABLE",
        ),
        ("{fault: server_error}", 500, None, "INTERNAL_SERVER_ERROR"),
        ("{fault: token_expired}", 401, None, jwt),
        (
            "{fault: channel_not_enabled}",
            400,
            None,
            "CHANNEL_NOT_ENABLED",
        ),
        (
            "{fault: conversation_not_created}",
            400,
            None,
            "CONVERSATION_CREATION_EXCEPTION",
        ),
        ("{fault: invalid_request}", 400, None, "Invalid request"),
    ];
    for (rule, status, retry_after, code) in cases {
        let emulator = emulator_with(rule);
        let body = Visitor::start_body(&emulator, "v", json!({}));
        let answer = post(&emulator, "/api/v1/conversations", &body).unwrap();
        assert_eq!(
            (answer.status, answer.header("retry-after")),
            (status, retry_after),
            "{rule}"
        );
        assert_eq!(answer.json()["error"], code, "{rule}");
        assert_eq!(made(&emulator), 0);
    }
}

#[test]
fn a_bad_gateway_is_a_page_of_html() {
    let emulator = emulator_with("{fault: bad_gateway}");
    let body = Visitor::start_body(&emulator, "v", json!({}));
    let answer = post(&emulator, "/api/v1/conversations", &body).unwrap();
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (502, Some("text/html"))
    );
    assert!(answer.body.starts_with("<html>"));
}

#[test]
fn a_rule_strikes_the_calls_that_it_names_and_counts_them() {
    let emulator = emulator_with(
        "{fault: server_error, call: send, visitor: a, conversation: 2, skip: 1, times: 1}",
    );
    let other = Visitor::start(&emulator, "b");
    let first = Visitor::start(&emulator, "a");
    let second = Visitor::start(&emulator, "a");
    let status = |visitor: &Visitor<'_>| visitor.send(&text("x")).unwrap().status;
    assert_eq!([status(&other), status(&first)], [200, 200]);
    assert_eq!(
        [status(&second), status(&second), status(&second)],
        [200, 500, 200]
    );
    let counts = &emulator.faults()[0];
    assert_eq!((counts.matched, counts.struck), (3, 1));
    let seen = emulator.requests();
    let struck: Vec<&Vec<String>> = seen
        .iter()
        .map(|it| &it.faults)
        .filter(|it| !it.is_empty())
        .collect();
    assert_eq!(struck, [&vec!["server_error".to_owned()]]);
}

#[test]
fn rules_that_are_wrong_say_what_is_wrong_with_them() {
    let emulator = emulator_of(ECHO);
    for (rules, wanted) in [
        ("faults: [{fault: earthquake}]", "earthquake"),
        (
            "faults: [{fault: reset, retry_after: 1}]",
            "`retry_after` has no meaning",
        ),
        ("faults: [{fault: delay}]", "`delay_ms`"),
        ("fault: []", "fault"),
        ("faults: [{fault: reset, chance: 7}]", "`chance`"),
    ] {
        let error = emulator.set_faults_yaml(rules).unwrap_err().to_string();
        assert!(error.contains(wanted), "{rules}: {error}");
    }
}

/// An emulator with a webhook, and the kinds of events of one conversation in the order of their coming.
fn kinds(rules: &str, wanted: usize) -> (Vec<String>, Vec<usize>) {
    let sink = Sink::new();
    let emulator = emulator_with(rules);
    emulator
        .set_webhook(Some(Webhook {
            url: sink.url(),
            ..Webhook::default()
        }))
        .unwrap();
    let visitor = Visitor::start(&emulator, "v");
    wait_for("the events", || {
        (sink.events_of(&visitor.conversation).len() >= wanted).then_some(())
    });
    wait_for("the rest", || (emulator.undelivered() == 0).then_some(()));
    let events = sink.events_of(&visitor.conversation);
    let bodies = sink
        .all()
        .iter()
        .filter_map(|it| it.body["events"].as_array().map(Vec::len))
        .collect();
    (events.iter().map(kind).collect(), bodies)
}

fn kind(event: &Value) -> String {
    let payload = &event["event"]["payload"];
    let said = payload["message"]["type"]
        .as_str()
        .or(event["event"]["type"].as_str());
    format!(
        "{} {}",
        payload["message_by"]["type"].as_str().unwrap_or("-"),
        said.unwrap()
    )
}

const CREATED: &str = "- conversation_create";
const ECHOED: &str = "visitor text";
const GREETED: &str = "bot send_message";
const ASKED: &str = "bot text";

#[test]
fn an_event_comes_twice_or_never_or_behind_its_neighbour() {
    let (twice, _) = kinds("{fault: webhook_twice, event: conversation_create}", 5);
    assert_eq!(twice, [CREATED, CREATED, ECHOED, GREETED, ASKED]);
    let (never, _) = kinds(
        "{fault: webhook_never, event: message, skip: 1, times: 1}",
        3,
    );
    assert_eq!(never, [CREATED, ECHOED, ASKED]);
    let (swapped, _) = kinds("{fault: webhook_out_of_order, event: message, times: 1}", 4);
    assert_eq!(swapped, [CREATED, GREETED, ECHOED, ASKED]);
    let (last, _) = kinds("{fault: webhook_out_of_order, event: message, skip: 2}", 4);
    assert_eq!(
        last,
        [CREATED, ECHOED, GREETED, ASKED],
        "with no neighbour it comes after all"
    );
}

#[test]
fn the_visitors_echo_comes_late_twice_or_never_and_the_bot_unharmed() {
    let (never, _) = kinds("{fault: webhook_never, by: visitor}", 3);
    assert_eq!(never, [CREATED, GREETED, ASKED]);
    let (twice, _) = kinds("{fault: webhook_twice, event: message, by: visitor}", 5);
    assert_eq!(twice, [CREATED, ECHOED, ECHOED, GREETED, ASKED]);
    let (behind, _) = kinds("{fault: webhook_out_of_order, by: visitor}", 4);
    assert_eq!(behind, [CREATED, GREETED, ECHOED, ASKED]);
}

#[test]
fn a_batch_comes_twice() {
    let faults = "{fault: webhook_batched, event: message, times: 1}\n  - {fault: webhook_twice, by: visitor}";
    let (all, bodies) = kinds(faults, 6);
    assert_eq!(all, [CREATED, ECHOED, GREETED, ECHOED, GREETED, ASKED]);
    assert_eq!(bodies, [1, 2, 2, 1]);
}

#[test]
fn events_come_batched_in_one_body() {
    let (all, bodies) = kinds("{fault: webhook_batched, event: message, times: 1}", 4);
    assert_eq!(all, [CREATED, ECHOED, GREETED, ASKED]);
    assert_eq!(bodies, [1, 2, 1]);
}

#[test]
fn an_event_comes_late_and_those_behind_it_too() {
    let begun = Instant::now();
    let (all, _) = kinds(
        "{fault: webhook_late, delay_ms: 300, event: message, times: 1}",
        4,
    );
    assert_eq!(all, [CREATED, ECHOED, GREETED, ASKED]);
    assert!(begun.elapsed() >= Duration::from_millis(300));
}

#[test]
fn events_come_before_the_answer_of_the_start_call_only_by_rule() {
    for (rules, early) in [
        ("faults: []", false),
        ("faults: [{fault: webhook_early}]", true),
    ] {
        let (answered, is_answered) = std::sync::mpsc::channel::<()>();
        let is_answered = std::sync::Mutex::new(is_answered);
        let (sender, receiver) = std::sync::mpsc::channel();
        let sink = Sink::answering(move |number, _| {
            if number == 0 {
                let waited = is_answered
                    .lock()
                    .unwrap()
                    .recv_timeout(Duration::from_millis(500));
                sender.send(waited.is_ok()).unwrap();
            }
            (200, "{}".into())
        });
        let emulator = Emulator::builder()
            .flow_yaml(flow_of(ECHO))
            .faults_yaml(rules)
            .start()
            .unwrap();
        emulator
            .set_webhook(Some(Webhook {
                url: sink.url(),
                ..Webhook::default()
            }))
            .unwrap();
        Visitor::start(&emulator, "v");
        let _ = answered.send(());
        assert_eq!(
            receiver.recv_timeout(Duration::from_secs(20)).unwrap(),
            !early,
            "{rules}"
        );
    }
}

#[test]
fn events_of_a_call_whose_answer_was_lost_are_delivered_all_the_same() {
    for rule in ["drop_answer", "half_open", "reset", "cut_body"] {
        let sink = Sink::new();
        let emulator = emulator_with(&format!("{{fault: {rule}}}"));
        emulator
            .set_webhook(Some(Webhook {
                url: sink.url(),
                ..Webhook::default()
            }))
            .unwrap();
        start(&emulator);
        let conversation = emulator.transcripts()[0].conversation.clone();
        wait_for(rule, || {
            (sink.events_of(&conversation).len() == 4).then_some(())
        });
    }
}

#[test]
fn the_rules_on_the_page_are_rules() {
    let page = include_str!("../../../../docs/emulator.md");
    let (_, section) = page.split_once("\n## Faults\n").unwrap();
    let rules = section
        .split("```yaml")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .unwrap();
    let emulator = emulator_of(ECHO);
    emulator.set_faults_yaml(rules).unwrap();
    assert_eq!(emulator.faults().len(), 4);
}
