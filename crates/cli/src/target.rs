//! Which service the commands talk to, and with which account. Tokens come from the environment or a file, never from arguments.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Map, Value};
use wotnot_core::{Config, DEFAULT_BASE_URL, Proxy, Variables, Webhook};
use wotnot_emulator::flow::Variable;

use crate::profile::Secret;

/// The service and the account.
#[derive(clap::Args)]
#[command(next_help_heading = "Service")]
pub struct Target {
    /// Where the service is
    #[arg(long, value_name = "URL", env = "WOTNOT_BASE_URL", default_value = DEFAULT_BASE_URL)]
    pub base_url: String,
    /// A file with the account's token and nothing else; otherwise WOTNOT_TOKEN is read
    #[arg(long, value_name = "FILE", env = "WOTNOT_TOKEN_FILE")]
    pub token_file: Option<PathBuf>,
    /// A file of certificates (PEM) to trust besides the system's
    #[arg(long, value_name = "FILE", env = "WOTNOT_CA_FILE")]
    pub ca_file: Option<PathBuf>,
    /// The proxy to use instead of what HTTPS_PROXY says; `none` for a direct way
    #[arg(long, value_name = "URL", env = "WOTNOT_PROXY", hide_env_values = true)]
    pub proxy: Option<String>,
    /// Talk http:// to other machines too: the token travels in the clear
    #[arg(long)]
    pub allow_http: bool,
    /// How long a call may take, retries included
    #[arg(long, value_name = "SECONDS", env = "WOTNOT_TIMEOUT", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub timeout: u64,
}

/// The bot.
#[derive(clap::Args)]
#[command(next_help_heading = "Service")]
pub struct Bot {
    /// The key on the bot's trigger block
    #[arg(long, value_name = "KEY", env = "WOTNOT_BOT_KEY")]
    pub bot_key: Option<String>,
    /// The name of the field that carries it
    #[arg(
        long,
        value_name = "NAME",
        env = "WOTNOT_BOT_KEY_FIELD",
        default_value = "bot_key"
    )]
    pub bot_key_field: String,
}

/// Where events come in.
#[derive(clap::Args)]
#[command(next_help_heading = "Events")]
pub struct Events {
    /// Where to listen for the service's posts; port 0 picks a free one
    #[arg(
        long,
        value_name = "ADDRESS",
        env = "WOTNOT_WEBHOOK_LISTEN",
        default_value = "127.0.0.1:8089",
        value_parser = listen_address
    )]
    pub listen: SocketAddr,
    /// The path of the endpoint
    #[arg(
        long,
        value_name = "PATH",
        env = "WOTNOT_WEBHOOK_PATH",
        default_value = "/wotnot/events"
    )]
    pub webhook_path: String,
    /// A file with the webhook's token and nothing else; otherwise WOTNOT_WEBHOOK_TOKEN is read
    #[arg(long, value_name = "FILE", env = "WOTNOT_WEBHOOK_TOKEN_FILE")]
    pub webhook_token_file: Option<PathBuf>,
}

impl Target {
    /// The configuration of a client, before anything else is set.
    ///
    /// # Errors
    /// No token, or a file that cannot be read.
    pub fn config(&self) -> Result<Config, String> {
        let mut config = Config::new(self.token()?);
        config.base_url.clone_from(&self.base_url);
        config.timeout = Duration::from_secs(self.timeout);
        config.tls.ca_file.clone_from(&self.ca_file);
        config.allow_http = self.allow_http;
        config.proxy = self.proxy();
        Ok(config)
    }

    /// The way out.
    pub fn proxy(&self) -> Proxy {
        match self.proxy.as_deref() {
            None => Proxy::Environment,
            Some("none") => Proxy::Direct,
            Some(url) => Proxy::Url(url.to_owned()),
        }
    }

    /// The account's token.
    ///
    /// # Errors
    /// There is none, or its file cannot be read.
    pub fn token(&self) -> Result<String, String> {
        Secret::Token.required(self.token_file.as_deref())
    }
}

impl Bot {
    /// Tells a configuration which bot.
    pub fn apply(&self, config: &mut Config) {
        config.bot_key.clone_from(&self.bot_key);
        config.bot_key_field.clone_from(&self.bot_key_field);
    }
}

impl Events {
    /// The listener.
    ///
    /// # Errors
    /// No token, or a file that cannot be read.
    pub fn webhook(&self) -> Result<Webhook, String> {
        Ok(Webhook {
            listen: Some(self.listen),
            path: self.webhook_path.clone(),
            ..Webhook::new(self.token()?)
        })
    }

    /// The webhook's token.
    ///
    /// # Errors
    /// There is none, or its file cannot be read.
    pub fn token(&self) -> Result<String, String> {
        Secret::WebhookToken.required(self.webhook_token_file.as_deref())
    }
}

/// Where to listen: an address, or a name such as `localhost`, with its port.
pub fn listen_address(text: &str) -> Result<SocketAddr, String> {
    let found = text
        .to_socket_addrs()
        .map_err(|error| format!("expected HOST:PORT, such as 127.0.0.1:8089: {error}"))?;
    first(found).ok_or_else(|| "the name has no address".to_owned())
}

/// A host to listen on: an address, or a name such as `localhost`.
pub fn host_address(text: &str) -> Result<IpAddr, String> {
    let found = (text, 0)
        .to_socket_addrs()
        .map_err(|error| format!("expected an address, such as 127.0.0.1: {error}"))?;
    first(found)
        .map(|address| address.ip())
        .ok_or_else(|| "the name has no address".to_owned())
}

/// The first address; one of IPv4 before all others, which is what the printed URLs are expected to hold.
fn first(found: impl Iterator<Item = SocketAddr>) -> Option<SocketAddr> {
    let found: Vec<SocketAddr> = found.collect();
    let v4 = found.iter().find(|address| address.is_ipv4());
    v4.or(found.first()).copied()
}

/// Variables of a visitor: `contact.name=Asha`.
#[derive(Clone, Debug)]
pub struct Setting(Variable, String);

impl std::str::FromStr for Setting {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = text
            .split_once('=')
            .ok_or("expected NAME=VALUE, such as contact.name=Asha")?;
        Ok(Self(
            Variable::to_send(name.trim())?,
            value.trim().to_owned(),
        ))
    }
}

/// The variables of the start call; `None` when there are none.
pub fn variables(settings: &[Setting]) -> Option<Variables> {
    let scope = |scope: &str| {
        let mine: Map<String, Value> = settings
            .iter()
            .filter(|setting| setting.0.scope.as_str() == scope)
            .map(|setting| (setting.0.name.clone(), setting.1.clone().into()))
            .collect();
        (!mine.is_empty()).then_some(mine)
    };
    (!settings.is_empty()).then(|| Variables {
        system: scope("system"),
        contact: scope("contact"),
        conversation: scope("conversation"),
    })
}
