//! The log as server-sent events. The reader pulls: nothing is queued for one who is slow.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::http::Response;
use axum::http::header::CONTENT_LENGTH;
use bytes::{Bytes, BytesMut};
use futures_util::stream::unfold;
use http_body_util::StreamBody;
use hyper::body::Frame;
use serde_json::json;
use tokio::sync::watch;
use tokio::time::Instant;

use super::frames::{self, HEARTBEAT, HEARTBEAT_MS};
use super::{Reader, Reset};
use crate::app::App;
use crate::clock::now_ms;
use crate::limits::Slot;
use crate::tokens::{Claims, LEEWAY_S};

/// Some virus scanners hold the first bytes back until more come.
const SECOND_WORD: Duration = Duration::from_millis(50);
/// A stream ends after so long, so that readers spread over nodes again.
const LIFETIME: Duration = Duration::from_secs(600);
const ENTRIES_AT_ONCE: usize = 100;
/// Over how long the streams of a gateway that stops are closed, in milliseconds: one for each
/// stream, and so many at most.
const LONGEST_SPREAD_MS: u64 = 10_000;

/// The frames of one stream, from `hello` on. It ends with the token that it was opened with.
pub(crate) struct EventStream {
    reader: Reader,
    stopping: watch::Receiver<bool>,
    /// The visitor's revocation number when it began.
    revocation: u64,
    first: Option<Bytes>,
    /// When the next comment is due, unless a frame comes before.
    comment: Instant,
    /// Whether the comment that follows the first frame is still due.
    second_word: bool,
    token_ends: Instant,
    ends: Instant,
    draining: bool,
    over: bool,
    _counted: Counted,
}

impl EventStream {
    pub fn new(
        app: &Arc<App>,
        mut reader: Reader,
        reset: Option<Reset>,
        claims: &Claims,
        slot: Slot,
    ) -> Self {
        let now = Instant::now();
        let newest = reader.newest();
        let mut first = frames::hello(reader.epoch(), newest);
        if let Some(reset) = reset {
            let data = json!({"type": "reset", "reason": reset.name()});
            let reset = frames::other("reset", Some(&reader.cursor()), &data);
            first = [first, reset].concat().into();
        }
        // A stream outlives its token by the leeway of clocks at most.
        let token_ends_ms = (claims.exp + LEEWAY_S) * 1_000;
        let token_left = Duration::from_millis(token_ends_ms.saturating_sub(now_ms()));
        Self {
            reader,
            stopping: app.stopping.subscribe(),
            revocation: claims.rev,
            first: Some(first),
            comment: now + SECOND_WORD,
            second_word: true,
            token_ends: now + token_left,
            ends: now + LIFETIME.mul_f64(0.8 + fastrand::f64() * 0.4),
            draining: false,
            over: false,
            _counted: Counted::new(app, slot),
        }
    }

    /// Puts it where the server finds it: what becomes of it depends on the version of HTTP.
    pub fn into_response(self) -> Response<Body> {
        let mut response = Response::new(Body::empty());
        let stream = Handover(Arc::new(Mutex::new(Some(self))));
        response.extensions_mut().insert(stream);
        response
    }

    /// The stream of an answer, if it has one.
    pub fn of(response: &mut Response<Body>) -> Option<Self> {
        let Handover(stream) = response.extensions_mut().remove()?;
        // That of the body that is not to be sent.
        response.headers_mut().remove(CONTENT_LENGTH);
        stream.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// As the body of an answer.
    pub fn into_body(self) -> Body {
        let frames = unfold(self, |mut stream| async move {
            let frame = stream.next().await.map(Frame::data)?;
            Some((Ok::<_, std::convert::Infallible>(frame), stream))
        });
        Body::new(StreamBody::new(frames))
    }

    /// When it ends at the latest.
    pub fn ends(&self) -> Instant {
        self.ends.min(self.token_ends)
    }

    /// The next frames, or a comment; `None` at its end.
    pub async fn next(&mut self) -> Option<Bytes> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        loop {
            if self.over {
                return None;
            }
            if !self.draining && *self.stopping.borrow_and_update() {
                return Some(self.drain());
            }
            let now = Instant::now();
            if now >= self.token_ends || self.reader.revocation() != self.revocation {
                self.over = true;
                return Some(frames::other("token", None, &json!({"type": "token"})));
            }
            if now >= self.ends {
                return None;
            }
            // A store that failed ends the process.
            let entries = self.reader.read(ENTRIES_AT_ONCE).await.ok()?;
            if !entries.is_empty() {
                let mut chunk = BytesMut::new();
                for entry in &entries {
                    frames::entry(&mut chunk, self.reader.epoch(), entry);
                }
                if !self.second_word {
                    self.comment = heartbeat();
                }
                return Some(chunk.freeze());
            }
            if now >= self.comment {
                self.second_word = false;
                self.comment = heartbeat();
                return Some(Bytes::from_static(HEARTBEAT));
            }
            let until = self.comment.min(self.ends());
            tokio::select! {
                () = self.reader.changed() => {}
                _ = self.stopping.changed(), if !self.draining => {}
                () = tokio::time::sleep_until(until) => {}
            }
        }
    }

    /// Asks the reader to reconnect later. It may go at once; else it is let go at a moment of its
    /// own, so that not all come to the next node together.
    fn drain(&mut self) -> Bytes {
        self.draining = true;
        let spread_ms = self
            .reader
            .app
            .counters
            .streams
            .get()
            .min(LONGEST_SPREAD_MS);
        let ends = Instant::now() + Duration::from_millis(fastrand::u64(0..=spread_ms));
        self.ends = self.ends.min(ends);
        let retry_ms = fastrand::u64(500..10_000);
        let data = json!({"type": "drain", "retry_ms": retry_ms});
        frames::other("drain", None, &data)
    }
}

fn heartbeat() -> Instant {
    Instant::now() + Duration::from_millis(HEARTBEAT_MS)
}

/// A stream on its way from a call to the server.
#[derive(Clone)]
struct Handover(Arc<Mutex<Option<EventStream>>>);

/// Counts a stream, and holds its place, for as long as it lives.
struct Counted {
    app: Arc<App>,
    _slot: Slot,
}

impl Counted {
    fn new(app: &Arc<App>, slot: Slot) -> Self {
        app.counters.streams.enter();
        Self {
            app: Arc::clone(app),
            _slot: slot,
        }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.app.counters.streams.leave();
    }
}
