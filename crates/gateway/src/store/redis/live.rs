//! What nodes hear of each other: one subscription a node. It carries who changed, and never what was said; what it may
//! have missed is found by comparing.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt;
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::{Instant, interval, timeout};

use super::Store;
use super::keys::LIVE;
use crate::store::{Signal, StoreError};

/// How often a node says something to itself, to hear whether the way is open.
const CANARY_EVERY: Duration = Duration::from_secs(5);
/// A node that did not hear itself for so long takes no more visitors.
const DEAF_AFTER: Duration = Duration::from_secs(15);
/// Every so many canaries what is held is compared with what is kept.
const COMPARED_EVERY: u32 = 5;
const CONNECTS_WITHIN: Duration = Duration::from_secs(3);
const PAUSE: Duration = Duration::from_millis(200);

/// When this node heard itself.
#[derive(Default)]
pub(super) struct Heard(Mutex<Option<Instant>>);

impl Heard {
    fn now(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    fn since(&self) -> Duration {
        let heard = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        heard.map_or(Duration::ZERO, |heard| heard.elapsed())
    }

    /// What is wrong, if it is.
    pub fn trouble(&self) -> Option<String> {
        let since = self.since();
        (since > DEAF_AFTER)
            .then(|| format!("nothing was heard from the store for {} s", since.as_secs()))
    }
}

impl Store {
    /// Says something to all nodes, this one among them.
    pub(super) async fn announce(&self, what: String) -> Result<(), StoreError> {
        self.link
            .ask(redis::cmd("PUBLISH").arg(LIVE).arg(what))
            .await
    }
}

/// Listens for as long as the store is open.
pub(super) async fn listen(store: Arc<Store>, signals: UnboundedSender<Signal>) {
    store.heard.now();
    loop {
        let why = follow(&store, &signals).await;
        tracing::warn!(why, "other nodes are not heard");
        tokio::time::sleep(PAUSE).await;
    }
}

/// Follows one connection until it ends; gives why.
async fn follow(store: &Arc<Store>, signals: &UnboundedSender<Signal>) -> String {
    let connected = timeout(CONNECTS_WITHIN, async {
        let client = store.link.client().await?;
        let mut pubsub = client.get_async_pubsub().await?;
        pubsub.subscribe(LIVE).await?;
        Ok::<_, redis::RedisError>(pubsub)
    });
    let (_sink, mut messages) = match connected.await {
        Ok(Ok(pubsub)) => pubsub.split(),
        Ok(Err(error)) => return error.category().to_owned(),
        Err(_) => return "no answer".into(),
    };
    let _ = signals.send(Signal::Missed);
    let since = Instant::now();
    let mut canary = interval(CANARY_EVERY);
    let mut canaries = 0_u32;
    loop {
        tokio::select! {
            message = messages.next() => {
                let Some(message) = message else { return "the connection ended".into() };
                let text = String::from_utf8_lossy(message.get_payload_bytes());
                take(store, &text, signals);
            }
            _ = canary.tick() => {
                if since.elapsed() > DEAF_AFTER && store.heard.since() > DEAF_AFTER {
                    return "the canary did not come back".into();
                }
                canaries = canaries.wrapping_add(1);
                if canaries.is_multiple_of(COMPARED_EVERY) {
                    let _ = signals.send(Signal::Compare);
                }
                let store = Arc::clone(store);
                tokio::spawn(async move {
                    let _ = store.announce(format!("k {}", store.node())).await;
                });
            }
        }
    }
}

fn take(store: &Store, text: &str, signals: &UnboundedSender<Signal>) {
    let own = store.node().to_string();
    let parts: Vec<&str> = text.split(' ').collect();
    let signal = match parts[..] {
        ["k", node] => {
            if node == own {
                store.heard.now();
            }
            return;
        }
        ["c", node, _, _] if node == own => return,
        ["c", _, conversation, head] => match head.parse() {
            Ok(head) => Signal::Changed {
                conversation: conversation.to_owned(),
                head,
            },
            Err(_) => return,
        },
        ["g", conversation] => Signal::Gone(conversation.to_owned()),
        ["r", visitor, number] => match number.parse() {
            Ok(number) => Signal::Revoked {
                visitor: visitor.to_owned(),
                number,
            },
            Err(_) => return,
        },
        ["l", incarnation] => {
            store.life.take(incarnation);
            return;
        }
        // Of a later version.
        _ => return,
    };
    let _ = signals.send(signal);
}
