//! Sends what visitors said: one message at a time in a conversation, each claimed in the store
//! before its call begins, so that a crash leaves a doubt and never a second send.
//! What comes next is `step`'s, what a call's end means `verdict`'s.

mod step;
mod unsent;
mod verdict;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use wotnot_core::{CallOptions, Message, Start, Variables};

use self::step::Step;
pub(crate) use self::unsent::Unsent;
use self::verdict::Verdict;
use crate::app::App;
use crate::clock::{now_ms, whole_ms};
use crate::conversation::{Conversation, Draft, Locked, State};
use crate::error::{ApiError, ApiResult, ErrorCode};
use crate::intake::sorted;
use crate::store::{SendState, StoreError};
use crate::upstream::Upstream;

/// Has the conversation's worker look at it; starts one where there is none.
pub(crate) fn wake(app: &Arc<App>, conversation: &Arc<Conversation>) {
    conversation.changed.notify_one();
    if !conversation.working.swap(true, Ordering::AcqRel) {
        tokio::spawn(work(Arc::clone(app), Arc::clone(conversation)));
    }
}

/// The same where something waits to be sent or is in doubt.
pub(crate) fn wake_unfinished(app: &Arc<App>, conversation: &Arc<Conversation>, state: Locked<'_>) {
    let unfinished = state.sends.iter().any(|send| send.state.is_unfinished());
    drop(state);
    if unfinished {
        wake(app, conversation);
    }
}

/// Takes up what an earlier process left.
pub(crate) async fn recover(app: &Arc<App>) -> Result<(), StoreError> {
    for id in app.store.unfinished().await? {
        if let Some(conversation) = app.conversations.get(&id).await? {
            wake(app, &conversation);
        }
    }
    Ok(())
}

async fn work(app: Arc<App>, conversation: Arc<Conversation>) {
    let _waiting = app.unsent.begin();
    loop {
        if *app.stopping.borrow() {
            // What is queued is the next process's.
            conversation.working.store(false, Ordering::Release);
            return;
        }
        match step(&app, &conversation).await {
            Ok(true) | Err(StoreError::Conflict) => {}
            Ok(false) => return,
            // After a failure the process ends; what is claimed is in doubt when it is back.
            Err(StoreError::Gone | StoreError::Failed(_)) => {
                conversation.working.store(false, Ordering::Release);
                return;
            }
        }
    }
}

/// One step; false when there is nothing left to do.
async fn step(app: &Arc<App>, conversation: &Conversation) -> Result<bool, StoreError> {
    let wait_ms = {
        let mut state = conversation.lock().await;
        let now = now_ms();
        match step::next(&state, now) {
            Step::Nothing => {
                conversation.working.store(false, Ordering::Release);
                return Ok(false);
            }
            Step::Doubt(seq) => {
                let mut draft = Draft::of(&state);
                verdict::doubt(&mut draft, seq, app.sending.evidence_ms);
                app.conversations
                    .commit(conversation, &mut state, draft)
                    .await?;
                return Ok(true);
            }
            Step::GiveUp(seq) => {
                let mut draft = Draft::of(&state);
                draft.move_to(seq, SendState::Unconfirmed);
                app.conversations
                    .commit(conversation, &mut state, draft)
                    .await?;
                return Ok(true);
            }
            Step::Wait(until) => until.saturating_sub(now),
            Step::Send(_) => {
                let upstream = app.upstreams().get(&state.row.account).cloned();
                match upstream.map(|upstream| (upstream.breaker.pause(), upstream)) {
                    Some((None, upstream)) => {
                        drop(state);
                        send(app, conversation, &upstream).await?;
                        return Ok(true);
                    }
                    Some((Some(pause), _)) => u64::try_from(pause.as_millis()).unwrap_or(u64::MAX),
                    None => {
                        tracing::error!(
                            account = state.row.account,
                            "a conversation's account is not configured any more"
                        );
                        60_000
                    }
                }
            }
        }
    };
    let wait = Duration::from_millis(wait_ms.max(1));
    let _ = tokio::time::timeout(wait, conversation.changed.notified()).await;
    Ok(true)
}

/// A call to make.
struct Claim {
    seq: u64,
    call: Call,
    message: Message,
}

enum Call {
    Start {
        visitor: String,
        bot_key: String,
        variables: Option<Variables>,
    },
    Message {
        conversation: String,
    },
}

async fn send(
    app: &Arc<App>,
    conversation: &Conversation,
    upstream: &Arc<Upstream>,
) -> Result<(), StoreError> {
    let Ok(permit) = Arc::clone(&app.calls).acquire_owned().await else {
        return Err(StoreError::Failed("the gateway stops".into()));
    };
    // Counted before it is looked at, so that who stops sees the one or the other.
    let _open = app.counters.open_calls.hold();
    if *app.stopping.borrow() {
        return Ok(());
    }
    let Some(claim) = claim(app, conversation).await? else {
        return Ok(());
    };
    let (seq, starts) = (claim.seq, matches!(claim.call, Call::Start { .. }));
    let client = Arc::clone(&upstream.client);
    let timeout = Duration::from_millis(app.sending.timeout_ms);
    let began = Instant::now();
    let called = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        let options = CallOptions {
            timeout: Some(timeout),
            ..CallOptions::default()
        };
        match claim.call {
            Call::Start {
                visitor,
                bot_key,
                variables,
            } => {
                let start = Start {
                    visitor_id: visitor,
                    message: claim.message,
                    variables,
                    bot_key: Some(bot_key),
                };
                verdict::of_start(client.start_conversation(&start, &options))
            }
            Call::Message { conversation } => {
                verdict::of_message(client.send_message(&conversation, &claim.message, &options))
            }
        }
    });
    // A panic inside the library: nobody knows what it had sent.
    let verdict = called.await.unwrap_or(Verdict::Unknown);
    match &verdict {
        Verdict::NotSent { .. } => upstream.breaker.failed(),
        _ => upstream.breaker.reached(),
    }
    let took = began.elapsed();
    app.counters
        .vendor_call(&upstream.name, verdict.name(), took);
    tracing::info!(
        account = upstream.name,
        conversation = conversation.id,
        seq,
        verdict = verdict.name(),
        ms = whole_ms(took),
        "call to the vendor"
    );
    // Before the conversation's own lock, as the intake does it.
    let _naming = match starts {
        true => Some(app.naming.lock().await),
        false => None,
    };
    let mut state = conversation.lock().await;
    let mut draft = Draft::of(&state);
    verdict::apply(&mut draft, seq, verdict, app.sending.evidence_ms);
    if draft.unpark {
        sorted::take_parked(app, &mut draft).await?;
    }
    let named = draft.state.row.vendor_id.clone().filter(|_| starts);
    let account = draft.state.row.account.clone();
    let kept = app
        .conversations
        .commit(conversation, &mut state, draft)
        .await;
    if let (Err(StoreError::Gone), Some(vendor_id)) = (&kept, named) {
        // The visitor wanted it gone while it began: what the vendor says of it is not kept.
        let mark = app.marks.conversation(&account, &vendor_id);
        app.store.put_mark(mark, now_ms()).await?;
    }
    kept
}

/// Marks the next message as being sent, before a byte of it leaves.
async fn claim(app: &App, conversation: &Conversation) -> Result<Option<Claim>, StoreError> {
    let mut state = conversation.lock().await;
    let Step::Send(seq) = step::next(&state, now_ms()) else {
        return Ok(None);
    };
    let Some(claim) = read_claim(&state, seq) else {
        let mut draft = Draft::of(&state);
        draft.change(seq, |send| send.code = Some("internal".into()));
        draft.move_to(seq, SendState::Rejected);
        app.conversations
            .commit(conversation, &mut state, draft)
            .await?;
        return Ok(None);
    };
    let mut draft = Draft::of(&state);
    let now = draft.now_ms;
    draft.change(seq, |send| {
        send.state = SendState::Sending;
        send.attempts += 1;
        send.sent_ms = Some(now);
    });
    draft.state.row.turn += 1;
    app.conversations
        .commit(conversation, &mut state, draft)
        .await?;
    Ok(Some(claim))
}

fn read_claim(state: &State, seq: u64) -> Option<Claim> {
    let send = state.sends.iter().find(|send| send.seq == seq)?;
    let row = &state.row;
    let call = match &row.vendor_id {
        Some(id) => Call::Message {
            conversation: id.clone(),
        },
        None => Call::Start {
            visitor: row.vendor_visitor.clone(),
            bot_key: row.bot_key.clone(),
            variables: serde_json::from_value(row.variables.clone()).ok()?,
        },
    };
    Some(Claim {
        seq,
        call,
        message: serde_json::from_value(send.message.clone()).ok()?,
    })
}

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
    app.conversations
        .commit(conversation, &mut state, draft)
        .await?;
    drop(state);
    wake(app, conversation);
    let now = match wanted {
        Resolve::Resend => SendState::Queued,
        Resolve::Discard => SendState::Discarded,
    };
    Ok((seq, now))
}
