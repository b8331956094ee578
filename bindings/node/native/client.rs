//! The client of the JSON facade, as a class for JavaScript.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use napi::bindgen_prelude::*;
use napi_derive::napi;
use wotnot_json::{CancelToken, Client, Code, Error as Failure, Outcome, Wanted};

use crate::hub::Hub;
use crate::pool::{Job, Pool, Work};

/// The envelope of a call whose arguments are wrong in a way that the core cannot be told of.
#[napi(catch_unwind)]
pub fn not_made(method: String, problem: String) -> String {
    wotnot_json::not_made(Failure::new(Code::InvalidArgument, problem), &method).to_json()
}

/// A client. Numbers of calls and clients come from one counter, so that news names either.
#[napi]
pub struct NativeClient {
    client: Arc<Client>,
    pool: Arc<Pool>,
    /// Whether the event loop wants to hear of the next event.
    wanted: Arc<AtomicBool>,
}

#[napi]
impl NativeClient {
    /// Throws with the failure envelope as the message when the configuration is refused.
    #[napi(constructor, catch_unwind)]
    pub fn new(hub: &Hub, id: i64, config: String) -> Result<Self> {
        let client = Client::new(&config)
            .map_err(|error| Error::from_reason(Outcome::failed(error, "new").to_json()))?;
        let wanted = Arc::new(AtomicBool::new(false));
        let (line, asked) = (Arc::clone(&hub.line), Arc::clone(&wanted));
        // Refused without a webhook, and then every `poll` says why.
        let _ = client.watch(move || {
            if asked.swap(false, Ordering::AcqRel) {
                line.tell(id, "null");
            }
        });
        Ok(Self {
            client: Arc::new(client),
            pool: Arc::clone(&hub.pool),
            wanted,
        })
    }

    /// Makes a call on a thread of the pool; its envelope comes as news under `id`.
    #[napi(catch_unwind)]
    pub fn submit(&self, id: i64, method: String, params: String) {
        self.queue(id, Work::Call { method, params });
    }

    /// Closes on a thread of the pool: the listener takes its time.
    #[napi(catch_unwind)]
    pub fn close(&self, id: i64) {
        self.queue(id, Work::Close);
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
        self.wanted.store(true, Ordering::Release);
        let wanted = conversation.as_deref().map_or(Wanted::Any, Wanted::Of);
        let outcome = self
            .client
            .receive_wanted(wanted, Some(Duration::ZERO), None);
        (outcome.code != Code::Timeout).then(|| outcome.to_json())
    }

    /// Marks a wait of this client as interrupted, and gives the envelope.
    #[napi(catch_unwind)]
    pub fn interrupt(&self) -> String {
        self.client.interrupt().to_json()
    }

    fn queue(&self, id: i64, work: Work) {
        let client = Arc::clone(&self.client);
        self.pool.submit(Job { id, client, work });
    }
}
