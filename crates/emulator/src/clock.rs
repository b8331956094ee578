//! The emulator's time: it runs by itself, or stands still until a test moves it.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Whether time passes by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockMode {
    /// Time passes as on the wall.
    Running,
    /// Time stands still until it is advanced.
    Frozen,
}

/// Time as the emulator sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    mode: ClockMode,
    /// Added to the wall's time while running; in milliseconds.
    ahead_ms: i64,
    /// The time while frozen; milliseconds since 1970.
    stands_at_ms: i64,
}

impl Clock {
    pub fn new() -> Self {
        Self {
            mode: ClockMode::Running,
            ahead_ms: 0,
            stands_at_ms: 0,
        }
    }

    pub fn mode(&self) -> ClockMode {
        self.mode
    }

    /// Milliseconds since 1970.
    pub fn now_ms(&self) -> i64 {
        match self.mode {
            ClockMode::Running => wall_ms().saturating_add(self.ahead_ms),
            ClockMode::Frozen => self.stands_at_ms,
        }
    }

    pub fn set_mode(&mut self, mode: ClockMode) {
        let now = self.now_ms();
        self.mode = mode;
        self.set_now(now);
    }

    pub fn set(&mut self, mode: ClockMode, now_ms: i64) {
        self.mode = mode;
        self.set_now(now_ms);
    }

    /// Goes on from this time, in the same mode.
    pub fn set_now(&mut self, now_ms: i64) {
        match self.mode {
            ClockMode::Running => self.ahead_ms = now_ms.saturating_sub(wall_ms()),
            ClockMode::Frozen => self.stands_at_ms = now_ms,
        }
    }

    pub fn advance(&mut self, by: Duration) {
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX / 4);
        self.set_now(self.now_ms().saturating_add(by));
    }
}

/// Milliseconds since 1970 by the clock of the machine.
pub(crate) fn wall_ms() -> i64 {
    Timestamp::now().as_millisecond()
}

/// Milliseconds since 1970 of a time with its zone (RFC 3339), or without one as the service writes it: UTC.
pub(crate) fn read_time(text: &str) -> Result<i64, String> {
    let zoned = text.parse::<Timestamp>();
    let time = zoned.or_else(|_| {
        let civil: jiff::civil::DateTime = text.parse()?;
        Ok(civil.to_zoned(jiff::tz::TimeZone::UTC)?.timestamp())
    });
    let read = time.map(Timestamp::as_millisecond);
    read.map_err(|_: jiff::Error| {
        "`now` is no time: write it as 2026-01-01T00:00:00Z or 2026-01-01 00:00:00".to_owned()
    })
}

/// `YYYY-MM-DD HH:MM:SS.ffffff` without a zone, as the service writes times; ASSUMED UTC.
pub(crate) fn wire_time(ms: i64) -> String {
    Timestamp::from_millisecond(ms)
        .unwrap_or(Timestamp::MAX)
        .strftime("%Y-%m-%d %H:%M:%S.%6f")
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frozen_clock_moves_only_when_it_is_set() {
        let mut clock = Clock::new();
        clock.set_mode(ClockMode::Frozen);
        let start = clock.now_ms();
        clock.advance(Duration::from_secs(90));
        assert_eq!(clock.now_ms(), start + 90_000);
        clock.set_mode(ClockMode::Running);
        assert!(clock.now_ms() >= start + 90_000);
    }

    #[test]
    fn a_clock_is_set_back_and_forth_in_either_mode() {
        let mut clock = Clock::new();
        clock.set_mode(ClockMode::Frozen);
        clock.set_now(1_000);
        assert_eq!(clock.now_ms(), 1_000);
        clock.set_mode(ClockMode::Running);
        clock.set_now(5_000);
        assert!(clock.now_ms() >= 5_000 && clock.now_ms() < wall_ms());
    }

    #[test]
    fn a_time_is_read_with_its_zone_or_as_it_is_written() {
        let new_year = 1_767_225_600_000;
        for text in [
            "2026-01-01T00:00:00Z",
            "2026-01-01T05:30:00+05:30",
            "2026-01-01 00:00:00",
            "2026-01-01 00:00:00.000000",
        ] {
            assert_eq!(read_time(text), Ok(new_year), "{text}");
        }
        for text in ["", "now", "2026-13-01T00:00:00Z", "1767225600000"] {
            assert!(read_time(text).is_err(), "{text}");
        }
    }

    #[test]
    fn times_are_written_without_a_zone_and_with_microseconds() {
        assert_eq!(wire_time(1_767_225_600_123), "2026-01-01 00:00:00.123000");
    }
}
