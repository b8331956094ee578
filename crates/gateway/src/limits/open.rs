//! How many streams are open for each visitor, address and site.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Those that are open, by key. Who has none has no entry.
#[derive(Default)]
pub(crate) struct OpenStreams(Mutex<HashMap<u64, u32>>);

/// The place of one stream. Dropping it makes it free.
pub(crate) struct Slot {
    streams: Arc<OpenStreams>,
    keys: Box<[u64]>,
}

impl OpenStreams {
    /// Takes a place under each key, or under none: then it gives the words for the full one.
    pub fn open(
        streams: &Arc<Self>,
        wanted: impl Iterator<Item = (NonZeroU32, u64, &'static str)>,
    ) -> Result<Slot, &'static str> {
        let mut open = streams.lock();
        let mut keys = Vec::with_capacity(3);
        for (most, key, words) in wanted {
            if open.get(&key).is_some_and(|count| *count >= most.get()) {
                return Err(words);
            }
            keys.push(key);
        }
        for key in &keys {
            *open.entry(*key).or_default() += 1;
        }
        drop(open);
        Ok(Slot {
            streams: Arc::clone(streams),
            keys: keys.into(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, u32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut open = self.streams.lock();
        for key in &self.keys {
            if let Some(count) = open.get_mut(key) {
                *count -= 1;
                if *count == 0 {
                    open.remove(key);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_taken_whole_and_free_again_when_it_is_dropped() {
        let streams = Arc::<OpenStreams>::default();
        let most = |most| NonZeroU32::new(most).unwrap();
        let open = |visitor| {
            OpenStreams::open(
                &streams,
                [(most(1), visitor, "visitor"), (most(2), 0, "site")].into_iter(),
            )
        };
        let first = open(1).ok().unwrap();
        assert_eq!(open(1).err(), Some("visitor"));
        let _second = open(2).ok().unwrap();
        assert_eq!(open(3).err(), Some("site"));
        assert_eq!(streams.lock().len(), 3);
        drop(first);
        assert_eq!(streams.lock().len(), 2);
        drop(open(1).ok().unwrap());
    }
}
