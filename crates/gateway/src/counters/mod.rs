//! What is counted while the gateway runs. Names and labels are documented in docs/gateway-operation.md; no
//! label holds anything that a caller chose.

use std::borrow::Cow;
use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::metrics::{counter, gauge};
use prometheus_client::registry::{Registry, Unit};

use crate::clock::now_ms;

/// Before every name.
const PREFIX: &str = "wotnot_gateway";

/// A number that only grows.
#[derive(Debug, Default)]
pub(crate) struct Counter(counter::Counter);

impl Counter {
    pub fn add(&self, more: u64) {
        self.0.inc_by(more);
    }

    pub fn get(&self) -> u64 {
        self.0.get()
    }
}

/// A number that goes up and down.
#[derive(Debug, Default)]
pub(crate) struct Gauge(gauge::Gauge);

impl Gauge {
    pub fn enter(&self) {
        self.0.inc();
    }

    pub fn leave(&self) {
        self.0.dec();
    }

    pub fn get(&self) -> u64 {
        u64::try_from(self.0.get()).unwrap_or(0)
    }

    /// One more, until what is given is dropped.
    pub fn hold(&self) -> Held {
        self.0.inc();
        Held(self.0.clone())
    }
}

/// Counted for as long as it lives.
pub(crate) struct Held(gauge::Gauge);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// A call of a browser, an app or the vendor.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    method: &'static str,
    /// As the gateway writes it, such as `/hook/{secret}`.
    route: Cow<'static, str>,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: Cow<'static, str>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Account {
    account: String,
}

/// A call to the vendor.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct VendorCall {
    account: String,
    verdict: &'static str,
}

/// A post of the vendor's.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Post {
    account: String,
    outcome: &'static str,
}

/// A post that was passed on.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Forward {
    account: String,
    outcome: &'static str,
}

/// A post to a site's `unread_hook`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct UnreadPost {
    site: String,
    outcome: &'static str,
}

/// Everything that is counted.
#[derive(Debug)]
pub(crate) struct Counters {
    /// Events of conversations that stayed unknown.
    pub dead_letters: Counter,
    /// Entries that a reader was to get and did not; stays 0.
    pub gaps: Counter,
    /// Streams that are open.
    pub streams: Gauge,
    /// Calls of browsers, apps and the vendor that are not answered yet.
    pub open_requests: Gauge,
    /// Calls to the vendor whose end is not kept yet.
    pub open_calls: Gauge,
    ready: gauge::Gauge,
    oldest_unsent: gauge::Gauge,
    started: gauge::Gauge,
    requests: Family<Request, counter::Counter>,
    request_seconds: Family<Route, Histogram>,
    vendor_calls: Family<VendorCall, counter::Counter>,
    vendor_call_seconds: Family<Account, Histogram>,
    posts: Family<Post, counter::Counter>,
    forwards: Family<Forward, counter::Counter>,
    unread: Family<UnreadPost, counter::Counter>,
    registry: Registry,
}

fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// From a millisecond to half a minute.
fn seconds() -> Histogram {
    Histogram::new(exponential_buckets(0.001, 2.0, 16))
}

impl Counters {
    pub fn new() -> Self {
        let mut counters = Self {
            dead_letters: Counter::default(),
            gaps: Counter::default(),
            streams: Gauge::default(),
            open_requests: Gauge::default(),
            open_calls: Gauge::default(),
            ready: gauge::Gauge::default(),
            oldest_unsent: gauge::Gauge::default(),
            started: gauge::Gauge::default(),
            requests: Family::default(),
            request_seconds: Family::new_with_constructor(seconds),
            vendor_calls: Family::default(),
            vendor_call_seconds: Family::new_with_constructor(seconds),
            posts: Family::default(),
            forwards: Family::default(),
            unread: Family::default(),
            registry: Registry::with_prefix(PREFIX),
        };
        counters.started.set(whole(now_ms() / 1_000));
        counters.register();
        counters
    }

    fn register(&mut self) {
        let registry = &mut self.registry;
        registry.register(
            "gap",
            "Entries that a reader was to get and did not: 0, or a fault of the gateway",
            self.gaps.0.clone(),
        );
        registry.register(
            "dead_letters",
            "Events that belonged to no conversation",
            self.dead_letters.0.clone(),
        );
        registry.register("streams", "Streams that are open", self.streams.0.clone());
        registry.register(
            "open_requests",
            "Calls that are not answered yet",
            self.open_requests.0.clone(),
        );
        registry.register(
            "open_vendor_calls",
            "Calls to the vendor that are under way",
            self.open_calls.0.clone(),
        );
        registry.register(
            "ready",
            "1 while /readyz says 200, else 0",
            self.ready.clone(),
        );
        registry.register_with_unit(
            "oldest_unsent",
            "How long the conversation that waits longest has had something to send",
            Unit::Seconds,
            self.oldest_unsent.clone(),
        );
        registry.register_with_unit(
            "start_time",
            "When the process began, since 1970",
            Unit::Seconds,
            self.started.clone(),
        );
        registry.register(
            "requests",
            "Calls that were answered",
            self.requests.clone(),
        );
        registry.register_with_unit(
            "request",
            "Time to the head of the answer",
            Unit::Seconds,
            self.request_seconds.clone(),
        );
        registry.register(
            "vendor_calls",
            "Calls to the vendor that ended",
            self.vendor_calls.clone(),
        );
        registry.register_with_unit(
            "vendor_call",
            "Time of calls to the vendor, retries of the library included",
            Unit::Seconds,
            self.vendor_call_seconds.clone(),
        );
        registry.register("posts", "Posts of the vendor's", self.posts.clone());
        registry.register(
            "forwards",
            "Posts of the vendor's that were passed on, by what came of it",
            self.forwards.clone(),
        );
        registry.register(
            "unread_posts",
            "Posts to an unread_hook, by what came of it",
            self.unread.clone(),
        );
    }

    /// A call that was answered.
    pub fn request(
        &self,
        method: &'static str,
        route: Cow<'static, str>,
        status: u16,
        took: Duration,
    ) {
        let request = Request {
            method,
            route: route.clone(),
            status,
        };
        self.requests.get_or_create(&request).inc();
        let seconds = self.request_seconds.get_or_create_owned(&Route { route });
        seconds.observe(took.as_secs_f64());
    }

    /// A call to the vendor that ended.
    pub fn vendor_call(&self, account: &str, verdict: &'static str, took: Duration) {
        let account = account.to_owned();
        let call = VendorCall {
            account: account.clone(),
            verdict,
        };
        self.vendor_calls.get_or_create(&call).inc();
        let seconds = self
            .vendor_call_seconds
            .get_or_create_owned(&Account { account });
        seconds.observe(took.as_secs_f64());
    }

    /// A post of the vendor's, and what became of it.
    pub fn post(&self, account: &str, outcome: &'static str) {
        let account = account.to_owned();
        self.posts.get_or_create(&Post { account, outcome }).inc();
    }

    /// A post of the vendor's that was passed on to another receiver, and what came of it.
    pub fn forward(&self, account: &str, outcome: &'static str) {
        let account = account.to_owned();
        let forward = Forward { account, outcome };
        self.forwards.get_or_create(&forward).inc();
    }

    /// A post to a site's `unread_hook`, and what came of it.
    pub fn unread(&self, site: &str, outcome: &'static str) {
        let site = site.to_owned();
        self.unread
            .get_or_create(&UnreadPost { site, outcome })
            .inc();
    }

    /// All of it in the text form of OpenMetrics, with what is looked at only when somebody asks.
    pub fn text(&self, is_ready: bool, oldest_unsent: Duration) -> Result<String, std::fmt::Error> {
        self.ready.set(is_ready.into());
        self.oldest_unsent.set(whole(oldest_unsent.as_secs()));
        let mut text = String::new();
        text::encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

#[cfg(test)]
mod tests;
