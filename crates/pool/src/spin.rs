//! Whether a thread that has run out of jobs spins for the next one before it sleeps, which spares
//! the event loop waking it. Tried only while jobs follow one another at once, one at a time.

use std::time::{Duration, Instant};

/// However often spinning gained nothing, it is tried again after so many jobs.
const MOST_SKIPPED: u32 = 1023;

/// What the threads of one pool have learnt about the times between jobs.
#[derive(Debug)]
pub(crate) struct AdaptiveSpin {
    /// How long to spin. An event loop takes about half of it from one answer to the next job.
    limit: Duration,
    /// Since when there has been no job.
    idle_since: Option<Instant>,
    /// Whether the last job came within the limit.
    brisk: bool,
    /// How many more jobs go by before the next try.
    skip: u32,
    /// How many went by before the last: where threads share one core, spinning gains nothing.
    skipped: u32,
}

impl AdaptiveSpin {
    pub(crate) fn new(limit: Duration) -> Self {
        Self {
            limit,
            idle_since: None,
            brisk: false,
            skip: 0,
            skipped: 0,
        }
    }

    /// A thread has no job to run, and no other runs one. Until when it spins, if at all.
    pub(crate) fn idle(&mut self) -> Option<Instant> {
        let since = *self.idle_since.get_or_insert_with(Instant::now);
        if !self.brisk {
            return None;
        }
        // Unknown until the next job.
        self.brisk = false;
        if self.skip > 0 {
            self.skip -= 1;
            return None;
        }
        Some(since + self.limit)
    }

    /// A job came where there was none.
    pub(crate) fn job_came(&mut self) {
        if let Some(since) = self.idle_since.take() {
            self.brisk = since.elapsed() < self.limit;
        }
    }

    /// How spinning ended: with a job, or without.
    pub(crate) fn ended(&mut self, with_a_job: bool) {
        self.skipped = match with_a_job {
            true => self.skipped / 2,
            false => (self.skipped * 2 + 1).min(MOST_SKIPPED),
        };
        self.skip = self.skipped;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spinning_that_gains_nothing_is_tried_ever_less_often() {
        let mut spin = AdaptiveSpin::new(Duration::from_secs(3600));
        let mut tries = Vec::new();
        for job in 0..100 {
            spin.job_came();
            if spin.idle().is_some() {
                tries.push(job);
                spin.ended(false);
            }
        }
        // One job says nothing of the time between two.
        assert_eq!(tries, [1, 3, 7, 15, 31, 63]);
    }

    #[test]
    fn jobs_that_come_late_are_not_spun_for() {
        let mut spin = AdaptiveSpin::new(Duration::ZERO);
        for _ in 0..3 {
            spin.job_came();
            assert!(spin.idle().is_none());
        }
    }
}
