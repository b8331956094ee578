//! Who may use the control API: programs on this machine, and who sends its token; never a page of another origin.
//! A browser lets any page send requests to loopback, and a name can be made to point there (DNS rebinding).

use std::net::IpAddr;

use axum::http::header::{AUTHORIZATION, HOST, HeaderName, ORIGIN};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode};

/// Sent by browsers alone: how the page that asks is related to this server.
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// What the control API asks for.
pub(crate) struct ControlAccess {
    pub token: String,
    /// Whether the emulator can be reached from this machine alone.
    pub loopback: bool,
}

/// A browser names where the page comes from.
pub(crate) fn is_browser(headers: &HeaderMap) -> bool {
    headers.contains_key(ORIGIN) || headers.contains_key(SEC_FETCH_SITE)
}

pub(crate) type Refused = (StatusCode, &'static str);

const FOREIGN_ORIGIN: Refused = (
    StatusCode::FORBIDDEN,
    "the control API takes nothing from web pages of another origin",
);

impl ControlAccess {
    /// Whether a request for a file of the emulator's page may, which needs no token; else what to answer.
    pub(crate) fn check_ui(&self, headers: &HeaderMap) -> Result<(), Refused> {
        let host = host(headers);
        if is_foreign(headers, host) {
            return Err(FOREIGN_ORIGIN);
        }
        if self.loopback && !is_this_machine(host) {
            return Err((
                StatusCode::FORBIDDEN,
                "the `Host` is not this machine: open the page by 127.0.0.1 or localhost",
            ));
        }
        Ok(())
    }

    /// Whether a request with these headers may; else what to answer.
    pub(crate) fn check(&self, headers: &HeaderMap) -> Result<(), Refused> {
        let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        let host = host(headers);
        if is_foreign(headers, host) {
            return Err(FOREIGN_ORIGIN);
        }
        let sent = text(&AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
        if sent.is_some_and(|sent| same(self.token.as_bytes(), sent.as_bytes())) {
            return Ok(());
        }
        if !self.loopback {
            return Err((
                StatusCode::UNAUTHORIZED,
                "the control API's token is missing or wrong",
            ));
        }
        if !is_this_machine(host) {
            return Err((
                StatusCode::FORBIDDEN,
                "the `Host` is not this machine: call 127.0.0.1 or localhost, or send the control API's token",
            ));
        }
        // An address that a person types comes from no page.
        let browser = headers.contains_key(ORIGIN)
            || text(&SEC_FETCH_SITE).is_some_and(|site| site != "none");
        if browser {
            return Err((
                StatusCode::UNAUTHORIZED,
                "the control API's token is missing or wrong, and browsers must send it",
            ));
        }
        Ok(())
    }
}

fn host(headers: &HeaderMap) -> &str {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    host.unwrap_or_default()
}

fn is_foreign(headers: &HeaderMap, host: &str) -> bool {
    let origin = headers.get(ORIGIN);
    origin.is_some_and(|origin| !is_own(origin.as_bytes(), host))
}

fn is_own(origin: &[u8], host: &str) -> bool {
    origin
        .strip_prefix(b"http://")
        .is_some_and(|origin| origin.eq_ignore_ascii_case(host.as_bytes()))
}

fn is_this_machine(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else {
        return false;
    };
    let name = authority.host();
    let address = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost")
        || address
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// Compares in a time that depends on the lengths alone.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
}
