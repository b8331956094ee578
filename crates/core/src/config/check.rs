//! The checks of each value of the configuration.

use std::net::IpAddr;

use http::Uri;

use super::{Config, Gateway, Webhook};
use crate::{Error, Result};

/// What any client and proxy sends of a path.
const MAX_PATH: usize = 2_000;

impl Config {
    /// Checks every value, and gives the base URL without `/api/v1` or a slash at its end.
    pub(crate) fn check(&self) -> Result<String> {
        match &self.gateway {
            Some(gateway) => self.check_alone(gateway)?,
            None => check_token("token", self.token.expose())?,
        }
        if self
            .bot_key
            .as_deref()
            .is_some_and(|key| key.trim().is_empty())
        {
            return Err(Error::invalid("bot_key", "must not be empty"));
        }
        if ["", "channel", "message", "variables", "from"].contains(&self.bot_key_field.as_str()) {
            return Err(Error::invalid(
                "bot_key_field",
                "expected the name of the bot key's field, such as `bot_key` or `publish_key`",
            ));
        }
        if let Some(agent) = &self.user_agent
            && http::HeaderValue::from_str(agent).is_err()
        {
            return Err(Error::invalid(
                "user_agent",
                "expected visible ASCII characters, as an HTTP header takes them",
            ));
        }
        if self.retry.max_attempts == 0 {
            return Err(Error::invalid("retry.max_attempts", "expected at least 1"));
        }
        if let Some(webhook) = &self.webhook {
            webhook.check()?;
        }
        match &self.gateway {
            Some(gateway) => check_url("gateway.url", &gateway.url, self.allow_http),
            None => check_base_url(&self.base_url, self.allow_http),
        }
    }

    /// What is the account's has no place beside a gateway.
    fn check_alone(&self, gateway: &Gateway) -> Result<()> {
        let own = Config::new("");
        let given = [
            ("token", !self.token.expose().is_empty()),
            ("bot_key", self.bot_key.is_some()),
            ("bot_key_field", self.bot_key_field != own.bot_key_field),
            ("base_url", self.base_url != own.base_url),
            ("webhook", self.webhook.is_some()),
        ];
        if let Some((field, _)) = given.into_iter().find(|(_, given)| *given) {
            return Err(both(field));
        }
        if cfg!(not(feature = "gateway")) {
            return Err(Error::invalid(
                "gateway",
                "this build has no link to a gateway",
            ));
        }
        if gateway.app.trim().is_empty() && gateway.origin.is_none() {
            return Err(Error::invalid("gateway.app", "must not be empty"));
        }
        Ok(())
    }
}

/// A field of the account's beside a gateway.
pub(super) fn both(field: &str) -> Error {
    Error::invalid(
        field,
        "has no place beside `gateway`: the gateway holds the account's token, the bot and the webhook, and this client must not; leave one of the two out",
    )
}

impl Webhook {
    pub(super) fn check(&self) -> Result<()> {
        check_token("webhook.token", self.token.expose())?;
        if !is_askable(&self.path) {
            return Err(Error::invalid(
                "webhook.path",
                "expected a path as it stands in a URL, such as /wotnot/events: without `.` and `..` as parts, and other characters percent-encoded",
            ));
        }
        for (field, value) in [
            ("webhook.capacity", self.capacity),
            ("webhook.capacity_bytes", self.capacity_bytes),
        ] {
            if value == 0 {
                return Err(Error::invalid(field, "expected at least 1"));
            }
        }
        if self.listen.is_some() && cfg!(not(feature = "listener")) {
            return Err(Error::invalid(
                "webhook.listen",
                "this build has no listener; hand the posts of your own server to accept_webhook",
            ));
        }
        Ok(())
    }
}

/// Whether clients ask for this path as it stands: they encode, resolve or cut off anything else.
fn is_askable(path: &str) -> bool {
    let is_part = |part: &str| {
        let mut bytes = part.bytes();
        let hex =
            |bytes: &mut std::str::Bytes| bytes.next().is_some_and(|byte| byte.is_ascii_hexdigit());
        while let Some(byte) = bytes.next() {
            let stands = byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@".contains(&byte);
            let mut encoded = || byte == b'%' && hex(&mut bytes) && hex(&mut bytes);
            if !stands && !encoded() {
                return false;
            }
        }
        part != "." && part != ".."
    };
    path.starts_with('/') && path.len() <= MAX_PATH && path.split('/').all(is_part)
}

fn check_token(field: &str, token: &str) -> Result<()> {
    if token.is_empty() {
        return Err(Error::invalid(field, "must not be empty"));
    }
    if token
        .get(..7)
        .is_some_and(|word| word.eq_ignore_ascii_case("bearer "))
    {
        return Err(Error::invalid(
            field,
            "give the token alone, without the word `Bearer`",
        ));
    }
    if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Error::invalid(
            field,
            "holds white space or characters that no token has; was it copied whole, from one line?",
        ));
    }
    Ok(())
}

pub(super) fn check_base_url(url: &str, allow_http: bool) -> Result<String> {
    // Integrators configure the base with the path of the API at its end.
    let base = check_url("base_url", url, allow_http)?;
    let base = base.strip_suffix("/api/v1").unwrap_or(&base);
    Ok(base.trim_end_matches('/').to_owned())
}

/// The URL without a slash at its end.
fn check_url(field: &str, url: &str, allow_http: bool) -> Result<String> {
    let bad = |problem: &str| Error::invalid(field, problem);
    let uri: Uri = url
        .parse()
        .map_err(|_| bad("expected an absolute URL such as https://app.wotnot.io"))?;
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return Err(bad(
            "expected an absolute URL with its scheme, such as https://app.wotnot.io",
        ));
    };
    // A slash in a password would make the user the host.
    if url.contains('@') {
        return Err(bad("must not hold a user or a password"));
    }
    if authority.host().is_empty() {
        return Err(bad("the host is missing"));
    }
    check_port(authority.as_str()).map_err(bad)?;
    if uri.query().is_some() || url.contains('#') {
        return Err(bad("must not hold a query or a fragment"));
    }
    match scheme {
        "https" => {}
        "http" if allow_http || is_loopback(authority.host()) => {}
        "http" => {
            return Err(bad(
                "http would send the token in the clear; use https, or set `allow_http` to true if you must",
            ));
        }
        _ => return Err(bad("expected the scheme https")),
    }
    Ok(url.trim_end_matches('/').to_owned())
}

/// The URL of a proxy: host and port, perhaps a scheme, a user and a password. Gives what is wrong.
pub(crate) fn check_proxy_url(url: &str) -> std::result::Result<(), &'static str> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    if !["", "/"].contains(&&rest[end..]) {
        return Err(
            "expected a URL such as http://proxy.example:3128, without a path (in a password, write %2F for /, %3F for ? and %23 for #)",
        );
    }
    let authority = &rest[..end];
    check_port(
        authority
            .rsplit_once('@')
            .map_or(authority, |(_, host)| host),
    )
}

/// The port behind a host, where there is one. Gives what is wrong.
fn check_port(authority: &str) -> std::result::Result<(), &'static str> {
    let after_host = authority
        .rsplit_once(']')
        .map_or(authority, |(_, port)| port);
    let Some((_, port)) = after_host.split_once(':') else {
        return Ok(());
    };
    let is_number = port.bytes().all(|byte| byte.is_ascii_digit());
    match port.parse::<u16>() {
        Ok(1..) if is_number => Ok(()),
        _ => Err("expected a port from 1 to 65535 after the host's colon"),
    }
}

/// The host of a URL without the brackets of an IPv6 address.
pub(crate) fn bare_host(host: &str) -> &str {
    host.trim_start_matches('[').trim_end_matches(']')
}

/// Whether this host of a URL is the machine itself.
pub(crate) fn is_loopback(host: &str) -> bool {
    let bare = bare_host(host);
    match bare.parse::<IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => bare.eq_ignore_ascii_case("localhost"),
    }
}
