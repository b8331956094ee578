//! The C library's own source, called from Rust, so that Miri and the sanitizers can watch every
//! pointer and every thread. What the built library does is shown by the C programs.

#![allow(clippy::unwrap_used)]

#[cfg(not(miri))]
mod network;
#[cfg(all(unix, not(miri)))]
mod process;
#[path = "../../crates/capi/src/lib.rs"]
#[allow(dead_code)]
mod wotnot;

use std::collections::BTreeMap;
use std::ffi::{CStr, CString, c_char};
use std::ptr::null_mut;
use std::sync::{Barrier, Mutex, PoisonError};

use wotnot::*;

const CONFIG: &str = r#"{"token":"t","bot_key":"b","base_url":"http://127.0.0.1:1","proxy":null,"webhook":{"token":"hook","capacity":4}}"#;
const FOREVER: u32 = u32::MAX;

/// The counts of live strings and clients are those of the whole process.
static ALONE: Mutex<()> = Mutex::new(());

fn alone() -> impl Drop {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a function gave: its status, and its text, freed.
fn given(function: impl FnOnce(*mut *mut c_char) -> wotnot_status) -> (wotnot_status, String) {
    let mut out = std::ptr::dangling_mut();
    let status = function(&mut out);
    if out.is_null() {
        return (status, String::new());
    }
    let text = unsafe { CStr::from_ptr(out) }.to_str().unwrap().to_owned();
    unsafe { wotnot_string_free(out) };
    (status, text)
}

fn new() -> wotnot_client {
    made_of(CONFIG)
}

fn made_of(config: &str) -> wotnot_client {
    let config = CString::new(config).unwrap();
    let mut client = 0;
    let (status, text) =
        given(|out| unsafe { wotnot_client_new(config.as_ptr(), &mut client, out) });
    assert_eq!(status, WOTNOT_OK, "{text}");
    client
}

fn call(client: wotnot_client, method: &CStr, params: &str) -> (wotnot_status, String) {
    let params = CString::new(params).unwrap();
    given(|out| unsafe { wotnot_call(client, method.as_ptr(), params.as_ptr(), out) })
}

fn post(client: wotnot_client, id: &str) -> (wotnot_status, String) {
    let params = format!(
        r#"{{"body":"{{\"token\":\"hook\",\"events\":[{{\"event\":{{\"type\":\"message\",\"payload\":{{\"id\":\"{id}\"}}}}}}]}}"}}"#
    );
    call(client, c"accept_webhook", &params)
}

fn receive(client: wotnot_client, timeout_ms: u32) -> (wotnot_status, String) {
    given(|out| unsafe { wotnot_receive(client, timeout_ms, out) })
}

/// Nothing may be left when a test is over.
fn nothing_is_left() {
    assert_eq!(wotnot_live_strings(), 0);
    assert_eq!(wotnot_live_clients(), 0);
}

#[test]
fn strings_and_handles_go_across_and_back() {
    let _alone = alone();
    let client = new();
    assert_eq!(receive(client, 0).0, WOTNOT_TIMEOUT);
    assert_eq!(post(client, "a").0, WOTNOT_OK);
    let (status, text) = receive(client, 0);
    assert_eq!(status, WOTNOT_OK);
    assert!(text.contains(r#""seq":1"#), "{text}");
    assert_eq!(call(client, c"no_such", "{}").0, WOTNOT_UNKNOWN_METHOD);
    assert_eq!(call(client, c"send_message", "[").0, WOTNOT_INVALID_JSON);
    assert_eq!(
        call(client, c"send_message", "{}").0,
        WOTNOT_INVALID_ARGUMENT
    );
    assert_eq!(call(client, c"status", "").0, WOTNOT_OK);
    for _ in 0..2 {
        assert_eq!(wotnot_client_close(client), WOTNOT_OK);
    }
    for (dead, status) in [
        (0, WOTNOT_INVALID_CLIENT),
        (client, WOTNOT_CLOSED),
        (client + 1, WOTNOT_INVALID_CLIENT),
        (u64::MAX, WOTNOT_INVALID_CLIENT),
    ] {
        assert_eq!(call(dead, c"status", "{}").0, status);
        assert_eq!(receive(dead, FOREVER).0, status);
        assert_eq!(wotnot_interrupt(dead), status);
    }
    nothing_is_left();
}

/// The header gives C and C++ the same two as inline functions; other languages find these by name.
#[test]
fn the_two_calls_of_the_service_have_functions_of_their_own() {
    let _alone = alone();
    let client = new();
    let functions: [(&str, Sugar); 2] = [
        ("start_conversation", wotnot_start_conversation),
        ("send_message", wotnot_send_message),
    ];
    for (method, function) in functions {
        let (status, text) =
            given(|out| unsafe { function(client, c"{\"visitr_id\":1}".as_ptr(), out) });
        assert_eq!(status, WOTNOT_INVALID_ARGUMENT, "{text}");
        assert!(text.contains(&format!(r#""method":"{method}""#)), "{text}");
        let (status, text) = given(|out| unsafe { function(0, null_mut(), out) });
        assert_eq!(status, WOTNOT_INVALID_CLIENT, "{text}");
    }
    assert_eq!(wotnot_client_close(client), WOTNOT_OK);
    nothing_is_left();
}

type Sugar = unsafe extern "C" fn(wotnot_client, *const c_char, *mut *mut c_char) -> wotnot_status;

#[test]
fn nulls_and_bad_text_are_refused_wherever_they_are_given() {
    let _alone = alone();
    let client = new();
    let mut other = 7;
    let config = CString::new(CONFIG).unwrap();
    let bad = c"{\"token\":\"\xff\"}".as_ptr();
    unsafe {
        assert_eq!(
            given(|out| wotnot_client_new(std::ptr::null(), &mut other, out)).0,
            WOTNOT_NULL_ARGUMENT
        );
        assert_eq!(other, 0);
        assert_eq!(
            given(|out| wotnot_client_new(config.as_ptr(), null_mut(), out)).0,
            WOTNOT_NULL_ARGUMENT
        );
        assert_eq!(
            given(|out| wotnot_client_new(bad, &mut other, out)).0,
            WOTNOT_INVALID_UTF8
        );
        assert_eq!(
            given(|out| wotnot_call(client, std::ptr::null(), std::ptr::null(), out)).0,
            WOTNOT_NULL_ARGUMENT
        );
        assert_eq!(
            given(|out| wotnot_call(client, bad, std::ptr::null(), out)).0,
            WOTNOT_INVALID_UTF8
        );
        assert_eq!(
            given(|out| wotnot_call(client, c"status".as_ptr(), bad, out)).0,
            WOTNOT_INVALID_UTF8
        );
        // A caller that wants no text passes NULL.
        assert_eq!(
            wotnot_call(client, c"status".as_ptr(), std::ptr::null(), null_mut()),
            WOTNOT_OK
        );
        assert_eq!(wotnot_receive(client, 0, null_mut()), WOTNOT_TIMEOUT);
        wotnot_string_free(null_mut());
    }
    assert_eq!(wotnot_client_close(client), WOTNOT_OK);
    nothing_is_left();
}

#[test]
fn every_status_has_a_name_and_every_other_number_is_unknown() {
    let name = |status| unsafe { CStr::from_ptr(wotnot_status_name(status)) };
    assert_eq!(name(WOTNOT_OK), c"ok");
    assert_eq!(name(WOTNOT_PANIC), c"panic");
    for status in [-1, 999, i32::MIN, i32::MAX] {
        assert_eq!(name(status), c"unknown");
    }
    assert_eq!(
        unsafe { CStr::from_ptr(wotnot_version()) }.to_str(),
        Ok(env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn threads_make_use_and_close_clients_of_their_own() {
    let _alone = alone();
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for _ in 0..ROUNDS {
                    let client = new();
                    assert_eq!(post(client, "a").0, WOTNOT_OK);
                    assert_eq!(receive(client, FOREVER).0, WOTNOT_OK);
                    assert_eq!(wotnot_client_close(client), WOTNOT_OK);
                    assert_eq!(receive(client, FOREVER).0, WOTNOT_CLOSED);
                }
            });
        }
    });
    nothing_is_left();
}

#[test]
fn one_client_is_used_interrupted_and_closed_by_many_threads() {
    let _alone = alone();
    for round in 0..ROUNDS {
        let client = new();
        let begin = Barrier::new(THREADS + 2);
        let ends = Mutex::new(BTreeMap::new());
        std::thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    begin.wait();
                    loop {
                        let (status, _) = receive(client, FOREVER);
                        *ends.lock().unwrap().entry(status).or_insert(0) += 1;
                        if !matches!(status, WOTNOT_OK | WOTNOT_INTERRUPTED) {
                            return;
                        }
                    }
                });
            }
            scope.spawn(|| {
                begin.wait();
                for number in 0..ROUNDS {
                    let (status, _) = post(client, &format!("{round}-{number}"));
                    assert!(matches!(
                        status,
                        WOTNOT_OK | WOTNOT_OVERLOADED | WOTNOT_CLOSED
                    ));
                    call(client, c"status", "{}");
                    wotnot_interrupt(client);
                }
            });
            begin.wait();
            assert_eq!(wotnot_client_close(client), WOTNOT_OK);
        });
        // Each receiver was ended by the close, and by nothing else.
        let ends = ends.into_inner().unwrap();
        let of = |status| ends.get(&status).copied().unwrap_or(0);
        assert_eq!(of(WOTNOT_CLOSED), THREADS, "{ends:?}");
    }
    nothing_is_left();
}

/// Whether `poll` calls this descriptor readable, or says that it is at its end.
#[cfg(all(unix, not(miri)))]
fn is_readable(descriptor: i32, timeout_ms: i32) -> bool {
    let mut asked = libc::pollfd {
        fd: descriptor,
        events: libc::POLLIN,
        revents: 0,
    };
    let ready = unsafe { libc::poll(&mut asked, 1, timeout_ms) };
    ready == 1 && asked.revents & libc::POLLIN != 0
}

#[cfg(all(unix, not(miri)))]
fn event_fd(client: wotnot_client) -> i32 {
    let (_, text) = call(client, c"status", "{}");
    let (_, rest) = text.split_once(r#""event_fd":"#).unwrap();
    let number: String = rest.chars().take_while(char::is_ascii_digit).collect();
    number.parse().unwrap()
}

#[test]
#[cfg(all(unix, not(miri)))]
fn the_descriptor_is_readable_while_events_wait() {
    let _alone = alone();
    let client = new();
    assert_eq!(post(client, "before").0, WOTNOT_OK);
    let descriptor = event_fd(client);
    assert!(is_readable(descriptor, 0), "an event waited already");
    assert_eq!(event_fd(client), descriptor, "it stays the same");
    assert_eq!(receive(client, 0).0, WOTNOT_OK);
    assert!(!is_readable(descriptor, 0));
    for round in ["a", "b"] {
        let poller = std::thread::spawn(move || is_readable(descriptor, 60_000));
        assert_eq!(post(client, round).0, WOTNOT_OK);
        assert_eq!(post(client, &format!("{round}-2")).0, WOTNOT_OK);
        assert!(poller.join().unwrap());
        assert_eq!(receive(client, 0).0, WOTNOT_OK);
        assert!(is_readable(descriptor, 0), "one event waits still");
        assert_eq!(receive(client, 0).0, WOTNOT_OK);
        assert!(!is_readable(descriptor, 0));
    }
    // A program that reads from it breaks the rules, and must break nothing else.
    assert_eq!(post(client, "c").0, WOTNOT_OK);
    let mut byte = 0u8;
    assert_eq!(
        unsafe { libc::read(descriptor, (&raw mut byte).cast(), 1) },
        1
    );
    assert_eq!(receive(client, 0).0, WOTNOT_OK);
    assert_eq!(wotnot_client_close(client), WOTNOT_OK);
    assert_eq!(unsafe { libc::fcntl(descriptor, libc::F_GETFD) }, -1);
    let deaf = made_of(r#"{"token":"t"}"#);
    let (_, text) = call(deaf, c"status", "{}");
    assert!(text.contains(r#""event_fd":null"#), "{text}");
    assert_eq!(wotnot_client_close(deaf), WOTNOT_OK);
    nothing_is_left();
}

/// An interpreter is a thousand times slower.
const THREADS: usize = if cfg!(miri) { 2 } else { 4 };
const ROUNDS: usize = if cfg!(miri) { 3 } else { 200 };
