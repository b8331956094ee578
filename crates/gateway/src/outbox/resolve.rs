//! What becomes of a message whose fate nobody knows: its visitor decides.

use std::sync::Arc;

use super::wake;
use crate::app::App;
use crate::conversation::{Conversation, Draft};
use crate::error::{ApiError, ApiResult, ErrorCode};
use crate::store::{SendState, StoreError};

/// What a visitor wants of a message whose fate nobody knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resolve {
    /// Send it once more; it may then be there twice.
    Resend,
    /// Let it be.
    Discard,
}

/// Does what the visitor decided; gives the state that the message has now.
pub(crate) async fn resolve(
    app: &Arc<App>,
    conversation: &Arc<Conversation>,
    client_id: &str,
    wanted: Resolve,
) -> ApiResult<(u64, SendState)> {
    let decide = || try_resolve(app, conversation, client_id, wanted);
    app.conversations.decided(conversation, decide).await
}

async fn try_resolve(
    app: &Arc<App>,
    conversation: &Arc<Conversation>,
    client_id: &str,
    wanted: Resolve,
) -> ApiResult<Result<(u64, SendState), StoreError>> {
    let mut state = conversation.lock().await;
    let found = state.sends.iter().find(|send| send.client_id == client_id);
    let send = found.ok_or_else(ApiError::not_found)?;
    if send.state != SendState::Unconfirmed {
        return Err(ApiError::new(
            ErrorCode::NotUnconfirmed,
            "what became of the message is known, or will be; nothing is to be decided",
        )
        .with("state", send.state.public_name()));
    }
    let seq = send.seq;
    let starts = state.row.vendor_id.is_none();
    let mut draft = Draft::of(&state);
    match wanted {
        Resolve::Resend => {
            draft.change(seq, |send| {
                send.state = SendState::Queued;
                send.next_ms = 0;
                send.evidence_until_ms = None;
            });
            if let Some(send) = draft
                .state
                .sends
                .iter()
                .find(|send| send.seq == seq)
                .cloned()
            {
                draft.tell_delivery(&send, "resent");
            }
        }
        Resolve::Discard => {
            draft.move_to(seq, SendState::Discarded);
            if starts {
                draft.end();
            }
        }
    }
    let kept = app
        .conversations
        .commit(conversation, &mut state, draft)
        .await;
    if let Err(error) = kept {
        return Ok(Err(error));
    }
    drop(state);
    wake(app, conversation);
    let now = match wanted {
        Resolve::Resend => SendState::Queued,
        Resolve::Discard => SendState::Discarded,
    };
    Ok(Ok((seq, now)))
}
