//! The vendor's events: which are new, and what each does to the conversation.

use std::collections::HashSet;

use ring::digest::{Context, SHA256};
use wotnot_core::{Event, EventKind};

use super::draft::Draft;
use super::echo::{self, Echo};
use crate::config::Javascript;
use crate::config::secrets::hex;
use crate::projection;
use crate::store::{ConversationState, EntryKind};

/// The keys that the store has to be asked for, before [`take`] can decide which events are new.
///
/// An event without an id of the service's own may come again and be another one: it counts as
/// the same only within one turn, and each of the visitor's echoes begins another.
pub(crate) fn keys(draft: &Draft, events: &[Event]) -> Vec<String> {
    let mut keys = vec![post_key(draft, events)];
    let mut echoes = 0;
    for event in events {
        if event.may_repeat() {
            keys.extend((0..=echoes).map(|more| key(event, draft.state.row.turn + more)));
        } else {
            keys.push(event.event_id.clone());
        }
        echoes += u64::from(is_echo(event));
    }
    keys
}

fn key(event: &Event, turn: u64) -> String {
    format!("{}#{turn}", event.event_id)
}

fn is_echo(event: &Event) -> bool {
    event.by() == Some("visitor")
}

/// Several events in one post that come again together, with nothing sent since, are one post
/// delivered twice, whatever the visitor's echoes among them did to the turn.
fn post_key(draft: &Draft, events: &[Event]) -> String {
    let mut hash = Context::new(&SHA256);
    for event in events {
        hash.update(event.event_id.as_bytes());
        hash.update(b"\n");
    }
    let calls: u64 = draft
        .state
        .sends
        .iter()
        .map(|send| u64::from(send.attempts))
        .sum();
    format!("post-{}#{calls}", hex(&hash.finish().as_ref()[..16]))
}

/// Takes the events that are new; gives how many were not.
pub(crate) fn take(
    draft: &mut Draft,
    events: &[Event],
    seen: &HashSet<String>,
    javascript: Javascript,
) -> usize {
    let post = (events.len() > 1).then(|| post_key(draft, events));
    if post.as_ref().is_some_and(|post| seen.contains(post)) {
        return events.len();
    }
    let mut batch: HashSet<String> = HashSet::new();
    let mut again = 0;
    for event in events {
        let key = if event.may_repeat() {
            key(event, draft.state.row.turn)
        } else {
            event.event_id.clone()
        };
        if seen.contains(&key) || !batch.insert(key.clone()) {
            again += 1;
            continue;
        }
        draft.seen.push(key);
        if is_echo(event) {
            draft.state.row.turn += 1;
        }
        apply(draft, event, javascript);
        draft.raw.push(event.raw.to_string());
    }
    draft.seen.extend(post);
    again
}

fn apply(draft: &mut Draft, event: &Event, javascript: Javascript) {
    match event.kind {
        EventKind::Message if is_echo(event) => match echo::take(draft, event) {
            Echo::Of(_) | Echo::Repeated => {}
            Echo::Stray => say(draft, event, javascript),
        },
        EventKind::Message => say(draft, event, javascript),
        EventKind::Status if event.closes() => draft.end(),
        EventKind::Status => move_to(draft, ConversationState::Open),
        // Who is in charge of what is over is nobody's concern.
        EventKind::Assignee if draft.state.row.state == ConversationState::Ended => {}
        EventKind::Assignee if event.hands_over() => move_to(draft, ConversationState::Handover),
        EventKind::Assignee => move_to(draft, ConversationState::Open),
        _ => {}
    }
}

fn say(draft: &mut Draft, event: &Event, javascript: Javascript) {
    let seq = draft.next_seq();
    let Some(projected) = projection::message(event, seq, draft.now_ms, javascript) else {
        return;
    };
    if projected.has_prompt {
        draft.state.row.prompt = Some(seq);
    }
    draft.push(EntryKind::Message, &projected.frame, projected.answers);
}

fn move_to(draft: &mut Draft, state: ConversationState) {
    let before = draft.state.row.state;
    if before == state {
        return;
    }
    draft.state.row.state = state;
    let (seq, now) = (draft.next_seq(), draft.now_ms);
    match (before, state) {
        (ConversationState::Ended, _) => {
            let frame = projection::status(seq, now, state);
            draft.push(EntryKind::Status, &frame, None);
        }
        (_, ConversationState::Handover) => {
            draft.push(
                EntryKind::Handover,
                &projection::handover(seq, now, "agent"),
                None,
            );
        }
        _ => draft.push(
            EntryKind::Handover,
            &projection::handover(seq, now, "bot"),
            None,
        ),
    }
}
