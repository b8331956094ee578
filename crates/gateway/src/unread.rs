//! What waits for visitors who are not there: one post to the site's own program for a conversation, signed, once the
//! visitor had the time to come back. From the store, until it was taken.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ring::hmac;
use serde::Deserialize;
use serde_json::json;

use crate::app::App;
use crate::clock::now_ms;
use crate::config::secrets::hex;
use crate::config::{Hidden, Site, UnreadHook};
use crate::forward::{Outcome, WHEN_AWAY, pause};
use crate::outgoing::Link;
use crate::store::{EntryKind, ForwardRow, StoreError};

/// Posts that nobody took go after a day: the visitor has another device, or has forgotten.
const KEPT_MS: u64 = 24 * 3_600 * 1_000;
/// The newest entries that are looked at.
const LOOKED_AT: usize = 200;
/// `t=<seconds since 1970>,v1=<HMAC-SHA-256 of "<t>.<body>", in hex>`
const SIGNATURE: &str = "x-wotnot-signature";

/// The conversations that have a post waiting.
#[derive(Default)]
pub(crate) struct Unread(Mutex<HashSet<String>>);

impl Unread {
    fn add(&self, conversation: &str) -> bool {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.insert(conversation.to_owned())
    }

    fn remove(&self, conversation: &str) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.remove(conversation);
    }
}

/// What posts of this site are kept under.
fn queue(site: &str) -> String {
    format!("unread:{site}")
}

/// Keeps a post for this conversation, unless one waits already. What it says is found out when it goes out.
pub(crate) async fn keep(app: &Arc<App>, site: &str, conversation: &str) -> Result<(), StoreError> {
    let has_hook = app
        .sites()
        .named(site)
        .is_some_and(|site| site.unread_hook.is_some());
    if !has_hook || !app.unread.add(conversation) {
        return Ok(());
    }
    let kept = put(app, site, conversation).await;
    if kept.is_err() {
        app.unread.remove(conversation);
    }
    wake(app, site);
    kept
}

async fn put(app: &App, site: &str, conversation: &str) -> Result<(), StoreError> {
    let row = ForwardRow {
        number: 0,
        receiver: queue(site),
        body: conversation.to_owned(),
        content_type: None,
        has_authorization: false,
        at_ms: now_ms(),
    };
    app.store.put_forwards(vec![row]).await
}

fn wake(app: &Arc<App>, site: &str) {
    if app.forwarding.wake(&queue(site)) {
        tokio::spawn(work(Arc::clone(app), site.to_owned()));
    }
}

/// Has what is kept for all sites sent.
pub(crate) fn wake_all(app: &Arc<App>) {
    for site in app.sites().all().filter(|site| site.unread_hook.is_some()) {
        wake(app, &site.name);
    }
}

/// What a post says, or why there is none.
enum Found {
    Post(String),
    /// Everything was read, or is gone.
    Nothing,
    /// A reader is connected that has not confirmed yet that it arrived.
    Connected,
}

/// Sends what is kept for one site, until nothing is left.
async fn work(app: Arc<App>, name: String) {
    let id = queue(&name);
    let mut stopping = app.stopping.subscribe();
    let mut link = Link::default();
    let mut failures = 0_u32;
    while !*stopping.borrow_and_update() {
        let woken = app.forwarding.woken(&id);
        let row = match app.store.first_forward(&id).await {
            Ok(row) => row,
            Err(StoreError::Away(why)) => {
                tracing::warn!(site = name, why, "unread notices wait for the store");
                tokio::time::sleep(WHEN_AWAY).await;
                continue;
            }
            // The process ends over it.
            Err(error) => {
                return tracing::error!(site = name, %error, "unread notices have stopped");
            }
        };
        // The configuration may have changed meanwhile.
        let site = app.sites().named(&name).cloned();
        let hook = site.as_ref().and_then(|site| site.unread_hook.clone());
        let (Some(row), Some(site), Some(hook)) = (row, site, hook) else {
            match app.forwarding.end(&id, woken) {
                true => return,
                false => continue,
            }
        };
        let due = row.at_ms + hook.delay.as_millis() as u64;
        let mut wait = Duration::from_millis(due.saturating_sub(now_ms())).min(hook.delay);
        if wait.is_zero() {
            // What comes from here on has a post of its own.
            app.unread.remove(&row.body);
            let done = match post_notice(&app, &mut link, &site, &hook, &row).await {
                Ok(None) => app.store.drop_forward(row.number).await,
                Ok(Some(after)) => {
                    wait = pause(failures, after);
                    failures += 1;
                    Ok(())
                }
                Err(error) => Err(error),
            };
            if let Err(StoreError::Away(_)) = done {
                wait = WHEN_AWAY;
            } else if let Err(error) = done {
                return tracing::error!(site = name, %error, "unread notices have stopped");
            }
            if wait.is_zero() {
                failures = 0;
                continue;
            }
        }
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            _ = stopping.changed() => {}
        }
    }
}

/// Posts the notice for one conversation. When it has to be repeated, gives how long the receiver asked to wait.
async fn post_notice(
    app: &Arc<App>,
    link: &mut Link,
    site: &Site,
    hook: &UnreadHook,
    row: &ForwardRow,
) -> Result<Option<Option<Duration>>, StoreError> {
    let body = match find(app, site, hook, &row.body).await? {
        Found::Post(body) => body,
        Found::Nothing => return Ok(None),
        Found::Connected => {
            // Others of the site are not to wait for it.
            if app.unread.add(&row.body) {
                put(app, &site.name, &row.body).await?;
            }
            return Ok(None);
        }
    };
    if row.at_ms + KEPT_MS < now_ms() {
        app.counters.unread(&site.name, "dropped");
        tracing::error!(site = site.name, "an unread_hook took no post for a day");
        return Ok(None);
    }
    let signature = sign(&hook.secret, now_ms() / 1_000, &body);
    let headers = [
        ("content-type", "application/json"),
        (SIGNATURE, &*signature),
    ];
    let outcome = Outcome::of(link.post(&hook.receiver, &headers, body.into()).await);
    if let Outcome::Retry { .. } = outcome {
        // The row goes out again, with what came meanwhile in it.
        app.unread.add(&row.body);
    }
    app.counters.unread(&site.name, outcome.name());
    Ok(match outcome {
        Outcome::Taken | Outcome::Dropped => None,
        Outcome::Refused(status) => {
            tracing::error!(site = site.name, status, "an unread_hook refused a post");
            None
        }
        Outcome::Retry { why, after } => {
            tracing::warn!(site = site.name, why, "an unread_hook took no post");
            Some(after)
        }
    })
}

fn sign(secret: &Hidden, seconds: u64, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
    let signature = hmac::sign(&key, format!("{seconds}.{body}").as_bytes());
    format!("t={seconds},v1={}", hex(signature.as_ref()))
}

/// Of an entry as readers get it.
#[derive(Deserialize)]
struct Shown {
    by: String,
    text: Option<String>,
}

async fn find(app: &App, site: &Site, hook: &UnreadHook, id: &str) -> Result<Found, StoreError> {
    let Some(conversation) = app.conversations.get(id).await? else {
        return Ok(Found::Nothing);
    };
    let log = &conversation.log;
    let newest = log.head();
    let from = log
        .read_up_to()
        .max(newest.saturating_sub(LOOKED_AT as u64));
    let entries = log
        .read(&*app.store, from.max(log.floor()), LOOKED_AT)
        .await?;
    let said = entries
        .iter()
        .filter(|entry| entry.kind == EntryKind::Message)
        .filter_map(|entry| serde_json::from_slice::<Shown>(&entry.frame).ok());
    let (mut unread, mut last) = (0_u64, None);
    for shown in said {
        match shown.by == "visitor" {
            // Who writes has read.
            true => (unread, last) = (0, None),
            false => (unread, last) = (unread + 1, shown.text),
        }
    }
    if unread == 0 {
        return Ok(Found::Nothing);
    }
    if log.has_readers() {
        return Ok(Found::Connected);
    }
    let mut post = json!({
        "visitor": &*log.visitor, "site": site.name, "conversation": &*log.id, "unread": unread,
    });
    if let Some(text) = last.filter(|text| hook.text && !text.is_empty()) {
        post["last_text"] = text.into();
    }
    Ok(Found::Post(post.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `printf '1700000000.{"unread":1}' | openssl dgst -sha256 -hmac ...` says it.
    #[test]
    fn a_signature_is_over_the_time_and_the_body() {
        let secret = Hidden::new("0123456789abcdef0123456789abcdef");
        assert_eq!(
            sign(&secret, 1_700_000_000, "{\"unread\":1}"),
            "t=1700000000,v1=805bcf7ea109bc8ddddee2e0dbc510706cecc58f3f626981dd2704ecf22ca4bb"
        );
    }
}
