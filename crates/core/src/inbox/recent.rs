//! What was delivered a short while ago, so that a second delivery of it is known as such.
//!
//! An id of the service decides alone. The service documents none, and without one two equal
//! payloads may be one event delivered twice or two events: an agent who says `ok` twice, a status
//! that goes back and forth. So what counts is the delivery as a whole: it is a duplicate when it
//! is the last delivery of its conversation over again, byte for byte, within a short time. What
//! the visitor says in between, or any other delivery, makes it a new one. Where that is wrong an
//! event comes twice, which is better than not at all.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::{Duration, Instant};

use super::Arrival;

/// How long an id of the service is remembered.
const IDS: Duration = Duration::from_secs(600);

/// How long the last delivery of a conversation is remembered.
const DELIVERIES: Duration = Duration::from_secs(120);

/// How many of both are remembered at most; the oldest leave first.
const MOST: usize = 16_384;

/// What an array of events hashes to.
pub(crate) type Hash = [u8; 16];

/// An id of the service within its conversation, or without one the conversation's last delivery.
type Key = (Box<str>, Option<Box<str>>);

#[derive(Debug, Default)]
pub(super) struct RecentDeliveries {
    known: HashMap<Key, (Hash, Instant)>,
    order: VecDeque<(Key, Instant)>,
}

impl RecentDeliveries {
    /// For each element of a delivery whether it is new.
    ///
    /// Changes nothing, because the delivery may yet be refused as a whole.
    pub(super) fn sort_out(&self, hash: &Hash, arrivals: &[Arrival], now: Instant) -> Vec<bool> {
        let is_last = |arrival: &Arrival| {
            let last = self.known.get(&(arrival.subject().into(), None));
            last.is_some_and(|(last, since)| last == hash && now - *since < DELIVERIES)
        };
        let again = arrivals.iter().all(is_last);
        let mut batch = HashSet::new();
        arrivals
            .iter()
            .map(|arrival| match key(arrival) {
                Some(key) => !self.knows(&key, now) && batch.insert(key),
                None => !again,
            })
            .collect()
    }

    fn knows(&self, id: &Key, now: Instant) -> bool {
        let known = self.known.get(id);
        known.is_some_and(|(_, since)| now - *since < IDS)
    }

    /// Remembers an element that was taken, and its delivery.
    pub(super) fn insert(&mut self, hash: &Hash, arrival: &Arrival, now: Instant) {
        let last = (arrival.subject().into(), None);
        for key in key(arrival).into_iter().chain([last]) {
            let known = self.known.insert(key.clone(), (*hash, now));
            if known.is_none_or(|(_, since)| since != now) {
                self.order.push_back((key, now));
            }
        }
        while self
            .order
            .front()
            .is_some_and(|(_, since)| now - *since >= IDS || self.order.len() > MOST)
        {
            if let Some((old, since)) = self.order.pop_front()
                && self.known.get(&old).is_some_and(|(_, at)| *at == since)
            {
                self.known.remove(&old);
            }
        }
    }

    /// The visitor is about to say something: what the conversation's last delivery said may be
    /// said again, and meant.
    pub(super) fn visitor_spoke(&mut self, conversation: &str) {
        self.known.remove(&(conversation.into(), None));
    }
}

fn key(arrival: &Arrival) -> Option<Key> {
    let id = arrival.service_id.clone()?;
    Some((arrival.subject().into(), Some(id)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrival(conversation: &str, id: Option<&str>) -> Arrival {
        Arrival {
            conversation_id: Some(conversation.into()),
            service_id: id.map(Into::into),
            ..Arrival::default()
        }
    }

    fn take(
        recent: &mut RecentDeliveries,
        hash: u8,
        arrivals: &[Arrival],
        now: Instant,
    ) -> Vec<bool> {
        let hash = [hash; 16];
        let fresh = recent.sort_out(&hash, arrivals, now);
        for (arrival, _) in arrivals.iter().zip(&fresh).filter(|(_, fresh)| **fresh) {
            recent.insert(&hash, arrival, now);
        }
        fresh
    }

    #[test]
    fn the_last_delivery_over_again_is_known_for_a_while() {
        let (mut recent, begun) = (RecentDeliveries::default(), Instant::now());
        let delivery = [arrival("a", None), arrival("b", None)];
        assert_eq!(take(&mut recent, 1, &delivery, begun), [true, true]);
        let later = begun + DELIVERIES - Duration::from_secs(1);
        assert_eq!(take(&mut recent, 1, &delivery, later), [false, false]);
        let too_late = begun + DELIVERIES;
        assert_eq!(take(&mut recent, 1, &delivery, too_late), [true, true]);
    }

    #[test]
    fn another_delivery_of_the_conversation_or_the_visitor_makes_it_new() {
        let (mut recent, now) = (RecentDeliveries::default(), Instant::now());
        let (a, b) = ([arrival("a", None)], [arrival("b", None)]);
        assert_eq!(take(&mut recent, 1, &a, now), [true]);
        assert_eq!(take(&mut recent, 2, &b, now), [true]);
        assert_eq!(
            take(&mut recent, 1, &a, now),
            [false],
            "b is no matter of a's"
        );
        assert_eq!(take(&mut recent, 3, &a, now), [true]);
        assert_eq!(take(&mut recent, 1, &a, now), [true]);
        recent.visitor_spoke("a");
        assert_eq!(take(&mut recent, 1, &a, now), [true]);
    }

    #[test]
    fn an_id_decides_alone_and_within_a_delivery_too() {
        let (mut recent, now) = (RecentDeliveries::default(), Instant::now());
        let seven = arrival("a", Some("7"));
        let batch = [seven.clone(), seven.clone(), arrival("a", None)];
        assert_eq!(take(&mut recent, 1, &batch, now), [true, false, true]);
        recent.visitor_spoke("a");
        assert_eq!(take(&mut recent, 2, &[seven], now), [false]);
        assert_eq!(
            take(&mut recent, 3, &[arrival("b", Some("7"))], now),
            [true]
        );
    }

    #[test]
    fn the_table_stays_bounded_and_the_oldest_leave_first() {
        let (mut recent, now) = (RecentDeliveries::default(), Instant::now());
        let one = |number: usize| [arrival(&format!("c{number}"), Some("7"))];
        for number in 0..MOST {
            take(&mut recent, 1, &one(number), now);
        }
        assert!(recent.known.len() <= MOST && recent.order.len() <= MOST);
        assert_eq!(take(&mut recent, 1, &one(MOST - 1), now), [false]);
        assert_eq!(take(&mut recent, 1, &one(0), now), [true]);
    }
}
