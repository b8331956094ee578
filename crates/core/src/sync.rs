//! What waiting and waking are built on: locks, and the sockets that calls wait for. `tests/models.rs` puts
//! loom's in their place, and so walks through every order in which threads can meet.

pub(crate) use std::net::TcpStream;
pub(crate) use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
