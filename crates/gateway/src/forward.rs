//! The vendor's posts, passed on to other receivers: unchanged, in order, from the store, until each was
//! taken. One post at a time for a receiver, and none waits for another receiver.

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use bytes::Bytes;
use hyper::Response;

use crate::app::App;
use crate::clock::now_ms;
use crate::config::Receiver;
use crate::outgoing::Link;
use crate::store::{ForwardRow, StoreError};
use crate::upstream::{Upstream, jittered};

/// Posts that a receiver did not take go after three days.
const KEPT_MS: u64 = 3 * 24 * 3_600 * 1_000;
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// The longest that a receiver can ask to be left alone.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(600);
/// How long a store that cannot be reached is waited for.
pub(crate) const WHEN_AWAY: Duration = Duration::from_secs(1);
/// The header by which a gateway knows what it passed on itself.
pub(crate) const PASSED_ON_BY: &str = "x-wotnot-gateway";

/// A post, as it came.
pub(crate) struct Post {
    pub body: String,
    pub content_type: Option<String>,
    pub has_authorization: bool,
}

/// Keeps a post for each of the account's other receivers.
pub(crate) async fn keep(app: &App, upstream: &Upstream, post: Post) -> Result<(), StoreError> {
    let rows: Vec<ForwardRow> = upstream
        .forward
        .iter()
        .map(|receiver| ForwardRow {
            number: 0,
            receiver: receiver.id(&upstream.name),
            body: post.body.clone(),
            content_type: post.content_type.clone(),
            has_authorization: post.has_authorization,
            at_ms: now_ms(),
        })
        .collect();
    match rows.is_empty() {
        true => Ok(()),
        false => app.store.put_forwards(rows).await,
    }
}

/// Has what is kept for the account's receivers sent.
pub(crate) fn wake(app: &Arc<App>, upstream: &Upstream) {
    for receiver in &upstream.forward {
        let id = receiver.id(&upstream.name);
        if app.forwarding.wake(&id) {
            tokio::spawn(work(Arc::clone(app), upstream.name.clone(), id));
        }
    }
}

/// Has what is kept for all receivers sent.
pub(crate) fn wake_all(app: &Arc<App>) {
    for upstream in app.upstreams().values() {
        wake(app, upstream);
    }
}

/// What came of a post.
pub(crate) enum Outcome {
    /// Taken: any 2xx.
    Taken,
    /// It will never be taken, whatever becomes of others.
    Refused(u16),
    /// Nobody took it. It may have arrived: then it comes twice.
    Retry {
        why: String,
        after: Option<Duration>,
    },
    /// It is too old.
    Dropped,
}

impl Outcome {
    pub fn name(&self) -> &'static str {
        match self {
            Outcome::Taken => "taken",
            Outcome::Refused(_) => "refused",
            Outcome::Retry { .. } => "again",
            Outcome::Dropped => "dropped",
        }
    }

    pub fn of(answer: Result<Response<Bytes>, String>) -> Self {
        let response = match answer {
            Ok(response) => response,
            Err(why) => return Outcome::Retry { why, after: None },
        };
        match response.status() {
            status if status.is_success() => Outcome::Taken,
            // They speak of the body. Whatever else is wrong may be put right at the receiver's.
            status @ (StatusCode::BAD_REQUEST
            | StatusCode::PAYLOAD_TOO_LARGE
            | StatusCode::UNSUPPORTED_MEDIA_TYPE
            | StatusCode::UNPROCESSABLE_ENTITY) => Outcome::Refused(status.as_u16()),
            status => {
                let after = response.headers().get(RETRY_AFTER);
                let seconds = after.and_then(|value| value.to_str().ok()?.trim().parse().ok());
                let after = seconds.map(Duration::from_secs);
                Outcome::Retry {
                    why: format!("status {}", status.as_u16()),
                    after: after.map(|after| after.min(LONGEST_RETRY_AFTER)),
                }
            }
        }
    }
}

/// Before the next try, after so many that failed.
pub(crate) fn pause(failures: u32, after: Option<Duration>) -> Duration {
    let doubled = FIRST_PAUSE * 2_u32.saturating_pow(failures.min(10));
    jittered(doubled.min(LONGEST_PAUSE)).max(after.unwrap_or_default())
}

async fn send(
    link: &mut Link,
    receiver: &Receiver,
    upstream: &Upstream,
    row: &ForwardRow,
    by: &str,
) -> Outcome {
    if row.at_ms + KEPT_MS < now_ms() {
        return Outcome::Dropped;
    }
    let kind = row.content_type.as_deref().unwrap_or("application/json");
    let mut headers = vec![("content-type", kind), (PASSED_ON_BY, by)];
    let authorization = upstream.authorization();
    if row.has_authorization {
        headers.push(("authorization", &authorization));
    }
    Outcome::of(link.post(receiver, &headers, row.body.clone().into()).await)
}

/// Sends what is kept for one receiver, until nothing is left.
async fn work(app: Arc<App>, account: String, id: String) {
    let mut stopping = app.stopping.subscribe();
    let mut failures = 0_u32;
    let mut link = Link::default();
    while !*stopping.borrow_and_update() {
        let woken = app.forwarding.woken(&id);
        let row = match app.store.first_forward(&id).await {
            Ok(row) => row,
            Err(StoreError::Away(why)) => {
                tracing::warn!(account, why, "passing on waits for the store");
                tokio::time::sleep(WHEN_AWAY).await;
                continue;
            }
            // The process ends over it.
            Err(error) => return tracing::error!(account, %error, "nothing more is passed on"),
        };
        // The configuration may have changed meanwhile.
        let upstream = app.upstreams().get(&account).cloned();
        let receiver = upstream.as_deref().and_then(|upstream| {
            let mut receivers = upstream.forward.iter().zip(1_usize..);
            receivers.find(|(receiver, _)| receiver.id(&account) == id)
        });
        let (Some(row), Some(upstream), Some((receiver, number))) = (row, &upstream, receiver)
        else {
            match app.forwarding.end(&id, woken) {
                true => return,
                false => continue,
            }
        };
        let outcome = send(
            &mut link,
            receiver,
            upstream,
            &row,
            &app.store.incarnation(),
        )
        .await;
        app.counters.forward(&account, outcome.name());
        let mut pause = None;
        match outcome {
            Outcome::Taken => {}
            Outcome::Dropped => {
                tracing::error!(
                    account,
                    number,
                    "a post that no receiver took for three days is dropped"
                );
            }
            Outcome::Refused(status) => {
                tracing::error!(
                    account,
                    number,
                    status,
                    "a receiver refused a post; it is dropped"
                );
            }
            Outcome::Retry { why, after } => {
                let wait = self::pause(failures, after);
                tracing::warn!(
                    account,
                    number,
                    why,
                    "a receiver took no post; it is tried again"
                );
                pause = Some(wait);
            }
        }
        if let Some(wait) = pause {
            failures += 1;
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                _ = stopping.changed() => {}
            }
            continue;
        }
        failures = 0;
        match app.store.drop_forward(row.number).await {
            // It is passed on once more then.
            Ok(()) | Err(StoreError::Away(_)) => {}
            Err(error) => return tracing::error!(account, %error, "nothing more is passed on"),
        }
    }
}
