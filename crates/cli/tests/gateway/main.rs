//! `wotnot gateway` as a process: the commands of docs/gateway.md, the configuration on its page,
//! its log, drain, reload and timeline.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail the test"
)]

#[path = "../support/mod.rs"]
mod support;

mod bucket;
#[cfg(target_os = "linux")]
mod disk;
mod forward;
#[path = "../../../gateway/tests/gateway/marked.rs"]
mod marked;
mod operation;
mod page;
#[cfg(target_os = "linux")]
mod proxies;
#[cfg(unix)]
mod redis;
#[path = "../../../gateway/tests/gateway/s3_server.rs"]
mod s3_server;
mod served;
mod tls;
mod whitelist;
