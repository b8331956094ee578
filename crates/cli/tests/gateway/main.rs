//! `wotnot gateway` as a process: the commands of docs/gateway.md, the configuration on its page,
//! its log, drain, reload and timeline.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail the test"
)]

#[path = "../support/mod.rs"]
mod support;

#[cfg(target_os = "linux")]
mod disk;
mod forward;
#[path = "../../../gateway/tests/gateway/marked.rs"]
mod marked;
mod operation;
mod page;
#[cfg(target_os = "linux")]
mod proxies;
mod served;
mod tls;
mod whitelist;
