//! The store on Redis or Valkey, for gateways of several machines: conversations are streams, what is decided is decided
//! by scripts, and nothing counts as kept before the server's log is on its disk.

mod address;
mod append;
mod beside;
mod checks;
mod connect;
mod keys;
mod life;
mod link;
mod live;
mod logs;
mod nodes;
mod scripts;
mod sessions;
mod takeover;
mod trim;
mod writes;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinHandle;

pub use self::address::RedisAddress;
use self::life::Life;
use self::link::Link;
use self::sessions::Use;
use self::writes::Writes;
use super::{
    Answer, Change, ConversationRow, Entry, Expired, FileRow, ForwardRow, History, Mark, MarkKey,
    OldFiles, Parked, RefreshRow, Rotation, SendRow, Signal, StoreError, Trim, VisitorRow,
};

/// A store on a server of Redis or Valkey, or on a cluster of them.
pub struct RedisStore {
    store: Arc<Store>,
    signals: Mutex<Option<UnboundedReceiver<Signal>>>,
    tasks: [JoinHandle<()>; 2],
}

impl Drop for RedisStore {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

pub(crate) struct Store {
    link: Arc<Link>,
    writes: Writes,
    life: Arc<Life>,
    node: nodes::Node,
    heard: live::Heard,
}

impl RedisStore {
    /// Connects, and looks whether the server keeps what it acknowledges. It runs on the runtime that this is called on.
    ///
    /// # Errors
    /// `Failed`: nobody answers there, or the server is not set up as it has to be; the error says how.
    pub async fn open(address: RedisAddress) -> Result<Self, StoreError> {
        let link = Link::open(address).await?;
        let (_, mut conn) = link.connection().await.map_err(|error| match error {
            StoreError::Away(why) => StoreError::Failed(format!("{}: {why}", link.address)),
            error => error,
        })?;
        let asks_for_flushes = checks::check(&link.address, &mut conn).await?;
        let (sender, receiver) = unbounded_channel();
        let life = Life::join(&mut conn, sender.clone())
            .await
            .map_err(|error| match error {
                StoreError::Failed(why) => StoreError::Failed(format!("{}: {why}", link.address)),
                error => error,
            })?;
        let (link, life) = (Arc::new(link), Arc::new(life));
        link.watch(Arc::clone(&life));
        let store = Arc::new(Store {
            writes: Writes::new(Arc::clone(&link), asks_for_flushes),
            link,
            life,
            node: nodes::Node::default(),
            heard: live::Heard::default(),
        });
        store.join().await?;
        let tasks = [
            tokio::spawn(nodes::renew(Arc::clone(&store), sender.clone())),
            tokio::spawn(live::listen(Arc::clone(&store), sender)),
        ];
        Ok(Self {
            store,
            signals: Mutex::new(Some(receiver)),
            tasks,
        })
    }

    fn answer<T: 'static, F: Future<Output = Result<T, StoreError>> + Send + 'static>(
        &self,
        ask: impl FnOnce(Arc<Store>) -> F,
    ) -> Answer<T> {
        Box::pin(ask(Arc::clone(&self.store)))
    }
}

/// The fields of a conversation's `meta`.
struct Stored(HashMap<String, String>);

/// A row as it is kept.
fn text(row: &impl Serialize) -> String {
    serde_json::to_string(row).unwrap_or_default()
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text)
        .map_err(|error| StoreError::Failed(format!("what is kept cannot be read: {error}")))
}

impl super::Store for RedisStore {
    fn incarnation(&self) -> Arc<str> {
        self.store.life.incarnation()
    }

    fn failure(&self) -> Option<StoreError> {
        None
    }

    fn is_shared(&self) -> bool {
        true
    }

    fn now_ms(&self) -> u64 {
        self.store.now_ms()
    }

    fn signals(&self) -> Option<UnboundedReceiver<Signal>> {
        self.signals
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    fn trouble(&self) -> Option<String> {
        self.store.heard.trouble()
    }

    fn shared_secret(&self, name: &str, own: String) -> Answer<String> {
        let name = name.to_owned();
        self.answer(|store| async move { store.shared_secret(&name, &own).await })
    }

    fn heads(&self, conversations: Vec<String>) -> Answer<Vec<Option<u64>>> {
        self.answer(|store| async move { store.heads(&conversations).await })
    }

    fn may_send(&self) -> bool {
        self.store.may_send()
    }

    fn take_on(&self, conversation: &str) -> Answer<bool> {
        let id = conversation.to_owned();
        self.answer(|store| async move { store.take_on(&id).await })
    }

    fn let_go(&self, conversation: &str, version: u64) -> Answer<bool> {
        let id = conversation.to_owned();
        self.answer(move |store| async move { store.let_go(&id, version).await })
    }

    fn leave(&self) -> Answer<()> {
        self.answer(|store| async move { store.leave().await })
    }

    fn put_visitor(&self, visitor: VisitorRow) -> Answer<()> {
        self.answer(|store| async move { store.put_visitor(visitor).await })
    }

    fn visitor(&self, id: &str) -> Answer<Option<VisitorRow>> {
        let id = id.to_owned();
        self.answer(|store| async move { store.visitor(&id).await })
    }

    fn revoke(&self, visitor: &str) -> Answer<u64> {
        let visitor = visitor.to_owned();
        self.answer(|store| async move { store.revoke(&visitor).await })
    }

    fn revocations(&self) -> Answer<Vec<(String, u64)>> {
        self.answer(|store| async move { store.revocations().await })
    }

    fn put_refresh(&self, refresh: RefreshRow) -> Answer<()> {
        self.answer(|store| async move { store.put_refresh(refresh).await })
    }

    fn rotate_refresh(
        &self,
        family: &str,
        hash: [u8; 32],
        next: [u8; 32],
        now_ms: u64,
        expires_ms: u64,
        grace_ms: u64,
    ) -> Answer<Rotation> {
        let of = Use {
            family: family.to_owned(),
            hash,
            next,
            now_ms,
            expires_ms,
            grace_ms,
        };
        self.answer(|store| async move { store.rotate(of).await })
    }

    fn create(&self, change: Change) -> Answer<Result<(), String>> {
        self.answer(|store| async move { store.create(change).await })
    }

    fn append(&self, changes: Vec<Change>) -> Answer<()> {
        self.answer(|store| async move { store.append(changes).await })
    }

    fn conversation(&self, id: &str) -> Answer<Option<ConversationRow>> {
        let id = id.to_owned();
        self.answer(|store| async move { store.conversation(&id).await })
    }

    fn latest_of(&self, visitor: &str, site: &str) -> Answer<Option<ConversationRow>> {
        let (visitor, site) = (visitor.to_owned(), site.to_owned());
        self.answer(|store| async move { store.latest_of(&visitor, &site).await })
    }

    fn conversations_of(&self, visitor: &str) -> Answer<Vec<ConversationRow>> {
        let visitor = visitor.to_owned();
        self.answer(|store| async move { store.conversations_of(&visitor).await })
    }

    fn by_vendor_id(&self, account: &str, vendor_id: &str) -> Answer<Option<String>> {
        let (account, vendor_id) = (account.to_owned(), vendor_id.to_owned());
        self.answer(|store| async move { store.by_vendor_id(&account, &vendor_id).await })
    }

    fn without_vendor_id(&self, account: &str, vendor_visitor: &str) -> Answer<Vec<String>> {
        let (account, visitor) = (account.to_owned(), vendor_visitor.to_owned());
        self.answer(|store| async move { store.without_vendor_id(&account, &visitor).await })
    }

    fn read(&self, conversation: &str, after: u64, limit: usize) -> Answer<Vec<Entry>> {
        let id = conversation.to_owned();
        self.answer(move |store| async move { store.read(&id, after, limit).await })
    }

    fn messages_before(&self, conversation: &str, before: u64, limit: usize) -> Answer<Vec<Entry>> {
        let id = conversation.to_owned();
        self.answer(move |store| async move { store.messages_before(&id, before, limit).await })
    }

    fn sends(&self, conversation: &str) -> Answer<Vec<SendRow>> {
        let id = conversation.to_owned();
        self.answer(|store| async move { store.sends(&id).await })
    }

    fn seen(&self, conversation: &str, keys: Vec<String>) -> Answer<Vec<bool>> {
        let id = conversation.to_owned();
        self.answer(|store| async move { store.seen(&id, keys).await })
    }

    fn history(&self, conversation: &str) -> Answer<Option<History>> {
        let id = conversation.to_owned();
        self.answer(|store| async move { store.history(&id).await })
    }

    fn unfinished(&self) -> Answer<Vec<String>> {
        self.answer(|store| async move { store.unfinished().await })
    }

    fn park(&self, events: Vec<Parked>) -> Answer<()> {
        self.answer(|store| async move { store.park(events).await })
    }

    fn parked(&self, account: &str, vendor_id: &str) -> Answer<Vec<Parked>> {
        let (account, vendor_id) = (account.to_owned(), vendor_id.to_owned());
        self.answer(|store| async move { store.parked(&account, &vendor_id).await })
    }

    fn put_forwards(&self, posts: Vec<ForwardRow>) -> Answer<()> {
        self.answer(|store| async move { store.put_forwards(posts).await })
    }

    fn first_forward(&self, receiver: &str) -> Answer<Option<ForwardRow>> {
        let receiver = receiver.to_owned();
        self.answer(|store| async move { store.first_forward(&receiver).await })
    }

    fn drop_forward(&self, number: u64) -> Answer<()> {
        self.answer(move |store| async move { store.drop_forward(number).await })
    }

    fn trim(&self, trim: Trim) -> Answer<Expired> {
        self.answer(move |store| async move { store.trim(trim).await })
    }

    fn erase(&self, visitor: &str, key: MarkKey, at_ms: u64) -> Answer<Vec<String>> {
        let visitor = visitor.to_owned();
        self.answer(move |store| async move { store.erase(&visitor, key, at_ms).await })
    }

    fn put_mark(&self, mark: Mark, at_ms: u64) -> Answer<()> {
        self.answer(move |store| async move { store.put_mark(mark, at_ms).await })
    }

    fn is_marked(&self, mark: Mark) -> Answer<bool> {
        self.answer(move |store| async move { store.is_marked(mark).await })
    }

    fn put_file(&self, file: FileRow) -> Answer<()> {
        self.answer(|store| async move { store.put_file(file).await })
    }

    fn file_is_ready(&self, id: &str) -> Answer<bool> {
        let id = id.to_owned();
        self.answer(|store| async move { store.file_is_ready(&id).await })
    }

    fn file(&self, id: &str) -> Answer<Option<FileRow>> {
        let id = id.to_owned();
        self.answer(|store| async move { store.file(&id).await })
    }

    fn files_of(&self, visitor: &str) -> Answer<Vec<FileRow>> {
        let visitor = visitor.to_owned();
        self.answer(|store| async move { store.files_of(&visitor).await })
    }

    fn old_files(&self, old: OldFiles) -> Answer<Vec<FileRow>> {
        self.answer(move |store| async move { store.old_files(old).await })
    }

    fn drop_files(&self, ids: Vec<String>) -> Answer<()> {
        self.answer(|store| async move { store.drop_files(ids).await })
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
