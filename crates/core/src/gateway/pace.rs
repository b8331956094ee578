//! How often a gateway is asked for events: more and more seldom after failures, and seldom while nobody looks at the
//! app.

use std::time::{Duration, Instant};

use super::Gateway;
use crate::Result;
use crate::app_state::AppState;

/// How long the gateway holds a poll at most, in seconds.
const LONGEST_POLL_S: u64 = 25;
/// The same while an upload tells how far it is: who polls does not look into the inbox.
const POLL_BESIDE_UPLOADS_S: u64 = 1;
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// Between two polls while nobody looks at the app.
const UNSEEN_PAUSE: Duration = Duration::from_secs(300);

/// When the next poll may be made.
#[derive(Default)]
pub(super) struct Pace {
    app: AppState,
    /// How many polls in a row had no answer.
    failures: u32,
    not_before: Option<Instant>,
}

impl Pace {
    /// Whatever was, the next poll is made at once.
    pub(super) fn reset(&mut self) {
        self.failures = 0;
        self.not_before = None;
    }

    /// Until when no poll is made.
    pub(super) fn pause(&self) -> Option<Instant> {
        self.not_before
    }

    /// How long the next poll is held at most, in seconds.
    pub(super) fn longest_poll_s(&self, is_telling_of_uploads: bool) -> u64 {
        match (self.app, is_telling_of_uploads) {
            // A line that is held keeps the radio awake.
            (AppState::Background, _) => 0,
            (AppState::Foreground, true) => POLL_BESIDE_UPLOADS_S,
            (AppState::Foreground, false) => LONGEST_POLL_S,
        }
    }

    /// The gateway was reached.
    pub(super) fn succeeded(&mut self) {
        self.reset();
        if self.app == AppState::Background {
            self.not_before = Some(Instant::now() + UNSEEN_PAUSE);
        }
    }

    /// There was no answer. `asked` is how long the gateway asked to wait, `jitter` a random time below the one that
    /// it is given.
    pub(super) fn failed(
        &mut self,
        asked: Option<Duration>,
        jitter: impl FnOnce(Duration) -> Duration,
    ) {
        let longest = match self.app {
            AppState::Foreground => LONGEST_PAUSE,
            AppState::Background => UNSEEN_PAUSE,
        };
        let bound = FIRST_PAUSE.saturating_mul(1 << self.failures.min(10));
        let pause = asked.unwrap_or_else(|| jitter(bound.min(longest)));
        self.failures += 1;
        self.not_before = Some(Instant::now() + pause.min(longest));
    }
}

impl Gateway {
    /// Somebody looks at the app from now on, or nobody does. Either way the gateway is asked at once.
    pub(super) fn set_app_state(&self, app: AppState) -> Result<()> {
        let mut state = self.lock();
        state.pace.app = app;
        state.pace.reset();
        drop(state);
        // One that was begun before has its old length, and its connection may be dead after a sleep.
        self.break_poll();
        self.inbox.nudge();
        self.save()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_doubles_to_its_longest_and_begins_again() {
        let mut pace = Pace::default();
        let bounds = |pace: &mut Pace, count: usize| -> Vec<u64> {
            let mut bounds = Vec::new();
            for _ in 0..count {
                pace.failed(None, |bound| {
                    bounds.push(bound.as_millis() as u64);
                    bound
                });
            }
            bounds
        };
        assert_eq!(
            bounds(&mut pace, 8),
            [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]
        );
        pace.succeeded();
        assert_eq!(pace.pause(), None);
        assert_eq!(bounds(&mut pace, 1), [500]);
        pace.app = AppState::Background;
        assert_eq!(bounds(&mut pace, 12).last(), Some(&300_000));
    }

    #[test]
    fn no_gateway_makes_a_client_wait_for_hours() {
        let mut pace = Pace::default();
        pace.failed(Some(Duration::from_secs(86_400)), |bound| bound);
        let left = pace.pause().map(|at| at - Instant::now());
        assert!(left.is_some_and(|left| left <= LONGEST_PAUSE), "{left:?}");
    }

    #[test]
    fn nobody_looks_so_no_line_is_held_and_the_next_look_is_far() {
        let mut pace = Pace {
            app: AppState::Background,
            ..Pace::default()
        };
        assert_eq!(pace.longest_poll_s(true), 0);
        pace.succeeded();
        let left = pace.pause().map(|at| at - Instant::now());
        assert!(left.is_some_and(|left| left > LONGEST_PAUSE), "{left:?}");
    }
}
