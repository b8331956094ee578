//! Files that the gateway does not take, and says so without an end.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use serde_json::{Value, json};
use wotnot_core::{CallOptions, Client, Code, Error, Upload};

use crate::server::{Answer, Request, gateway, refusal};
use crate::{DEADLINE, client};

const SIZE: u64 = 1_000;

fn file(offset: u64) -> Value {
    json!({"file": {"id": "f_1", "name": "a.txt", "size": SIZE, "offset": offset, "ready": false}})
}

/// A gateway that gives `patched` for the nth part, and says that it has `offset` bytes then.
fn stubborn(
    patched: impl Fn(usize) -> Answer + Send + Sync + 'static,
    offset: impl Fn(usize) -> u64 + Send + Sync + 'static,
) -> (String, Arc<AtomicUsize>) {
    let parts = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&parts);
    let url = gateway(move |request: &Request| match &*request.method {
        "POST" => (201, file(0)),
        "PATCH" => patched(counted.fetch_add(1, Ordering::SeqCst) + 1),
        _ => (200, file(offset(counted.load(Ordering::SeqCst)))),
    });
    (url, parts)
}

/// The end of an upload that must have one.
fn end_of_upload(url: &str) -> Error {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("stuck.txt");
    std::fs::write(&path, [b'a'; SIZE as usize]).unwrap();
    let client: Client = client(url, false);
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let upload = Upload::File {
            path: Path::new(&path),
            name: None,
            media_type: None,
            progress: false,
        };
        // The test is over when nobody listens.
        let _ = tell.send(client.upload(&upload, &CallOptions::default()));
    });
    // A time-out is an upload without an end.
    told.recv_timeout(DEADLINE).unwrap().unwrap_err()
}

#[test]
fn a_file_that_never_gets_further_ends_after_the_attempts_of_the_configuration() {
    let mismatch = || refusal(409, "offset_mismatch", false);
    // Each part is refused, and the gateway waits for the very byte that was sent.
    let (url, parts) = stubborn(move |_| mismatch(), |_| 0);
    let error = end_of_upload(&url);
    assert_eq!(error.code(), Code::ProtocolError, "{error}");
    let message = error.message();
    assert!(message.contains("0 of 1000 bytes"), "{message}");
    assert!(message.contains("4 times"), "{message}");
    assert_eq!(parts.load(Ordering::SeqCst), 4);
    // Each part is taken, and is not there.
    let (url, parts) = stubborn(|_| (200, file(0)), |_| 0);
    assert_eq!(end_of_upload(&url).code(), Code::ProtocolError);
    assert_eq!(parts.load(Ordering::SeqCst), 4);
    // Two gateways behind one address, of which one has more of the file than the other.
    let (url, parts) = stubborn(move |_| mismatch(), |part| [400, 0][part % 2]);
    assert_eq!(end_of_upload(&url).code(), Code::ProtocolError);
    assert!(parts.load(Ordering::SeqCst) <= 10);
}

#[test]
fn a_part_that_is_refused_where_the_gateway_waits_for_it_is_an_error() {
    let (url, _) = stubborn(|_| refusal(409, "offset_mismatch", false), |_| 0);
    let client = client(&url, false);
    let part = |offset: u64| {
        let part = Upload::Part {
            file_id: "f_1",
            offset,
            bytes: b"abc",
        };
        client.upload(&part, &CallOptions::default())
    };
    let error = part(0).unwrap_err();
    assert_eq!(error.code(), Code::ProtocolError, "{error}");
    assert!(error.message().contains("once"), "{error}");
    // Elsewhere its own number says where to go on.
    assert_eq!(part(7).unwrap().offset, 0);
}
