//! Events in: a thread that waits for events polls the gateway itself, one thread at a time.

use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use serde_json::{Value, json};

use super::Gateway;
use super::content::Asked;
use super::http::{Ask, Limit, Reply, left};
use super::refusal::{Refused, lacks};
use crate::cancel::{CancelState, CancelToken, StopReason};
use crate::engine::Repeat;
use crate::event::prompt_of_entry;
use crate::inbox::{Arrival, Change, EventFilter, Held};
use crate::{Code, Result, check};

/// What a poll may take beyond the time for which the gateway holds it.
const NETWORK: Duration = Duration::from_secs(10);
/// How much longer a poll may take than the caller waits, so that an answer on the way is not thrown away.
const GRACE: Duration = Duration::from_secs(1);
/// Entries of one poll.
const ENTRIES: &str = "100";
/// The most messages of a snapshot.
const SNAPSHOT: &str = "200";

/// What came of a poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Polled {
    /// Something, or nothing within the time; the gateway was reached.
    Whole,
    /// A look that did not wait found nothing.
    Nothing,
    /// No answer, for now.
    Failed,
}

impl Gateway {
    /// The next event that is wanted.
    pub(super) fn next(
        &self,
        filter: EventFilter,
        deadline: Option<Instant>,
        cancel_state: &Arc<CancelState>,
    ) -> Result<(u64, Held)> {
        let interrupts = self.inbox.interrupts();
        let taken = self.polling(deadline, cancel_state, |until, may_poll| {
            self.inbox
                .receive_or(filter, until, cancel_state, interrupts, may_poll)
        })?;
        self.has_taken(&taken.1);
        Ok(taken)
    }

    /// What happened since the change `after`.
    pub(super) fn wait(
        &self,
        after: u64,
        deadline: Option<Instant>,
        cancel_state: &Arc<CancelState>,
    ) -> Result<Change> {
        self.polling(deadline, cancel_state, |until, may_poll| {
            self.inbox.wait_or(after, until, cancel_state, may_poll)
        })
    }

    /// Looks into the inbox, and asks the gateway where that is of use, until there is something.
    fn polling<T>(
        &self,
        deadline: Option<Instant>,
        cancel_state: &Arc<CancelState>,
        look: impl Fn(Option<Instant>, &dyn Fn() -> bool) -> Result<Option<T>>,
    ) -> Result<T> {
        // Who has no time looks at what is here, and at nothing else.
        let mut may_poll = left(deadline).is_none_or(|left| !left.is_zero());
        loop {
            let pause = self.pause().filter(|_| may_poll);
            let until = [deadline, pause].into_iter().flatten().min();
            let found = look(until, &|| may_poll && self.may_poll());
            match found {
                Ok(Some(found)) => return Ok(found),
                Ok(None) => {}
                // The pause is over, and not the time.
                Err(error) if error.code() == Code::Timeout && until != deadline => continue,
                Err(error) => return Err(error),
            }
            let Some(poll) = self.begin_poll(cancel_state) else {
                continue;
            };
            let polled = self.poll(&poll, deadline);
            drop(poll);
            // A poll that cannot begin any more is no reason for another one.
            may_poll &= left(deadline).is_none_or(|left| !left.is_zero());
            match polled {
                Ok(Polled::Nothing) => may_poll = false,
                Ok(_) => {}
                Err(_) if cancel_state.stopped().is_some() || self.engine.is_closed() => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Whether a poll is of use now, and nobody makes one.
    pub(super) fn may_poll(&self) -> bool {
        if self.lock_poll().is_some() {
            return false;
        }
        let state = self.lock();
        let is_time = state.pace.pause().is_none_or(|at| Instant::now() >= at);
        // Without a session it is unknown whether there is a conversation.
        let is_known = state.kept.conversation_id.is_some() || state.token.is_none();
        is_time && (is_known || !state.kept.messages.is_empty())
    }

    /// Whether the visitor has talked before: a thread of the library's own makes nobody a visitor.
    pub(super) fn has_talked(&self) -> bool {
        let state = self.lock();
        state.kept.conversation_id.is_some() || !state.kept.messages.is_empty()
    }

    /// Until when no poll is made, after those that had no answer; nothing once that is over: who waits then waits for
    /// something else.
    pub(super) fn pause(&self) -> Option<Instant> {
        let pause = self.lock().pace.pause();
        pause.filter(|until| *until > Instant::now())
    }

    /// The poll is ours, unless somebody was faster.
    pub(super) fn begin_poll(&self, cancel_state: &Arc<CancelState>) -> Option<Poll<'_>> {
        let mut poll = self.lock_poll();
        if poll.is_some() {
            return None;
        }
        let part = cancel_state.part();
        *poll = Some(Arc::clone(&part));
        Some(Poll {
            gateway: self,
            part,
        })
    }

    /// Ends the poll under way, if there is one; its thread then looks into the inbox.
    pub(super) fn break_poll(&self) {
        let poll = self.lock_poll().clone();
        if let Some(part) = poll {
            part.stop(StopReason::Interrupted);
        }
    }

    /// Sends what is kept, then asks for what comes next.
    pub(super) fn poll(&self, poll: &Poll, deadline: Option<Instant>) -> Result<Polled> {
        let is_telling = self.telling.load(Ordering::Relaxed) > 0;
        let longest = self.lock().pace.longest_poll_s(is_telling);
        let wait = left(deadline).map_or(longest, |left| left.as_secs().min(longest));
        let slow = Instant::now() + Duration::from_secs(wait) + NETWORK;
        let until = deadline.map_or(slow, |deadline| slow.min(deadline + GRACE));
        let limit = Limit::part(until, Arc::clone(&poll.part));
        let polled = self.try_poll(wait, &limit);
        let mut state = self.lock();
        let refused = match polled {
            Ok(polled) => {
                state.pace.succeeded();
                state.trouble = None;
                return Ok(match polled {
                    // The pace says when the next look is due.
                    Polled::Nothing if longest == 0 => Polled::Whole,
                    polled => polled,
                });
            }
            Err(refused) => refused,
        };
        if poll.part.stopped().is_some() {
            // Which waits end with it is the inbox's to say.
            return Ok(Polled::Failed);
        }
        if refused.code() == "not_found" {
            // It is gone, or somebody else's.
            state.kept.conversation_id = None;
            state.kept.cursor = None;
            state.kept.is_open = false;
            state.read_up_to = None;
            state.is_changed = true;
        }
        let jitter = |bound| self.engine.budget.jitter(bound);
        state.pace.failed(refused.error.retry_after(), jitter);
        state.trouble = Some(refused.error.message().to_owned());
        match refused.error.retryable() {
            true => Ok(Polled::Failed),
            false => Err(refused.error),
        }
    }

    /// Looks once, without waiting; unless somebody else looks.
    pub(super) fn fetch(&self) -> Result<()> {
        let token = CancelToken::default();
        let _registered = self.engine.register(&token.0)?;
        if let Some(poll) = self.begin_poll(&token.0) {
            let until = Instant::now() + self.engine.config.timeout;
            self.try_poll(0, &Limit::part(until, Arc::clone(&poll.part)))?;
        }
        Ok(())
    }

    fn try_poll(&self, wait: u64, limit: &Limit) -> std::result::Result<Polled, Refused> {
        self.session(limit, None)?;
        self.send_kept_before_poll(limit)?;
        // What the app has taken is written before more is asked for: so it comes twice rather than never.
        self.save()?;
        let (id, after) = {
            let state = self.lock();
            match &state.kept.conversation_id {
                Some(id) => (id.clone(), state.read_up_to.clone()),
                None => return Ok(Polled::Whole),
            }
        };
        let segment = check::path_segment(&id)?;
        let wait_s = wait.to_string();
        let after = after.map_or_else(String::new, |cursor| format!("&after={cursor}"));
        let path = [
            "/v1/conversations/",
            &segment,
            "/events?wait=",
            &wait_s,
            "&limit=",
            ENTRIES,
            &after,
        ];
        let ask = Ask {
            repeat: Repeat::Never,
            ..Ask::get(&path)
        };
        let reply = self.ask(&ask, limit, None)?;
        if reply.status == 204 {
            return Ok(if wait == 0 {
                Polled::Nothing
            } else {
                Polled::Whole
            });
        }
        self.take_entries(&id, reply, limit)?;
        Ok(Polled::Whole)
    }

    fn take_entries(
        &self,
        id: &str,
        reply: Reply,
        limit: &Limit,
    ) -> std::result::Result<(), Refused> {
        let (entries, cursor) = listed(&reply, "events")?;
        let reset = entries.iter().find(|entry| kind(entry) == "reset").cloned();
        let (entries, cursor) = match reset {
            None => (entries, cursor),
            Some(reset) => {
                let segment = check::path_segment(id)?;
                let path = ["/v1/conversations/", &segment, "?limit=", SNAPSHOT];
                let reply = self.ask(&Ask::get(&path), limit, None)?;
                let (mut messages, cursor) = listed(&reply, "messages")?;
                forget_answered(&mut messages, reply.body.get("prompt"));
                messages.insert(0, reset);
                (messages, cursor)
            }
        };
        let epoch = cursor.split('.').next().unwrap_or_default();
        let now = SystemTime::now();
        let arrivals = entries.iter().map(|entry| {
            let seq = entry.get("seq").and_then(Value::as_u64);
            Arrival {
                text: entry.to_string().into(),
                conversation_id: Some(id.into()),
                service_id: seq.map(|seq| format!("{epoch}.{seq}").into()),
                fallback_id: self.notice_id().into(),
                closes: kind(entry) == "ended",
                at: now,
                ..Arrival::default()
            }
        });
        let arrivals: Vec<Arrival> = arrivals.collect();
        if let Some(ended) = arrivals.iter().rfind(|it| it.closes) {
            self.has_ended(ended.conversation_id.as_deref().unwrap_or_default());
        }
        let mut state = self.lock();
        if state.kept.conversation_id.as_deref() != Some(id) {
            // Another conversation was begun meanwhile: it is read from its own beginning.
            return Ok(());
        }
        state.read_up_to = Some(cursor);
        drop(state);
        self.inbox.put(arrivals);
        Ok(())
    }

    /// The app has this now: it goes on behind it, in another process too.
    fn has_taken(&self, held: &Held) {
        let Held::Arrival(arrival) = held else { return };
        let mut state = self.lock();
        if state.kept.conversation_id.as_deref() != arrival.conversation_id.as_deref() {
            return;
        }
        if let Some(place) = &arrival.service_id {
            state.kept.cursor = Some(place.to_string());
            state.is_changed = true;
        }
        let entry: Value = serde_json::from_str(&arrival.text).unwrap_or_default();
        if let (Some(prompt), Some(seq)) = (
            prompt_of_entry(&entry),
            entry.get("seq").and_then(Value::as_u64),
        ) {
            state.asked = Some(Asked { seq, prompt });
        }
    }

    /// Tells the app what this link itself has to say.
    pub(super) fn tell_of(&self, conversation_id: Option<&str>, event: &Value) {
        let arrival = Arrival {
            text: event.to_string().into(),
            conversation_id: conversation_id.map(Into::into),
            fallback_id: self.notice_id().into(),
            at: SystemTime::now(),
            ..Arrival::default()
        };
        self.inbox.put(vec![arrival]);
    }

    fn notice_id(&self) -> String {
        let mut state = self.lock();
        state.notices += 1;
        format!("notice-{}", state.notices)
    }

    fn lock_poll(&self) -> MutexGuard<'_, Option<Arc<CancelState>>> {
        self.poll.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A poll under way, until it is dropped; then others look whether they make the next one.
pub(super) struct Poll<'a> {
    gateway: &'a Gateway,
    part: Arc<CancelState>,
}

impl Drop for Poll<'_> {
    fn drop(&mut self) {
        *self.gateway.lock_poll() = None;
        self.part.end_part();
        self.gateway.inbox.nudge();
    }
}

fn kind(entry: &Value) -> &str {
    entry
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// The entries of an answer, and the cursor behind them.
fn listed(reply: &Reply, name: &str) -> Result<(Vec<Value>, String)> {
    let entries = reply.body.get(name).and_then(Value::as_array);
    let cursor = reply.body.get("cursor").and_then(Value::as_str);
    match (entries, cursor) {
        (Some(entries), Some(cursor)) => Ok((entries.clone(), cursor.to_owned())),
        _ => Err(lacks(name)),
    }
}

/// Of the questions of a snapshot one waits at most.
fn forget_answered(messages: &mut [Value], waiting: Option<&Value>) {
    let waiting = waiting.and_then(|prompt| prompt.get("seq"));
    for message in messages {
        if message.get("seq") != waiting {
            message["prompt"] = json!(null);
        }
    }
}
