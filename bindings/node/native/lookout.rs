//! Whether a thread that has run out of calls looks out for the next one before it sleeps, which
//! spares the event loop waking it. Tried only while calls follow one another at once, one at a time.

use std::time::{Duration, Instant};

/// How long to look out. The event loop takes about half of it from one answer to the next call.
const LIMIT: Duration = Duration::from_micros(150);
/// However often it was in vain, it is tried again after so many calls.
const MOST_PASSED: u32 = 1023;

/// What the threads of one environment have learnt about the times between calls.
#[derive(Debug, Default)]
pub(crate) struct Lookout {
    /// Since when there has been no call.
    idle_since: Option<Instant>,
    /// Whether the last call came within the limit.
    brisk: bool,
    /// How many more calls go by before the next try.
    pass: u32,
    /// How many went by before the last: where threads share one core, looking out is in vain.
    passed: u32,
}

impl Lookout {
    /// A thread has no call to make, and nobody else has. Until when it shall look out, if at all.
    pub(crate) fn idle(&mut self) -> Option<Instant> {
        let since = *self.idle_since.get_or_insert_with(Instant::now);
        if !self.brisk {
            return None;
        }
        // Until the next call tells.
        self.brisk = false;
        if self.pass > 0 {
            self.pass -= 1;
            return None;
        }
        Some(since + LIMIT)
    }

    /// A call came where there was none.
    pub(crate) fn called(&mut self) {
        if let Some(since) = self.idle_since.take() {
            self.brisk = since.elapsed() < LIMIT;
        }
    }

    /// How looking out ended: with a call, or in vain.
    pub(crate) fn ended(&mut self, with_a_call: bool) {
        self.passed = match with_a_call {
            true => self.passed / 2,
            false => (self.passed * 2 + 1).min(MOST_PASSED),
        };
        self.pass = self.passed;
    }
}
