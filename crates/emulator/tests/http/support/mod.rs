//! What the emulator's tests stand on: clients that speak plain HTTP, and a webhook endpoint that listens.

mod raw;
mod sink;
mod visitor;

pub use raw::{End, Heard, exchange, request};
pub use sink::Sink;
pub use visitor::{Answer, Visitor, call, control, get, post, text};

use std::time::{Duration, Instant};

use wotnot_emulator::Emulator;

/// Waits until `check` gives something; fails the test after a generous deadline.
pub fn wait_for<T>(what: &str, mut check: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        if let Some(found) = check() {
            return found;
        }
        assert!(Instant::now() < deadline, "timed out waiting for {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// An emulator whose only bot has these blocks and starts at `ask`.
pub fn emulator_of(blocks: &str) -> Emulator {
    Emulator::builder()
        .flow_yaml(flow_of(blocks))
        .start()
        .unwrap()
}

/// A flow with these blocks that starts at `ask`; `done` and `lost` are two ends.
pub fn flow_of(blocks: &str) -> String {
    format!(
        "bot: {{name: Test, key: test-bot}}\nstart: ask\nblocks:\n{blocks}\n\
         \x20 done: {{type: end, text: Done}}\n  lost: {{type: end, text: Lost}}\n"
    )
}

/// A bot that greets, asks for a name without end, and repeats it.
pub const ECHO: &str = "
  ask: {type: message, text: Hi, next: name}
  name: {type: input, text: 'Your name?', save_to: conversation.name, next: again}
  again: {type: message, text: 'You said {{conversation.name}}', next: name}
  stop: {type: buttons, text: Stop?, buttons: [{title: 'Yes', next: done}, {title: 'No', next: lost}]}";
