//! The log: as events beside those of visitors, or given to a function on the same thread.

#![allow(clippy::unwrap_used)]

use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use wotnot_core::{
    CallOptions, Client, Code, Config, EventFilter, EventKind, LogKind, LogLevel, Message, Proxy,
    Retry, Webhook,
};

/// A client whose every request is refused, for nobody listens there.
fn config(attempts: u32) -> Config {
    Config {
        base_url: "http://127.0.0.1:1".into(),
        proxy: Proxy::Direct,
        retry: Retry {
            max_attempts: attempts,
            base_delay: Duration::ZERO,
            max_delay: Duration::ZERO,
        },
        log: LogLevel::Retries,
        ..Config::new("hush-token")
    }
}

fn send(client: &Client) {
    let message = Message::text("hush words");
    let error = client.send_message("3f0c", &message, &CallOptions::default());
    assert_eq!(error.unwrap_err().code(), Code::Network);
}

fn next(client: &Client, filter: EventFilter) -> Result<wotnot_core::Event, Code> {
    let taken = client.receive_wanted(filter, Some(Duration::ZERO), None);
    taken.map_err(|error| error.code())
}

#[test]
fn events_of_visitors_come_before_the_log_which_drops_its_oldest_and_says_so() {
    let client = Client::new(Config {
        webhook: Some(Webhook::new("hook")),
        ..config(1)
    })
    .unwrap();
    (0..300).for_each(|_| send(&client));
    let post = r#"{"token": "hook", "events": [{"event": {"type": "label", "payload": {}}, "conversation": {"key": "3f0c"}}]}"#;
    client.accept_webhook(post, None).unwrap();
    let status = client.status().unwrap();
    assert_eq!(status.counters.events_held, 1);
    assert_eq!(
        next(&client, EventFilter::Any).unwrap().kind,
        EventKind::Label
    );
    assert_eq!(
        next(&client, EventFilter::Service).unwrap_err(),
        Code::Timeout
    );
    assert_eq!(
        next(&client, EventFilter::Of("3f0c")).unwrap_err(),
        Code::Timeout
    );
    let event = next(&client, EventFilter::Any).unwrap();
    assert_eq!(
        (event.kind, event.event_id.as_str()),
        (EventKind::Log, "log-45")
    );
    assert_eq!(event.log.unwrap().dropped, 44);
    let rest = (0..).map_while(|_| next(&client, EventFilter::Log).ok());
    let dropped: Vec<u64> = rest.map(|event| event.log.unwrap().dropped).collect();
    assert_eq!(dropped, [0; 255]);
}

#[test]
fn a_wait_for_the_log_ends_with_what_is_logged() {
    let client = Client::new(config(1)).unwrap();
    thread::scope(|scope| {
        let of_log = scope.spawn(|| client.receive_wanted(EventFilter::Log, None, None));
        let of_any = scope.spawn(|| client.receive(None, None));
        let change = scope.spawn(|| client.wait(0, None, None));
        send(&client);
        send(&client);
        for waiting in [of_log, of_any] {
            assert_eq!(waiting.join().unwrap().unwrap().kind, EventKind::Log);
        }
        assert!(change.join().unwrap().unwrap().conversations.is_empty());
    });
}

/// `status` has to give it: what it shows is tried in `tests/c`.
#[cfg(unix)]
#[test]
fn a_client_with_a_log_alone_has_a_descriptor_for_loops() {
    let client = Client::new(config(1)).unwrap();
    assert!(client.status().unwrap().event_fd.is_some());
}

#[test]
fn a_function_gets_records_in_place_and_nothing_is_kept_for_receivers() {
    let (sender, records) = channel();
    let client = Client::with_logger(config(3), move |record| {
        sender
            .send((thread::current().id(), record.clone()))
            .unwrap();
    })
    .unwrap();
    send(&client);
    let records: Vec<_> = records.try_iter().collect();
    let kinds: Vec<_> = records.iter().map(|(_, record)| record.kind).collect();
    assert_eq!(kinds, [LogKind::Retry, LogKind::Retry, LogKind::Verdict]);
    for (thread, record) in &records {
        assert_eq!(*thread, thread::current().id());
        assert!(!format!("{record} {record:?}").contains("hush"));
    }
    assert_eq!(
        next(&client, EventFilter::Any).unwrap_err(),
        Code::InvalidArgument
    );
}

#[test]
fn without_a_log_there_are_no_records() {
    let client = Client::with_logger(
        Config {
            log: LogLevel::Off,
            ..config(3)
        },
        |_| unreachable!("the log is off"),
    )
    .unwrap();
    send(&client);
    assert_eq!(
        next(&client, EventFilter::Any).unwrap_err(),
        Code::InvalidArgument
    );
}
