//! Counts what changes, so that who shows it waits for the next change instead of asking again and again.

use std::time::Duration;

use serde::Serialize;
use tokio::sync::watch;

/// What changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Area {
    /// Conversations and what was said in them.
    Conversations,
    /// Calls that were seen.
    Requests,
    /// Posts to the webhook.
    Deliveries,
    /// Bots, and the findings of their files.
    Bots,
    /// Fault rules, clock, webhook and service profile.
    Settings,
    /// Everything: a reset, or a state from elsewhere.
    All,
}

/// The number of the newest change, of all and of each area.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct ChangeNumbers {
    change: u64,
    conversations: u64,
    requests: u64,
    deliveries: u64,
    bots: u64,
    settings: u64,
    all: u64,
}

/// The numbers, and who waits for them.
#[derive(Default)]
pub(crate) struct Changes(watch::Sender<ChangeNumbers>);

impl Changes {
    pub fn note(&self, area: Area) {
        self.0.send_modify(|numbers| {
            numbers.change += 1;
            let change = numbers.change;
            *match area {
                Area::Conversations => &mut numbers.conversations,
                Area::Requests => &mut numbers.requests,
                Area::Deliveries => &mut numbers.deliveries,
                Area::Bots => &mut numbers.bots,
                Area::Settings => &mut numbers.settings,
                Area::All => &mut numbers.all,
            } = change;
        });
    }

    /// The numbers as soon as there is a change that is not `seen`, or as they are when the time is over.
    /// A number that was never given is one of an emulator before this one: it waits for nothing.
    pub async fn after(&self, seen: u64, wait: Duration) -> ChangeNumbers {
        let mut numbers = self.0.subscribe();
        let changed = numbers.wait_for(|numbers| numbers.change != seen);
        let _ = tokio::time::timeout(wait, changed).await;
        *self.0.borrow()
    }
}
