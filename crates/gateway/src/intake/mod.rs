//! The vendor's webhook: a post is checked and taken apart by the library, its events are sorted to
//! their conversations, and it is answered 200 once all of them are kept.

pub(crate) mod sorted;
mod together;

use std::collections::HashMap;
use std::sync::Arc;

use wotnot_core::{Error, Event, WebhookReply};

use self::sorted::{Known, take_events, take_parked};
use crate::app::App;
use crate::conversation::{Conversation, Draft, echo};
use crate::outbox;
use crate::store::{Parked, SendRow, SendState, StoreError};
use crate::unread;
use crate::upstream::Upstream;

/// Why a post was not taken.
pub(crate) enum IntakeError {
    /// It is not the vendor's, or no post at all.
    Refused(Error),
    /// It was not stored; it may be sent again.
    Store(StoreError),
}

impl From<StoreError> for IntakeError {
    fn from(error: StoreError) -> Self {
        IntakeError::Store(error)
    }
}

/// Takes a post; gives what to answer.
pub(crate) async fn take(
    app: &Arc<App>,
    upstream: &Upstream,
    body: &str,
    authorization: Option<&str>,
) -> Result<WebhookReply, IntakeError> {
    let delivered = upstream
        .parse(body, authorization)
        .map_err(IntakeError::Refused)?;
    let groups = by_conversation(delivered.events);
    let mut known = Known::Held;
    loop {
        match keep(app, upstream, &groups, known).await {
            // Something of it was kept before; or one of them was changed by another node, or dropped: what
            // we held of it is no more.
            Err(StoreError::Conflict | StoreError::Gone) => known = Known::Asked,
            Err(error) => return Err(error.into()),
            Ok(()) => return Ok(delivered.reply),
        }
    }
}

/// Events of one conversation of the vendor's, in their order.
struct Group {
    vendor_id: String,
    /// The visitor id that we gave: the head of `visitor.key`.
    vendor_visitor: Option<String>,
    events: Arc<Vec<Event>>,
}

fn by_conversation(events: Vec<Event>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for event in events {
        // Without a conversation it can concern nobody here.
        let Some(id) = event.conversation_id.clone() else {
            continue;
        };
        let visitor = event.visitor_key.as_deref().and_then(head_of);
        match groups.iter_mut().find(|group| group.vendor_id == id) {
            Some(group) => {
                group.vendor_visitor = group.vendor_visitor.take().or(visitor);
                Arc::make_mut(&mut group.events).push(event);
            }
            None => groups.push(Group {
                vendor_id: id,
                vendor_visitor: visitor,
                events: Arc::new(vec![event]),
            }),
        }
    }
    groups
}

/// `<visitor_id>_<account_id>`.
fn head_of(visitor_key: &str) -> Option<String> {
    visitor_key
        .rsplit_once('_')
        .map(|(head, _)| head.to_owned())
}

async fn keep(
    app: &Arc<App>,
    upstream: &Upstream,
    groups: &[Group],
    known: Known,
) -> Result<(), StoreError> {
    let account = &upstream.name;
    let mut found: Vec<Option<String>> = Vec::with_capacity(groups.len());
    for group in groups {
        let held = (known == Known::Held)
            .then(|| app.conversations.named(account, &group.vendor_id))
            .flatten();
        found.push(match held {
            Some(id) => Some(id),
            None => app.store.by_vendor_id(account, &group.vendor_id).await?,
        });
    }
    // Who gives a conversation the vendor's id, or parks what has none, does it alone.
    let naming = match found.iter().all(Option::is_some) {
        true => None,
        false => Some(app.naming.lock().await),
    };
    let mut parked = Vec::new();
    let mut parts: Vec<(Arc<Conversation>, &Group)> = Vec::new();
    for (group, found) in groups.iter().zip(found) {
        let id = match found {
            Some(id) => Some(id),
            // No other conversation of the same visitor may get it.
            None if is_erased(app, account, group).await? => continue,
            None => find(app, account, group).await?,
        };
        let conversation = match id {
            Some(id) => app.conversations.get(&id).await?,
            None => None,
        };
        // One conversation cannot have two ids; a post that says so is odd enough to wait.
        let is_new = |it: &Arc<Conversation>| parts.iter().all(|(other, _)| other.id != it.id);
        match conversation.filter(is_new) {
            Some(conversation) => parts.push((conversation, group)),
            None if is_erased(app, account, group).await? => {}
            None if is_of_an_erased_start(app, account, group).await? => {}
            None => parked.extend(group.events.iter().map(|event| Parked {
                account: account.clone(),
                vendor_id: group.vendor_id.clone(),
                raw: event.raw.clone(),
                at_ms: app.store.now_ms(),
            })),
        }
    }
    if !parked.is_empty() {
        app.store.park(parked).await?;
    }
    if let ([(conversation, group)], Known::Held, None) = (&parts[..], known, &naming) {
        return together::keep(app, conversation, &group.events).await;
    }
    // Always in the same order, so that two posts do not wait for each other.
    parts.sort_by(|(a, _), (b, _)| a.id.cmp(&b.id));
    let mut locked = Vec::with_capacity(parts.len());
    for (conversation, group) in &parts {
        let state = conversation.lock().await;
        let mut draft = Draft::of(&state);
        let mut known = known;
        if draft.state.row.vendor_id.is_none() {
            draft.name(&group.vendor_id);
            take_parked(app, &mut draft).await?;
            known = Known::Asked;
        }
        take_events(app, &mut draft, &group.events, known).await?;
        locked.push((conversation, state, Some(draft)));
    }
    // Before it is kept: what is kept must not be left untold.
    for (conversation, _, draft) in &locked {
        if let Some(draft) = draft.as_ref().filter(|draft| draft.has_entries()) {
            unread::keep(app, &draft.state.row.site, &conversation.id).await?;
        }
    }
    let changes = locked
        .iter_mut()
        .filter_map(|(conversation, state, draft)| {
            let draft = draft.take().filter(|draft| !draft.is_empty())?;
            let conversation: &Conversation = conversation;
            Some((conversation, &mut **state, draft))
        });
    app.conversations.commit_all(changes.collect()).await?;
    for (conversation, state, _) in locked {
        outbox::wake_unfinished(app, conversation, state);
    }
    Ok(())
}

/// Whether the visitor of this conversation wanted it gone.
async fn is_erased(app: &App, account: &str, group: &Group) -> Result<bool, StoreError> {
    let mark = app.marks.conversation(account, &group.vendor_id);
    app.store.is_marked(mark).await
}

/// Whether the conversation may be one that its visitor wanted gone before the vendor had named it.
async fn is_of_an_erased_start(
    app: &App,
    account: &str,
    group: &Group,
) -> Result<bool, StoreError> {
    match &group.vendor_visitor {
        Some(visitor) => {
            app.store
                .is_marked(app.marks.visitor(account, visitor))
                .await
        }
        None => Ok(false),
    }
}

/// With the naming lock held: by the vendor's id, or by the visitor whom we named in a start whose
/// answer did not come (yet).
async fn find(app: &App, account: &str, group: &Group) -> Result<Option<String>, StoreError> {
    if let Some(id) = app.store.by_vendor_id(account, &group.vendor_id).await? {
        return Ok(Some(id));
    }
    let Some(visitor) = &group.vendor_visitor else {
        return Ok(None);
    };
    let mut starts = Vec::new();
    for id in app.store.without_vendor_id(account, visitor).await? {
        if let Some(conversation) = app.conversations.get(&id).await? {
            app.conversations.refresh(&conversation).await?;
            let state = conversation.lock().await;
            // A start that was not tried, or was refused, brought forth no conversation.
            let first = state.sends.first();
            let tried = first.filter(|it| it.attempts > 0 && it.state != SendState::Rejected);
            starts.extend(tried.cloned().map(|start| (id, start)));
        }
    }
    let Some((id, _)) = starts.first() else {
        return Ok(None);
    };
    let sent_again = starts_sent_again(app, account, id, visitor).await?;
    if starts.len() == 1 && sent_again.is_empty() {
        return Ok(Some(id.clone()));
    }
    // The visitor began more than once, and several starts are in doubt: their words decide. What
    // they do not decide waits, parked, for the answer of a start.
    let parked = app.store.parked(account, &group.vendor_id).await?;
    let parked = parked.into_iter().map(|parked| Event::from_raw(parked.raw));
    let events: Vec<Event> = group.events.iter().cloned().chain(parked).collect();
    let said = |start: &SendRow| {
        let mut echoes = events.iter().filter(|event| event.by() == Some("visitor"));
        echoes.any(|event| echo::reads_as(start, event.text().unwrap_or_default()))
    };
    if sent_again.iter().any(said) {
        return Ok(None);
    }
    Ok(starts
        .into_iter()
        .find(|(_, start)| said(start))
        .map(|(id, _)| id))
}

/// The starts of the same visitor that went out more than once and whose conversation has the vendor's
/// id by now: each time may have made one at the vendor, and we know the id of one of them.
async fn starts_sent_again(
    app: &App,
    account: &str,
    conversation: &str,
    vendor_visitor: &str,
) -> Result<Vec<SendRow>, StoreError> {
    let Some(row) = app.store.conversation(conversation).await? else {
        return Ok(Vec::new());
    };
    let mut starts = Vec::new();
    for other in app.store.conversations_of(&row.visitor).await? {
        let is_named = other.vendor_id.is_some();
        if is_named && other.account == account && other.vendor_visitor == vendor_visitor {
            let start = app.store.sends(&other.id).await?.into_iter().next();
            starts.extend(start.filter(|start| start.attempts > 1));
        }
    }
    Ok(starts)
}

/// The account that this last part of a path belongs to.
pub(crate) fn account_of<'a>(
    upstreams: &'a HashMap<String, Arc<Upstream>>,
    secret: &str,
) -> Option<&'a Arc<Upstream>> {
    // All are compared, so that the time does not show which one fits.
    upstreams
        .values()
        .filter(|upstream| upstream.has_secret(secret))
        .last()
}
