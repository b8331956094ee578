//! When to try again: exponential back-off with full jitter, the service's own wish, and a budget.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use fastrand::Rng;

use crate::config::Retry;

/// Retries that may be made before more have to be earned.
const BUDGET: f64 = 10.0;

/// What one success earns: in a long outage at most one request in ten is a retry.
const EARNED: f64 = 0.1;

/// What a second earns: six retries a minute even where nothing succeeds.
const EARNED_EACH_SECOND: f64 = 0.1;

/// Bounds how far retries multiply the load of an outage. One for each client.
#[derive(Debug)]
pub(crate) struct Budget(Mutex<State>);

#[derive(Debug)]
struct State {
    left: f64,
    /// Up to when time has earned its share.
    counted: Instant,
    random: Rng,
}

impl Default for Budget {
    fn default() -> Self {
        // fastrand's own generator asks for the thread, which cannot be had when that is about to end.
        let seed = RandomState::new().hash_one(0);
        Self(Mutex::new(State {
            left: BUDGET,
            counted: Instant::now(),
            random: Rng::with_seed(seed),
        }))
    }
}

impl Budget {
    pub(crate) fn succeeded(&self) {
        let mut state = self.lock();
        state.left = (state.left + EARNED).min(BUDGET);
    }

    fn spend(&self, now: Instant) -> bool {
        let mut state = self.lock();
        let passed = now.saturating_duration_since(state.counted).as_secs_f64();
        state.left = (state.left + passed * EARNED_EACH_SECOND).min(BUDGET);
        state.counted = now;
        let may = state.left >= 1.0;
        if may {
            state.left -= 1.0;
        }
        may
    }

    /// Anything from nothing to the bound, so that clients that failed together do not return together.
    pub(crate) fn jitter(&self, bound: Duration) -> Duration {
        bound.mul_f64(self.lock().random.f64())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// When to make the next attempt, or `None` to give up now.
///
/// `attempts` counts those made. A wait that would outlast the deadline is not begun.
pub(crate) fn next_try(
    retry: &Retry,
    budget: &Budget,
    attempts: u32,
    retry_after: Option<Duration>,
    deadline: Instant,
) -> Option<Instant> {
    if attempts >= retry.max_attempts {
        return None;
    }
    let wait = match retry_after {
        Some(asked) => asked,
        None => budget.jitter(back_off(retry, attempts)),
    };
    let now = Instant::now();
    let at = now.checked_add(wait)?;
    (at < deadline && budget.spend(now)).then_some(at)
}

/// The upper bound of the wait before the attempt that follows `attempts`.
fn back_off(retry: &Retry, attempts: u32) -> Duration {
    let doublings = attempts.saturating_sub(1).min(30);
    retry
        .base_delay
        .saturating_mul(1 << doublings)
        .min(retry.max_delay)
}

/// Reads `Retry-After`: seconds, or an HTTP date. `None` when it says neither.
pub(crate) fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    /// Longer than any deadline, and short enough to add up.
    const MOST: Duration = Duration::from_secs(365 * 24 * 3600);
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(value.parse().map_or(MOST, Duration::from_secs).min(MOST));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(now).unwrap_or_default().min(MOST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_read_as_seconds_and_as_a_date() {
        let now = httpdate::parse_http_date("Sun, 22 Nov 2026 10:00:00 GMT").unwrap();
        let read = |value| retry_after(value, now);
        assert_eq!(read("3"), Some(Duration::from_secs(3)));
        assert_eq!(read(" 0 "), Some(Duration::ZERO));
        assert_eq!(
            read("Sun, 22 Nov 2026 10:00:07 GMT"),
            Some(Duration::from_secs(7))
        );
        assert_eq!(read("Sun, 22 Nov 2026 09:00:00 GMT"), Some(Duration::ZERO));
        for nonsense in ["", "soon", "-3", "1.5", "3 s"] {
            assert_eq!(read(nonsense), None, "{nonsense}");
        }
        assert!(read("99999999999999999999999").is_some());
    }

    #[test]
    fn the_bound_doubles_up_to_the_greatest_delay() {
        let retry = Retry::default();
        let bounds: Vec<u128> = (1..9).map(|n| back_off(&retry, n).as_millis()).collect();
        assert_eq!(bounds, [200, 400, 800, 1600, 3200, 6400, 8000, 8000]);
        assert_eq!(back_off(&retry, u32::MAX), retry.max_delay);
    }

    #[test]
    pub(crate) fn jitter_fills_the_whole_range() {
        let bound = Duration::from_millis(1000);
        let budget = Budget::default();
        let waits: Vec<u128> = (0..1000)
            .map(|_| budget.jitter(bound).as_millis())
            .collect();
        assert!(waits.iter().any(|wait| *wait < 200));
        assert!(waits.iter().any(|wait| *wait > 800));
        assert!(waits.iter().all(|wait| *wait <= 1000));
    }

    #[test]
    fn an_outage_uses_the_budget_up_and_successes_earn_it_back() {
        let budget = Budget::default();
        let now = Instant::now();
        let granted = (0..100).filter(|_| budget.spend(now)).count();
        assert_eq!(granted, 10);
        (0..11).for_each(|_| budget.succeeded());
        assert!(budget.spend(now));
        assert!(!budget.spend(now));
    }

    #[test]
    fn time_earns_the_budget_back_too() {
        let budget = Budget::default();
        let now = Instant::now();
        let after = |seconds| now + Duration::from_secs(seconds);
        assert_eq!((0..100).filter(|_| budget.spend(now)).count(), 10);
        assert!(!budget.spend(after(9)));
        assert!(budget.spend(after(11)));
        assert!(!budget.spend(after(11)));
        let granted = (0..100).filter(|_| budget.spend(after(3600))).count();
        assert_eq!(granted, 10);
    }

    #[test]
    fn a_wait_that_would_outlast_the_deadline_is_not_begun() {
        let soon = Instant::now() + Duration::from_secs(2);
        let wait = Some(Duration::from_secs(3));
        let budget = Budget::default();
        assert!(next_try(&Retry::default(), &budget, 1, wait, soon).is_none());
    }
}
