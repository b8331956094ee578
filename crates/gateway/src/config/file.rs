//! The shapes of a configuration file, as serde reads them.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;
use toml::Spanned;

use super::challenge::ChallengeFile;
use super::files::FilesFile;
use super::limits::LimitsFile;
use super::reader::Text;
use super::unread::UnreadFile;
use super::{Javascript, Keep, Sending, SiteVariables, VisitorIdRule};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    #[serde(default)]
    pub(super) listen: ListenFile,
    pub(super) tls: Option<Spanned<TlsFile>>,
    pub(super) data: Option<PathBuf>,
    pub(super) store: Option<Text>,
    pub(super) store_file: Option<Text>,
    pub(super) store_env: Option<Text>,
    pub(super) store_ca_file: Option<Spanned<PathBuf>>,
    pub(super) token_keys_file: Option<Text>,
    pub(super) token_keys_env: Option<Text>,
    #[serde(default)]
    pub(super) sending: Sending,
    #[serde(default)]
    pub(super) keep: Keep,
    pub(super) files: Option<Spanned<FilesFile>>,
    #[serde(default)]
    pub(super) limits: LimitsFile,
    #[serde(default)]
    pub(super) account: Vec<Spanned<AccountFile>>,
    #[serde(default)]
    pub(super) site: Vec<Spanned<SiteFile>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListenFile {
    pub(super) public: Option<SocketAddr>,
    pub(super) hook: Option<SocketAddr>,
    pub(super) admin: Option<SocketAddr>,
    #[serde(default)]
    pub(super) trusted_proxies: u8,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TlsFile {
    pub(super) cert_file: PathBuf,
    pub(super) key_file: PathBuf,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AccountFile {
    pub(super) name: Text,
    pub(super) token_file: Option<Text>,
    pub(super) token_env: Option<Text>,
    pub(super) webhook_token_file: Option<Text>,
    pub(super) webhook_token_env: Option<Text>,
    pub(super) webhook_secret_file: Option<Text>,
    pub(super) webhook_secret_env: Option<Text>,
    pub(super) base_url: Option<Text>,
    pub(super) bot_key_field: Option<String>,
    #[serde(default)]
    pub(super) forward: Vec<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SiteFile {
    pub(super) name: Text,
    #[serde(default)]
    pub(super) origins: Vec<Text>,
    pub(super) app: Option<Text>,
    pub(super) account: Option<Text>,
    pub(super) bot_key: Text,
    pub(super) greeting: Option<String>,
    #[serde(default)]
    pub(super) variables: SiteVariables,
    #[serde(default)]
    pub(super) variables_from_page: Vec<Text>,
    pub(super) identity_key_file: Option<Text>,
    pub(super) identity_key_env: Option<Text>,
    #[serde(default)]
    pub(super) visitor_id: VisitorIdRule,
    #[serde(default)]
    pub(super) javascript: Javascript,
    #[serde(default)]
    pub(super) limits: LimitsFile,
    pub(super) challenge: Option<Spanned<ChallengeFile>>,
    pub(super) unread_hook: Option<Spanned<UnreadFile>>,
    pub(super) enabled: Option<bool>,
}
