//! A gateway that does not answer, in words: without them a network that is gone looks like a silent bot.

use std::time::{Duration, Instant};

use wotnot_core::Client;

/// A gateway that is replaced is back in a moment: that is not worth a word.
const WORTH_A_WORD: Duration = Duration::from_secs(1);

/// What was reported so far.
#[derive(Debug, Default)]
pub struct Trouble {
    since: Option<Instant>,
    is_told: bool,
}

impl Trouble {
    /// What is new: the gateway does not answer any more, or does again.
    pub fn news(&mut self, client: &Client) -> Option<String> {
        let trouble = client.status().ok()?.gateway?.trouble;
        let Some(trouble) = trouble else {
            self.since = None;
            let was_told = std::mem::take(&mut self.is_told);
            return was_told.then(|| "the gateway answers again".to_owned());
        };
        let since = *self.since.get_or_insert_with(Instant::now);
        if self.is_told || since.elapsed() < WORTH_A_WORD {
            return None;
        }
        self.is_told = true;
        Some(format!("{trouble}; trying again"))
    }
}
