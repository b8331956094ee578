//! What other processes do in the conversations that are held here.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::held::ById;
use super::{Conversation, Conversations, Log, lock};
use crate::error::ApiResult;
use crate::store::StoreError;

impl Conversations {
    /// Has a change decided, and once more as often as another process changed the conversation meanwhile.
    pub async fn decided<T, F>(
        &self,
        conversation: &Conversation,
        mut decide: impl FnMut() -> F,
    ) -> ApiResult<T>
    where
        F: Future<Output = ApiResult<Result<T, StoreError>>>,
    {
        loop {
            match decide().await {
                // The state was read again.
                Ok(Err(StoreError::Conflict)) => {}
                Ok(done) => return Ok(done?),
                // It may be refused because of what was so before the other change.
                Err(refused) => match self.refresh(conversation).await? {
                    true => {}
                    false => return Err(refused),
                },
            }
        }
    }

    /// The log of a conversation reaches so far now.
    pub async fn moved(&self, id: &str, head: u64) -> Result<(), StoreError> {
        let (active, log) = {
            let held = lock(&self.held);
            let log = held.logs.get(id).map(|ById(log)| Arc::clone(log));
            (held.active.get(id).cloned(), log)
        };
        if let Some(conversation) = active {
            if conversation.log.head() < head {
                self.refresh(&conversation).await?;
            }
            return Ok(());
        }
        match log {
            Some(log) if log.head() < head => self.look(&log).await,
            _ => Ok(()),
        }
    }

    /// Has the readers of a conversation that nobody works on here look at what is kept.
    async fn look(&self, log: &Log) -> Result<(), StoreError> {
        if let Some(row) = self.store.conversation(&log.id).await?
            && row.head > log.head()
        {
            log.replace(&row);
        }
        Ok(())
    }

    /// Reads a conversation again where other processes may have changed it; whether one had.
    pub async fn refresh(&self, conversation: &Conversation) -> Result<bool, StoreError> {
        if !self.store.is_shared() {
            return Ok(false);
        }
        let mut state = conversation.lock().await;
        let Some(row) = self.store.conversation(&conversation.id).await? else {
            return Err(StoreError::Gone);
        };
        if row.version == state.row.version {
            return Ok(false);
        }
        if row.head < state.row.head {
            // The store lost what readers have seen: they come again, and get a `reset`.
            drop(state);
            self.start_over();
            return Err(StoreError::Conflict);
        }
        state.sends = Arc::new(self.store.sends(&conversation.id).await?);
        state.row = row;
        conversation.log.replace(&state.row);
        lock(&self.held).name(&state.row);
        conversation.changed.notify_one();
        Ok(true)
    }

    /// Compares what is held with what is kept.
    pub async fn compare(&self) -> Result<(), StoreError> {
        let ids: Vec<String> = {
            let held = lock(&self.held);
            held.logs
                .iter()
                .map(|ById(log)| log.id.to_string())
                .collect()
        };
        let heads = self.store.heads(ids.clone()).await?;
        for (id, head) in ids.into_iter().zip(heads) {
            match head {
                Some(head) => self.moved(&id, head).await?,
                None => self.forget(&[id]),
            }
        }
        Ok(())
    }

    /// Lets go of everything: it is of another life of the store. Readers come again, and get a `reset`.
    pub fn start_over(&self) {
        let mut held = lock(&self.held);
        held.active.clear();
        held.named.clear();
        for ById(log) in held.logs.drain() {
            log.over.store(true, Ordering::Release);
            log.rest();
            log.wake_readers();
        }
    }
}
