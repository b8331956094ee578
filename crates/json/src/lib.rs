//! The facade that every binding wraps: a method's name and JSON in, one JSON document out.
//!
//! Success is `{"ok": true, "value": ...}`, failure is `{"ok": false, "error": {...}}`.

#![forbid(unsafe_code)]

mod envelope;
mod guard;
mod methods;
#[cfg(feature = "schema")]
pub mod schema;

use std::time::Duration;

use serde_json::Value;
use wotnot_core::Config;

pub use envelope::{
    AcceptedWebhook, Answer, Cancelled, Document, Done, ErrorDocument, Outcome, ParsedWebhook,
    ReplyDocument,
};
pub use guard::guarded;
pub use methods::{METHODS, sends, takes_turn};
pub use wotnot_core::{
    CancelToken, Code, Delivery, Error, EventFilter, LogRecord, MAX_IDLE, MAX_TIMEOUT, Result,
    VERSION, WakeUp,
};

/// A client behind the facade. Share it between threads; dropping it closes it.
#[derive(Debug)]
pub struct Client(wotnot_core::Client);

/// The JSON form of a configuration.
#[derive(Debug)]
pub enum ConfigForm<'a> {
    /// JSON text.
    Text(&'a str),
    /// Parsed already.
    Value(Value),
}

/// What a call gives that a binding could not even make, such as for parameters that have no JSON
/// form: nothing was sent.
pub fn not_made(error: Error, method: &str) -> Outcome {
    failed(error, Delivery::NotSent, method)
}

/// The method `answer`, which needs no client: the message that answers a prompt.
pub fn answer(params: Value) -> Outcome {
    outcome("answer", || methods::answer(params))
}

/// The same for parameters as JSON text.
pub fn answer_text(params_json: &str) -> Outcome {
    match envelope::parse_params(params_json) {
        Ok(params) => answer(params),
        Err(error) => not_made(error, "answer"),
    }
}

/// What `work` gives, as the outcome of `method`. When it panics, whatever it had sent may have been taken.
fn outcome(method: &str, work: impl FnOnce() -> Result<Document>) -> Outcome {
    match guarded(work) {
        Err(error) if error.code() == Code::Panic => failed(error, Delivery::Unknown, method),
        result => Outcome::of(method, result),
    }
}

/// A failure; `delivery` is that of a method that sends.
fn failed(error: Error, delivery: Delivery, method: &str) -> Outcome {
    let error = match methods::sends(method) {
        true => error.with_delivery(delivery),
        false => error,
    };
    Outcome::failed(error, method)
}

impl Client {
    /// Makes a client from the JSON form of its configuration.
    ///
    /// # Errors
    /// `invalid_json`, or `invalid_argument` naming the field.
    pub fn new(config_json: &str) -> Result<Self> {
        guarded(|| wotnot_core::Client::new(Config::from_json(config_json)?).map(Self))
    }

    /// Makes a client from a configuration that is parsed already.
    ///
    /// # Errors
    /// `invalid_argument` naming the field.
    pub fn from_value(config: Value) -> Result<Self> {
        guarded(|| wotnot_core::Client::new(Config::from_value(config)?).map(Self))
    }

    /// The same, with a function that is called for each record of the log, on the thread of the
    /// call that it is about. They then are no events.
    ///
    /// # Errors
    /// As [`Client::new`].
    pub fn with_logger(
        config: ConfigForm,
        logger: impl Fn(&LogRecord) + Send + Sync + 'static,
    ) -> Result<Self> {
        guarded(|| {
            let config = match config {
                ConfigForm::Text(text) => Config::from_json(text)?,
                ConfigForm::Value(value) => Config::from_value(value)?,
            };
            wotnot_core::Client::with_logger(config, logger).map(Self)
        })
    }

    /// Calls a method with JSON text; an empty text stands for no parameters.
    pub fn call(&self, method: &str, params_json: &str) -> Outcome {
        self.call_cancellable(method, params_json, None)
    }

    /// Calls a method with JSON text. `cancel` ends this call alone.
    pub fn call_cancellable(
        &self,
        method: &str,
        params_json: &str,
        cancel: Option<&CancelToken>,
    ) -> Outcome {
        let params = match envelope::parse_params(params_json) {
            Ok(params) => params,
            Err(error) => return not_made(error, method),
        };
        self.call_value(method, params, cancel)
    }

    /// Calls a method with parameters that are parsed already. `cancel` ends this call alone.
    pub fn call_value(&self, method: &str, params: Value, cancel: Option<&CancelToken>) -> Outcome {
        outcome(method, || methods::call(&self.0, method, params, cancel))
    }

    /// How long a call with these parameters may take in all, for a queue that holds calls before
    /// they run.
    pub fn time_limit(&self, params: &Value) -> Duration {
        let given = params.get("timeout_ms").and_then(Value::as_u64);
        given.map_or_else(|| self.0.timeout(), Duration::from_millis)
    }

    /// The next event; waits at most `timeout`, without end when `None`. `cancel` ends this wait alone.
    pub fn receive(&self, timeout: Option<Duration>, cancel: Option<&CancelToken>) -> Outcome {
        self.receive_wanted(EventFilter::Any, timeout, cancel)
    }

    /// The next event that is wanted; those that are not stay for other receivers.
    pub fn receive_wanted(
        &self,
        filter: EventFilter,
        timeout: Option<Duration>,
        cancel: Option<&CancelToken>,
    ) -> Outcome {
        outcome("receive", || {
            let event = self.0.receive_wanted(filter, timeout, cancel)?;
            Ok(Document::Event(Box::new(event)))
        })
    }

    /// Has `watcher` called after everything that a waiting [`Client::receive`] would wake for, so
    /// that an event loop can receive with a time-out of zero, only for those that the change is
    /// about. It must not call this client.
    pub fn watch(&self, watcher: impl Fn(WakeUp<'_>) + Send + Sync + 'static) -> Outcome {
        outcome("receive", || {
            self.0.watch(watcher).map(|()| Document::Nothing)
        })
    }

    /// Wakes everybody who waits in [`Client::receive`] now, and nobody else.
    pub fn interrupt(&self) -> Outcome {
        outcome("interrupt", || {
            self.0.interrupt().map(|()| Document::Nothing)
        })
    }

    /// Ends every call and every wait at once, and stays closed. A second time does nothing.
    pub fn close(&self) -> Outcome {
        outcome("close", || {
            self.0.close();
            Ok(Document::Nothing)
        })
    }

    /// Whether [`Client::close`] was called.
    pub fn is_closed(&self) -> bool {
        self.0.is_closed()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // A failure at the end of a client has nobody to tell.
        self.close();
    }
}
