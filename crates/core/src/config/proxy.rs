//! The proxy that the environment names, by curl's rules, and those of Go for the ports in `NO_PROXY`.

use std::fmt;
use std::net::IpAddr;

use http::Uri;

use super::Proxy;
use super::check::bare_host;

/// A variable of the environment that names a proxy, and what it says.
#[derive(Debug, PartialEq)]
pub(crate) struct Named {
    pub(crate) variable: &'static str,
    pub(crate) url: String,
}

/// The proxy for this service; `variable` reads one variable of the environment.
///
/// The scheme's own variable comes before `ALL_PROXY`, and the one in small letters before the one in
/// capitals. An empty one names nothing. A web server gives a CGI program the client's header `Proxy` as
/// `HTTP_PROXY`, so that one does not count there; on Windows it has both spellings, and neither counts.
pub(crate) fn from_environment(
    service: &Uri,
    variable: impl Fn(&str) -> Option<String>,
) -> Option<Named> {
    let set = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
    let names: &[&'static str] = match service.scheme_str() {
        Some("http") if set("REQUEST_METHOD").is_some() => match cfg!(windows) {
            true => &[],
            false => &["http_proxy"],
        },
        Some("http") => &["http_proxy", "HTTP_PROXY"],
        _ => &["https_proxy", "HTTPS_PROXY"],
    };
    let (variable, url) = names
        .iter()
        .chain(&["all_proxy", "ALL_PROXY"])
        .find_map(|name| Some((*name, set(name)?)))?;
    let spared = set("no_proxy").or_else(|| set("NO_PROXY"));
    if spared.is_some_and(|list| is_spared(&list, service)) {
        return None;
    }
    Some(Named {
        variable,
        url: url.trim().to_owned(),
    })
}

/// Whether a `NO_PROXY` names this service: its host or a parent domain of it, its address or a
/// network (`10.0.0.0/8`), each perhaps with a port; `*` names every host.
fn is_spared(list: &str, service: &Uri) -> bool {
    let host = bare_host(service.host().unwrap_or_default());
    let port = service.port_u16().unwrap_or(match service.scheme_str() {
        Some("http") => 80,
        _ => 443,
    });
    list.split(|c: char| c == ',' || c.is_whitespace())
        .filter(|entry| !entry.is_empty())
        .any(|entry| {
            let (name, of_port) = split_port(entry);
            of_port.is_none_or(|of_port| of_port.parse() == Ok(port)) && is_named(name, host)
        })
}

/// An entry's host and its port. An IPv6 address has one in brackets only.
fn split_port(entry: &str) -> (&str, Option<&str>) {
    let (host, port) = match entry.split_once(']') {
        Some((host, rest)) => (host, rest.strip_prefix(':')),
        None => match entry.split_once(':') {
            Some((host, port)) if !port.contains(':') => (host, Some(port)),
            _ => (entry, None),
        },
    };
    (host.trim_start_matches('['), port)
}

fn is_named(name: &str, host: &str) -> bool {
    if name == "*" {
        return true;
    }
    if let Ok(address) = host.parse::<IpAddr>() {
        let (network, bits) = match name.split_once('/') {
            Some((network, bits)) => (network, bits.parse().ok()),
            None => (name, Some(128)),
        };
        return network
            .parse()
            .ok()
            .zip(bits)
            .is_some_and(|(network, bits)| is_in(address, network, bits));
    }
    let name = name.trim_start_matches('*').trim_matches('.');
    let host = host.trim_end_matches('.');
    host.len().checked_sub(name.len()).is_some_and(|at| {
        !name.is_empty()
            && host.as_bytes()[at..].eq_ignore_ascii_case(name.as_bytes())
            && (at == 0 || host.as_bytes()[at - 1] == b'.')
    })
}

/// Whether the first bits of both are the same.
fn is_in(address: IpAddr, network: IpAddr, bits: u32) -> bool {
    let (differing, width) = match (address.to_canonical(), network.to_canonical()) {
        (IpAddr::V4(a), IpAddr::V4(b)) => (u128::from(a.to_bits() ^ b.to_bits()), 32),
        (IpAddr::V6(a), IpAddr::V6(b)) => (a.to_bits() ^ b.to_bits(), 128),
        _ => return false,
    };
    let ignored = u32::saturating_sub(width, bits);
    differing.checked_shr(ignored).unwrap_or(0) == 0
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Proxy::Environment => "Environment",
            Proxy::Direct => "Direct",
            Proxy::Url(_) => "Url([redacted])",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The variable and the proxy that these give for a service.
    fn found(service: &str, variables: &[(&str, &str)]) -> Option<(&'static str, String)> {
        let read = |name: &str| {
            let (_, value) = variables.iter().find(|(set, _)| *set == name)?;
            Some((*value).to_owned())
        };
        let named = from_environment(&service.parse().unwrap(), read)?;
        Some((named.variable, named.url))
    }

    #[test]
    fn the_variables_count_as_they_do_for_curl() {
        const HTTPS: &str = "https://service.example";
        const HTTP: &str = "http://service.example";
        let (a, b) = ("http://a.example:1", "http://b.example:2");
        for (service, variables, expected) in [
            (HTTPS, &[][..], None),
            (HTTPS, &[("HTTPS_PROXY", a)], Some(("HTTPS_PROXY", a))),
            (HTTPS, &[("https_proxy", a)], Some(("https_proxy", a))),
            (
                HTTPS,
                &[("HTTPS_PROXY", a), ("https_proxy", b)],
                Some(("https_proxy", b)),
            ),
            (HTTPS, &[("ALL_PROXY", a)], Some(("ALL_PROXY", a))),
            (
                HTTPS,
                &[("ALL_PROXY", "socks5://s:1"), ("HTTPS_PROXY", b)],
                Some(("HTTPS_PROXY", b)),
            ),
            (
                HTTPS,
                &[("all_proxy", a), ("HTTPS_PROXY", b)],
                Some(("HTTPS_PROXY", b)),
            ),
            (HTTPS, &[("HTTP_PROXY", a), ("http_proxy", a)], None),
            (HTTPS, &[("HTTPS_PROXY", "")], None),
            (HTTPS, &[("HTTPS_PROXY", " ")], None),
            (
                HTTPS,
                &[("https_proxy", ""), ("HTTPS_PROXY", a)],
                Some(("HTTPS_PROXY", a)),
            ),
            (
                HTTPS,
                &[("REQUEST_METHOD", "GET"), ("HTTPS_PROXY", a)],
                Some(("HTTPS_PROXY", a)),
            ),
            (HTTP, &[("HTTP_PROXY", a)], Some(("HTTP_PROXY", a))),
            (HTTP, &[("http_proxy", a)], Some(("http_proxy", a))),
            (HTTP, &[("HTTPS_PROXY", a), ("https_proxy", a)], None),
            (HTTP, &[("REQUEST_METHOD", "GET"), ("HTTP_PROXY", a)], None),
            (
                HTTP,
                &[("REQUEST_METHOD", "GET"), ("http_proxy", a)],
                (!cfg!(windows)).then_some(("http_proxy", a)),
            ),
            (
                HTTP,
                &[
                    ("REQUEST_METHOD", "GET"),
                    ("HTTP_PROXY", a),
                    ("ALL_PROXY", b),
                ],
                Some(("ALL_PROXY", b)),
            ),
            (
                HTTPS,
                &[("HTTPS_PROXY", a), ("NO_PROXY", "service.example")],
                None,
            ),
            (
                HTTPS,
                &[
                    ("HTTPS_PROXY", a),
                    ("no_proxy", "other.example"),
                    ("NO_PROXY", "*"),
                ],
                Some(("HTTPS_PROXY", a)),
            ),
            (
                HTTPS,
                &[("HTTPS_PROXY", a), ("no_proxy", ""), ("NO_PROXY", "*")],
                None,
            ),
        ] {
            let expected = expected.map(|(name, url)| (name, url.to_owned()));
            assert_eq!(
                found(service, variables),
                expected,
                "{service} {variables:?}"
            );
        }
    }

    #[test]
    fn no_proxy_names_hosts_domains_ports_and_networks() {
        const NAMED: &str = "https://api.service.example";
        for (service, list, expected) in [
            (NAMED, "*", true),
            (NAMED, "api.service.example", true),
            (NAMED, "service.example", true),
            (NAMED, ".service.example", true),
            (NAMED, "*.service.example", true),
            (NAMED, "Service.Example.", true),
            (NAMED, "rvice.example", false),
            (NAMED, "www.api.service.example", false),
            (NAMED, "a.example, service.example", true),
            (NAMED, "a.example service.example", true),
            (NAMED, " , ", false),
            (NAMED, "service.example:443", true),
            (NAMED, "service.example:8443", false),
            (NAMED, "service.example:https", false),
            (
                "https://api.service.example:8443",
                "service.example:8443",
                true,
            ),
            ("https://api.service.example.", "service.example", true),
            ("http://service.example", "service.example:80", true),
            ("https://10.1.2.3", "10.1.2.3", true),
            ("https://10.1.2.3", "10.0.0.0/8", true),
            ("https://10.1.2.3", "10.1.2.0/24", true),
            ("https://10.1.2.3", "10.1.3.0/24", false),
            ("https://10.1.2.3", "0.0.0.0/0", true),
            ("https://10.1.2.3", "10.0.0.0/eight", false),
            ("https://10.1.2.3", "::/0", false),
            ("https://10.1.2.3", "2.3", false),
            ("https://10.1.2.3:8443", "10.1.2.3:8443", true),
            ("https://10.1.2.3:8443", "10.1.2.3:443", false),
            ("https://[fe80::1]", "fe80::1", true),
            ("https://[fe80::1]", "[fe80::1]", true),
            ("https://[fe80::1]", "fe80::/10", true),
            ("https://[fe80::1]", "fd00::/8", false),
            ("https://[fe80::1]:8443", "[fe80::1]:8443", true),
            ("https://[fe80::1]:8443", "[fe80::1]:443", false),
            ("https://api.service.example", "10.0.0.0/8", false),
        ] {
            let variables = [
                ("HTTPS_PROXY", "http://p:1"),
                ("http_proxy", "http://p:1"),
                ("NO_PROXY", list),
            ];
            assert_eq!(
                found(service, &variables).is_none(),
                expected,
                "{service} {list}"
            );
        }
    }
}
