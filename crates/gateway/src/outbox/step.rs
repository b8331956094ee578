//! What a conversation's worker does next: a table over the states of its messages.

use crate::conversation::State;
use crate::store::{ConversationState, SendState};

/// The next thing to do. Times are milliseconds since 1970.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Nothing, until something happens.
    Nothing,
    /// Nothing, until then.
    Wait(u64),
    /// Send this message.
    Send(u64),
    /// A call was under way when the process ended: its message is in doubt.
    Doubt(u64),
    /// Evidence was waited for long enough.
    GiveUp(u64),
}

/// Only the first message that is not finished counts: the others wait behind it.
pub(super) fn next(state: &State, now_ms: u64) -> Step {
    let Some(send) = state.sends.iter().find(|send| send.state.is_unfinished()) else {
        return Step::Nothing;
    };
    let seq = send.seq;
    match send.state {
        SendState::Sending => Step::Doubt(seq),
        SendState::Unknown => match send.evidence_until_ms {
            Some(until) if now_ms < until => Step::Wait(until),
            _ => Step::GiveUp(seq),
        },
        _ if state.row.state == ConversationState::Ended => Step::Nothing,
        // Without a start there is no conversation to send into, and the visitor decides on it.
        _ if state.row.vendor_id.is_none() && !is_first(state, seq) => Step::Nothing,
        _ if now_ms < send.next_ms => Step::Wait(send.next_ms),
        _ => Step::Send(seq),
    }
}

fn is_first(state: &State, seq: u64) -> bool {
    state.sends.first().is_some_and(|first| first.seq == seq)
}
