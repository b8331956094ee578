//! Events that were taken a short while ago, so that a second delivery of one is known as such.
//!
//! The service promises no ids. Without one, two equal payloads may be one event delivered twice
//! or a bot that says the same thing again, as it does after a wrong answer. They count as one
//! only while the visitor has said nothing in between.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::{Duration, Instant};

use super::read::HASHED;
use super::{Event, EventKind};

const WINDOW: Duration = Duration::from_secs(600);
const MOST: usize = 4096;

/// An event's id within its conversation, and the visitor's turn that it belongs to when the id is a hash.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    event_id: String,
    /// The service does not say that its ids are unique beyond a conversation.
    conversation_id: Option<String>,
    turn: u64,
}

#[derive(Debug, Default)]
pub(crate) struct RecentEvents {
    seen: HashSet<Key>,
    order: VecDeque<(Key, Instant)>,
    turns: HashMap<String, u64>,
    next_turn: u64,
}

impl RecentEvents {
    /// For each event of a delivery: its key, or `None` when it is a duplicate.
    ///
    /// Changes nothing, for the delivery may yet be refused as a whole.
    pub(crate) fn sort_out(&self, events: &[Event]) -> Vec<Option<Key>> {
        let mut batch = HashSet::new();
        let mut turns: HashMap<&str, u64> = HashMap::new();
        let mut next = self.next_turn;
        events
            .iter()
            .map(|event| {
                let conversation = event.conversation_id.as_deref().unwrap_or_default();
                let turn = turns
                    .get(conversation)
                    .or_else(|| self.turns.get(conversation))
                    .copied()
                    .unwrap_or(0);
                let key = Key {
                    turn: if may_come_again(event) { turn } else { 0 },
                    event_id: event.event_id.clone(),
                    conversation_id: event.conversation_id.clone(),
                };
                if self.seen.contains(&key) || !batch.insert(key.clone()) {
                    return None;
                }
                if event.by() == Some("visitor") {
                    next += 1;
                    turns.insert(conversation, next);
                }
                Some(key)
            })
            .collect()
    }

    /// Remembers an event that was taken, under the key that `sort_out` gave it.
    pub(crate) fn insert(&mut self, key: Key, event: &Event) {
        let now = Instant::now();
        while self
            .order
            .front()
            .is_some_and(|(_, since)| now - *since > WINDOW || self.order.len() >= MOST)
        {
            if let Some((old, _)) = self.order.pop_front() {
                self.seen.remove(&old);
            }
        }
        self.seen.insert(key.clone());
        self.order.push_back((key, now));
        if event.by() == Some("visitor")
            && let Some(conversation) = &event.conversation_id
        {
            self.visitor_spoke(conversation);
        }
    }

    /// The visitor said something: equal payloads from here on are new events.
    pub(crate) fn visitor_spoke(&mut self, conversation: &str) {
        if self.turns.len() >= MOST {
            self.turns.clear();
        }
        self.next_turn += 1;
        self.turns.insert(conversation.to_owned(), self.next_turn);
    }
}

/// Whether an equal event later on may be another one: not with an id of the service's own, and a
/// conversation is made but once.
pub(super) fn may_come_again(event: &Event) -> bool {
    event.event_id.starts_with(HASHED) && event.kind != EventKind::ConversationCreated
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn said(by: &str, extra: Value) -> Event {
        let mut payload =
            json!({"message_by": {"type": by}, "message": {"type": "text", "text": "Hi"}});
        if let (Some(payload), Value::Object(extra)) = (payload.as_object_mut(), extra) {
            payload.extend(extra);
        }
        Event::from_raw(json!({
            "event": {"type": "message", "payload": payload},
            "conversation": {"key": "c"}
        }))
    }

    fn take(recent: &mut RecentEvents, event: &Event) -> bool {
        match recent.sort_out(std::slice::from_ref(event)).remove(0) {
            Some(key) => {
                recent.insert(key, event);
                true
            }
            None => false,
        }
    }

    #[test]
    fn a_second_delivery_is_known() {
        let mut recent = RecentEvents::default();
        let event = said("bot", json!({}));
        assert!(take(&mut recent, &event));
        assert!(!take(&mut recent, &event));
    }

    #[test]
    fn a_bot_that_repeats_itself_after_an_answer_is_heard_twice() {
        let mut recent = RecentEvents::default();
        assert!(take(&mut recent, &said("bot", json!({}))));
        recent.visitor_spoke("c");
        assert!(take(&mut recent, &said("bot", json!({}))));
    }

    #[test]
    fn the_service_s_own_id_decides_where_there_is_one() {
        let mut recent = RecentEvents::default();
        let event = said("bot", json!({"id": 7}));
        assert!(take(&mut recent, &event));
        recent.visitor_spoke("c");
        assert!(!take(&mut recent, &event));
        assert!(take(&mut recent, &said("bot", json!({"id": 8}))));
    }

    #[test]
    fn a_conversation_is_made_once_whatever_the_visitor_says_meanwhile() {
        let mut recent = RecentEvents::default();
        let made = Event::from_raw(json!({
            "event": {"type": "conversation_create", "payload": {"bot_id": 1}},
            "conversation": {"key": "c"}
        }));
        assert!(take(&mut recent, &made));
        recent.visitor_spoke("c");
        assert!(!take(&mut recent, &made));
    }

    #[test]
    fn one_delivery_with_the_visitor_in_between_is_sorted_out_too() {
        let recent = RecentEvents::default();
        let (bot, visitor) = (said("bot", json!({})), said("visitor", json!({})));
        let keys = recent.sort_out(&[bot.clone(), bot.clone(), visitor, bot]);
        let taken: Vec<bool> = keys.iter().map(Option::is_some).collect();
        assert_eq!(taken, [true, false, true, true]);
    }
}
