//! What speaks HTTP where the library does not: to a service or a gateway that is recorded, and as a browser.

use std::path::Path;
use std::time::Duration;

use wotnot_core::Proxy;

use crate::trust;

/// Makes one for the calls to `url`, with the library's trust roots. Redirections are not followed, and no
/// status is an error.
///
/// # Errors
/// The proxy or the file of certificates cannot be used; the text names the argument.
pub fn agent(
    url: &str,
    proxy: &Proxy,
    ca_file: Option<&Path>,
    timeout: Duration,
) -> Result<ureq::Agent, String> {
    let proxy = match proxy {
        Proxy::Environment => ureq::Proxy::try_from_env(),
        Proxy::Url(url) => {
            Some(ureq::Proxy::new(url).map_err(|error| format!("--proxy: {error}"))?)
        }
        _ => None,
    };
    let agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(proxy)
        .timeout_global(Some(timeout));
    let agent = match url.starts_with("https") {
        true => {
            agent.tls_config(trust::tls(ca_file).map_err(|error| format!("--ca-file: {error}"))?)
        }
        false => agent,
    };
    Ok(agent.build().into())
}
