//! Client configuration.

mod check;
#[cfg(feature = "schema")]
mod keys;
mod proxy;
mod read;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::{LogLevel, Secret};

pub(crate) use check::{bare_host, check_proxy_url, is_loopback};
#[cfg(feature = "schema")]
pub use keys::{ConfigDefault, ConfigKey, ConfigKind, KEYS};
pub(crate) use proxy::from_environment;

/// The vendor's host when none is configured.
pub const DEFAULT_BASE_URL: &str = "https://app.wotnot.io";

/// The longest time that a call may be given, or a wait before a retry.
pub const MAX_TIMEOUT: Duration = Duration::from_secs(60 * 60);

/// The longest [`Webhook::idle`].
pub const MAX_IDLE: Duration = Duration::from_secs(24 * 60 * 60);

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
    /// Scheme, host and port of the service. A path `/api/v1` at its end is left off.
    pub base_url: String,
    /// The overall deadline of a call: attempts, waits, DNS and connecting included.
    pub timeout: Duration,
    /// The share of it that making one connection may take: look-up, TCP, TLS and the way through a
    /// proxy. What takes longer has sent nothing, and is tried again.
    pub connect_timeout: Duration,
    /// Automatic retries.
    pub retry: Retry,
    /// The way out.
    pub proxy: Proxy,
    /// TLS trust roots.
    pub tls: Tls,
    /// Events; `None` when this client only sends.
    pub webhook: Option<Webhook>,
    /// The file that keeps which conversation each visitor has, for
    /// [`Client::open_conversation`](crate::Client::open_conversation); memory alone when `None`.
    pub state_path: Option<PathBuf>,
    /// Seals that file: 32 random bytes in Base64, which the app keeps where its system keeps keys.
    pub state_key: Option<Secret>,
    /// The `User-Agent` header; this library's name and version when `None`.
    pub user_agent: Option<String>,
    /// Allows `http://` to hosts beyond loopback. The token then travels in the clear.
    pub allow_http: bool,
    /// What is logged: as events of the type `log`, or to the function of
    /// [`Client::with_logger`](crate::Client::with_logger).
    pub log: LogLevel,
    /// The gateway to talk through, in place of `token`, `bot_key`, `base_url` and `webhook`.
    pub gateway: Option<Gateway>,
}

/// A gateway, and who is there: for phones, kiosks and programs that must not hold the account's token.
#[derive(Clone, Debug)]
pub struct Gateway {
    /// Scheme, host and port, and perhaps a path; https, or http on loopback.
    pub url: String,
    /// The app id of the gateway's site.
    pub app: String,
    /// What the site signed of the visitor; without it the visitor is anonymous, and stays the same through the
    /// state file.
    pub identity: Option<Secret>,
    /// Whether a background thread fills the inbox. Without it the thread that waits for events fetches them.
    pub background: bool,
    /// The page that the project's own command stands in for; its `app` may be empty then. No part of the interface.
    #[doc(hidden)]
    pub origin: Option<String>,
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
    /// `HTTPS_PROXY` (for a base URL with `https`) or `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, in small
    /// letters or capitals and by curl's rules, read once when the client is made. `HTTP_PROXY` in
    /// capitals does not count in a CGI program. Loopback hosts are always reached directly.
    Environment,
    /// No proxy.
    Direct,
    /// An `http://` or `https://` proxy, which is asked to CONNECT. May hold a user and a password.
    Url(String),
}

/// TLS trust roots. There is no switch that turns verification off.
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
    /// How many events wait for `receive` before posts are refused. One conversation takes at most
    /// a quarter of it, or 256.
    pub capacity: usize,
    /// How many bytes they take before posts are refused: each its JSON text and 256 bytes. One
    /// conversation takes at most a quarter of it, or 4 MiB.
    pub capacity_bytes: usize,
    /// When all is full, conversations that nobody has read for this long give way, the oldest
    /// first. Each is counted in `status`, and an `evicted` event stands in its place.
    pub idle: Duration,
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
            state_path: None,
            state_key: None,
            user_agent: None,
            allow_http: false,
            log: LogLevel::Off,
            gateway: None,
        }
    }

    /// The defaults, for a visitor of this gateway's.
    ///
    /// ```
    /// use wotnot_core::{Config, Gateway};
    ///
    /// let config = Config {
    ///     state_path: Some("chat.state".into()),
    ///     ..Config::through(Gateway::new("https://chat.example.com", "shop-app"))
    /// };
    /// ```
    pub fn through(gateway: Gateway) -> Self {
        Self {
            gateway: Some(gateway),
            ..Self::new("")
        }
    }
}

impl Gateway {
    /// This app's site at a gateway, for an anonymous visitor.
    pub fn new(url: impl Into<String>, app: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            app: app.into(),
            identity: None,
            background: false,
            origin: None,
        }
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

impl Webhook {
    /// An endpoint that the caller's own web server serves.
    pub fn new(token: impl Into<String>) -> Self {
        Self {
            token: Secret::new(token),
            listen: None,
            path: "/wotnot/events".into(),
            capacity: 16_384,
            capacity_bytes: 64 * 1024 * 1024,
            idle: Duration::from_secs(15 * 60),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::check::check_base_url;
    use super::*;
    use serde_json::{Value, json};

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
            "webhook": {"token": "w", "listen": "127.0.0.1:0", "path": "/x", "capacity": 2,
                "capacity_bytes": 3000, "idle_ms": 4},
            "state": {"path": "/x/state.json", "key": "k"}, "user_agent": "my-app/1.0"
        }))
        .unwrap();
        assert_eq!(config.check().unwrap(), "https://example.com");
        assert_eq!(config.proxy, Proxy::Direct);
        assert_eq!(config.retry.max_attempts, 1);
        let webhook = config.webhook.unwrap();
        assert_eq!((webhook.capacity, webhook.capacity_bytes), (2, 3000));
        assert_eq!(webhook.idle, Duration::from_millis(4));
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
                json!({"token": "t", "base_url": "https://u:1/p@example.com"}),
                "base_url: must not hold a user",
            ),
            (
                json!({"token": "t", "base_url": "https://example.com:99999"}),
                "base_url: expected a port from 1 to 65535",
            ),
            (
                json!({"token": "t", "base_url": "https://[::1]:0"}),
                "base_url: expected a port from 1 to 65535",
            ),
            (
                json!({"token": "t", "base_url": "https://example.com:"}),
                "base_url: expected a port from 1 to 65535",
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
            (
                json!({"token": "t", "webhook": {"token": "w", "capacity_bytes": 1023}}),
                "webhook.capacity_bytes: expected a whole number from 1024",
            ),
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
            state_key: Some(Secret::new("hush-key")),
            ..Config::new("hush-token")
        };
        assert!(!format!("{config:?}").contains("hush"));
    }

    #[test]
    fn a_webhook_path_is_one_that_clients_ask_for_as_it_stands() {
        let problem = |path: &str| {
            let config = json!({"token": "t", "webhook": {"token": "w", "path": path}});
            Config::from_value(config).and_then(|config| config.check())
        };
        for path in [
            "/",
            "/wotnot/events",
            "/a-b_c.d~e",
            "/a%20b",
            "/a;b=1,2@x:y",
            "//x",
            "/..a",
        ] {
            assert!(problem(path).is_ok(), "{path}");
        }
        let long = format!("/{}", "x".repeat(3000));
        for path in [
            "x", "", "/a b", "/a?b", "/a#b", "/é", "/a\"b", "/{id}", "/a\\b", "/a%zz", "/a%2",
            "/a/../b", "/.", "/a/.", "/a\nb", &long,
        ] {
            let error = problem(path).unwrap_err();
            assert!(
                error.message().starts_with("webhook.path: expected"),
                "{path}"
            );
        }
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
