//! Bytes to the service and back, on ureq's `unversioned` traits.
//!
//! Everything that leans on those traits is in this folder, and the exact version of ureq is
//! pinned for its sake: they may change in any release. ureq's own transport resolves the host on
//! every request, spawns a thread for every look-up that has a time limit, and flushes the head
//! and the body of a request apart. This one caches look-ups, writes a request once, probes a
//! kept connection once, keeps deadlines exactly and can be woken from another thread.

mod agents;
mod attempt;
mod connect;
mod resolve;
mod tcp;
mod tls;

use std::time::Duration;

use ureq::config::AutoHeaderValue;
use ureq::{Agent, ProxyProtocol};

use crate::config::{Config, Proxy, is_loopback};
use crate::{Error, Result};

pub(crate) use agents::Agents;
pub(crate) use attempt::{Addresses, Attempt, Fault, ProxyEnd};

/// How long a connection may lie idle. Short, so that a request rarely meets one that the service
/// has just given up: such a request could not be repeated safely.
const MAX_IDLE: Duration = Duration::from_secs(15);

const MAX_IDLE_CONNECTIONS: usize = 16;

const BUFFER: usize = 16 * 1024;

/// The longest head of an answer. Less than a buffer, so that it always fits.
const MAX_HEAD: usize = BUFFER - 1024;

/// How the agents of one client are set.
fn settings(config: &Config, host: &str) -> Result<ureq::config::Config> {
    Ok(Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(proxy(&config.proxy, host)?)
        // Every request brings both, made once a client.
        .user_agent(AutoHeaderValue::None)
        .accept(AutoHeaderValue::None)
        .accept_encoding(AutoHeaderValue::None)
        .max_response_header_size(MAX_HEAD)
        .input_buffer_size(BUFFER)
        .output_buffer_size(BUFFER)
        .max_idle_age(MAX_IDLE)
        .max_idle_connections(1)
        .max_idle_connections_per_host(1)
        .build())
}

fn proxy(setting: &Proxy, host: &str) -> Result<Option<ureq::Proxy>> {
    let bad = |problem| Error::invalid("proxy", problem);
    let proxy = match setting {
        Proxy::Direct => None,
        Proxy::Environment if is_loopback(host) => None,
        Proxy::Environment => ureq::Proxy::try_from_env(),
        Proxy::Url(url) => Some(
            ureq::Proxy::new(url)
                .map_err(|_| bad("expected a URL such as http://proxy.example:3128"))?,
        ),
    };
    let speaks_http = |proxy: &ureq::Proxy| {
        matches!(proxy.protocol(), ProxyProtocol::Http | ProxyProtocol::Https)
    };
    if proxy.as_ref().is_some_and(|proxy| !speaks_http(proxy)) {
        return Err(bad(
            "only http and https proxies are supported, not SOCKS; set `proxy` to one of those, or to null for none",
        ));
    }
    Ok(proxy)
}
