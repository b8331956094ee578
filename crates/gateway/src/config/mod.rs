//! The gateway's configuration: accounts, sites, where to listen and where to keep things.
//! Reading the file is `read`'s, checking what it says `check`'s, origins are `origin`'s.

mod challenge;
pub(crate) mod check;
mod file;
mod files;
mod keep;
pub mod limits;
mod origin;
pub(crate) mod read;
mod reader;
mod receiver;
mod s3;
pub(crate) mod secrets;
mod store;
mod unread;

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::store::redis::RedisAddress;
use crate::tls::TlsFiles;
pub use challenge::Challenge;
pub use files::Files;
pub use keep::Keep;
use limits::Limits;
pub use origin::{Origin, OriginPattern};
pub use receiver::Receiver;
pub use s3::S3;
pub use secrets::{Hidden, random_hex, random_token};
pub use unread::UnreadHook;

/// The configuration of a gateway.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where it listens.
    pub listen: Listen,
    /// TLS on the public address and on the webhook's; `None`: a proxy in front ends it.
    pub tls: Option<TlsFiles>,
    /// The folder of the store and of generated keys.
    pub data: PathBuf,
    /// The server of Redis or Valkey that keeps conversations; `None`: a file of SQLite in `data`.
    pub store: Option<RedisAddress>,
    /// Keys that sign visitors' tokens: the first one signs, all of them are good. None: a key is
    /// generated in the data folder and kept there.
    pub token_keys: Vec<TokenKey>,
    /// The accounts at the vendor.
    pub accounts: Vec<Account>,
    /// The sites.
    pub sites: Vec<Site>,
    /// How patiently the vendor is spoken to.
    pub sending: Sending,
    /// How long things are kept.
    pub keep: Keep,
    /// How visitors send files; `None`: they do not.
    pub files: Option<Files>,
    /// The files that secrets and certificates were read from.
    pub secret_files: Vec<PathBuf>,
    /// What counts while the site is not known: how many sessions an address refreshes.
    pub limits: Limits,
}

/// Where to listen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listen {
    /// For browsers and apps.
    pub public: SocketAddr,
    /// For the vendor's webhook; the public address when `None`.
    pub hook: Option<SocketAddr>,
    /// For `/healthz`, `/readyz` and `/metrics`; nowhere when `None`. Keep it on loopback.
    pub admin: Option<SocketAddr>,
    /// Proxies in front of the public address, each of which adds to `X-Forwarded-For`: the caller's
    /// address is that entry there, counted from the right. 0: it is the socket's.
    pub trusted_proxies: u8,
}

/// A key that signs visitors' tokens.
#[derive(Clone, Debug)]
pub struct TokenKey {
    /// Its name, which stands in the tokens.
    pub id: String,
    /// At least 32 bytes.
    pub key: Hidden,
}

/// An account at the vendor.
#[derive(Clone, Debug)]
pub struct Account {
    /// What sites call it.
    pub name: String,
    /// Its token: a master key.
    pub token: Hidden,
    /// What the vendor's posts carry; two while one takes over from the other.
    pub webhook_tokens: Vec<Hidden>,
    /// The last part of the webhook's path: `/hook/<secret>`.
    pub webhook_secret: Hidden,
    /// The vendor's host; the library's default when `None`.
    pub base_url: Option<String>,
    /// The name of the field that carries the bot key.
    pub bot_key_field: Option<String>,
    /// Others who need the account's webhook: each of its posts is passed on to them.
    pub forward: Vec<Receiver>,
}

/// A site: pages, or an app, that talk to one bot.
#[derive(Clone, Debug)]
pub struct Site {
    /// Its name, in tokens and in the store.
    pub name: String,
    /// The pages that may talk for it.
    pub origins: Vec<OriginPattern>,
    /// What an app or a kiosk says that it is.
    pub app: Option<String>,
    /// The name of its account.
    pub account: String,
    /// The bot.
    pub bot_key: String,
    /// The first words, when a visitor begins without any.
    pub greeting: Option<String>,
    /// Variables that every conversation starts with.
    pub variables: SiteVariables,
    /// Variables that the page may give, such as `contact.name`.
    pub variables_from_page: Vec<String>,
    /// Checks what the site signs of its users; `None`: it identifies nobody.
    pub identity_key: Option<Hidden>,
    /// The visitor id that the vendor gets.
    pub visitor_id: VisitorIdRule,
    /// Whether bots may run code in the page.
    pub javascript: Javascript,
    /// How much its visitors may ask for.
    pub limits: Limits,
    /// What visitors have to show when its sessions pass their limit.
    pub challenge: Challenge,
    /// Who hears that something waits for a visitor who is not there.
    pub unread_hook: Option<UnreadHook>,
    /// When `false`, its visitors can do nothing but erase what is kept of them.
    pub enabled: bool,
}

/// Variables that a site gives.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteVariables {
    /// About the person.
    #[serde(default)]
    pub contact: Map<String, Value>,
    /// About the conversation.
    #[serde(default)]
    pub conversation: Map<String, Value>,
}

/// Which visitor id the vendor gets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VisitorIdRule {
    /// The same in every conversation of a visitor.
    #[default]
    PerVisitor,
    /// Another one in each.
    PerConversation,
}

/// Whether bots may run code in the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Javascript {
    /// The code does not leave the gateway.
    #[default]
    Off,
    /// The page gets the code, to run it in a sandbox.
    Sandbox,
}

/// How patiently the vendor is spoken to, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sending {
    /// The deadline of one call, retries of the library included.
    pub timeout_ms: u64,
    /// How long evidence is waited for when a call ended without an answer; 10 s at least.
    pub evidence_ms: u64,
    /// Calls under way at one time.
    pub at_once: usize,
}

impl Default for Sending {
    fn default() -> Self {
        Self {
            timeout_ms: 30_000,
            evidence_ms: 10_000,
            at_once: 16,
        }
    }
}

impl Config {
    /// A configuration without accounts and sites, on ports of loopback that the system chooses.
    pub fn new(data: impl Into<PathBuf>) -> Self {
        Self {
            listen: Listen {
                public: (Ipv4Addr::LOCALHOST, 0).into(),
                hook: None,
                admin: None,
                trusted_proxies: 0,
            },
            tls: None,
            data: data.into(),
            store: None,
            token_keys: Vec::new(),
            accounts: Vec::new(),
            sites: Vec::new(),
            sending: Sending::default(),
            keep: Keep::default(),
            files: None,
            secret_files: Vec::new(),
            limits: Limits::default(),
        }
    }

    /// Reads a configuration file's text. Files that it names are looked for beside `folder`.
    ///
    /// # Errors
    /// Each mistake, with its place.
    pub fn from_toml(text: &str, folder: &std::path::Path) -> Result<Self, Vec<Mistake>> {
        read::config(text, folder)
    }
}

impl Site {
    /// A site with the defaults.
    pub fn new(
        name: impl Into<String>,
        account: impl Into<String>,
        bot_key: impl Into<String>,
    ) -> Self {
        Self {
            name: name.into(),
            origins: Vec::new(),
            app: None,
            account: account.into(),
            bot_key: bot_key.into(),
            greeting: None,
            variables: SiteVariables::default(),
            variables_from_page: Vec::new(),
            identity_key: None,
            visitor_id: VisitorIdRule::default(),
            javascript: Javascript::default(),
            limits: Limits::default(),
            challenge: Challenge::Off,
            unread_hook: None,
            enabled: true,
        }
    }
}

/// Something wrong in a configuration file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// What is wrong, and what to do.
    pub message: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)
    }
}

#[cfg(test)]
mod tests;
