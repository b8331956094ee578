//! One at a time, where waiting for the turn must end with the call.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::http::Limit;
use crate::{Code, Delivery, Error, Result};

/// How often a call looks whether it is its turn.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Who does something, one after another.
#[derive(Default)]
pub(super) struct Turns(AtomicBool);

impl Turns {
    /// Waits for the turn, for as long as the call may take.
    pub(super) fn take(&self, limit: &Limit) -> Result<Turn<'_>> {
        loop {
            if let Some(turn) = self.try_take() {
                return Ok(turn);
            }
            let now = Instant::now();
            if now >= limit.until {
                let text = "the time was over while another call was under way";
                return Err(Error::new(Code::RequestTimeout, text).with_delivery(Delivery::NotSent));
            }
            let next = (now + LOOK_EVERY).min(limit.until);
            limit
                .cancel_state()
                .sleep(next)
                .map_err(|reason| reason.error_with(Delivery::NotSent))?;
        }
    }

    /// The turn, unless somebody else has it.
    pub(super) fn try_take(&self) -> Option<Turn<'_>> {
        let is_free = !self.0.swap(true, Ordering::Acquire);
        is_free.then_some(Turn(&self.0))
    }
}

/// Ours until it is dropped.
pub(super) struct Turn<'a>(&'a AtomicBool);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}
