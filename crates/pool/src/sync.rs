//! The locks that waiting and waking are built on. `tests/models.rs` puts loom's in their place.

pub(crate) use std::sync::atomic::AtomicU64;
pub(crate) use std::sync::{Condvar, Mutex, MutexGuard};
