//! From what a receiver took out of the inbox to an [`Event`].

use std::time::SystemTime;

use super::{Event, EventKind};
use crate::inbox::Held;
use crate::link::Link;

/// What the inbox held, as an event; `link` filled the inbox.
pub(crate) fn from_inbox((seq, held): (u64, Held), link: &dyn Link) -> Event {
    let own = |kind, id| Event::bare(kind, id, SystemTime::now());
    let event = match held {
        Held::Arrival(arrival) => link.read(&arrival),
        Held::Evicted {
            conversation_id,
            events,
        } => Event {
            conversation_id: Some(conversation_id.into()).filter(|id: &String| !id.is_empty()),
            events: Some(events),
            ..own(EventKind::Evicted, format!("evicted-{seq}"))
        },
        Held::Log(record) => {
            return Event {
                log: Some(record),
                ..own(EventKind::Log, format!("log-{seq}"))
            };
        }
    };
    Event {
        seq: Some(seq),
        ..event
    }
}
