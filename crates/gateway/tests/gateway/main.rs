//! The gateway over real sockets, with the emulator as the vendor. One binary: linking is slow.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod bad_input;
mod bucket;
mod call;
mod challenge;
mod chat;
mod crowd;
mod erase;
mod faults;
mod files;
mod forward;
mod harness;
mod history;
mod hostile;
mod hostile_files;
mod keep;
mod kill;
mod limits;
mod link;
mod link_app;
mod link_breaks;
#[cfg(target_os = "linux")]
mod link_clock;
mod link_files;
mod link_state;
#[cfg(unix)]
mod lost;
mod marked;
#[cfg(unix)]
mod nodes;
#[cfg(unix)]
mod on_redis;
mod openapi;
mod refusals;
mod relay;
mod resume;
mod s3_server;
mod sending;
mod stream;
mod streams;
mod talker;
mod token_abuse;
mod tokens;
mod unread;
mod watching;
mod whitelist;
