//! A visitor says something in a conversation: `POST …/messages`.

use std::sync::Arc;

use super::answer;
use super::post::{Content, Post};
use super::start::{Begun, conflict};
use super::{Conversation, Draft};
use crate::answers::Taken;
use crate::app::App;
use crate::error::{ApiError, ApiResult, ErrorCode};
use crate::files::Attached;
use crate::outbox;
use crate::store::{ConversationState, StoreError};

/// Takes what the visitor says. The same post again changes nothing.
pub(crate) async fn say(
    app: &Arc<App>,
    conversation: &Arc<Conversation>,
    post: Post,
) -> ApiResult<Begun> {
    let attached = match &post.content {
        Content::Files(ids) => app.files.attach(&conversation.visitor, ids).await?,
        _ => Vec::new(),
    };
    let decide = || try_say(app, conversation, post.clone(), &attached);
    app.conversations.decided(conversation, decide).await
}

async fn try_say(
    app: &Arc<App>,
    conversation: &Arc<Conversation>,
    post: Post,
    attached: &[Attached],
) -> ApiResult<Result<Begun, StoreError>> {
    let mut state = conversation.lock().await;
    if let Some(known) = state
        .sends
        .iter()
        .find(|send| send.client_id == post.client_id)
    {
        return if known.digest == post.digest {
            Ok(Ok(Begun::Repeated(Taken::of(&conversation.id, known))))
        } else {
            Err(conflict())
        };
    }
    if state.row.state == ConversationState::Ended {
        return Err(ApiError::new(
            ErrorCode::Ended,
            "the conversation is over; start another one",
        ));
    }
    let mut asked = None;
    if let Some(seq) = post.answer_to {
        if state.row.prompt != Some(seq) {
            return Err(ApiError::new(
                ErrorCode::PromptSuperseded,
                "the question was answered, or another one was asked",
            )
            .with("current", state.row.prompt));
        }
        let found = app.store.read(&conversation.id, seq - 1, 1).await?;
        asked = found.into_iter().next();
    }
    let said = answer::say(post, asked.as_ref(), attached)?;
    let mut draft = Draft::of(&state);
    let seq = draft.say(said);
    let kept = app
        .conversations
        .commit(conversation, &mut state, draft)
        .await;
    if let Err(error) = kept {
        return Ok(Err(error));
    }
    let send = state.sends.iter().find(|send| send.seq == seq);
    let taken = send.map(|send| Taken::of(&conversation.id, send));
    drop(state);
    outbox::wake(app, conversation);
    let taken = taken.ok_or_else(ApiError::not_found)?;
    Ok(Ok(Begun::New(taken)))
}
