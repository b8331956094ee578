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

    pub fn advance(&mut self, by: Duration) {
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX / 4);
        self.set_now(self.now_ms().saturating_add(by));
    }

    fn set_now(&mut self, now_ms: i64) {
        match self.mode {
            ClockMode::Running => self.ahead_ms = now_ms.saturating_sub(wall_ms()),
            ClockMode::Frozen => self.stands_at_ms = now_ms,
        }
    }
}

fn wall_ms() -> i64 {
    Timestamp::now().as_millisecond()
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
    fn a_frozen_clock_moves_only_when_told() {
        let mut clock = Clock::new();
        clock.set_mode(ClockMode::Frozen);
        let start = clock.now_ms();
        clock.advance(Duration::from_secs(90));
        assert_eq!(clock.now_ms(), start + 90_000);
        clock.set_mode(ClockMode::Running);
        assert!(clock.now_ms() >= start + 90_000);
    }

    #[test]
    fn times_are_written_without_a_zone_and_with_microseconds() {
        assert_eq!(wire_time(1_767_225_600_123), "2026-01-01 00:00:00.123000");
    }
}
