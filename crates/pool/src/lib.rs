//! The threads that the blocking jobs of an event loop run on: a bounded number, made when they are
//! needed, gone when they are not. How they wait and are woken; what a job does is its owner's.

#![forbid(unsafe_code)]

mod spin;
mod sync;
mod waiters;

pub use waiters::{Limits, Refused, Turn, Urgency, WaiterPool};
