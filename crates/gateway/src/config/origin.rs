//! Origins of pages, and the patterns that sites list.

use std::fmt;

use axum::http::Uri;

/// Where a page comes from: scheme, host and port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    https: bool,
    host: String,
    port: u16,
}

impl Origin {
    /// Reads an `Origin` header, or takes the origin out of a URL. `None` for `null` and whatever
    /// else is no origin of http or https.
    pub fn parse(text: &str) -> Option<Self> {
        let uri: Uri = text.parse().ok()?;
        let https = match uri.scheme_str()? {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let authority = uri.authority()?;
        if authority.as_str().contains('@') {
            return None;
        }
        let host = authority.host().trim_end_matches('.').to_ascii_lowercase();
        if host.is_empty() {
            return None;
        }
        let rest = authority.as_str().strip_prefix(authority.host())?;
        let port = match rest.strip_prefix(':') {
            Some(port) => port.parse().ok()?,
            None => default_port(https),
        };
        Some(Self { https, host, port })
    }

    fn is_loopback(&self) -> bool {
        is_loopback(&self.host)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.https { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.host)?;
        if self.port != default_port(self.https) {
            write!(f, ":{}", self.port)?;
        }
        Ok(())
    }
}

fn default_port(https: bool) -> u16 {
    if https { 443 } else { 80 }
}

pub(super) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || bare
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// What a site lists: an origin, one with `*.` for any host below, or `loopback`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OriginPattern {
    /// This origin.
    Exact(Origin),
    /// Any host that ends with this one's, but not this one.
    Below(Origin),
    /// Any page of this machine, for development.
    Loopback,
}

impl OriginPattern {
    /// Reads an entry of `origins`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text == "loopback" {
            return Ok(Self::Loopback);
        }
        let (wild, plain) = match text.split_once("://*.") {
            Some((scheme, rest)) => (true, format!("{scheme}://{rest}")),
            None => (false, text.to_owned()),
        };
        if plain.contains('*') {
            return Err(format!(
                "`{text}`: `*` can only stand for what is before the first dot, as in https://*.example.com"
            ));
        }
        let origin = Origin::parse(&plain).ok_or_else(|| {
            format!("`{text}` is no origin; expected one such as https://shop.example.com")
        })?;
        let authority = plain.split_once("://").map_or("", |(_, rest)| rest);
        if authority.contains(['/', '?', '#']) {
            return Err(format!(
                "`{text}`: an origin has no path; expected {origin}"
            ));
        }
        if !origin.https && !origin.is_loopback() {
            return Err(format!(
                "`{text}`: what visitors say would travel in the clear; expected https (http is for this machine alone)"
            ));
        }
        if wild && !origin.host.contains('.') {
            return Err(format!(
                "`{text}`: would take in pages of everybody; expected a domain with at least one dot"
            ));
        }
        Ok(if wild {
            Self::Below(origin)
        } else {
            Self::Exact(origin)
        })
    }

    /// How well it fits: `None` when it does not; the larger, the closer.
    pub(crate) fn fits(&self, origin: &Origin) -> Option<usize> {
        match self {
            Self::Exact(exact) => (exact == origin).then_some(usize::MAX),
            Self::Below(parent) => {
                let alike = parent.https == origin.https && parent.port == origin.port;
                let below = origin
                    .host
                    .strip_suffix(&parent.host)
                    .is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'));
                (alike && below).then_some(parent.host.len())
            }
            Self::Loopback => origin.is_loopback().then_some(0),
        }
    }
}

impl fmt::Display for OriginPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(origin) => origin.fmt(f),
            Self::Below(origin) => {
                let text = origin.to_string();
                let (scheme, rest) = text.split_once("://").unwrap_or(("https", &text));
                write!(f, "{scheme}://*.{rest}")
            }
            Self::Loopback => f.write_str("loopback"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_compared_as_browsers_write_them() {
        for (text, same) in [
            ("https://Shop.Example.com", "https://shop.example.com"),
            ("https://shop.example.com:443", "https://shop.example.com"),
            ("https://shop.example.com/x?y", "https://shop.example.com"),
            ("http://localhost:3000", "http://localhost:3000"),
            ("http://[::1]:80", "http://[::1]"),
        ] {
            assert_eq!(Origin::parse(text).unwrap().to_string(), same);
        }
        for text in [
            "null",
            "",
            "shop.example.com",
            "file:///x",
            "https://",
            "https://u@h",
            "https://h:",
            "https://h:99999",
        ] {
            assert_eq!(Origin::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_pattern_takes_in_what_it_says_and_nothing_else() {
        let cases = [
            ("https://a.example.de", "https://a.example.de", true),
            ("https://a.example.de", "https://b.example.de", false),
            ("https://a.example.de", "http://a.example.de", false),
            ("https://a.example.de", "https://a.example.de:8443", false),
            ("https://*.example.de", "https://a.example.de", true),
            ("https://*.example.de", "https://a.b.example.de", true),
            ("https://*.example.de", "https://example.de", false),
            ("https://*.example.de", "https://evilexample.de", false),
            ("https://*.example.de", "https://example.de.evil.com", false),
            ("loopback", "http://127.0.0.1:5173", true),
            ("loopback", "http://localhost", true),
            ("loopback", "http://localhost.evil.com", false),
            ("loopback", "https://example.de", false),
        ];
        for (pattern, origin, fits) in cases {
            let pattern = OriginPattern::parse(pattern).unwrap();
            let origin = Origin::parse(origin).unwrap();
            assert_eq!(pattern.fits(&origin).is_some(), fits, "{pattern} {origin}");
        }
    }

    #[test]
    fn a_wrong_pattern_is_refused_with_its_reason() {
        for (pattern, expected) in [
            ("shop.example.com", "is no origin"),
            ("https://shop.example.com/", "has no path"),
            ("https://*", "`*` can only"),
            ("https://a.*.com", "`*` can only"),
            ("https://*.com", "everybody"),
            ("http://shop.example.com", "in the clear"),
        ] {
            let error = OriginPattern::parse(pattern).unwrap_err();
            assert!(error.contains(expected), "{error} lacks {expected}");
        }
    }
}
