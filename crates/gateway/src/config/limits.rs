//! How much visitors, addresses and sites may ask for.

use std::fmt;
use std::num::NonZeroU32;

use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};

/// The highest figure that a file may give.
const HIGHEST: u32 = 1_000_000;

/// So many at most, or any number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit(Option<NonZeroU32>);

impl Limit {
    /// Any number.
    pub const OFF: Self = Self(None);

    /// So many; 0 stands for any number.
    #[must_use]
    pub const fn at_most(most: u32) -> Self {
        Self(NonZeroU32::new(most))
    }

    /// The figure; `None` for any number.
    #[must_use]
    pub const fn get(self) -> Option<NonZeroU32> {
        self.0
    }
}

/// The limits of one thing: of each visitor, of each address, and of the whole site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rates {
    /// Of one visitor.
    pub visitor: Limit,
    /// Of one address; of IPv6 one /64.
    pub address: Limit,
    /// Of the site.
    pub site: Limit,
}

impl Rates {
    /// Any number.
    pub const OFF: Self = Self::at_most(0, 0, 0);

    /// So many; 0 stands for any number.
    #[must_use]
    pub const fn at_most(visitor: u32, address: u32, site: u32) -> Self {
        Self {
            visitor: Limit::at_most(visitor),
            address: Limit::at_most(address),
            site: Limit::at_most(site),
        }
    }
}

/// The limits of a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Sessions a minute, refreshed ones included; of a visitor only where the site identifies them.
    pub sessions: Rates,
    /// Conversations that start, a minute.
    pub starts: Rates,
    /// Messages a minute.
    pub messages: Rates,
    /// Streams, and polls that wait, at one time.
    pub streams: Rates,
    /// Files that begin, a minute.
    pub uploads: Rates,
}

impl Limits {
    /// No limits.
    pub const OFF: Self = Self {
        sessions: Rates::OFF,
        starts: Rates::OFF,
        messages: Rates::OFF,
        streams: Rates::OFF,
        uploads: Rates::OFF,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            sessions: Rates::at_most(30, 120, 6_000),
            starts: Rates::at_most(6, 60, 3_000),
            messages: Rates::at_most(60, 600, 30_000),
            streams: Rates::at_most(10, 500, 20_000),
            uploads: Rates::at_most(20, 200, 6_000),
        }
    }
}

/// What a file says of limits; the rest stays as it was.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct LimitsFile {
    sessions: RatesFile,
    starts: RatesFile,
    messages: RatesFile,
    streams: RatesFile,
    uploads: RatesFile,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RatesFile {
    visitor: Option<Limit>,
    address: Option<Limit>,
    site: Option<Limit>,
}

impl LimitsFile {
    /// These figures, over others.
    pub fn over(&self, limits: Limits) -> Limits {
        Limits {
            sessions: self.sessions.over(limits.sessions),
            starts: self.starts.over(limits.starts),
            messages: self.messages.over(limits.messages),
            streams: self.streams.over(limits.streams),
            uploads: self.uploads.over(limits.uploads),
        }
    }
}

impl RatesFile {
    fn over(&self, rates: Rates) -> Rates {
        Rates {
            visitor: self.visitor.unwrap_or(rates.visitor),
            address: self.address.unwrap_or(rates.address),
            site: self.site.unwrap_or(rates.site),
        }
    }
}

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LimitVisitor)
    }
}

struct LimitVisitor;

impl Visitor<'_> for LimitVisitor {
    type Value = Limit;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a number from 1 to {HIGHEST}, or \"off\"")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Limit, E> {
        u32::try_from(number)
            .ok()
            .filter(|number| (1..=HIGHEST).contains(number))
            .map(Limit::at_most)
            .ok_or_else(|| E::invalid_value(Unexpected::Signed(number), &self))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Limit, E> {
        match text {
            "off" => Ok(Limit::OFF),
            other => Err(E::invalid_value(Unexpected::Str(other), &self)),
        }
    }
}
