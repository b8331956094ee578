//! The client of the JSON facade, as a class for JavaScript.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Once};
use std::time::Duration;

use napi::bindgen_prelude::*;
use napi_derive::napi;
use serde_json::Value;
use wotnot_json::{
    CancelToken, Client, Code, ConfigForm, Error as Failure, EventFilter, LogRecord, Outcome,
};
use wotnot_pool::Turn;

use crate::hub::{Hub, Notifier};
use crate::pool::{Pool, Work};

/// The envelope of a call whose arguments are wrong in a way that cannot be passed to the core.
#[napi(catch_unwind)]
pub fn not_made(method: String, problem: String) -> String {
    wotnot_json::not_made(Failure::new(Code::InvalidArgument, problem), &method).to_json()
}

/// The envelope of the method `answer`, which needs no client.
#[napi(catch_unwind)]
pub fn answer(params: String) -> String {
    wotnot_json::answer_text(&params).to_json()
}

/// A client. Numbers of calls and clients come from one counter, so that news names either.
#[napi]
pub struct NativeClient {
    client: Arc<Client>,
    pool: Arc<Pool>,
    /// The client's own number.
    id: i64,
    notifier: Arc<Notifier>,
    /// Whether the event loop is to be notified of the next event.
    wanted: Arc<AtomicBool>,
    watch: Once,
}

#[napi]
impl NativeClient {
    /// Throws with the failure envelope as the message when the configuration is refused.
    #[napi(constructor, catch_unwind)]
    pub fn new(hub: &Hub, id: i64, config: String) -> Result<Self> {
        let log = Arc::clone(&hub.notifier);
        let logger = move |record: &LogRecord| {
            log.tell(id, &serde_json::json!({ "log": record }).to_string());
        };
        let client = Client::with_logger(ConfigForm::Text(&config), logger)
            .map_err(|error| Error::from_reason(Outcome::failed(error, "new").to_json()))?;
        Ok(Self {
            client: Arc::new(client),
            pool: Arc::clone(&hub.pool),
            id,
            notifier: Arc::clone(&hub.notifier),
            wanted: Arc::default(),
            watch: Once::new(),
        })
    }

    /// From here on the event loop is notified of the next event. The first time this has a gateway's events read by a thread:
    /// a client that only sends has none.
    fn want(&self) {
        self.wanted.store(true, Ordering::Release);
        self.watch.call_once(|| {
            let (id, notifier, asked) = (
                self.id,
                Arc::clone(&self.notifier),
                Arc::clone(&self.wanted),
            );
            // Refused without a webhook, and then every `poll` says why.
            let _ = self.client.watch(move |_| {
                if asked.swap(false, Ordering::AcqRel) {
                    notifier.tell(id, "null");
                }
            });
        });
    }

    /// Makes a call on a thread of the pool; its envelope comes as news under `id`. Gives whether it
    /// waits for its turn: then `Hub.expire` ends it once its `timeLimit` is over.
    #[napi(catch_unwind)]
    pub fn submit(&self, id: i64, method: String, params: String) -> bool {
        let client = Arc::clone(&self.client);
        let turn = self.pool.submit(id, client, Work::Call { method, params });
        turn == Turn::Waits
    }

    /// How long a call with these parameters may take, its wait for a turn included, in milliseconds.
    #[napi(catch_unwind)]
    pub fn time_limit(&self, params: String) -> f64 {
        let params: Value = serde_json::from_str(&params).unwrap_or_default();
        self.client.time_limit(&params).as_secs_f64() * 1000.0
    }

    /// Closes on a thread of the pool: the listener takes its time.
    #[napi(catch_unwind)]
    pub fn close(&self, id: i64) {
        self.pool.submit(id, Arc::clone(&self.client), Work::Close);
    }

    /// Calls a method that sends nothing, here and now, and gives its envelope.
    #[napi(catch_unwind)]
    pub fn call_now(&self, method: String, params: String) -> String {
        self.client.call(&method, &params).to_json()
    }

    /// The envelope of a call that was cancelled before it began: it sends nothing.
    #[napi(catch_unwind)]
    pub fn call_cancelled(&self, method: String, params: String) -> String {
        let token = CancelToken::new();
        token.cancel();
        self.client
            .call_cancellable(&method, &params, Some(&token))
            .to_json()
    }

    /// The envelope of the next event (of one conversation), or `null` when there is none yet: news
    /// will come then.
    #[napi(catch_unwind)]
    pub fn poll(&self, conversation: Option<String>) -> Option<String> {
        self.want();
        let filter = conversation
            .as_deref()
            .map_or(EventFilter::Service, EventFilter::Of);
        let outcome = self
            .client
            .receive_wanted(filter, Some(Duration::ZERO), None);
        (outcome.code != Code::Timeout).then(|| outcome.to_json())
    }

    /// The envelope of what happened since the change `after`, or `null` when nothing did: news will
    /// come then.
    #[napi(catch_unwind)]
    pub fn changes(&self, after: i64) -> Option<String> {
        self.want();
        let params = format!(r#"{{"after":{after},"timeout_ms":0}}"#);
        let outcome = self.client.call("wait", &params);
        (outcome.code != Code::Timeout).then(|| outcome.to_json())
    }

    /// Marks a wait of this client as interrupted, and gives the envelope.
    #[napi(catch_unwind)]
    pub fn interrupt(&self) -> String {
        self.client.interrupt().to_json()
    }
}
