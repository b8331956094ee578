//! What a client is told at its making, and the checks of each value.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use http::Uri;
use serde_json::Value;

use crate::fields::{Fields, wrong};
use crate::{Code, Error, Result, Secret};

/// The vendor's host when none is configured.
pub const DEFAULT_BASE_URL: &str = "https://app.wotnot.io";

const HOUR_MS: u64 = 3_600_000;

/// The configuration of a [`Client`](crate::Client). All but the token have defaults.
///
/// ```
/// use wotnot_core::Config;
///
/// let config = Config {
///     bot_key: Some("lead-bot".into()),
///     base_url: "http://127.0.0.1:8080".into(),
///     ..Config::new("the-account-token")
/// };
/// assert!(!format!("{config:?}").contains("the-account-token"));
/// ```
#[derive(Clone, Debug)]
pub struct Config {
    /// The account's JWT. A master key: keep it on servers.
    pub token: Secret,
    /// The bot to talk to when a call names none.
    pub bot_key: Option<String>,
    /// The name of the field that carries the bot key on the wire.
    pub bot_key_field: String,
    /// Scheme, host and port of the service.
    pub base_url: String,
    /// The overall deadline of a call: attempts, waits, DNS and connecting included.
    pub timeout: Duration,
    /// The share of it that making one connection may take.
    pub connect_timeout: Duration,
    /// Automatic retries.
    pub retry: Retry,
    /// The way out.
    pub proxy: Proxy,
    /// Whom to trust.
    pub tls: Tls,
    /// Events; `None` when this client only sends.
    pub webhook: Option<Webhook>,
    /// The `User-Agent` header; this library's name and version when `None`.
    pub user_agent: Option<String>,
    /// Allows `http://` to hosts beyond loopback. The token then travels in the clear.
    pub allow_http: bool,
}

/// Automatic retries of what cannot double a message.
#[derive(Clone, Debug, PartialEq)]
pub struct Retry {
    /// Requests in all, the first included. 1 turns retries off.
    pub max_attempts: u32,
    /// The upper bound of the first wait; it doubles from there.
    pub base_delay: Duration,
    /// The upper bound of any wait.
    pub max_delay: Duration,
}

/// The way out to the service.
#[derive(Clone, PartialEq)]
pub enum Proxy {
    /// `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, read once when the client is made.
    /// Loopback hosts are always reached directly.
    Environment,
    /// No proxy.
    Direct,
    /// An `http://` or `https://` proxy, which is asked to CONNECT. May hold a user and a password.
    Url(String),
}

/// Whom to trust. There is no switch that turns verification off.
#[derive(Clone, Debug, Default)]
pub struct Tls {
    /// The base set of authorities.
    pub roots: Roots,
    /// A PEM file whose certificates are trusted besides.
    pub ca_file: Option<PathBuf>,
    /// PEM text whose certificates are trusted besides.
    pub ca_pem: Option<String>,
}

/// The base set of authorities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Roots {
    /// The system's store; the bundled set where the system has none.
    #[default]
    Auto,
    /// The system's store alone.
    System,
    /// Mozilla's set as compiled into this library.
    Bundled,
    /// None but `ca_file` and `ca_pem`.
    None,
}

/// How events come in.
#[derive(Clone, Debug)]
pub struct Webhook {
    /// The shared token that is set beside the endpoint at the vendor.
    pub token: Secret,
    /// Where to listen; `None` when the caller's own web server takes the posts.
    pub listen: Option<SocketAddr>,
    /// The path of the endpoint.
    pub path: String,
    /// How many events wait for `receive` before senders are asked to come again.
    pub capacity: usize,
}

impl Config {
    /// The defaults, for this account.
    pub fn new(token: impl Into<String>) -> Self {
        Self {
            token: Secret::new(token),
            bot_key: None,
            bot_key_field: "bot_key".into(),
            base_url: DEFAULT_BASE_URL.into(),
            timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(10),
            retry: Retry::default(),
            proxy: Proxy::Environment,
            tls: Tls::default(),
            webhook: None,
            user_agent: None,
            allow_http: false,
        }
    }

    /// Reads the JSON form, strictly.
    ///
    /// # Errors
    /// `invalid_json`, or `invalid_argument` naming the field.
    pub fn from_json(text: &str) -> Result<Self> {
        let value = serde_json::from_str(text).map_err(|error| {
            Error::new(
                Code::InvalidJson,
                format!(
                    "the configuration is not JSON: line {}, column {}",
                    error.line(),
                    error.column()
                ),
            )
        })?;
        Self::from_value(value)
    }

    /// Reads the JSON form, already parsed.
    ///
    /// # Errors
    /// `invalid_argument` naming the field.
    pub fn from_value(value: Value) -> Result<Self> {
        let mut fields = Fields::open("", value)?;
        let mut config = Self::new(fields.required_string("token")?);
        config.bot_key = fields.string("bot_key")?;
        if let Some(name) = fields.string("bot_key_field")? {
            config.bot_key_field = name;
        }
        if let Some(url) = fields.string("base_url")? {
            config.base_url = url;
        }
        if let Some(timeout) = fields.millis("timeout_ms", 1, HOUR_MS)? {
            config.timeout = timeout;
        }
        if let Some(timeout) = fields.millis("connect_timeout_ms", 1, HOUR_MS)? {
            config.connect_timeout = timeout;
        }
        if let Some(retry) = fields.object("retry")? {
            config.retry = Retry::read(retry)?;
        }
        config.proxy = match fields.take_nullable("proxy") {
            None => Proxy::Environment,
            Some(Value::Null) => Proxy::Direct,
            Some(Value::String(text)) if text == "env" => Proxy::Environment,
            Some(Value::String(text)) => Proxy::Url(text),
            Some(other) => return Err(wrong("proxy", "\"env\", a URL or null", &other)),
        };
        if let Some(tls) = fields.object("tls")? {
            config.tls = Tls::read(tls)?;
        }
        config.webhook = fields.object("webhook")?.map(Webhook::read).transpose()?;
        config.user_agent = fields.string("user_agent")?;
        config.allow_http = fields.flag("allow_http")?;
        fields.finish()?;
        Ok(config)
    }

    /// Checks every value, and gives the base URL without a trailing slash.
    pub(crate) fn check(&self) -> Result<String> {
        check_token("token", self.token.expose())?;
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
        check_base_url(&self.base_url, self.allow_http)
    }
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

fn check_base_url(url: &str, allow_http: bool) -> Result<String> {
    let bad = |problem: &str| Error::invalid("base_url", problem);
    let uri: Uri = url
        .parse()
        .map_err(|_| bad("expected an absolute URL such as https://app.wotnot.io"))?;
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return Err(bad(
            "expected an absolute URL with its scheme, such as https://app.wotnot.io",
        ));
    };
    if authority.as_str().contains('@') {
        return Err(bad("must not hold a user or a password"));
    }
    if authority.host().is_empty() {
        return Err(bad("the host is missing"));
    }
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

/// Whether this host of a URL is the machine itself.
pub(crate) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match bare.parse::<IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => bare.eq_ignore_ascii_case("localhost"),
    }
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            max_attempts: 4,
            base_delay: Duration::from_millis(200),
            max_delay: Duration::from_secs(8),
        }
    }
}

impl Retry {
    fn read(mut fields: Fields) -> Result<Self> {
        let mut retry = Self::default();
        if let Some(attempts) = fields.number("max_attempts", 1, 20)? {
            retry.max_attempts = attempts as u32;
        }
        if let Some(delay) = fields.millis("base_delay_ms", 0, HOUR_MS)? {
            retry.base_delay = delay;
        }
        if let Some(delay) = fields.millis("max_delay_ms", 0, HOUR_MS)? {
            retry.max_delay = delay;
        }
        fields.finish()?;
        Ok(retry)
    }
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

impl Tls {
    fn read(mut fields: Fields) -> Result<Self> {
        let roots = match fields.string("roots")?.as_deref() {
            None | Some("auto") => Roots::Auto,
            Some("system") => Roots::System,
            Some("bundled") => Roots::Bundled,
            Some("none") => Roots::None,
            Some(_) => {
                return Err(Error::invalid(
                    "tls.roots",
                    "expected \"auto\", \"system\", \"bundled\" or \"none\"",
                ));
            }
        };
        let tls = Self {
            roots,
            ca_file: fields.string("ca_file")?.map(PathBuf::from),
            ca_pem: fields.string("ca_pem")?,
        };
        fields.finish()?;
        Ok(tls)
    }
}

impl Webhook {
    /// An endpoint that the caller's own web server serves.
    pub fn new(token: impl Into<String>) -> Self {
        Self {
            token: Secret::new(token),
            listen: None,
            path: "/wotnot/events".into(),
            capacity: 1024,
        }
    }

    fn read(mut fields: Fields) -> Result<Self> {
        let mut webhook = Self::new(fields.required_string("token")?);
        if let Some(text) = fields.string("listen")? {
            webhook.listen = Some(read_listen(&text)?);
        }
        if let Some(path) = fields.string("path")? {
            webhook.path = path;
        }
        if let Some(capacity) = fields.number("capacity", 1, 1_000_000)? {
            webhook.capacity = capacity as usize;
        }
        fields.finish()?;
        Ok(webhook)
    }

    fn check(&self) -> Result<()> {
        check_token("webhook.token", self.token.expose())?;
        if !self.path.starts_with('/') || self.path.contains(['?', '#', ' ']) {
            return Err(Error::invalid(
                "webhook.path",
                "expected a path such as /wotnot/events",
            ));
        }
        if self.capacity == 0 {
            return Err(Error::invalid("webhook.capacity", "expected at least 1"));
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

fn read_listen(text: &str) -> Result<SocketAddr> {
    let with_host = match text.strip_prefix(':') {
        Some(port) => format!("127.0.0.1:{port}"),
        None => text.replacen("localhost:", "127.0.0.1:", 1),
    };
    with_host.parse().map_err(|_| {
        Error::invalid(
            "webhook.listen",
            "expected an address and a port such as 127.0.0.1:8089 (port 0 picks a free one)",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn message(value: Value) -> String {
        Config::from_value(value)
            .and_then(|config| config.check())
            .unwrap_err()
            .message()
            .to_owned()
    }

    #[test]
    fn the_whole_json_form_is_read() {
        let config = Config::from_value(json!({
            "token": "t", "bot_key": "b", "bot_key_field": "publish_key",
            "base_url": "https://example.com/", "timeout_ms": 1, "connect_timeout_ms": 2,
            "retry": {"max_attempts": 1, "base_delay_ms": 0, "max_delay_ms": 9},
            "proxy": null, "tls": {"roots": "bundled", "ca_file": null, "ca_pem": "x"},
            "webhook": {"token": "w", "listen": "127.0.0.1:0", "path": "/x", "capacity": 2},
            "user_agent": "my-app/1.0"
        }))
        .unwrap();
        assert_eq!(config.check().unwrap(), "https://example.com");
        assert_eq!(config.proxy, Proxy::Direct);
        assert_eq!(config.retry.max_attempts, 1);
        assert_eq!(config.webhook.unwrap().capacity, 2);
    }

    #[test]
    fn each_wrong_value_is_named() {
        for (value, expected) in [
            (json!({}), "token: missing"),
            (json!({"token": ""}), "token: must not be empty"),
            (json!({"token": "Bearer x"}), "token: give the token alone"),
            (json!({"token": "a b"}), "token: holds white space"),
            (
                json!({"token": "t", "timout_ms": 3}),
                "did you mean `timeout_ms`?",
            ),
            (
                json!({"token": "t", "timeout_ms": 0}),
                "timeout_ms: expected a whole number",
            ),
            (
                json!({"token": "t", "base_url": "http://example.com"}),
                "base_url: http would send",
            ),
            (
                json!({"token": "t", "base_url": "example.com"}),
                "base_url: expected an absolute URL",
            ),
            (
                json!({"token": "t", "base_url": "https://u:p@example.com"}),
                "base_url: must not hold a user",
            ),
            (
                json!({"token": "t", "webhook": {"token": "w", "listen": "8089"}}),
                "webhook.listen: expected",
            ),
            (
                json!({"token": "t", "webhook": {"listen": "127.0.0.1:0"}}),
                "webhook.token: missing",
            ),
            (
                json!({"token": "t", "tls": {"verify": false}}),
                "tls.verify: unknown field",
            ),
            (json!({"token": "t", "proxy": 3}), "proxy: expected \"env\""),
        ] {
            let message = message(value);
            assert!(message.contains(expected), "{message} lacks {expected}");
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        let config = Config {
            proxy: Proxy::Url("http://user:hush@proxy:3128".into()),
            webhook: Some(Webhook::new("hush-webhook")),
            ..Config::new("hush-token")
        };
        assert!(!format!("{config:?}").contains("hush"));
    }

    #[test]
    fn plain_http_is_for_loopback() {
        for host in ["127.0.0.1", "[::1]", "localhost", "127.8.8.8"] {
            assert!(
                check_base_url(&format!("http://{host}:1"), false).is_ok(),
                "{host}"
            );
        }
        assert!(check_base_url("http://10.0.0.1", false).is_err());
        assert!(check_base_url("http://10.0.0.1", true).is_ok());
    }
}
