//! Who asks for too much: rates a minute (GCRA) and streams at one time, each of a visitor, an
//! address and a site. Whose limits count is the caller's to say; the figures are the site's.

mod address;
mod open;

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

pub(crate) use address::client;
pub(crate) use open::{OpenStreams, Slot};

use crate::config::limits::{Limit, Limits, Rates};
use crate::error::{ApiError, ApiResult, ErrorCode};

/// One table holds so many keys at most; those who come later share [`SHARED_KEYS`].
const MOST_KEYS: usize = 200_000;
const SHARED_KEYS: u64 = 4_096;

/// What is asked for, a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    Sessions,
    Starts,
    Messages,
    Uploads,
}

impl Asked {
    const fn name(self) -> &'static str {
        match self {
            Asked::Sessions => "sessions",
            Asked::Starts => "starts",
            Asked::Messages => "messages",
            Asked::Uploads => "uploads",
        }
    }

    const fn rates(self, limits: &Limits) -> &Rates {
        match self {
            Asked::Sessions => &limits.sessions,
            Asked::Starts => &limits.starts,
            Asked::Messages => &limits.messages,
            Asked::Uploads => &limits.uploads,
        }
    }
}

/// Who asks. The site may be empty while it is not known.
#[derive(Clone, Copy)]
pub(crate) struct Who<'a> {
    pub site: &'a str,
    /// `None` for one who is not known from before.
    pub visitor: Option<&'a str>,
    pub address: IpAddr,
}

/// Keys are hashes under a secret of the process: no address and no visitor is kept here.
pub(crate) struct Keys(RandomState);

impl Keys {
    /// The limits that count, with the key of each and the words for it. The site's is the last:
    /// whom their own limit stops takes nothing from the others of the site.
    fn of<'a>(
        &self,
        asked: &str,
        rates: &Rates,
        who: &Who<'a>,
    ) -> impl Iterator<Item = (NonZeroU32, u64, &'static str)> + use<'a> {
        let key = |scope: &str, id: &str| self.0.hash_one((asked, who.site, scope, id));
        let limit = |limit: Limit, key: Option<u64>, words| Some((limit.get()?, key?, words));
        let address = who.address.to_string();
        [
            limit(
                rates.address,
                Some(key("address", &address)),
                "from this address",
            ),
            limit(
                rates.visitor,
                who.visitor.map(|visitor| key("visitor", visitor)),
                "of this visitor",
            ),
            limit(
                rates.site,
                (!who.site.is_empty()).then(|| key("site", "")),
                OF_SITE,
            ),
        ]
        .into_iter()
        .flatten()
    }
}

const OF_SITE: &str = "on this site";

/// There were too many.
pub(crate) struct Over {
    asked: Asked,
    words: &'static str,
    wait: Duration,
}

impl Over {
    /// Whether only the site's own figure stands against it.
    pub fn is_of_site(&self) -> bool {
        self.words == OF_SITE
    }
}

impl From<Over> for ApiError {
    fn from(over: Over) -> Self {
        let (asked, words) = (over.asked.name(), over.words);
        let message = format!("too many {asked} {words}; try again later");
        ApiError::new(ErrorCode::RateLimited, message).retry_after(spread(over.wait))
    }
}

type Table = DefaultKeyedRateLimiter<u64>;

/// The rates, and the streams that are open.
pub(crate) struct Limiter {
    /// One table for each figure, so that figures can change while the gateway runs.
    tables: Mutex<HashMap<NonZeroU32, Arc<Table>>>,
    most_keys: usize,
    keys: Keys,
    streams: Arc<OpenStreams>,
    /// Proxies in front whose `X-Forwarded-For` counts.
    pub trusted_proxies: usize,
}

impl Limiter {
    pub fn new(trusted_proxies: usize) -> Self {
        Self {
            tables: Mutex::default(),
            most_keys: MOST_KEYS,
            keys: Keys(RandomState::new()),
            streams: Arc::default(),
            trusted_proxies,
        }
    }

    /// Takes one more of them, or says when there may be another.
    pub fn check(&self, asked: Asked, limits: &Limits, who: &Who<'_>) -> ApiResult<()> {
        self.take(asked, limits, who).map_err(ApiError::from)
    }

    /// Takes one more of them, or says which figure stands against it.
    pub fn take(&self, asked: Asked, limits: &Limits, who: &Who<'_>) -> Result<(), Over> {
        for (most, key, words) in self.keys.of(asked.name(), asked.rates(limits), who) {
            let table = self.table(most);
            let key = if table.len() < self.most_keys {
                key
            } else {
                key % SHARED_KEYS
            };
            if let Err(not_until) = table.check_key(&key) {
                return Err(Over {
                    asked,
                    words,
                    wait: not_until.wait_time_from(DefaultClock::default().now()),
                });
            }
        }
        Ok(())
    }

    /// Takes a place for a stream, which is free again when the slot is dropped.
    pub fn open_stream(&self, limits: &Limits, who: &Who<'_>) -> ApiResult<Slot> {
        let wanted = self.keys.of("streams", &limits.streams, who);
        OpenStreams::open(&self.streams, wanted).map_err(|words| {
            ApiError::new(
                ErrorCode::TooManyStreams,
                format!("too many streams are open {words}; close one, or try again later"),
            )
            .retry_after(spread(Duration::from_secs(5)))
        })
    }

    fn table(&self, most: NonZeroU32) -> Arc<Table> {
        let mut tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        let table = tables
            .entry(most)
            .or_insert_with(|| Arc::new(RateLimiter::keyed(Quota::per_minute(most))));
        Arc::clone(table)
    }

    /// Forgets those who have all of their rates again.
    pub fn sweep(&self) {
        let mut tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        tables.retain(|_, table| {
            table.retain_recent();
            table.shrink_to_fit();
            !table.is_empty() || Arc::strong_count(table) > 1
        });
    }
}

/// A wait that is longer by up to its half, and by up to a second at least: those who were refused
/// together must not come back together.
fn spread(wait: Duration) -> Duration {
    wait + (wait / 2)
        .max(Duration::from_secs(1))
        .mul_f64(fastrand::f64())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use std::net::Ipv4Addr;
    use std::time::Instant;

    fn who(number: u32) -> Who<'static> {
        Who {
            site: "shop",
            visitor: None,
            address: Ipv4Addr::from(number).into(),
        }
    }

    fn of_address(most: u32) -> Limits {
        Limits {
            messages: Rates::at_most(0, most, 0),
            ..Limits::OFF
        }
    }

    fn held(limiter: &Limiter) -> usize {
        let tables = limiter.tables.lock().unwrap();
        tables.values().map(|table| table.len()).sum()
    }

    #[test]
    fn tables_hold_no_more_than_they_may_and_forget_who_is_quiet() {
        let mut limiter = Limiter::new(0);
        limiter.most_keys = 100;
        let limits = of_address(60_000);
        for number in 0..10_000 {
            let _ = limiter.check(Asked::Messages, &limits, &who(number));
        }
        let most = 100 + SHARED_KEYS as usize;
        assert!(held(&limiter) > 100 && held(&limiter) <= most);
        let until = Instant::now() + Duration::from_secs(60);
        while !limiter.tables.lock().unwrap().is_empty() {
            assert!(Instant::now() < until, "{} are kept", held(&limiter));
            std::thread::sleep(Duration::from_millis(5));
            limiter.sweep();
        }
    }

    #[test]
    fn who_is_over_the_limit_stays_known_when_it_is_swept() {
        let limiter = Limiter::new(0);
        let limits = of_address(1);
        limiter.check(Asked::Messages, &limits, &who(1)).unwrap();
        limiter.sweep();
        limiter.check(Asked::Messages, &limits, &who(2)).unwrap();
        assert!(limiter.check(Asked::Messages, &limits, &who(1)).is_err());
    }

    #[test]
    fn waits_differ_and_none_is_too_short() {
        for (wait, most) in [(0, 1_000), (500, 1_500), (60_000, 90_000)] {
            let waits: HashSet<u128> = (0..50)
                .map(|_| spread(Duration::from_millis(wait)).as_millis())
                .collect();
            assert!(waits.len() > 10);
            let bounds = u128::from(wait)..=most;
            assert!(waits.iter().all(|wait| bounds.contains(wait)), "{waits:?}");
        }
    }
}
