//! Waiting and waking, in every order in which threads can meet: the core's own files over loom's
//! locks. A wake-up that can be lost is a deadlock here, for a model's time-outs never come.

#![allow(clippy::unwrap_used)]
// A panic cannot leave a coroutine of loom's with MinGW's unwinder.
#![cfg(not(all(windows, target_env = "gnu")))]

use std::time::{Duration, Instant};

use loom::thread;
use wotnot_core::{Code, LogKind, LogRecord};

use cancel::{CancelState, StopReason};
use error::{Delivery, Error, Result};
use inbox::{Arrival, EventFilter, Held, Inbox, Limits};
use sync::{Arc, TcpStream};

mod sync {
    use std::io;
    use std::net::Shutdown;
    use std::sync::atomic::Ordering::SeqCst;

    use loom::sync::atomic::AtomicBool;
    pub(crate) use loom::sync::{Condvar, Mutex, MutexGuard};
    pub(crate) use std::sync::{Arc, OnceLock, PoisonError};

    /// A socket in name: that it is shut is what threads can see of it.
    #[derive(Debug, Default)]
    pub(crate) struct TcpStream(AtomicBool);

    impl TcpStream {
        pub(crate) fn shutdown(&self, _: Shutdown) -> io::Result<()> {
            self.0.store(true, SeqCst);
            Ok(())
        }

        pub(crate) fn is_shut(&self) -> bool {
            self.0.load(SeqCst)
        }
    }
}

#[path = "../src/cancel.rs"]
#[allow(dead_code)]
mod cancel;

#[path = "../src/error.rs"]
#[allow(dead_code)]
mod error;

#[cfg(unix)]
#[path = "../src/event_fd.rs"]
mod event_fd;

#[path = "../src/inbox/mod.rs"]
#[allow(dead_code)]
mod inbox;

mod log {
    pub(crate) use wotnot_core::LogRecord;
}

mod reply {
    pub(crate) use wotnot_core::WebhookReply;
}

fn inbox() -> Arc<Inbox> {
    Arc::new(Inbox::new(Limits {
        events: 8,
        bytes: 1 << 20,
        idle: Duration::from_secs(900),
    }))
}

fn record() -> LogRecord {
    LogRecord {
        kind: LogKind::Verdict,
        text: String::new(),
        method: "send_message",
        conversation_id: None,
        code: Code::Ok,
        delivery: None,
        http_status: None,
        attempts: 1,
        wait_ms: None,
        duration_ms: 0,
        message: None,
        dropped: 0,
    }
}

/// Delivers an event of each of these conversations.
fn deliver(inbox: &Inbox, conversations: &[&str]) -> Result<()> {
    let arrival = |conversation: &&str| Arrival {
        conversation_id: Some((*conversation).into()),
        ..Arrival::default()
    };
    // No two of a model are the same delivery.
    let mut hash = [0; 16];
    for (byte, conversation) in hash.iter_mut().zip(conversations) {
        *byte = conversation.bytes().sum();
    }
    inbox.accept(&hash, conversations.iter().map(arrival).collect())
}

type Received = Result<(u64, Held)>;

/// A thread that waits without end, as `Client::receive` does.
fn receiver(
    inbox: &Arc<Inbox>,
    filter: EventFilter<'static>,
    wake: &Arc<CancelState>,
) -> thread::JoinHandle<Received> {
    let (inbox, wake) = (Arc::clone(inbox), Arc::clone(wake));
    thread::spawn(move || inbox.receive(filter, None, &wake))
}

fn code(outcome: Received) -> Code {
    outcome.err().map_or(Code::Ok, |error| error.code())
}

#[test]
fn an_event_reaches_present_and_later_waiters() {
    loom::model(|| {
        let inbox = inbox();
        let waiting = receiver(&inbox, EventFilter::Any, &Arc::default());
        deliver(&inbox, &["a"]).unwrap();
        assert_eq!(waiting.join().unwrap().unwrap().0, 1);
        assert_eq!(inbox.stats().events, 0);
    });
}

#[test]
fn two_receivers_get_one_event_each() {
    loom::model(|| {
        let inbox = inbox();
        let waiting = [
            receiver(&inbox, EventFilter::Any, &Arc::default()),
            receiver(&inbox, EventFilter::Any, &Arc::default()),
        ];
        deliver(&inbox, &["a", "b"]).unwrap();
        let mut seqs = waiting.map(|waiting| waiting.join().unwrap().unwrap().0);
        seqs.sort();
        assert_eq!(seqs, [1, 2]);
    });
}

#[test]
fn a_cancelled_receive_ends_whenever_it_is_cancelled() {
    loom::model(|| {
        let inbox = inbox();
        let (first, second) = (Arc::default(), Arc::default());
        let (cancelled, waiting) = (
            receiver(&inbox, EventFilter::Any, &first),
            receiver(&inbox, EventFilter::Any, &second),
        );
        first.stop(StopReason::Interrupted);
        assert_eq!(code(cancelled.join().unwrap()), Code::Interrupted);
        // The other one is not woken by it, and loses nothing.
        deliver(&inbox, &["a"]).unwrap();
        assert_eq!(code(waiting.join().unwrap()), Code::Ok);
    });
}

#[test]
fn an_event_wakes_those_of_its_conversation_and_one_who_takes_any() {
    loom::model(|| {
        let inbox = inbox();
        let of_a = receiver(&inbox, EventFilter::Of("a"), &Arc::default());
        let any = receiver(&inbox, EventFilter::Any, &Arc::default());
        deliver(&inbox, &["a"]).unwrap();
        deliver(&inbox, &["a", "b"]).unwrap();
        let mut seqs = [of_a, any].map(|waiting| waiting.join().unwrap().unwrap().0);
        seqs.sort();
        assert_eq!(seqs[0], 1, "the first is not left lying");
        assert_eq!(inbox.stats().events, 1);
    });
}

#[test]
fn a_record_of_the_log_wakes_who_stands_behind_one_who_wants_none() {
    loom::model(|| {
        let inbox = inbox();
        let of_service = receiver(&inbox, EventFilter::Service, &Arc::default());
        let any = receiver(&inbox, EventFilter::Any, &Arc::default());
        inbox.log(record());
        assert!(matches!(any.join().unwrap(), Ok((1, Held::Log(_)))));
        deliver(&inbox, &["a"]).unwrap();
        assert!(matches!(
            of_service.join().unwrap(),
            Ok((1, Held::Arrival(_)))
        ));
    });
}

#[test]
fn a_waiter_that_leaves_passes_the_wake_up_on() {
    loom::model(|| {
        let inbox = inbox();
        let leaving = Arc::new(CancelState::default());
        let first = receiver(&inbox, EventFilter::Any, &leaving);
        let second = receiver(&inbox, EventFilter::Any, &Arc::default());
        deliver(&inbox, &["a"]).unwrap();
        leaving.stop(StopReason::Interrupted);
        if code(first.join().unwrap()) == Code::Ok {
            deliver(&inbox, &["b"]).unwrap();
        }
        assert_eq!(code(second.join().unwrap()), Code::Ok);
    });
}

#[test]
fn a_close_ends_every_receive_and_an_event_is_never_half_taken() {
    loom::model(|| {
        let inbox = inbox();
        let waiting = receiver(&inbox, EventFilter::Any, &Arc::default());
        let posting = {
            let inbox = Arc::clone(&inbox);
            thread::spawn(move || deliver(&inbox, &["a"]))
        };
        inbox.close();
        let received = code(waiting.join().unwrap());
        let posted = posting.join().unwrap();
        match received {
            Code::Ok => assert!(posted.is_ok()),
            other => assert_eq!(other, Code::Closed),
        }
    });
}

#[test]
fn an_interrupt_wakes_all_waiters_and_takes_no_event() {
    loom::model(|| {
        let inbox = inbox();
        let waiting = receiver(&inbox, EventFilter::Any, &Arc::default());
        inbox.interrupt();
        deliver(&inbox, &["a"]).unwrap();
        match code(waiting.join().unwrap()) {
            Code::Ok => assert_eq!(inbox.stats().events, 0),
            other => {
                assert_eq!(other, Code::Interrupted);
                assert_eq!(inbox.stats().events, 1);
            }
        }
    });
}

#[test]
fn a_part_ends_whenever_its_call_does_and_may_end_before() {
    loom::model(|| {
        let whole = Arc::new(CancelState::default());
        let stopper = {
            let whole = Arc::clone(&whole);
            thread::spawn(move || whole.stop(StopReason::Interrupted))
        };
        let part = whole.part();
        part.stop(StopReason::Expired);
        let next = whole.part();
        stopper.join().unwrap();
        assert!(part.stopped().is_some());
        assert_eq!(next.stopped(), Some(StopReason::Interrupted));
    });
}

#[test]
fn a_wait_for_the_next_try_ends_whenever_the_call_has_to() {
    loom::model(|| {
        let wake = Arc::new(CancelState::default());
        let sleeping = {
            let wake = Arc::clone(&wake);
            thread::spawn(move || wake.sleep(Instant::now() + Duration::from_secs(3600)))
        };
        wake.stop(StopReason::Closed);
        assert_eq!(sleeping.join().unwrap(), Err(StopReason::Closed));
    });
}

#[test]
fn the_first_reason_to_stop_is_the_one_that_counts() {
    loom::model(|| {
        let wake = Arc::new(CancelState::default());
        let closing = {
            let wake = Arc::clone(&wake);
            thread::spawn(move || {
                wake.stop(StopReason::Closed);
                wake.stopped()
            })
        };
        wake.stop(StopReason::Interrupted);
        let first = wake.stopped();
        assert!(first.is_some());
        assert_eq!(closing.join().unwrap(), first);
    });
}

#[test]
fn a_socket_is_shut_or_refused_whenever_the_call_stops() {
    loom::model(|| {
        let socket = Arc::new(TcpStream::default());
        let wake = Arc::new(CancelState::default());
        let calling = {
            let (wake, socket) = (Arc::clone(&wake), Arc::clone(&socket));
            thread::spawn(move || wake.attach_socket(&socket))
        };
        wake.stop(StopReason::Closed);
        match calling.join().unwrap() {
            Err(reason) => assert_eq!(reason, StopReason::Closed),
            Ok(()) => assert!(socket.is_shut()),
        }
    });
}

#[test]
fn a_socket_is_left_alone_after_the_call_that_had_it() {
    loom::model(|| {
        let socket = Arc::new(TcpStream::default());
        let wake = Arc::new(CancelState::default());
        wake.attach_socket(&socket).unwrap();
        let stopping = {
            let wake = Arc::clone(&wake);
            thread::spawn(move || wake.stop(StopReason::Interrupted))
        };
        wake.detach();
        // From here on the connection may be another call's.
        let before = socket.is_shut();
        stopping.join().unwrap();
        assert_eq!(socket.is_shut(), before);
    });
}

#[test]
fn a_watcher_hears_of_every_event() {
    loom::model(|| {
        let inbox = inbox();
        let heard = Arc::new(loom::sync::atomic::AtomicUsize::new(0));
        let counter = Arc::clone(&heard);
        inbox.watch(Box::new(move |_| {
            counter.fetch_add(1, loom::sync::atomic::Ordering::SeqCst);
        }));
        let posting = {
            let inbox = Arc::clone(&inbox);
            thread::spawn(move || deliver(&inbox, &["a"]).unwrap())
        };
        deliver(&inbox, &["b"]).unwrap();
        posting.join().unwrap();
        assert_eq!(heard.load(loom::sync::atomic::Ordering::SeqCst), 2);
        assert_eq!(inbox.stats().events, 2);
    });
}

#[test]
fn what_a_turn_gives_back_reaches_a_receiver_of_any_event() {
    loom::model(|| {
        let inbox = inbox();
        let waiting = receiver(&inbox, EventFilter::Any, &Arc::default());
        assert!(inbox.reserve("a").unwrap().1.is_empty());
        assert!(inbox.reserve("a").is_none(), "it is reserved already");
        deliver(&inbox, &["a"]).unwrap();
        let unused = inbox.receive(EventFilter::Of("a"), None, &CancelState::default());
        inbox.release("a", vec![unused.unwrap()]);
        assert_eq!(waiting.join().unwrap().unwrap().0, 1);
    });
}

/// What came in the meantime was announced when nobody who takes any event could get it.
#[test]
fn the_end_of_a_turn_is_announced_when_it_leaves_events() {
    let wait = |inbox: &Arc<Inbox>, after| {
        inbox.wait(after, Some(Instant::now()), &CancelState::default())
    };
    loom::model(move || {
        let inbox = inbox();
        let heard = Arc::new(loom::sync::atomic::AtomicUsize::new(0));
        let counter = Arc::clone(&heard);
        inbox.watch(Box::new(move |_| {
            counter.fetch_add(1, loom::sync::atomic::Ordering::SeqCst);
        }));
        inbox.reserve("a").unwrap();
        deliver(&inbox, &["a", "b"]).unwrap();
        let seen = wait(&inbox, 0).unwrap().change;
        assert!(wait(&inbox, seen).is_err());
        inbox.release("a", Vec::new());
        assert_eq!(heard.load(loom::sync::atomic::Ordering::SeqCst), 3);
        let change = wait(&inbox, seen).unwrap();
        assert!(change.conversations.contains(&"a".to_owned()), "{change:?}");
        assert!(wait(&inbox, change.change).is_err());
        let unused = inbox.receive(EventFilter::Of("a"), None, &CancelState::default());
        drop(unused);
        inbox.reserve("a").unwrap();
        inbox.release("a", Vec::new());
        assert_eq!(heard.load(loom::sync::atomic::Ordering::SeqCst), 3);
        assert!(wait(&inbox, change.change).is_err());
    });
}
