//! What the emulator's tests stand on: a client that speaks plain HTTP, and a webhook endpoint that listens.

mod sink;
mod visitor;

pub use sink::Sink;
pub use visitor::{Visitor, post, text};

use std::time::{Duration, Instant};

/// Waits until `check` gives something; fails the test after a generous deadline.
pub fn wait_for<T>(what: &str, mut check: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        if let Some(found) = check() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}
