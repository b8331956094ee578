//! Which connections stay open when there are too many, or too much waits in them.
//!
//! Anybody may connect; only a post that holds the token proves a sender. So a newcomer always
//! gets a place, and a connection that has proven nothing is closed for it: the oldest when places run out, the one
//! with the largest unfinished body when memory does.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::task::AbortHandle;

/// Connections at once.
const MAX_OPEN: usize = 512;

/// Bytes of unfinished bodies, over all connections.
const MAX_HELD: usize = 16 * 1024 * 1024;

/// The open connections of one listener, the oldest first.
#[derive(Clone, Default)]
pub(super) struct Connections(Arc<Table>);

#[derive(Default)]
struct Table {
    open: Mutex<VecDeque<Arc<Entry>>>,
    held: AtomicUsize,
}

#[derive(Default)]
struct Entry {
    task: OnceLock<AbortHandle>,
    spoken: AtomicBool,
    proven: AtomicBool,
    held: AtomicUsize,
}

/// One connection's place in the table, given back when it is dropped.
pub(super) struct ConnectionSlot {
    table: Arc<Table>,
    entry: Arc<Entry>,
}

impl Connections {
    /// Runs `connection` with a place of its own.
    pub(super) fn admit<F>(&self, connection: impl FnOnce(Arc<ConnectionSlot>) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let entry = Arc::new(Entry::default());
        let mut open = self.0.lock();
        if open.len() >= MAX_OPEN {
            let oldest = open.iter().position(|entry| !entry.is_proven());
            drop_at(&mut open, oldest.unwrap_or(0));
        }
        open.push_back(Arc::clone(&entry));
        drop(open);
        let slot = Arc::new(ConnectionSlot {
            table: Arc::clone(&self.0),
            entry: Arc::clone(&entry),
        });
        let task = tokio::spawn(connection(slot));
        // Set once, here.
        let _ = entry.task.set(task.abort_handle());
    }
}

impl Table {
    fn lock(&self) -> MutexGuard<'_, VecDeque<Arc<Entry>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    fn is_proven(&self) -> bool {
        self.proven.load(Ordering::Relaxed)
    }
}

impl ConnectionSlot {
    /// The sender has sent a whole head.
    pub(super) fn speak(&self) {
        self.entry.spoken.store(true, Ordering::Relaxed);
    }

    pub(super) fn has_spoken(&self) -> bool {
        self.entry.spoken.load(Ordering::Relaxed)
    }

    /// The sender has shown the token.
    pub(super) fn prove(&self) {
        self.entry.proven.store(true, Ordering::Relaxed);
    }

    /// Counts bytes of a body that is not whole yet.
    pub(super) fn hold(&self, bytes: usize) {
        self.entry.held.fetch_add(bytes, Ordering::Relaxed);
        let all = self.table.held.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if all > MAX_HELD {
            let mut open = self.table.lock();
            let largest = (0..open.len()).max_by_key(|at| {
                let entry = &open[*at];
                (!entry.is_proven(), entry.held.load(Ordering::Relaxed))
            });
            if let Some(largest) = largest {
                drop_at(&mut open, largest);
            }
        }
    }

    /// The body is whole, or given up.
    pub(super) fn release(&self) {
        let held = self.entry.held.swap(0, Ordering::Relaxed);
        self.table.held.fetch_sub(held, Ordering::Relaxed);
    }
}

impl Drop for ConnectionSlot {
    fn drop(&mut self) {
        self.release();
        let mut open = self.table.lock();
        if let Some(at) = open
            .iter()
            .position(|entry| Arc::ptr_eq(entry, &self.entry))
        {
            open.remove(at);
        }
    }
}

/// Its task, and with it the socket, ends when the runtime next comes by.
fn drop_at(open: &mut VecDeque<Arc<Entry>>, at: usize) {
    if let Some(entry) = open.remove(at)
        && let Some(task) = entry.task.get()
    {
        task.abort();
    }
}
