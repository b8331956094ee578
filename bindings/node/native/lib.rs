//! The native half of the npm package: clients, and the threads that their calls run on. Texts go
//! in and texts come out; everything that has a JavaScript shape is made in `src/`.

// Not `forbid`: the macros of napi bring their own `allow`.
#![deny(unsafe_code)]

mod client;
mod hub;
mod outbox;
mod pool;
