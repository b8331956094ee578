//! The log as server-sent events. The body is pulled: nothing is queued for a reader who is slow.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::Stream;
use futures_util::stream::unfold;
use serde_json::json;
use tokio::sync::watch;
use tokio::time::Instant;

use super::frames::{self, HEARTBEAT, HEARTBEAT_MS};
use super::{Reader, Reset};
use crate::app::App;

/// Some virus scanners hold the first bytes back until more come.
const SECOND_WORD: Duration = Duration::from_millis(50);
/// A stream ends after so long, so that readers spread over nodes again.
const LIFETIME: Duration = Duration::from_secs(600);
const ENTRIES_AT_ONCE: usize = 100;

/// Why a stream ends.
enum End {
    /// The reader's token ended.
    Token,
    /// The gateway stops.
    Drain,
    /// It was open long enough.
    Lifetime,
    /// The store failed.
    Store,
}

struct Open {
    reader: Reader,
    stopping: watch::Receiver<bool>,
    ready: VecDeque<Bytes>,
    second_word: Option<Instant>,
    token_ends: Instant,
    ends: Instant,
}

/// The frames of a stream, from `hello` on. It ends with the token that it was opened with.
pub(crate) fn stream(
    app: &Arc<App>,
    mut reader: Reader,
    reset: Option<Reset>,
    token_left: Duration,
) -> impl Stream<Item = Bytes> + Send + use<> {
    let now = Instant::now();
    let newest = reader.newest();
    let mut ready = VecDeque::from([frames::hello(reader.epoch(), newest)]);
    if let Some(reset) = reset {
        let data = json!({"type": "reset", "reason": reset.name()});
        ready.push_back(frames::other("reset", Some(&reader.cursor()), &data));
    }
    let open = Open {
        reader,
        stopping: app.stopping.subscribe(),
        ready,
        second_word: Some(now + SECOND_WORD),
        token_ends: now + token_left,
        ends: now + LIFETIME.mul_f64(0.8 + fastrand::f64() * 0.4),
    };
    unfold(Some(open), |open| async move {
        let mut open = open?;
        match open.next().await {
            Ok(chunk) => Some((chunk, Some(open))),
            Err(end) => last_word(&end).map(|chunk| (chunk, None)),
        }
    })
}

fn last_word(end: &End) -> Option<Bytes> {
    match end {
        End::Token => Some(frames::other("token", None, &json!({"type": "token"}))),
        End::Drain => {
            let retry_ms = fastrand::u64(500..10_000);
            let data = json!({"type": "drain", "retry_ms": retry_ms});
            Some(frames::other("drain", None, &data))
        }
        End::Lifetime | End::Store => None,
    }
}

impl Open {
    async fn next(&mut self) -> Result<Bytes, End> {
        if let Some(chunk) = self.ready.pop_front() {
            return Ok(chunk);
        }
        let heartbeat = Instant::now() + Duration::from_millis(HEARTBEAT_MS);
        loop {
            if *self.stopping.borrow_and_update() {
                return Err(End::Drain);
            }
            let now = Instant::now();
            if now >= self.token_ends {
                return Err(End::Token);
            }
            if now >= self.ends {
                return Err(End::Lifetime);
            }
            let entries = self.reader.read(ENTRIES_AT_ONCE).await;
            let entries = entries.map_err(|_| End::Store)?;
            if !entries.is_empty() {
                let mut chunk = BytesMut::new();
                for entry in &entries {
                    frames::entry(&mut chunk, self.reader.epoch(), entry);
                }
                return Ok(chunk.freeze());
            }
            let second_word = self.second_word.unwrap_or(heartbeat);
            let comment = second_word.min(heartbeat);
            let until = comment.min(self.token_ends).min(self.ends);
            tokio::select! {
                () = self.reader.changed() => {}
                _ = self.stopping.changed() => {}
                () = tokio::time::sleep_until(until) => {
                    if Instant::now() >= comment {
                        self.second_word = None;
                        return Ok(Bytes::from_static(HEARTBEAT));
                    }
                }
            }
        }
    }
}
