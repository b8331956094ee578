//! A conversation that is gone: there is nothing to ask a gateway for any more.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use wotnot_core::{CallOptions, Code, IfKnown, Start};

use crate::server::{gateway, refusal};
use crate::{DEADLINE, client};

#[test]
fn a_wait_ends_in_its_time() {
    let client = client(&gateway(|_| refusal(404, "not_found", false)), false);
    let start = Start::text("", "Hello");
    let opened = client.open_conversation(&start, IfKnown::Reuse, &CallOptions::default());
    assert_eq!(opened.unwrap().conversation.id, "c_1");
    let gone = client.receive(Some(DEADLINE), None).unwrap_err();
    assert_eq!(gone.code(), Code::NotFound);
    // The pause after a poll that failed is over within this.
    let wait = Duration::from_secs(3);
    let (ended, end) = mpsc::channel();
    thread::spawn(move || {
        let waited = client.receive(Some(wait), None);
        ended.send(waited.map_err(|error| error.code())).unwrap();
    });
    let waited = end.recv_timeout(DEADLINE);
    assert!(waited.is_ok(), "the wait has no end");
    assert_eq!(waited.unwrap().unwrap_err(), Code::Timeout);
}
