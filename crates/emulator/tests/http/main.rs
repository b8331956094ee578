//! The emulator through real HTTP: what a client and a webhook endpoint see of it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod conversation;
#[allow(dead_code)]
mod support;
