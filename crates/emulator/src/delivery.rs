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
    pub plan: DeliveryPlan,
}

/// What faults do to a delivery.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct DeliveryPlan {
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

impl DeliveryPlan {
    pub fn of(faults: &[(FaultKind, Fault)]) -> Self {
        let mut plan = Self::default();
        for (_, fault) in faults {
            match fault {
                Fault::WebhookNever => plan.never = true,
                Fault::WebhookTwice => plan.twice = true,
                Fault::WebhookOutOfOrder => plan.beside_next = Some(Beside::Behind),
                Fault::WebhookBatched => plan.beside_next = Some(Beside::Together),
                Fault::WebhookLate(delay) => plan.late += *delay,
                _ => {}
            }
        }
        plan
    }
}
