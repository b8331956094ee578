//! What all parts of a running emulator share: the account, the way out for events, and who watches.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::Notify;

use crate::access::ControlAccess;
use crate::account::{Account, NoConversation};
use crate::activity::{Activity, Observer};
use crate::changes::{Area, Changes};
use crate::clock::ClockMode;
use crate::delivery::{Delivery, DeliveryPlan};
use crate::deploy::Bot;
use crate::engine::Turn;
use crate::flow::Flow;
use crate::flow_files::FlowFiles;
use crate::outbox::Outbox;
use crate::profile::ServiceProfile;

pub(crate) struct Shared {
    account: Mutex<Account>,
    pub outbox: Outbox,
    observer: Option<Observer>,
    pub control: ControlAccess,
    pub changes: Arc<Changes>,
    /// The newest findings of each flow file.
    pub files: FlowFiles,
    /// Notified whenever the next delay may be over earlier than before.
    pub timers_changed: Notify,
}

impl Shared {
    pub fn new(
        account: Account,
        outbox: Outbox,
        observer: Option<Observer>,
        control: ControlAccess,
        changes: Arc<Changes>,
        files: FlowFiles,
    ) -> Self {
        Self {
            account: Mutex::new(account),
            outbox,
            observer,
            control,
            changes,
            files,
            timers_changed: Notify::new(),
        }
    }

    /// The account. Never held across an await.
    pub fn account(&self) -> MutexGuard<'_, Account> {
        self.account.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn tell(&self, activity: impl FnOnce() -> Activity) {
        if let Some(observer) = &self.observer {
            observer(&activity());
        }
    }

    /// Lets something happen in one conversation, and sends what comes of it on its way.
    pub fn turn<T>(
        &self,
        id: &str,
        act: impl FnOnce(&mut Turn<'_>) -> T,
    ) -> Result<T, NoConversation> {
        let mut account = self.account();
        let done = account.turn(id, act)?;
        let notices = std::mem::take(&mut account.notices);
        let held = self.outbox.hold(done.deliveries, notices);
        drop(account);
        drop(held);
        self.timers_changed.notify_one();
        self.changes.note(Area::Conversations);
        Ok(done.value)
    }

    /// Posts an event as it is written: behind the others of its conversation, where it names one.
    pub fn inject(&self, event: &str) {
        let read: Value = serde_json::from_str(event).unwrap_or_default();
        let text = |pointer| read.pointer(pointer).and_then(Value::as_str);
        let kind = text("/event/type").unwrap_or("raw").to_owned();
        let conversation = text("/conversation/key").unwrap_or_default();
        let body: Arc<str> = event.into();
        let inject = |turn: &mut Turn<'_>| turn.inject(kind.clone(), body.clone());
        if self.turn(conversation, inject).is_err() {
            let delivery = Delivery {
                conversation: conversation.into(),
                seq: 0,
                kind: kind.into(),
                body,
                plan: DeliveryPlan::default(),
            };
            drop(self.outbox.hold(vec![delivery], Vec::new()));
        }
    }

    /// Goes on in every conversation whose delay is over.
    pub fn wake_due(&self) {
        let mut account = self.account();
        let deliveries = account.wake_due();
        let notices = std::mem::take(&mut account.notices);
        let held = self.outbox.hold(deliveries, notices);
        drop(account);
        drop(held);
    }

    /// Deploys a flow; conversations under way stay on the version they began with.
    pub fn deploy(&self, flow: Flow) -> Arc<Bot> {
        let mut account = self.account();
        let seed = account.seed;
        let bot = account.bots.deploy(flow, seed);
        drop(account);
        self.changes.note(Area::Bots);
        self.tell(|| Activity::Deployed {
            name: bot.name.clone(),
            key: bot.key.clone(),
            version: bot.version,
        });
        bot
    }

    /// Behaves from now on as the profile says.
    pub fn set_profile(&self, profile: ServiceProfile) {
        self.account().profile = profile;
        self.outbox.set_retries(profile.webhook_retries);
        self.changes.note(Area::Settings);
    }

    /// Forgets visitors, conversations, requests and undelivered events; rules, profile and clock are as at the
    /// start.
    pub fn reset(&self) {
        self.outbox.clear();
        let mut account = self.account();
        let forgotten = account.reset();
        let profile = account.profile;
        drop(account);
        self.outbox.set_retries(profile.webhook_retries);
        drop(forgotten);
        self.timers_changed.notify_one();
        self.changes.note(Area::All);
    }
}

/// Ends delays when their time has come. Never returns.
pub(crate) async fn run_timers(shared: Arc<Shared>) {
    loop {
        shared.wake_due();
        let changed = shared.timers_changed.notified();
        let delay = next_delay(&shared.account());
        match delay {
            Some(delay) => {
                let _ = tokio::time::timeout(delay, changed).await;
            }
            None => changed.await,
        }
    }
}

/// How long until the next delay is over; `None` when nothing but a change can end one.
fn next_delay(account: &Account) -> Option<Duration> {
    let (until, _) = account.timers.first()?;
    match account.clock.mode() {
        ClockMode::Frozen => None,
        ClockMode::Running => {
            let left = until.saturating_sub(account.clock.now_ms());
            Some(Duration::from_millis(u64::try_from(left).unwrap_or(0)))
        }
    }
}
