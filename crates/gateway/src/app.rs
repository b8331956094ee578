//! What all parts of a running gateway share.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::{Mutex, Semaphore, watch};

use crate::challenge::Challenges;
use crate::clock::now_ms;
use crate::config::limits::Limits;
use crate::config::{Account, Config, Keep, Sending, TokenKey};
use crate::conversation::Conversations;
use crate::counters::Counters;
use crate::files::Files;
use crate::forwarding::Forwarding;
use crate::limits::Limiter;
use crate::outbox::Unsent;
use crate::sites::Sites;
use crate::store::{MarkKey, Retention, Store, StoreError, Trim};
use crate::tokens::VisitorTokens;
use crate::unread::Unread;
use crate::upstream::{Upstream, Upstreams};

/// Events of unknown conversations go after a minute.
const PARKED_KEPT_MS: u64 = 60_000;
const SWEEP_EVERY: Duration = Duration::from_secs(15);
/// Of those, the sweeps that look at what is kept long.
const RETENTION_EVERY: u32 = 40;

pub(crate) struct App {
    pub store: Arc<dyn Store>,
    pub conversations: Conversations,
    pub tokens: VisitorTokens,
    pub sending: Sending,
    keep: Keep,
    /// Marks what was erased.
    pub marks: MarkKey,
    /// Calls to the vendor that may be under way.
    pub calls: Arc<Semaphore>,
    /// Held by who gives a conversation the vendor's id, and by who parks an event without one:
    /// an event must not be parked just after it was looked for.
    pub naming: Mutex<()>,
    /// How long conversations have had something to send.
    pub unsent: Arc<Unsent>,
    pub counters: Counters,
    pub limiter: Limiter,
    pub files: Arc<Files>,
    pub challenges: Challenges,
    pub forwarding: Forwarding,
    pub unread: Unread,
    /// Turns true when the gateway stops.
    pub stopping: watch::Sender<bool>,
    sites: RwLock<Arc<Sites>>,
    upstreams: RwLock<Arc<Upstreams>>,
    limits: RwLock<Limits>,
    revocations: RwLock<HashMap<String, u64>>,
}

impl App {
    pub async fn new(
        config: &Config,
        keys: &[TokenKey],
        secret: &str,
        own_url: &str,
        store: Arc<dyn Store>,
    ) -> Result<Self, crate::Error> {
        let upstreams = upstreams(&config.accounts)?;
        let files = Files::new(config, secret, own_url, Arc::clone(&store))?;
        let revocations = store.revocations().await?.into_iter().collect();
        Ok(Self {
            conversations: Conversations::new(Arc::clone(&store), config.keep.log_entries.get()),
            store,
            tokens: VisitorTokens::new(keys),
            sending: config.sending,
            keep: config.keep,
            marks: MarkKey::new(secret.as_bytes()),
            calls: Arc::new(Semaphore::new(config.sending.at_once.max(1))),
            naming: Mutex::default(),
            unsent: Arc::default(),
            counters: Counters::new(),
            limiter: Limiter::new(config.listen.trusted_proxies.into()),
            challenges: Challenges::new()?,
            forwarding: Forwarding::default(),
            unread: Unread::default(),
            files: Arc::new(files),
            limits: RwLock::new(config.limits),
            stopping: watch::Sender::new(false),
            sites: RwLock::new(Arc::new(Sites::new(config.sites.clone()))),
            upstreams: RwLock::new(Arc::new(upstreams)),
            revocations: RwLock::new(revocations),
        })
    }

    /// The sites as they are now.
    pub fn sites(&self) -> Arc<Sites> {
        let sites = self.sites.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&sites)
    }

    /// Takes other sites from now on; conversations that run keep their own.
    pub fn set_sites(&self, sites: Sites) {
        *self.sites.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(sites);
    }

    /// The accounts as they are now.
    pub fn upstreams(&self) -> Arc<Upstreams> {
        let upstreams = self.upstreams.read();
        Arc::clone(&upstreams.unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes other accounts from now on; calls that are under way end as they began.
    pub fn set_upstreams(&self, upstreams: Upstreams) {
        let mut held = self
            .upstreams
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *held = Arc::new(upstreams);
    }

    /// The limits that count while the site is not known, as they are now.
    pub fn limits(&self) -> Limits {
        *self.limits.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes other limits from now on; those of sites come with the sites.
    pub fn set_limits(&self, limits: Limits) {
        *self.limits.write().unwrap_or_else(PoisonError::into_inner) = limits;
    }

    /// The number that a visitor's tokens must carry.
    pub fn revocation_of(&self, visitor: &str) -> u64 {
        let revocations = self.revocations.read();
        let revocations = revocations.unwrap_or_else(PoisonError::into_inner);
        revocations.get(visitor).copied().unwrap_or(0)
    }

    /// Takes a visitor's tokens back.
    pub async fn revoke(&self, visitor: &str) -> Result<(), StoreError> {
        let number = self.store.revoke(visitor).await?;
        self.note_revocation(visitor, number);
        self.wake_readers_of(visitor).await
    }

    /// Has the visitor's readers look whether they still may read.
    pub async fn wake_readers_of(&self, visitor: &str) -> Result<(), StoreError> {
        let conversations = self.store.conversations_of(visitor).await?;
        let ids = conversations.iter().map(|row| row.id.as_str());
        self.conversations.wake_readers(ids);
        Ok(())
    }

    /// Drops everything of a visitor, and takes their tokens back.
    pub async fn erase(&self, visitor: &str) -> Result<(), StoreError> {
        // The bytes first: a row that is left can be erased again.
        let files = self.store.files_of(visitor).await?;
        if let Err(error) = self.files.remove(&files).await {
            tracing::error!(%error, "files of a visitor were not removed");
            return Err(StoreError::Failed("the files cannot be removed".into()));
        }
        // Events of conversations that are not known are not parked meanwhile.
        let _naming = self.naming.lock().await;
        let conversations = self
            .store
            .erase(visitor, self.marks.clone(), now_ms())
            .await?;
        let revocation = self.store.visitor(visitor).await?.map(|row| row.revocation);
        self.note_revocation(visitor, revocation.unwrap_or(0));
        self.conversations.forget(&conversations);
        Ok(())
    }

    /// From now on the visitor's tokens carry this number; an older one changes nothing.
    pub fn note_revocation(&self, visitor: &str, number: u64) {
        let revocations = self.revocations.write();
        let mut revocations = revocations.unwrap_or_else(PoisonError::into_inner);
        let known = revocations.entry(visitor.to_owned()).or_default();
        *known = number.max(*known);
    }
}

/// Readies these accounts.
pub(crate) fn upstreams(accounts: &[Account]) -> Result<Upstreams, crate::Error> {
    let mut upstreams = Upstreams::new();
    for account in accounts {
        let upstream = Upstream::new(account).map_err(|error| {
            crate::Error::Config(format!("account `{}`: {}", account.name, error.message()))
        })?;
        upstreams.insert(account.name.clone(), Arc::new(upstream));
    }
    Ok(upstreams)
}

/// Drops what is too old, now and then, for as long as the gateway runs.
pub(crate) async fn sweep(app: Arc<App>) {
    let mut round = 0_u32;
    loop {
        let now = app.store.now_ms();
        let retention = round.is_multiple_of(RETENTION_EVERY).then(|| Retention {
            conversations_ms: now.saturating_sub(app.keep.conversations_ms()),
            raw_ms: now.saturating_sub(app.keep.raw_ms()),
            refresh_ms: now,
            // The vendor may speak of a conversation for as long as it would have been kept.
            erased_ms: now.saturating_sub(app.keep.conversations_ms()),
        });
        let trim = Trim {
            parked_before_ms: now.saturating_sub(PARKED_KEPT_MS),
            retention,
        };
        if let Err(error) = drop_old(&app, trim).await {
            tracing::error!(%error, "not all that is too old was dropped");
        }
        if let Err(error) = app.files.sweep().await {
            tracing::error!(%error, "no file was swept");
        }
        app.conversations.sweep();
        app.limiter.sweep();
        round = round.wrapping_add(1);
        tokio::time::sleep(SWEEP_EVERY).await;
    }
}

/// In parts, between which others write.
async fn drop_old(app: &App, trim: Trim) -> Result<(), StoreError> {
    loop {
        let expired = app.store.trim(trim).await?;
        app.counters.dead_letters.add(expired.dead_letters);
        app.conversations.forget(&expired.conversations);
        if !expired.more {
            return Ok(());
        }
    }
}
