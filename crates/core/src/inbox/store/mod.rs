//! What the inbox holds: a queue for each conversation, and the order of arrival over all of them.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::time::{Duration, Instant};

use super::{Arrival, EventFilter};
use crate::log::LogRecord;

/// What holding an event takes besides its text.
const OVERHEAD: usize = 256;

/// What one conversation may always hold, however small its share of the whole is.
const LEAST_SHARE_EVENTS: usize = 256;
const LEAST_SHARE_BYTES: usize = 4 * 1024 * 1024;

/// How much is held before deliveries are refused.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Limits {
    /// Events of all conversations.
    pub(crate) events: usize,
    /// Their texts, and 256 bytes for each.
    pub(crate) bytes: usize,
    /// After how long without a reader a conversation gives way to others.
    pub(crate) idle: Duration,
}

/// One thing that a receiver takes.
#[derive(Clone, Debug)]
pub(crate) enum Held {
    /// An element of a delivery.
    Arrival(Arrival),
    /// So many events of this conversation gave way.
    Evicted {
        conversation_id: Box<str>,
        events: u64,
    },
    /// What was logged. Not held here: the inbox has a queue of its own for it.
    Log(Box<LogRecord>),
}

/// Everything held, by its number in the order of arrival.
#[derive(Debug, Default)]
pub(super) struct Store {
    held: BTreeMap<u64, Held>,
    queues: HashMap<Box<str>, Queue>,
    /// Conversations that receivers of any event do not get.
    reserved: HashSet<Box<str>>,
    /// The numbers of entries that are no event, but stand for events that are gone.
    notices: BTreeSet<u64>,
    last_seq: u64,
    bytes: usize,
    evicted: u64,
}

/// What is held of one conversation.
#[derive(Debug)]
struct Queue {
    seqs: VecDeque<u64>,
    events: usize,
    bytes: usize,
    /// When something of it was last taken; before that, when it began to be held.
    read: Instant,
}

impl Held {
    fn conversation(&self) -> &str {
        match self {
            Held::Arrival(arrival) => arrival.conversation(),
            Held::Evicted {
                conversation_id, ..
            } => conversation_id,
            Held::Log(_) => "",
        }
    }

    pub(super) fn is_event(&self) -> bool {
        matches!(self, Held::Arrival(_))
    }

    /// Events and bytes that count.
    fn cost(&self) -> (usize, usize) {
        match self {
            Held::Arrival(arrival) => (1, cost(arrival)),
            Held::Evicted { .. } | Held::Log(_) => (0, 0),
        }
    }
}

pub(super) fn cost(arrival: &Arrival) -> usize {
    OVERHEAD + arrival.text.len()
}

impl Store {
    pub(super) fn events(&self) -> usize {
        self.held.len() - self.notices.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn conversations(&self) -> usize {
        self.queues.len()
    }

    pub(super) fn evicted(&self) -> u64 {
        self.evicted
    }

    pub(super) fn last_seq(&self) -> u64 {
        self.last_seq
    }

    /// The conversations with events that wait and are newer than the one of this number.
    pub(super) fn conversations_since(&self, seq: u64) -> Vec<String> {
        let newer = self.held.range(seq.saturating_add(1)..);
        let names: BTreeSet<&str> = newer.map(|(_, held)| held.conversation()).collect();
        let names = names.into_iter().filter(|name| !name.is_empty());
        names.map(str::to_owned).collect()
    }

    /// Whether something of this conversation waits.
    pub(super) fn holds(&self, conversation: &str) -> bool {
        self.queues.contains_key(conversation)
    }

    /// Whether something waits that a receiver of any event gets.
    pub(super) fn has_any(&self) -> bool {
        self.for_any().next().is_some()
    }

    /// The numbers of what a receiver of any event gets, in order.
    fn for_any(&self) -> impl Iterator<Item = &u64> {
        let is_free = |held: &Held| !self.reserved.contains(held.conversation());
        let held = self.held.iter().filter(move |(_, held)| is_free(held));
        held.map(|(seq, _)| seq)
    }

    /// Whether nobody had reserved this conversation.
    pub(super) fn reserve(&mut self, conversation: &str) -> bool {
        self.reserved.insert(conversation.into())
    }

    pub(super) fn release(&mut self, conversation: &str) {
        self.reserved.remove(conversation);
    }

    /// Holds something again that was taken. What follows it was put back before.
    pub(super) fn put_back(&mut self, seq: u64, held: Held, now: Instant) {
        if matches!(held, Held::Evicted { .. }) {
            self.notices.insert(seq);
        }
        self.queue_of(&held, now).seqs.push_front(seq);
        self.held.insert(seq, held);
    }

    /// The queue of what is about to be held, with that counted in.
    fn queue_of(&mut self, held: &Held, now: Instant) -> &mut Queue {
        let (events, bytes) = held.cost();
        let conversation = held.conversation();
        let queue = self
            .queues
            .entry(conversation.into())
            .or_insert_with(|| Queue {
                seqs: VecDeque::new(),
                events: 0,
                bytes: 0,
                read: now,
            });
        queue.events += events;
        queue.bytes += bytes;
        self.bytes += bytes;
        queue
    }

    pub(super) fn push(&mut self, held: Held, now: Instant) {
        self.last_seq += 1;
        let seq = self.last_seq;
        self.queue_of(&held, now).seqs.push_back(seq);
        self.held.insert(seq, held);
    }

    /// The first that a receiver wants, with its number.
    pub(super) fn take(&mut self, filter: EventFilter, now: Instant) -> Option<(u64, Held)> {
        let seq = match filter {
            EventFilter::Any | EventFilter::Service => *self.for_any().next()?,
            EventFilter::Log => return None,
            EventFilter::Of(conversation) => *self.queues.get(conversation)?.seqs.front()?,
        };
        let held = self.held.remove(&seq)?;
        self.notices.remove(&seq);
        let (events, bytes) = held.cost();
        self.bytes -= bytes;
        // Receivers of any conversation come in the same order, so it stands in front.
        if let Some(queue) = self.queues.get_mut(held.conversation()) {
            queue.seqs.pop_front();
            queue.events -= events;
            queue.bytes -= bytes;
            queue.read = now;
            if queue.seqs.is_empty() {
                self.queues.remove(held.conversation());
            }
        }
        Some((seq, held))
    }

    /// Makes room for these, or changes nothing and gives `false`.
    ///
    /// No conversation takes more than its share, so that one that nobody reads leaves room for the
    /// others; one that has stood idle for long enough gives way as a whole, the oldest first.
    pub(super) fn make_room(&mut self, coming: &[&Arrival], limits: &Limits, now: Instant) -> bool {
        let share = |all: usize, least: usize| (all / 4).max(all.min(least));
        let most_events = share(limits.events, LEAST_SHARE_EVENTS);
        let most_bytes = share(limits.bytes, LEAST_SHARE_BYTES);
        let is_idle = |queue: &Queue| now.saturating_duration_since(queue.read) >= limits.idle;
        let mut leaving: BTreeSet<&str> = BTreeSet::new();
        for arrival in coming {
            let conversation = arrival.conversation();
            match self.queues.get(conversation) {
                Some(queue) if queue.events < most_events && queue.bytes < most_bytes => {}
                Some(queue) if !is_idle(queue) => return false,
                Some(_) => drop(leaving.insert(conversation)),
                None => {}
            }
        }
        let mut events = self.events() + coming.len();
        let mut bytes = self.bytes + coming.iter().map(|arrival| cost(arrival)).sum::<usize>();
        for queue in leaving.iter().filter_map(|name| self.queues.get(*name)) {
            events -= queue.events;
            bytes -= queue.bytes;
        }
        let fits = |events, bytes| events <= limits.events && bytes <= limits.bytes;
        if !fits(events, bytes) {
            let mut idle: Vec<(&Box<str>, &Queue)> = self
                .queues
                .iter()
                .filter(|(name, queue)| is_idle(queue) && !leaving.contains(name.as_ref()))
                .collect();
            idle.sort_by_key(|(_, queue)| queue.read);
            for (name, queue) in idle {
                if fits(events, bytes) {
                    break;
                }
                events -= queue.events;
                bytes -= queue.bytes;
                leaving.insert(name);
            }
        }
        if !fits(events, bytes) {
            return false;
        }
        let leaving: Vec<Box<str>> = leaving.into_iter().map(Into::into).collect();
        for name in leaving {
            self.evict(name, limits, now);
        }
        true
    }

    /// Drops what is held of a conversation; in its place stands how much that was.
    fn evict(&mut self, conversation_id: Box<str>, limits: &Limits, now: Instant) {
        let mut events = 0;
        for held in self.remove(&conversation_id) {
            events += match held {
                Held::Arrival(_) => {
                    self.evicted += 1;
                    1
                }
                Held::Evicted { events, .. } => events,
                Held::Log(_) => 0,
            };
        }
        self.push(
            Held::Evicted {
                conversation_id,
                events,
            },
            now,
        );
        self.notices.insert(self.last_seq);
        // What nobody reads cannot grow without end; `status` keeps the count of the events.
        if self.notices.len() > limits.events
            && let Some(oldest) = self.notices.pop_first()
            && let Some(Held::Evicted {
                conversation_id, ..
            }) = self.held.remove(&oldest)
            && let Some(queue) = self.queues.get_mut(&conversation_id)
        {
            // It came when the queue was emptied, so it stands in front.
            queue.seqs.pop_front();
            if queue.seqs.is_empty() {
                self.queues.remove(&conversation_id);
            }
        }
    }

    /// Takes everything that is held of a conversation.
    pub(super) fn remove(&mut self, conversation: &str) -> Vec<Held> {
        let Some(queue) = self.queues.remove(conversation) else {
            return Vec::new();
        };
        self.bytes -= queue.bytes;
        let taken = queue.seqs.iter().filter_map(|seq| {
            self.notices.remove(seq);
            self.held.remove(seq)
        });
        taken.collect()
    }
}

#[cfg(test)]
mod tests;
