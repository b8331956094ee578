//! What a call's end means for its message: the library's verdict, as a state.

use std::time::Duration;

use wotnot_core::{Delivery, Error, Result, Sent, Started};

use crate::conversation::Draft;
use crate::store::SendState;
use crate::upstream::jittered;

/// How a call ended.
#[derive(Debug)]
pub(super) enum Verdict {
    /// The vendor took the message.
    Accepted {
        vendor_id: Option<String>,
        message_id: Option<String>,
    },
    /// No byte of it reached the vendor, within the library's own deadline.
    NotSent { wait: Option<Duration> },
    /// The vendor said no, and may say yes later.
    Later { wait: Option<Duration> },
    /// The vendor said no for good.
    Rejected { code: &'static str },
    /// Nobody knows.
    Unknown,
}

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

impl Verdict {
    pub fn name(&self) -> &'static str {
        match self {
            Verdict::Accepted { .. } => "accepted",
            Verdict::NotSent { .. } => "not_sent",
            Verdict::Later { .. } => "later",
            Verdict::Rejected { .. } => "rejected",
            Verdict::Unknown => "unknown",
        }
    }
}

pub(super) fn of_start(result: Result<Started>) -> Verdict {
    match result {
        Ok(started) => Verdict::Accepted {
            vendor_id: Some(started.conversation.id),
            message_id: None,
        },
        Err(error) => of_error(&error),
    }
}

pub(super) fn of_message(result: Result<Sent>) -> Verdict {
    match result {
        Ok(sent) => Verdict::Accepted {
            vendor_id: None,
            message_id: sent.message_id,
        },
        Err(error) => of_error(&error),
    }
}

fn of_error(error: &Error) -> Verdict {
    let wait = error.retry_after();
    match (error.delivery(), error.code()) {
        // Sending it again would not help: the message or the configuration is wrong.
        (Some(Delivery::NotSent), code) if code.is_wrong_input() => {
            Verdict::Rejected { code: code.name() }
        }
        (Some(Delivery::NotSent), _) => Verdict::NotSent { wait },
        (Some(Delivery::Rejected), _) if error.retryable() => Verdict::Later { wait },
        (Some(Delivery::Rejected), code) => Verdict::Rejected { code: code.name() },
        (Some(Delivery::Unknown) | None, _) => Verdict::Unknown,
    }
}

/// Brings the verdict to the message.
pub(super) fn apply(draft: &mut Draft, seq: u64, verdict: &Verdict, evidence_ms: u64) {
    let Some(send) = draft.state.sends.iter().find(|send| send.seq == seq) else {
        return;
    };
    // Evidence may have overtaken the answer.
    let pending = send.state == SendState::Sending;
    let (echoed, attempts) = (send.echoed, send.attempts);
    let starts = draft.state.row.vendor_id.is_none();
    match verdict {
        Verdict::Accepted {
            vendor_id,
            message_id,
        } => {
            if message_id.is_some() {
                draft.change(seq, |send| send.message_id.clone_from(message_id));
            }
            if let Some(id) = vendor_id
                && draft.state.row.vendor_id.as_ref() != Some(id)
            {
                draft.name(id);
            }
            draft.move_to(seq, SendState::Accepted);
        }
        _ if !pending => {}
        Verdict::NotSent { wait } | Verdict::Later { wait } => {
            let doubled = FIRST_PAUSE * 2_u32.saturating_pow(attempts.saturating_sub(1).min(10));
            let own = jittered(doubled.min(LONGEST_PAUSE));
            let wait = wait.map_or(own, |wait| wait.max(own));
            let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
            let next_ms = draft.now_ms.saturating_add(wait_ms);
            draft.change(seq, |send| {
                send.state = SendState::Queued;
                send.next_ms = next_ms;
            });
        }
        Verdict::Rejected { code } => {
            draft.change(seq, |send| send.code = Some((*code).to_owned()));
            draft.move_to(seq, SendState::Rejected);
            if starts {
                draft.end();
            }
        }
        Verdict::Unknown if echoed => draft.move_to(seq, SendState::Accepted),
        Verdict::Unknown => doubt(draft, seq, evidence_ms),
    }
}

/// Waits for evidence from now on.
pub(super) fn doubt(draft: &mut Draft, seq: u64, evidence_ms: u64) {
    let until = draft.now_ms + evidence_ms;
    draft.change(seq, |send| {
        send.state = SendState::Unknown;
        send.evidence_until_ms = Some(until);
    });
}
