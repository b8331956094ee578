//! The keys of the JSON form, as one table. The schema, the page `docs/configuration.md` and the typed configurations of the
//! other languages are generated from it; tests hold `read` to it.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Config, MAX_IDLE, MAX_TIMEOUT, Webhook};
use crate::LogLevel;

/// A key of the JSON form.
pub struct ConfigKey {
    /// Its path, such as `retry.max_attempts`.
    pub path: &'static str,
    /// What it holds.
    pub kind: ConfigKind,
    /// What stands in its place where it is absent.
    pub default: ConfigDefault,
    /// What it means: sentences, the first of them without a verb. Other keys stand in it by their names here.
    pub text: &'static str,
}

/// What a key holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfigKind {
    /// Text.
    Text,
    /// Text that is never shown.
    Secret,
    /// A token of the account, the webhook or the visitor, or a key, which languages give a type of its own.
    Token,
    /// The path of a file.
    File,
    /// A whole number in this range.
    Count(u64, u64),
    /// Milliseconds in this range.
    Millis(u64, u64),
    /// True or false.
    Flag,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// `"env"`, a URL or null.
    Proxy,
    /// An object with keys of its own.
    Section,
}

/// What stands in the place of a key that is absent.
pub enum ConfigDefault {
    /// Nothing: it must be there.
    Required,
    /// Nothing.
    None,
    /// This value.
    Is(&'static str),
    /// What a configuration has that nothing was set in.
    Of(fn(&Config) -> Value),
    /// What a webhook has that nothing was set in.
    OfWebhook(fn(&Webhook) -> Value),
}

impl ConfigKey {
    /// Whether it must be there.
    pub fn is_required(&self) -> bool {
        matches!(self.default, ConfigDefault::Required)
    }

    /// The value that it has where it is absent, if any.
    pub fn default_value(&self) -> Option<Value> {
        match self.default {
            ConfigDefault::Required | ConfigDefault::None => Option::None,
            ConfigDefault::Is(text) => Some(text.into()),
            ConfigDefault::Of(value) => Some(value(&Config::new(""))),
            ConfigDefault::OfWebhook(value) => Some(value(&Webhook::new(""))),
        }
    }

    /// The key that holds it, and its own name there.
    pub fn place(&self) -> (&'static str, &'static str) {
        self.path.rsplit_once('.').unwrap_or(("", self.path))
    }
}

use ConfigDefault::{Is, None, Of, OfWebhook, Required};
use ConfigKind::{Count, File, Flag, Millis, OneOf, Proxy, Secret, Section, Text, Token};

const LONGEST: u64 = MAX_TIMEOUT.as_millis() as u64;

/// Every key, a section before its own. Their order is that of arguments where a language has them by position: a new
/// key goes to the end of its section.
pub const KEYS: &[ConfigKey] = &[
    key(
        "token",
        Token,
        None,
        "The account's JWT. A master key: keep it on servers. Required, but where there is a `gateway`.",
    ),
    key(
        "bot_key",
        Text,
        None,
        "The bot to talk to when a call names none. The bot's trigger block shows it.",
    ),
    key(
        "base_url",
        Text,
        Of(|c| json!(c.base_url)),
        "Scheme, host and port of the service; https, or http on loopback. A path `/api/v1` at its end is left off.",
    ),
    key(
        "webhook",
        Section,
        None,
        "How events come in. Without it a client only sends.",
    ),
    key(
        "webhook.token",
        Token,
        Required,
        "The shared token that is set beside the endpoint at the vendor.",
    ),
    key(
        "webhook.listen",
        Text,
        None,
        "Where to listen, such as `127.0.0.1:8089` (port 0 picks a free one). Without it your own web server takes the posts.",
    ),
    key(
        "webhook.path",
        Text,
        OfWebhook(|w| json!(w.path)),
        "The path of the endpoint.",
    ),
    key(
        "webhook.capacity",
        Count(1, 1_000_000),
        OfWebhook(|w| json!(w.capacity)),
        "How many events wait to be received before posts are refused.",
    ),
    key(
        "webhook.capacity_bytes",
        Count(1024, 1 << 40),
        OfWebhook(|w| json!(w.capacity_bytes)),
        "How many bytes they take before posts are refused: each its JSON text and 256 bytes.",
    ),
    key(
        "webhook.idle_ms",
        Millis(0, MAX_IDLE.as_millis() as u64),
        OfWebhook(|w| millis(w.idle)),
        "After how long without a reader a conversation gives way when all is full.",
    ),
    key(
        "timeout_ms",
        Millis(1, LONGEST),
        Of(|c| millis(c.timeout)),
        "The overall deadline of a call: attempts, waits, DNS and connecting included.",
    ),
    key(
        "connect_timeout_ms",
        Millis(1, LONGEST),
        Of(|c| millis(c.connect_timeout)),
        "The share of `timeout_ms` that making one connection may take: look-up, TCP, TLS and the way through a proxy. What takes longer has sent nothing, and is tried again.",
    ),
    key(
        "retry",
        Section,
        None,
        "Automatic retries of what cannot double a message.",
    ),
    key(
        "retry.max_attempts",
        Count(1, 20),
        Of(|c| json!(c.retry.max_attempts)),
        "Requests in all, the first included. 1 turns retries off.",
    ),
    key(
        "retry.base_delay_ms",
        Millis(0, LONGEST),
        Of(|c| millis(c.retry.base_delay)),
        "The upper bound of the first wait; it doubles from there.",
    ),
    key(
        "retry.max_delay_ms",
        Millis(0, LONGEST),
        Of(|c| millis(c.retry.max_delay)),
        "The upper bound of any wait.",
    ),
    key(
        "proxy",
        Proxy,
        Is("env"),
        "`\"env\"` for what the environment says, the URL of an http or https proxy, or null for none.",
    ),
    key(
        "tls",
        Section,
        None,
        "TLS trust roots. There is no switch that turns verification off.",
    ),
    key(
        "tls.roots",
        OneOf(&["auto", "system", "bundled", "none"]),
        Is("auto"),
        "The base set of authorities: `auto` is the system's store, or the bundled set where there is none.",
    ),
    key(
        "tls.ca_file",
        File,
        None,
        "A PEM file whose certificates are trusted besides.",
    ),
    key(
        "tls.ca_pem",
        Secret,
        None,
        "PEM text whose certificates are trusted besides.",
    ),
    key(
        "user_agent",
        Text,
        None,
        "The `User-Agent` header. The library's name and version when absent.",
    ),
    key(
        "bot_key_field",
        Text,
        Of(|c| json!(c.bot_key_field)),
        "The name of the field that carries the bot key on the wire: `\"bot_key\"` or `\"publish_key\"`.",
    ),
    key(
        "allow_http",
        Flag,
        Of(|c| json!(c.allow_http)),
        "Allows `http://` to hosts beyond loopback. The token then travels in the clear.",
    ),
    key(
        "state",
        Section,
        None,
        "What is kept beyond the life of the client.",
    ),
    key(
        "state.path",
        File,
        Required,
        "The file that keeps which conversation each visitor has, in a folder that exists. Several processes of one machine may share it; each account has its own. Through a gateway it keeps who the visitor is, what was received and what waits for a network, and belongs to one client.",
    ),
    key(
        "state.key",
        Token,
        None,
        "Seals that file: 32 random bytes in Base64, which the app keeps where its system keeps keys. A file that was written with another key, or without one, is refused.",
    ),
    key(
        "log",
        OneOf(&["off", "retries", "calls"]),
        Is(LogLevel::Off.name()),
        "What is logged: `retries` logs each retry and the end of each call that was tried again or failed, `calls` the end of every other call too.",
    ),
    key(
        "gateway",
        Section,
        None,
        "The gateway to talk through as a visitor, in place of `token`, `bot_key`, `base_url` and `webhook`: for phones, kiosks and programs that must not hold the account's token.",
    ),
    key(
        "gateway.url",
        Text,
        Required,
        "Scheme, host and port of the gateway; https, or http on loopback.",
    ),
    key(
        "gateway.app",
        Text,
        Required,
        "The app id of the gateway's site.",
    ),
    key(
        "gateway.identity",
        Token,
        None,
        "What the site signed of the visitor. Without it the visitor is anonymous, and stays the same through the state file.",
    ),
    key(
        "gateway.background",
        Flag,
        Of(|_| json!(false)),
        "Whether a background thread fills the inbox. Without it the thread that waits for events fetches them.",
    ),
];

fn millis(time: Duration) -> Value {
    json!(time.as_millis() as u64)
}

const fn key(
    path: &'static str,
    kind: ConfigKind,
    default: ConfigDefault,
    text: &'static str,
) -> ConfigKey {
    ConfigKey {
        path,
        kind,
        default,
        text,
    }
}
