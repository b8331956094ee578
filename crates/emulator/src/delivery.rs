//! What is handed from the account to the outbox: an event, and what faults do to its delivery.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use crate::fault::{Fault, FaultKind};

/// One event on its way to the webhook.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub conversation: Arc<str>,
    pub seq: u64,
    pub kind: Cow<'static, str>,
    /// The envelope, as JSON.
    pub body: Arc<str>,
    pub fate: Fate,
}

/// What faults do to a delivery.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fate {
    pub never: bool,
    pub twice: bool,
    pub beside_next: Option<Beside>,
    pub late: Duration,
}

/// An event that waits for the one that follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Beside {
    /// To be delivered after it.
    Behind,
    /// To be delivered in one body with it.
    Together,
}

impl Fate {
    pub fn of(faults: &[(FaultKind, Fault)]) -> Self {
        let mut fate = Self::default();
        for (_, fault) in faults {
            match fault {
                Fault::WebhookNever => fate.never = true,
                Fault::WebhookTwice => fate.twice = true,
                Fault::WebhookOutOfOrder => fate.beside_next = Some(Beside::Behind),
                Fault::WebhookBatched => fate.beside_next = Some(Beside::Together),
                Fault::WebhookLate(delay) => fate.late += *delay,
                _ => {}
            }
        }
        fate
    }
}
