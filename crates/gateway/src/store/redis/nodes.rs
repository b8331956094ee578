//! The gateways that share the store. Each has a number, which is its fence, and a lease that it renews. One of them at a
//! time sends in a conversation; what one that is gone left unfinished is taken up by another.

use std::collections::HashSet;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;
use tokio::time::Instant;

use super::Store;
use super::keys;
use super::scripts::{BEAT, LET_GO, TAKE_ON};
use crate::clock::{now_ms, whole_ms};
use crate::store::{Signal, StoreError};

const LEASE: Duration = Duration::from_secs(6);
const RENEWED_EVERY: Duration = Duration::from_millis(1_500);

/// This node, as the others know it.
#[derive(Default)]
pub(super) struct Node {
    number: AtomicU64,
    /// By how much the server's clock is ahead of this machine's.
    ahead_ms: AtomicI64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Until when nobody else may take over, as this machine's clock runs.
    leased_until: Option<Instant>,
    /// Conversations that are noted as this node's work.
    noted: HashSet<String>,
    left: bool,
}

impl Node {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who there is.
struct Nodes {
    /// Those whose lease has ended.
    gone: Vec<u64>,
    /// Those that run, this one among them.
    running: Vec<u64>,
}

impl Store {
    /// This node's number.
    pub(super) fn node(&self) -> u64 {
        self.node.number.load(Ordering::Acquire)
    }

    /// The time, as the server has it: all nodes agree on it.
    pub(super) fn now_ms(&self) -> u64 {
        now_ms().saturating_add_signed(self.node.ahead_ms.load(Ordering::Acquire))
    }

    /// Whether no other node can have taken over what this one sends.
    pub(super) fn may_send(&self) -> bool {
        let until = self.node.state().leased_until;
        until.is_some_and(|until| Instant::now() < until)
    }

    /// Renews the lease; takes another number where that is too late.
    async fn beat(&self) -> Result<Nodes, StoreError> {
        if self.node.state().left {
            return Err(StoreError::Away("this node has left".into()));
        }
        loop {
            let own = match self.node() {
                0 => String::new(),
                number => number.to_string(),
            };
            let until = Instant::now() + LEASE;
            let call = BEAT
                .on([keys::NODES, keys::LAST_NODE])
                .arg(own)
                .arg(whole_ms(LEASE));
            let (number, gone, running, now): (u64, Vec<u64>, Vec<u64>, u64) =
                self.link.run(&call).await?;
            self.node.ahead_ms.store(
                i64::try_from(now).unwrap_or(0) - i64::try_from(now_ms()).unwrap_or(0),
                Ordering::Release,
            );
            let mut state = self.node.state();
            if number != self.node() {
                // What was noted under the number before is found there by the next one that looks.
                state.noted.clear();
            }
            self.node.number.store(number, Ordering::Release);
            if number != 0 {
                state.leased_until = Some(until);
                return Ok(Nodes { gone, running });
            }
            tracing::warn!(
                "the lease ended before it was renewed; others took up what was unfinished"
            );
        }
    }

    /// Takes part.
    pub(super) async fn join(&self) -> Result<(), StoreError> {
        self.beat().await.map(drop)
    }

    /// Whether no other node runs.
    pub(super) async fn is_only_node(&self) -> Result<bool, StoreError> {
        Ok(self.beat().await?.running == [self.node()])
    }

    /// Ends the lease: what is unfinished is free for others.
    pub(super) async fn leave(&self) -> Result<(), StoreError> {
        self.node.state().left = true;
        let mut end = redis::cmd("ZADD");
        end.arg(keys::NODES).arg("XX").arg(0).arg(self.node());
        self.link.ask(&end).await
    }

    /// Notes that this node has something to send in a conversation, before that is there.
    pub(super) async fn note_work(&self, conversation: &str) -> Result<(), StoreError> {
        let node = self.node();
        if self.node.state().noted.contains(conversation) {
            return Ok(());
        }
        let add = redis::cmd("SADD")
            .arg(keys::work(node))
            .arg(conversation)
            .take();
        self.writes.ask::<()>(add).await?;
        if node == self.node() {
            self.node.state().noted.insert(conversation.to_owned());
        }
        Ok(())
    }

    async fn forget_work(&self, conversation: &str) -> Result<(), StoreError> {
        self.node.state().noted.remove(conversation);
        let work = keys::work(self.node());
        self.link
            .ask(redis::cmd("SREM").arg(work).arg(conversation))
            .await
    }

    /// Makes this node the one that sends in a conversation; false when another one is.
    pub(super) async fn take_on(&self, conversation: &str) -> Result<bool, StoreError> {
        self.note_work(conversation).await?;
        let mut gone = String::new();
        loop {
            let own = self.node();
            let call = TAKE_ON
                .on([keys::meta(conversation)])
                .arg(own)
                .arg(gone.as_str());
            let owner: u64 = self.link.run(&call).await?;
            if owner == own {
                return Ok(true);
            }
            if self.beat().await?.running.contains(&owner) {
                self.forget_work(conversation).await?;
                return Ok(false);
            }
            gone = owner.to_string();
        }
    }

    /// Nothing is unfinished in a conversation as of this version; false when it was changed since.
    pub(super) async fn let_go(
        &self,
        conversation: &str,
        version: u64,
    ) -> Result<bool, StoreError> {
        let call = LET_GO
            .on([keys::meta(conversation)])
            .arg(self.node())
            .arg(version);
        let gone: u64 = self.link.run(&call).await?;
        if gone == 1 {
            self.forget_work(conversation).await?;
        }
        Ok(gone == 1)
    }

    /// Conversations of this node, and of those that are gone, in which something is unfinished.
    pub(super) async fn unfinished(&self) -> Result<Vec<String>, StoreError> {
        let gone = self.beat().await?.gone;
        let mut found = self.adopt(&gone).await?;
        let work = keys::work(self.node());
        let own: Vec<String> = self.ask(redis::cmd("SMEMBERS").arg(work)).await?;
        for id in own {
            if self.is_unfinished(&id).await? {
                found.push(id);
            }
        }
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    /// Takes up what nodes that are gone left.
    async fn adopt(&self, gone: &[u64]) -> Result<Vec<String>, StoreError> {
        let mut found = Vec::new();
        for node in gone {
            let work = keys::work(*node);
            let ids: Vec<String> = self.ask(redis::cmd("SMEMBERS").arg(&work)).await?;
            for id in ids {
                if self.is_unfinished(&id).await? {
                    self.note_work(&id).await?;
                    found.push(id);
                }
            }
            self.drop_key(&work).await?;
            let end = redis::cmd("ZREM").arg(keys::NODES).arg(*node).take();
            self.writes.ask::<()>(end).await?;
        }
        Ok(found)
    }

    async fn is_unfinished(&self, conversation: &str) -> Result<bool, StoreError> {
        let sends = self.sends(conversation).await?;
        Ok(sends.iter().any(|send| send.state.is_unfinished()))
    }
}

/// Renews the lease for as long as the store is open, and takes up what others left.
pub(super) async fn renew(store: Arc<Store>, signals: UnboundedSender<Signal>) {
    loop {
        tokio::time::sleep(RENEWED_EVERY).await;
        if store.node.state().left {
            return;
        }
        match look(&store).await {
            Ok(orphans) if orphans.is_empty() => {}
            Ok(orphans) => {
                let _ = signals.send(Signal::Orphans(orphans));
            }
            Err(error) => tracing::warn!(%error, "the lease was not renewed"),
        }
    }
}

async fn look(store: &Store) -> Result<Vec<String>, StoreError> {
    let gone = store.beat().await?.gone;
    if store.link.is_cluster() {
        // The client connects to other masters by itself.
        let (_, mut conn) = store.link.connection().await?;
        store.life.look(&mut conn).await?;
    }
    store.adopt(&gone).await
}
