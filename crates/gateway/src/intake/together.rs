//! Posts for one conversation that come faster than a flush takes are kept together: who gets the conversation's
//! lock keeps what all the others wait with. Each post is held up by one slow flush, not by one for every
//! post before it.

use std::sync::Arc;

use tokio::sync::oneshot;
use wotnot_core::Event;

use super::sorted::{Known, take_events};
use crate::app::App;
use crate::conversation::waiting::Post;
use crate::conversation::{Conversation, Draft, Locked};
use crate::outbox;
use crate::store::StoreError;
use crate::unread;

/// Keeps the events of a post for a conversation whose id at the vendor is known; they count as new.
pub(super) async fn keep(
    app: &Arc<App>,
    conversation: &Arc<Conversation>,
    events: &Arc<Vec<Event>>,
) -> Result<(), StoreError> {
    let (done, mut kept) = oneshot::channel();
    let events = Arc::clone(events);
    conversation.posts.add(Post { events, done });
    let state = tokio::select! {
        biased;
        kept = &mut kept => return kept.unwrap_or(Err(StoreError::Conflict)),
        state = conversation.lock() => state,
    };
    keep_waiting(app, conversation, state).await;
    // It was not kept if the one who took it along was ended: it is tried again.
    kept.await.unwrap_or(Err(StoreError::Conflict))
}

async fn keep_waiting(app: &Arc<App>, conversation: &Arc<Conversation>, mut state: Locked<'_>) {
    let posts = conversation.posts.take();
    let kept = keep_all(app, conversation, &mut state, &posts).await;
    for post in posts {
        // Who is not there any more needs no answer.
        let _ = post.done.send(kept.clone());
    }
    outbox::wake_unfinished(app, conversation, state);
}

async fn keep_all(
    app: &Arc<App>,
    conversation: &Conversation,
    state: &mut Locked<'_>,
    posts: &[Post],
) -> Result<(), StoreError> {
    // Another node named it: what is held here is older.
    if state.row.vendor_id.is_none() {
        return Err(StoreError::Conflict);
    }
    let mut draft = Draft::of(state);
    for post in posts {
        take_events(app, &mut draft, &post.events, Known::Held).await?;
    }
    // Before it is kept: what is kept must not be left untold.
    if draft.has_entries() {
        unread::keep(app, &draft.state.row.site, &conversation.id).await?;
    }
    match draft.is_empty() {
        true => Ok(()),
        false => app.conversations.commit(conversation, state, draft).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Hidden, Site, TokenKey};
    use crate::conversation::start;
    use crate::store::Change;
    use crate::store::sqlite::SqliteStore;
    use futures_util::FutureExt;
    use serde_json::json;
    use std::path::Path;

    async fn app(folder: &Path) -> Arc<App> {
        let config = Config::new(folder);
        let key = TokenKey {
            id: "k1".into(),
            key: Hidden::new("0123456789abcdef0123456789abcdef"),
        };
        let store = Arc::new(SqliteStore::open(&folder.join("gateway.db")).unwrap());
        let app = App::new(&config, &[key], "secret", "http://127.0.0.1", store).await;
        Arc::new(app.unwrap())
    }

    /// A conversation that the vendor has named.
    async fn conversation(app: &App) -> Arc<Conversation> {
        let site = Site::new("shop", "main", "bot");
        let mut row = start::new_row(&site, "v_1", serde_json::Value::Null).unwrap();
        row.vendor_id = Some("vendors".into());
        let id = row.id.clone();
        app.store.create(Change::of(row)).await.unwrap().unwrap();
        app.conversations.get(&id).await.unwrap().unwrap()
    }

    fn post(text: &str) -> Arc<Vec<Event>> {
        let messages = [json!({"type": "text", "text": text})];
        let message = json!({"type": "send_message", "payload": {"messages": messages}});
        Arc::new(vec![Event::from_raw(json!({
            "event": {"type": "message", "payload": {
                "id": text, "message_by": {"type": "bot"}, "message": message}},
            "conversation": {"key": "vendors"},
        }))])
    }

    #[tokio::test]
    async fn posts_that_wait_are_kept_by_one_change_in_their_order() {
        let folder = tempfile::tempdir().unwrap();
        let app = app(folder.path()).await;
        let conversation = conversation(&app).await;
        let state = conversation.lock().await;
        let before = state.row.version;
        let posts = ["one", "two", "two", "three", "lost"].map(post);
        let keep = |events| keep(&app, &conversation, events);
        let mut waiting: Vec<_> = posts.iter().map(|events| Box::pin(keep(events))).collect();
        for post in &mut waiting {
            assert!(post.as_mut().now_or_never().is_none());
        }
        // The one who sent this is not there any more.
        waiting.pop();
        drop(state);
        for kept in futures_util::future::join_all(waiting).await {
            kept.unwrap();
        }
        assert_eq!(conversation.lock().await.row.version, before + 1);
        let entries = conversation.log.read(&*app.store, 0, 9).await.unwrap();
        let texts = entries.iter().map(|entry| {
            let frame: serde_json::Value = serde_json::from_slice(&entry.frame).unwrap();
            frame["text"].as_str().unwrap().to_owned()
        });
        assert_eq!(texts.collect::<Vec<_>>(), ["one", "two", "three"]);
    }

    #[tokio::test]
    async fn a_post_whose_keeper_was_ended_is_tried_again() {
        let folder = tempfile::tempdir().unwrap();
        let app = app(folder.path()).await;
        let conversation = conversation(&app).await;
        let state = conversation.lock().await;
        let events = post("one");
        let mut waiting = Box::pin(keep(&app, &conversation, &events));
        assert!(waiting.as_mut().now_or_never().is_none());
        drop(conversation.posts.take());
        drop(state);
        assert_eq!(waiting.await, Err(StoreError::Conflict));
    }
}
