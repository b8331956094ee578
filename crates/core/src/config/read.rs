//! The JSON form of the configuration, read strictly.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde_json::Value;

use super::check::both;
use super::{Config, Gateway, MAX_IDLE, MAX_TIMEOUT, Proxy, Retry, Roots, Tls, Webhook};
use crate::fields::{Fields, wrong};
use crate::{Code, Error, LogLevel, Result, Secret};

const MAX_TIMEOUT_MS: u64 = MAX_TIMEOUT.as_millis() as u64;
const MAX_IDLE_MS: u64 = MAX_IDLE.as_millis() as u64;
const TEBIBYTE: u64 = 1 << 40;

impl Config {
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
        let gateway = fields.object("gateway")?.map(Gateway::read).transpose()?;
        let mut config = match gateway {
            Some(gateway) => {
                let account = ["token", "bot_key", "bot_key_field", "base_url", "webhook"];
                if let Some(field) = account.into_iter().find(|field| !fields.is_absent(field)) {
                    return Err(both(field));
                }
                Self::through(gateway)
            }
            None => Self::new(fields.required_string("token")?),
        };
        config.bot_key = fields.string("bot_key")?;
        if let Some(name) = fields.string("bot_key_field")? {
            config.bot_key_field = name;
        }
        if let Some(url) = fields.string("base_url")? {
            config.base_url = url;
        }
        if let Some(timeout) = fields.millis("timeout_ms", 1, MAX_TIMEOUT_MS)? {
            config.timeout = timeout;
        }
        if let Some(timeout) = fields.millis("connect_timeout_ms", 1, MAX_TIMEOUT_MS)? {
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
        if let Some(mut state) = fields.object("state")? {
            config.state_path = Some(state.required_string("path")?.into());
            config.state_key = state.string("key")?.map(Secret::new);
            state.finish()?;
        }
        config.user_agent = fields.string("user_agent")?;
        config.allow_http = fields.flag("allow_http")?;
        if let Some(name) = fields.string("log")? {
            config.log = read_log(&name)?;
        }
        fields.finish()?;
        Ok(config)
    }
}

impl Gateway {
    fn read(mut fields: Fields) -> Result<Self> {
        if !fields.is_absent("site") {
            return Err(Error::invalid(
                "gateway.site",
                "a gateway knows a site by the `Origin` that a browser vouches for, and a program has none; give `gateway.app`, the `app` id of that site in the gateway's configuration",
            ));
        }
        let (url, app) = (
            fields.required_string("url")?,
            fields.required_string("app")?,
        );
        let gateway = Self {
            identity: fields.string("identity")?.map(Secret::new),
            background: fields.flag("background")?,
            ..Self::new(url, app)
        };
        fields.finish()?;
        Ok(gateway)
    }
}

impl Retry {
    fn read(mut fields: Fields) -> Result<Self> {
        let mut retry = Self::default();
        if let Some(attempts) = fields.number("max_attempts", 1, 20)? {
            retry.max_attempts = attempts as u32;
        }
        if let Some(delay) = fields.millis("base_delay_ms", 0, MAX_TIMEOUT_MS)? {
            retry.base_delay = delay;
        }
        if let Some(delay) = fields.millis("max_delay_ms", 0, MAX_TIMEOUT_MS)? {
            retry.max_delay = delay;
        }
        fields.finish()?;
        Ok(retry)
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
        if let Some(bytes) = fields.number("capacity_bytes", 1024, TEBIBYTE)? {
            webhook.capacity_bytes = bytes.try_into().unwrap_or(usize::MAX);
        }
        if let Some(idle) = fields.millis("idle_ms", 0, MAX_IDLE_MS)? {
            webhook.idle = idle;
        }
        fields.finish()?;
        Ok(webhook)
    }
}

fn read_log(name: &str) -> Result<LogLevel> {
    let mut levels = LogLevel::ALL.into_iter();
    levels
        .find(|level| level.name() == name)
        .ok_or_else(|| Error::invalid("log", "expected \"off\", \"retries\" or \"calls\""))
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
