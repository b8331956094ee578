//! Bytes to the service and back, on ureq's `unversioned` traits.
//!
//! Everything that leans on those traits is in this folder, and the exact version of ureq is
//! pinned for its sake: they may change in any release. ureq's own transport resolves the host on
//! every request, spawns a thread for every look-up that has a time limit, and flushes the head
//! and the body of a request apart. This one caches look-ups, writes a request once, probes a
//! kept connection once, keeps deadlines exactly and can be woken from another thread.

mod agents;
mod attempt;
mod background;
mod ciphertext;
mod connect;
mod dial;
mod patience;
mod ready;
mod resolve;
mod roots;
mod tcp;
mod tls;

use std::borrow::Cow;
use std::time::Duration;

use http::Uri;
use ureq::config::AutoHeaderValue;
use ureq::{Agent, ProxyProtocol};

use crate::config::{Config, Proxy, check_proxy_url, from_environment, is_loopback};
use crate::{Error, Result};

pub(crate) use agents::{Agents, OneConnection};
pub(crate) use attempt::{Addresses, Attempt, Fault, ProxyEnd};

/// How long a connection may lie idle. Short, so that a request rarely meets one that the service
/// has just given up: such a request could not be repeated safely.
const MAX_IDLE: Duration = Duration::from_secs(15);

const MAX_IDLE_CONNECTIONS: usize = 16;

const BUFFER: usize = 16 * 1024;

/// The longest head of an answer. Less than a buffer, so that it always fits.
const MAX_HEAD: usize = BUFFER - 1024;

/// How the agents of one client are set.
fn settings(config: &Config, service: &Uri) -> Result<ureq::config::Config> {
    Ok(Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(proxy(&config.proxy, service)?)
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

fn proxy(setting: &Proxy, service: &Uri) -> Result<Option<ureq::Proxy>> {
    let (url, source) = match setting {
        Proxy::Direct => return Ok(None),
        Proxy::Environment if is_loopback(service.host().unwrap_or_default()) => return Ok(None),
        Proxy::Environment => {
            let read = |name: &str| Some(std::env::var_os(name)?.to_string_lossy().into_owned());
            match from_environment(service, read) {
                Some(named) => (Cow::Owned(named.url), format!("{}: ", named.variable)),
                None => return Ok(None),
            }
        }
        Proxy::Url(url) => (Cow::Borrowed(url.as_str()), String::new()),
    };
    let bad = |problem: &str| Error::invalid("proxy", format_args!("{source}{problem}"));
    check_proxy_url(&url).map_err(bad)?;
    let proxy = ureq::Proxy::new(&url)
        .map_err(|_| bad("expected a URL such as http://proxy.example:3128"))?;
    match proxy.protocol() {
        ProxyProtocol::Http | ProxyProtocol::Https => Ok(Some(proxy)),
        _ => Err(bad(
            "only http and https proxies are supported, not SOCKS; set `proxy` to one of those, or to null for none",
        )),
    }
}
