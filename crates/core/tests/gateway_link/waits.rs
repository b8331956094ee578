//! Waits end in their time, whatever a gateway says.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use wotnot_core::{CallOptions, Client, Code, IfKnown, Start};

use crate::server::{Request, gateway, refusal};
use crate::{DEADLINE, client};

const WAITS: usize = 48;

fn open(client: &Client) {
    let start = Start::text("", "Hello");
    let opened = client.open_conversation(&start, IfKnown::Reuse, &CallOptions::default());
    assert_eq!(opened.unwrap().conversation.id, "c_1");
}

/// Waits for so long, and fails where that has no end.
fn ends_in_its_time(client: Client, wait: Duration) {
    let (ended, end) = mpsc::channel();
    thread::spawn(move || {
        let waited = client.receive(Some(wait), None);
        ended.send(waited.map_err(|error| error.code())).unwrap();
    });
    let waited = end.recv_timeout(DEADLINE);
    assert!(waited.is_ok(), "the wait has no end");
    assert_eq!(waited.unwrap().unwrap_err(), Code::Timeout);
}

#[test]
fn a_wait_for_a_conversation_that_is_gone_ends_in_its_time() {
    let client = client(&gateway(|_| refusal(404, "not_found", false)), false);
    open(&client);
    let gone = client.receive(Some(DEADLINE), None).unwrap_err();
    assert_eq!(gone.code(), Code::NotFound);
    // The pause after a poll that failed is over within this.
    ends_in_its_time(client, Duration::from_secs(3));
}

/// The last poll then cannot begin any more.
#[test]
fn a_wait_whose_polls_are_refused_without_a_pause_ends_in_its_time() {
    let busy = |_: &Request| {
        let (status, mut body) = refusal(503, "overloaded", true);
        body["error"]["retry_after_ms"] = 0.into();
        (status, body)
    };
    // Whether the time is over between two polls or within one is chance.
    let url = gateway(busy);
    let waits: Vec<_> = (0..WAITS)
        .map(|_| {
            let client = client(&url, false);
            open(&client);
            thread::spawn(|| ends_in_its_time(client, Duration::from_millis(200)))
        })
        .collect();
    for wait in waits {
        wait.join().unwrap();
    }
}
