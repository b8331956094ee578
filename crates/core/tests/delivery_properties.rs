//! Wherever a connection breaks, what the client says about delivery agrees with what the service saw.
//!
//! Ten thousand seeded cases. A failure prints its seed; `WOTNOT_SEED=<seed>` runs that group of calls alone.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use fastrand::Rng;
use serde_json::{Value, json};
use wotnot_conformance::{
    Answer, Body, Break, BreakPoint, Exchange, Framing, How, Listen, Request, Server, agrees,
};
use wotnot_core::{
    CallOptions, CancelToken, Client, Code, Config, Delivery, Error, Message, Start,
};

const CASES: u64 = 10_000;

/// Calls on one client, so that connections are kept and met again; the retry budget bears them all.
const GROUP: u64 = 3;

/// More than cores: most of a case is waiting for the other side.
const THREADS: u64 = 8;

const ATTEMPTS: usize = 4;

#[test]
fn delivery_agrees_with_what_the_service_saw() {
    if let Some(seed) = std::env::var("WOTNOT_SEED")
        .ok()
        .and_then(|text| text.parse().ok())
    {
        group(seed);
        return;
    }
    let groups = CASES.div_ceil(GROUP);
    let next = AtomicU64::new(0);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= groups {
                        return;
                    }
                    group(seed);
                }
            });
        }
    });
}

fn group(seed: u64) {
    let mut rng = Rng::with_seed(seed);
    let listen = if rng.u8(..20) == 0 {
        Listen::Never
    } else {
        Listen::Now
    };
    let server = Server::start(listen).unwrap();
    let client = client(&server);
    for call in 1..=GROUP {
        let case = Case::draw(&mut rng);
        server.script(case.script.iter().cloned());
        let outcome = case.play(&client);
        server.settle();
        let verdict = judge(&case, listen, &outcome, &server.requests());
        if let Err(why) = verdict {
            panic!("WOTNOT_SEED={seed}, call {call}: {why}\n{case:?}\n{outcome:?}");
        }
        if case.ends_early() {
            // Its request may still be on the way, and would take the next call's place.
            break;
        }
    }
    // The server first: it resets what is still open, and no socket is left in TIME_WAIT.
    drop(server);
}

fn client(server: &Server) -> Client {
    Client::new(
        Config::from_value(json!({
            "token": "fake.jwt.token", "bot_key": "bot-key", "proxy": null, "tls": {"roots": "bundled"},
            "base_url": format!("http://127.0.0.1:{}", server.port()),
            "retry": {"max_attempts": ATTEMPTS, "base_delay_ms": 0, "max_delay_ms": 0},
        }))
        .unwrap(),
    )
    .unwrap()
}

/// One call and what the service does with it.
#[derive(Debug)]
struct Case {
    script: Vec<Exchange>,
    starts: bool,
    letters: usize,
    timeout: Duration,
    /// Another thread cancels the call after so long.
    cancelled: Option<Duration>,
}

impl Case {
    fn draw(rng: &mut Rng) -> Self {
        let starts = rng.bool();
        let script: Vec<Exchange> = (0..ATTEMPTS).map(|_| exchange(rng, starts)).collect();
        let silent = |exchange: &Exchange| exchange.cut.is_some_and(|cut| cut.how == How::Silence);
        let timeout = if script.iter().any(silent) {
            40
        } else {
            20_000
        };
        Self {
            script,
            starts,
            letters: if rng.u8(..10) == 0 {
                rng.usize(1..400_000)
            } else {
                rng.usize(1..200)
            },
            timeout: Duration::from_millis(timeout),
            cancelled: (rng.u8(..20) == 0).then(|| Duration::from_micros(rng.u64(..2000))),
        }
    }

    /// A short deadline or another thread may end the call anywhere.
    fn ends_early(&self) -> bool {
        self.cancelled.is_some() || self.timeout < Duration::from_secs(1)
    }

    fn play(&self, client: &Client) -> Result<(), Error> {
        let cancel = self.cancelled.map(|after| {
            let token = CancelToken::new();
            let other = token.clone();
            thread::spawn(move || {
                thread::sleep(after);
                other.cancel();
            });
            token
        });
        let options = CallOptions {
            timeout: Some(self.timeout),
            cancel,
            ..CallOptions::default()
        };
        let message = Message::text("x".repeat(self.letters));
        if self.starts {
            let start = Start {
                message,
                ..Start::text("visitor-42", "")
            };
            client.start_conversation(&start, &options).map(drop)
        } else {
            client.send_message("3f0c", &message, &options).map(drop)
        }
    }
}

fn exchange(rng: &mut Rng, starts: bool) -> Exchange {
    let no = json!({"ok": false, "message": "no"});
    let taken = if starts {
        json!({"ok": true, "conversation": {"id": "3f0c"}, "contact": {}})
    } else {
        json!({"ok": true, "message_id": "m1"})
    };
    let mut exchange = match rng.u8(..12) {
        0..=3 => Exchange::json(200, taken),
        4 | 5 => Exchange::json(429, no),
        6 => Exchange::json(
            503,
            if rng.bool() {
                no
            } else {
                json!({"message": "no"})
            },
        ),
        7 => Exchange::json(
            400,
            json!({"ok": false, "code": "CONVERSATION_CREATION_EXCEPTION"}),
        ),
        8 => Exchange::json(
            *rng.choice(&[400, 401, 403, 404, 408, 409, 413])
                .unwrap_or(&400),
            no,
        ),
        9 => Exchange::json(*rng.choice(&[500, 502, 504]).unwrap_or(&500), no),
        10 => Exchange::json(302, json!({})),
        _ => Exchange {
            answer: Answer {
                body: Body::text("<html>"),
                ..Answer::default()
            },
            ..Exchange::default()
        },
    };
    exchange.answer.framing = *rng
        .choice(&[Framing::Length, Framing::Chunked, Framing::Close])
        .unwrap_or(&Framing::Length);
    exchange.answer.delay_ms = if rng.u8(..20) == 0 { 3 } else { 0 };
    if rng.u8(..10) < 6 {
        let at = *rng
            .choice(&BreakPoint::ALL)
            .unwrap_or(&BreakPoint::BeforeAnswer);
        exchange.cut = Some(Break {
            at,
            after_bytes: rng.usize(
                ..if at == BreakPoint::InRequestBody {
                    60
                } else {
                    90
                },
            ),
            how: match rng.u8(..20) {
                0 => How::Silence,
                1..=9 => How::Reset,
                _ => How::Close,
            },
        });
        // An orderly end is how such an answer ends: nobody could see the break.
        let orderly = exchange.cut.is_some_and(|cut| cut.how == How::Close);
        if at == BreakPoint::InAnswerBody && exchange.answer.framing == Framing::Close && orderly {
            exchange.answer.framing = Framing::Length;
        }
    }
    exchange
}

fn judge(
    case: &Case,
    listen: Listen,
    outcome: &Result<(), Error>,
    requests: &[Request],
) -> Result<(), String> {
    agrees(&envelope(outcome), requests)?;
    let delivery = outcome.as_ref().map_err(Error::delivery).err();
    let attempts = outcome
        .as_ref()
        .err()
        .map(|error| error.attempts() as usize);
    if attempts.is_some_and(|attempts| attempts < requests.len()) {
        return Err(format!(
            "{} requests, but attempts {attempts:?}",
            requests.len()
        ));
    }
    let last = requests.last().and_then(|request| request.answered);
    match delivery {
        None if last != Some(200) => Err(format!("ok, but the last answer was {last:?}")),
        Some(None) => Err("no word about delivery".into()),
        Some(Some(Delivery::Rejected)) if last.is_none() => {
            Err("rejected without a whole answer".into())
        }
        _ if case.ends_early() => Ok(()),
        _ if listen == Listen::Never => match (delivery, attempts) {
            (Some(Some(Delivery::NotSent)), Some(ATTEMPTS)) => Ok(()),
            other => Err(format!("nobody listened, but {other:?}")),
        },
        _ => match foreseen(&case.script) {
            Some(expected) if expected != (delivery.flatten(), requests.len()) => Err(format!(
                "expected {expected:?}, got {:?}",
                (delivery.flatten(), requests.len())
            )),
            _ => Ok(()),
        },
    }
}

/// The delivery (`None` for success) and the number of whole requests, where the script decides them.
///
/// It does not where a fresh connection breaks before anything is read: the break may be seen
/// before the first byte is written, or after it.
fn foreseen(script: &[Exchange]) -> Option<(Option<Delivery>, usize)> {
    for (at, exchange) in script.iter().enumerate() {
        match exchange.cut.map(|cut| (cut.at, cut.how)) {
            Some((BreakPoint::BeforeRequest, _)) => return None,
            Some((BreakPoint::InRequestHead | BreakPoint::InRequestBody, _)) => {
                return Some((Some(Delivery::Unknown), at));
            }
            Some((
                BreakPoint::BeforeAnswer | BreakPoint::InAnswerHead | BreakPoint::InAnswerBody,
                _,
            )) => {
                return Some((Some(Delivery::Unknown), at + 1));
            }
            // An answer without a length ends with an orderly close alone.
            Some((BreakPoint::AfterAnswer, How::Reset))
                if exchange.answer.framing == Framing::Close =>
            {
                return Some((Some(Delivery::Unknown), at + 1));
            }
            Some((BreakPoint::AfterAnswer, _)) | None => {}
        }
        let answer = &exchange.answer;
        let not_made = answer.says("code", "CONVERSATION_CREATION_EXCEPTION");
        let meaning = match answer.status {
            200 if answer.body.json.is_some() => None,
            429 => Some(Delivery::Rejected),
            503 if answer.says("ok", false) => Some(Delivery::Rejected),
            400 if not_made => Some(Delivery::Rejected),
            400..=499 => return Some((Some(Delivery::Rejected), at + 1)),
            _ => Some(Delivery::Unknown),
        };
        if meaning != Some(Delivery::Rejected) || at + 1 == ATTEMPTS {
            return Some((meaning, at + 1));
        }
        if exchange.cut.is_some() {
            // The next attempt may be under way on this connection before the break is seen.
            return None;
        }
    }
    None
}

fn envelope(outcome: &Result<(), Error>) -> Value {
    match outcome {
        Ok(()) => json!({"ok": true}),
        Err(error) => {
            json!({"ok": false, "error": {"delivery": error.delivery().map(Delivery::name)}})
        }
    }
}

#[test]
fn a_cancelled_call_ends_while_it_reads_an_answer() {
    let server = Server::start(Listen::Now).unwrap();
    let client = client(&server);
    let mut exchange = Exchange::json(200, json!({"ok": true, "message_id": "m1"}));
    exchange.cut = Some(Break {
        at: BreakPoint::InAnswerBody,
        after_bytes: 5,
        how: How::Silence,
    });
    server.script([exchange]);
    let cancel = CancelToken::new();
    let options = CallOptions {
        timeout: Some(Duration::from_secs(60)),
        cancel: Some(cancel.clone()),
        ..CallOptions::default()
    };
    let error = thread::scope(|scope| {
        let call = scope.spawn(|| client.send_message("3f0c", &Message::text("Hello"), &options));
        while server.requests().is_empty() {
            thread::yield_now();
        }
        cancel.cancel();
        call.join().unwrap().unwrap_err()
    });
    assert_eq!(error.code(), Code::Interrupted);
    assert_eq!(error.delivery(), Some(Delivery::Unknown));
}
