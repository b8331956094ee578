//! The emulator through real HTTP: what a client and a webhook endpoint see of it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bad_input;
mod blocks;
mod browsers;
mod callbacks;
mod control;
mod conversation;
mod coverage;
mod deploy;
mod events;
mod faults;
mod groups;
mod inspect;
mod profile;
mod reckoning;
mod seed;
mod support;
mod time_and_agents;
mod trigger;
mod ui;
mod variables;
mod ways;
mod webhooks;
