//! Sends what visitors said: one message at a time in a conversation, each claimed in the store
//! before its call begins, so that a crash leaves a doubt and never a second send.
//! What comes next is `step`'s, what a call's end means `verdict`'s.

mod resolve;
mod step;
mod unsent;
mod verdict;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use wotnot_core::{CallOptions, Message, Start, Variables};

pub(crate) use self::resolve::{Resolve, resolve};
use self::step::Step;
pub(crate) use self::unsent::Unsent;
use self::verdict::Verdict;
use crate::app::App;
use crate::clock::{now_ms, whole_ms};
use crate::conversation::{Conversation, Draft, Locked, State};
use crate::forward::WHEN_AWAY;
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
    let rest = || conversation.working.store(false, Ordering::Release);
    let mut sends_here = false;
    loop {
        if *app.stopping.borrow() {
            // What is queued is the next process's.
            return rest();
        }
        let stepped = match sends_here {
            true => step(&app, &conversation).await,
            false => match take_on(&app, &conversation).await {
                Ok(TakenOn::Here) => {
                    sends_here = true;
                    Ok(true)
                }
                Ok(TakenOn::Elsewhere) => return,
                Ok(TakenOn::Changed) => Ok(true),
                Err(error) => Err(error),
            },
        };
        match stepped {
            Ok(true) => {}
            Ok(false) => return,
            // Another node may have taken over.
            Err(StoreError::Conflict) => sends_here = false,
            // What was claimed, if it was, is in doubt from then on.
            Err(StoreError::Away(why)) => {
                tracing::warn!(
                    conversation = conversation.id,
                    why,
                    "sending waits for the store"
                );
                tokio::time::sleep(WHEN_AWAY).await;
            }
            // After a failure the process ends; what is claimed is in doubt when it is back.
            Err(StoreError::Gone | StoreError::Failed(_)) => return rest(),
        }
    }
}

/// Who sends in a conversation.
enum TakenOn {
    Here,
    /// Another node, which gets what is new from the server.
    Elsewhere,
    /// Nobody knows: something happened meanwhile.
    Changed,
}

/// Makes this process the one that sends, where others share the store.
async fn take_on(app: &App, conversation: &Conversation) -> Result<TakenOn, StoreError> {
    if !app.store.is_shared() {
        return Ok(TakenOn::Here);
    }
    let version = conversation.lock().await.row.version;
    if app.store.take_on(&conversation.id).await? {
        // From here on no other node sends; what one did before is read.
        app.conversations.refresh(conversation).await?;
        return Ok(TakenOn::Here);
    }
    let state = conversation.lock().await;
    if state.row.version != version {
        return Ok(TakenOn::Changed);
    }
    conversation.working.store(false, Ordering::Release);
    Ok(TakenOn::Elsewhere)
}

/// One step; false when there is nothing left to do.
async fn step(app: &Arc<App>, conversation: &Conversation) -> Result<bool, StoreError> {
    let wait_ms = {
        let mut state = conversation.lock().await;
        let now = now_ms();
        match step::next(&state, now) {
            Step::Nothing => {
                let version = state.row.version;
                if !app.store.let_go(&conversation.id, version).await? {
                    drop(state);
                    app.conversations.refresh(conversation).await?;
                    return Ok(true);
                }
                conversation.working.store(false, Ordering::Release);
                return Ok(false);
            }
            Step::Doubt(seq) => {
                let mut draft = Draft::of_sender(&state);
                verdict::doubt(&mut draft, seq, app.sending.evidence_ms);
                app.conversations
                    .commit(conversation, &mut state, draft)
                    .await?;
                return Ok(true);
            }
            Step::GiveUp(seq) => {
                let mut draft = Draft::of_sender(&state);
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
    if !app.store.may_send() {
        return Err(StoreError::Away("the lease was not renewed".into()));
    }
    let Some(claim) = claim(app, conversation).await? else {
        return Ok(());
    };
    let seq = claim.seq;
    let client = Arc::clone(&upstream.client);
    let store = Arc::clone(&app.store);
    let timeout = Duration::from_millis(app.sending.timeout_ms);
    let began = Instant::now();
    let called = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        if !store.may_send() {
            // Another node may have taken over while this one stood still: no byte of it leaves.
            return Verdict::NotSent { wait: None };
        }
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
    // What the vendor said is not forgotten because somebody else changed the conversation, or the store is away.
    let (kept, named) = loop {
        match keep_verdict(app, conversation, seq, &verdict).await {
            (Err(StoreError::Conflict), _) => {}
            (Err(StoreError::Away(why)), _) => {
                tracing::warn!(
                    conversation = conversation.id,
                    seq,
                    why,
                    "a verdict waits for the store"
                );
                tokio::time::sleep(WHEN_AWAY).await;
            }
            kept => break kept,
        }
    };
    if let (Err(StoreError::Gone), Some(vendor_id)) = (&kept, named) {
        // The visitor wanted it gone while it began: what the vendor says of it is not kept.
        let mark = app.marks.conversation(&upstream.name, &vendor_id);
        app.store.put_mark(mark, now_ms()).await?;
    }
    kept
}

/// Brings what a call came to to its message; gives the vendor's id of the conversation too, where the call began it.
async fn keep_verdict(
    app: &App,
    conversation: &Conversation,
    seq: u64,
    verdict: &Verdict,
) -> (Result<(), StoreError>, Option<String>) {
    let began = match verdict {
        Verdict::Accepted { vendor_id, .. } => vendor_id.clone(),
        _ => None,
    };
    // Before the conversation's own lock, as the intake does it.
    let _naming = match &began {
        Some(_) => Some(app.naming.lock().await),
        None => None,
    };
    let mut state = conversation.lock().await;
    let mut draft = Draft::of(&state);
    verdict::apply(&mut draft, seq, verdict, app.sending.evidence_ms);
    if draft.unpark.is_some()
        && let Err(error) = sorted::take_parked(app, &mut draft).await
    {
        return (Err(error), began);
    }
    let kept = app
        .conversations
        .commit(conversation, &mut state, draft)
        .await;
    (kept, began)
}

/// Marks the next message as being sent, before a byte of it leaves.
async fn claim(app: &App, conversation: &Conversation) -> Result<Option<Claim>, StoreError> {
    let mut state = conversation.lock().await;
    let Step::Send(seq) = step::next(&state, now_ms()) else {
        return Ok(None);
    };
    let Some(claim) = read_claim(&state, seq) else {
        let mut draft = Draft::of_sender(&state);
        draft.change(seq, |send| send.code = Some("internal".into()));
        draft.move_to(seq, SendState::Rejected);
        app.conversations
            .commit(conversation, &mut state, draft)
            .await?;
        return Ok(None);
    };
    let mut draft = Draft::of_sender(&state);
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
