//! Another receiver of an account's webhook: `forward` in the file.

use std::fmt;

use axum::http::Uri;
use ring::digest::{SHA256, digest};

use super::origin::is_loopback;
use super::secrets::hex;

/// Where the vendor's posts are passed on to. `Debug` shows the host alone: the path may be a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Receiver {
    url: Uri,
    host: String,
    is_https: bool,
}

impl Receiver {
    /// Reads a URL.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        const EXPECTED: &str = "expected a URL such as https://crm.example/hook";
        let url: Uri = text.parse().map_err(|_| EXPECTED)?;
        let is_https = match url.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(EXPECTED),
        };
        let authority = url.authority().ok_or(EXPECTED)?;
        if authority.as_str().contains('@') || authority.host().is_empty() {
            return Err("a URL with a user or without a host cannot be posted to");
        }
        let host = authority.host().to_owned();
        if !is_https && !is_loopback(&host) {
            return Err(
                "what visitors say would travel in the clear; expected https (http is for this machine alone)",
            );
        }
        Ok(Self {
            url,
            host,
            is_https,
        })
    }

    /// What its posts are kept under, for this account.
    pub(crate) fn id(&self, account: &str) -> String {
        let text = format!("{account}\n{}", self.url);
        hex(&digest(&SHA256, text.as_bytes()).as_ref()[..16])
    }

    pub(crate) fn url(&self) -> &Uri {
        &self.url
    }

    /// Without the brackets of IPv6.
    pub(crate) fn host(&self) -> &str {
        self.host.trim_start_matches('[').trim_end_matches(']')
    }

    pub(crate) fn port(&self) -> u16 {
        let default = if self.is_https { 443 } else { 80 };
        self.url.port_u16().unwrap_or(default)
    }

    pub(crate) fn is_https(&self) -> bool {
        self.is_https
    }
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Receiver({})", self.host)
    }
}
