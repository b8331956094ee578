//! From ids to clients. A child process starts with a registry of its own.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use wotnot_json::{Client, Code, Error, Result};

static NEXT_ID: AtomicU64 = AtomicU64::new(1);

/// The first id of this process: those below belong to a parent.
static FIRST_ID: AtomicU64 = AtomicU64::new(1);

static CURRENT: AtomicPtr<Registry> = AtomicPtr::new(std::ptr::null_mut());

pub(crate) struct Registry {
    clients: RwLock<BTreeMap<u64, Arc<Client>>>,
}

/// The registry of this process.
pub(crate) fn registry() -> &'static Registry {
    let current = CURRENT.load(Ordering::Acquire);
    let current = match current.is_null() {
        true => make(),
        false => current,
    };
    // SAFETY: made by `make` from a box that is never freed.
    unsafe { &*current }
}

#[cold]
fn make() -> *mut Registry {
    watch_forks();
    let made = Box::into_raw(Box::new(Registry {
        clients: RwLock::new(BTreeMap::new()),
    }));
    let raced = CURRENT.compare_exchange(
        std::ptr::null_mut(),
        made,
        Ordering::AcqRel,
        Ordering::Acquire,
    );
    match raced {
        Ok(_) => made,
        Err(winner) => {
            // SAFETY: nobody else has seen it.
            drop(unsafe { Box::from_raw(made) });
            winner
        }
    }
}

/// Has every fork start with an empty registry, at no cost for a call.
fn watch_forks() {
    #[cfg(all(unix, not(miri)))]
    {
        /// The parent's registry, in a forked child. It is never touched, for another thread of the parent
        /// may have held its lock; it is kept so that leak checkers see that it is still known.
        static PARENT: AtomicPtr<Registry> = AtomicPtr::new(std::ptr::null_mut());
        extern "C" fn in_child() {
            FIRST_ID.store(NEXT_ID.load(Ordering::Relaxed), Ordering::Relaxed);
            let parent = CURRENT.swap(std::ptr::null_mut(), Ordering::AcqRel);
            PARENT.store(parent, Ordering::Relaxed);
        }
        static WATCH: std::sync::Once = std::sync::Once::new();
        WATCH.call_once(|| {
            // SAFETY: the handler uses atomics alone, which a child may do after a fork. It fails
            // only without memory, and then the client itself still knows its process.
            unsafe { libc::pthread_atfork(None, None, Some(in_child)) };
        });
    }
}

impl Registry {
    pub(crate) fn insert(&self, client: Client) -> u64 {
        let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
        self.clients
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(id, Arc::new(client));
        id
    }

    pub(crate) fn find(&self, id: u64) -> Result<Arc<Client>> {
        let found = self
            .clients
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&id)
            .cloned();
        found.ok_or_else(|| missing(id))
    }

    /// Closes a client; one that was closed before is ok.
    pub(crate) fn close(&self, id: u64) -> Result<()> {
        let found = self
            .clients
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&id);
        match found {
            Some(client) => {
                client.close();
                Ok(())
            }
            None if is_ours(id) => Ok(()),
            None => Err(missing(id)),
        }
    }

    pub(crate) fn live(&self) -> usize {
        self.clients
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .len()
    }
}

/// Whether this process gave the id out at some time.
fn is_ours(id: u64) -> bool {
    (FIRST_ID.load(Ordering::Relaxed)..NEXT_ID.load(Ordering::Relaxed)).contains(&id)
}

fn missing(id: u64) -> Error {
    if id != 0 && id < FIRST_ID.load(Ordering::Relaxed) {
        return Error::new(
            Code::Forked,
            "this client was made before a fork; make a new one in the child process",
        );
    }
    if is_ours(id) {
        return Error::new(Code::Closed, "client: it was closed before");
    }
    let why = match id {
        0 => "client: 0 is never a client; was wotnot_client_new checked?",
        _ => "client: no such client was ever made",
    };
    Error::new(Code::InvalidClient, why)
}
