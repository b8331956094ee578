//! Delivers events to the webhook: in order within a conversation, again until it is answered 200,
//! and never in the way of the API. Posting one body is `post`'s.

mod connections;
mod post;
mod posts;
mod queue;
mod target;
mod webhook;

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;
use tokio::runtime::Handle;
use tokio::sync::{Notify, Semaphore};

use self::post::Posted;
use self::posts::Posts;
pub use self::posts::{PostAnswer, PostView};
use self::queue::{Next, Queue};
use self::target::Target;
pub use self::webhook::{TokenPlace, Webhook, WebhookRetry};
use crate::activity::{Activity, Observer};
use crate::changes::{Area, Changes};
use crate::delivery::Delivery;
use crate::error::WebhookUrlError;

/// Deliveries under way at one time.
const AT_ONCE: usize = 64;
/// How many dead letters are kept.
const DEAD_KEPT: usize = 1_000;
/// How long an event waits for the one that it is to be delivered behind or together with.
const NEIGHBOUR_WAIT: Duration = Duration::from_secs(1);

/// A delivery that was given up.
#[derive(Clone, Debug, Serialize)]
pub struct DeadLetter {
    /// The conversation.
    pub conversation: String,
    /// The events' numbers within the conversation.
    pub seqs: Vec<u64>,
    /// How often it was tried.
    pub attempts: u32,
    /// The last failure.
    pub reason: String,
    /// The events.
    pub events: Vec<serde_json::Value>,
}

/// Events that wait for the answer of their call. Dropping it lets them go.
pub(crate) struct Held {
    outbox: Outbox,
    happened: Vec<Activity>,
    conversations: Vec<Arc<str>>,
    released: Arc<AtomicBool>,
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(observer) = &self.outbox.0.observer {
            self.happened.iter().for_each(|activity| observer(activity));
        }
        self.released.store(true, Ordering::Release);
        for key in &self.conversations {
            self.outbox.wake(key);
        }
    }
}

/// The way out for events.
#[derive(Clone)]
pub(crate) struct Outbox(Arc<Shared>);

struct Shared {
    runtime: Handle,
    retry: WebhookRetry,
    /// Whether a delivery is tried again at all.
    retries: AtomicBool,
    observer: Option<Observer>,
    permits: Semaphore,
    target: Mutex<Option<Arc<Target>>>,
    queues: Mutex<HashMap<Arc<str>, Queue>>,
    dead: Mutex<VecDeque<DeadLetter>>,
    posts: Mutex<Posts>,
    changes: Arc<Changes>,
    /// Notified whenever a conversation has nothing left to deliver.
    drained: Notify,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Outbox {
    pub fn new(
        runtime: Handle,
        retry: WebhookRetry,
        observer: Option<Observer>,
        changes: Arc<Changes>,
    ) -> Self {
        Self(Arc::new(Shared {
            runtime,
            retry,
            retries: AtomicBool::new(true),
            observer,
            permits: Semaphore::new(AT_ONCE),
            target: Mutex::default(),
            queues: Mutex::default(),
            dead: Mutex::default(),
            posts: Mutex::default(),
            changes,
            drained: Notify::new(),
        }))
    }

    /// Whether deliveries are tried again from now on.
    pub fn set_retries(&self, retries: bool) {
        self.0.retries.store(retries, Ordering::Relaxed);
    }

    /// Sets the webhook; events before it are not sent to it.
    pub fn set_webhook(&self, webhook: Option<Webhook>) -> Result<(), WebhookUrlError> {
        let target = webhook.map(Target::new).transpose()?.map(Arc::new);
        if let Some(target) = &target {
            let target = Arc::downgrade(target);
            self.0.runtime.spawn(target::close_idle(target));
        }
        *lock(&self.0.target) = target;
        self.0.changes.note(Area::Settings);
        Ok(())
    }

    pub fn webhook(&self) -> Option<Webhook> {
        let target = lock(&self.0.target);
        target.as_ref().map(|target| target.webhook.clone())
    }

    /// Posts the service's test: the token and no events, to be answered 200 with the same token.
    pub async fn test(&self, webhook: &Webhook) -> Result<(), String> {
        let tested = match Target::new(webhook.clone()) {
            Ok(target) => {
                let tested = post::test(&target, self.0.retry.timeout).await;
                self.note(&target, None, &[], 1, &tested);
                tested.outcome
            }
            Err(error) => Err(error.to_string()),
        };
        self.tell(|| Activity::WebhookTest {
            problem: tested.clone().err(),
        });
        tested
    }

    /// Takes events in the order in which they happened: call it while the account is locked. They leave
    /// when what it gives is dropped, so that the answer of their call can go first, and nothing overtakes them.
    /// Observers get `notices` behind them.
    pub fn hold(&self, deliveries: Vec<Delivery>, notices: Vec<Activity>) -> Held {
        let held = Held {
            outbox: self.clone(),
            happened: match self.0.observer {
                Some(_) => deliveries.iter().map(happened).chain(notices).collect(),
                None => Vec::new(),
            },
            conversations: conversations(&deliveries),
            released: Arc::default(),
        };
        if !deliveries.is_empty() {
            self.0.changes.note(Area::Conversations);
        }
        if lock(&self.0.target).is_some() {
            let mut queues = lock(&self.0.queues);
            for delivery in deliveries.into_iter().filter(|it| !it.plan.never) {
                let queue = queues.entry(delivery.conversation.clone()).or_default();
                queue.add(delivery, held.released.clone());
            }
        }
        held
    }

    /// Lets a conversation's events go that were held until now.
    fn wake(&self, key: &Arc<str>) {
        if let Some(queue) = lock(&self.0.queues).get_mut(key) {
            queue.wake(|| {
                let (outbox, key) = (self.clone(), key.clone());
                self.0.runtime.spawn(async move { outbox.drain(key).await })
            });
        }
    }

    /// Drops everything that is not delivered yet, and the dead letters.
    pub fn clear(&self) {
        let queues = std::mem::take(&mut *lock(&self.0.queues));
        for queue in queues.values() {
            queue.abort();
        }
        lock(&self.0.dead).clear();
        lock(&self.0.posts).clear();
        self.0.drained.notify_waiters();
    }

    /// Waits until nothing of this conversation is left to deliver.
    pub async fn wait_drained(&self, conversation: &str) {
        loop {
            let drained = self.0.drained.notified();
            tokio::pin!(drained);
            drained.as_mut().enable();
            if !lock(&self.0.queues).contains_key(conversation) {
                return;
            }
            drained.await;
        }
    }

    /// Conversations that have something left to deliver.
    pub fn pending(&self) -> usize {
        lock(&self.0.queues).len()
    }

    pub fn dead_letters(&self) -> Vec<DeadLetter> {
        lock(&self.0.dead).iter().cloned().collect()
    }

    /// The posts to the webhook with a larger number than this one, oldest first.
    pub fn posts_after(&self, number: u64) -> Vec<PostView> {
        lock(&self.0.posts).views_after(number)
    }

    fn note(
        &self,
        target: &Target,
        conversation: Option<&str>,
        events: &[Delivery],
        attempt: u32,
        posted: &Posted,
    ) {
        lock(&self.0.posts).add(target, conversation, events, attempt, posted);
        self.0.changes.note(Area::Deliveries);
    }

    /// Delivers one conversation's events until none is left.
    async fn drain(self, key: Arc<str>) {
        loop {
            let next = match lock(&self.0.queues).get_mut(&key) {
                Some(queue) => queue.next(),
                None => return,
            };
            match next {
                Next::Nothing => {
                    let mut queues = lock(&self.0.queues);
                    if queues.get(&key).is_some_and(Queue::is_empty) {
                        queues.remove(&key);
                        drop(queues);
                        self.0.drained.notify_waiters();
                        return;
                    }
                }
                Next::AwaitRelease(changed) => changed.notified().await,
                Next::AwaitNeighbour(arrived) => {
                    let waited = tokio::time::timeout(NEIGHBOUR_WAIT, arrived.notified()).await;
                    let mut queues = lock(&self.0.queues);
                    if let (Err(_), Some(queue)) = (waited, queues.get_mut(&key)) {
                        queue.give_up_waiting();
                    }
                }
                Next::Deliver(events) => self.deliver(&key, &events).await,
            }
        }
    }

    async fn deliver(&self, key: &str, events: &[Delivery]) {
        let late: Duration = events.iter().map(|event| event.plan.late).sum();
        if !late.is_zero() {
            tokio::time::sleep(late).await;
        }
        let times = if events.iter().any(|event| event.plan.twice) {
            2
        } else {
            1
        };
        for _ in 0..times {
            self.deliver_once(key, events).await;
        }
    }

    async fn deliver_once(&self, key: &str, events: &[Delivery]) {
        let mut pause = self.0.retry.first_pause;
        let mut attempts = 0;
        loop {
            let Some(target) = lock(&self.0.target).clone() else {
                return;
            };
            let posted = {
                let Ok(_permit) = self.0.permits.acquire().await else {
                    return;
                };
                post::events(&target, events, self.0.retry.timeout).await
            };
            attempts += 1;
            self.note(&target, Some(key), events, attempts, &posted);
            let Err(reason) = posted.outcome else { return };
            let is_tried_again = self.0.retries.load(Ordering::Relaxed);
            if attempts >= self.0.retry.attempts || !is_tried_again {
                self.bury(key, events, attempts, reason);
                return;
            }
            self.tell(|| Activity::DeliveryFailed {
                conversation: key.to_owned(),
                reason,
                attempts,
            });
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(self.0.retry.longest_pause);
        }
    }

    fn bury(&self, key: &str, events: &[Delivery], attempts: u32, reason: String) {
        let bodies = events
            .iter()
            .filter_map(|event| serde_json::from_str(&event.body).ok());
        let letter = DeadLetter {
            conversation: key.to_owned(),
            seqs: events.iter().map(|event| event.seq).collect(),
            attempts,
            reason: reason.clone(),
            events: bodies.collect(),
        };
        let mut dead = lock(&self.0.dead);
        dead.push_back(letter);
        if dead.len() > DEAD_KEPT {
            dead.pop_front();
        }
        drop(dead);
        self.tell(|| Activity::DeadLetter {
            conversation: key.to_owned(),
            reason,
        });
    }

    fn tell(&self, activity: impl FnOnce() -> Activity) {
        if let Some(observer) = &self.0.observer {
            observer(&activity());
        }
    }
}

fn happened(delivery: &Delivery) -> Activity {
    Activity::Event {
        kind: delivery.kind.to_string(),
        conversation: delivery.conversation.to_string(),
        seq: delivery.seq,
    }
}

/// The conversations that these are of, each once when its events stand together.
fn conversations(deliveries: &[Delivery]) -> Vec<Arc<str>> {
    let mut keys: Vec<Arc<str>> = Vec::new();
    for delivery in deliveries {
        if keys.last() != Some(&delivery.conversation) {
            keys.push(delivery.conversation.clone());
        }
    }
    keys
}
