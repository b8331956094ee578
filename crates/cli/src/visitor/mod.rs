//! A visitor of a gateway, as a page or an app is one: nothing of the account is needed. The one place for
//! `chat`, `record`, `doctor` and `flow test`.

pub mod channel;
mod entry;
mod failure;
pub mod feed;
pub mod files;
pub mod link;

use std::path::PathBuf;
use std::time::Duration;

use crate::agent::agent;
use crate::forward::Endpoint;
use crate::target::Target;

use link::{Link, SiteAccess};

/// A gateway, and who the visitor is there.
#[derive(clap::Args)]
#[command(next_help_heading = "Gateway")]
#[group(skip)]
pub struct Gateway {
    /// Talk through this gateway as its visitors do: without the account's token, the bot key and a webhook
    #[arg(long, value_name = "URL", env = "WOTNOT_GATEWAY")]
    pub gateway: Option<Endpoint>,
    /// The app id of the gateway's site
    #[arg(long, value_name = "ID", env = "WOTNOT_APP")]
    pub app: Option<String>,
    /// Be a page of this origin, such as https://shop.example.com, instead of an app
    #[arg(long, value_name = "URL", env = "WOTNOT_ORIGIN")]
    pub origin: Option<String>,
    /// A file with the identity that the site signed for the visitor; without it the visitor is anonymous
    #[arg(long, value_name = "FILE")]
    pub identity_file: Option<PathBuf>,
}

impl Gateway {
    /// Where the gateway is, when one is named.
    pub fn url(&self) -> Option<String> {
        let url = self.gateway.as_ref()?.to_string();
        Some(url.trim_end_matches('/').to_owned())
    }

    /// The way to the gateway; `app` is for who names neither an app nor an origin. Nothing is sent yet.
    ///
    /// # Errors
    /// The settings cannot be used; the text names the argument.
    pub fn link(&self, target: &Target, app: &str) -> Result<Link, String> {
        let (Some(endpoint), Some(url)) = (&self.gateway, self.url()) else {
            return Err("--gateway: there is no URL of a gateway".to_owned());
        };
        if endpoint.is_exposed() && !target.allow_http {
            return Err(format!(
                "--gateway {url}: what is said would travel in the clear; use https, or give --allow-http"
            ));
        }
        let place = SiteAccess {
            app: match (&self.app, &self.origin) {
                (Some(app), _) => Some(app.clone()),
                (None, Some(_)) => None,
                (None, None) => Some(app.to_owned()),
            },
            origin: self.origin.clone(),
            identity: self.identity()?,
        };
        let timeout = Duration::from_secs(target.timeout);
        let agent = |timeout| agent(&url, &target.proxy(), target.ca_file.as_deref(), timeout);
        let agents = (agent(timeout)?, agent(timeout + link::POLL)?);
        Ok(Link::new(url.clone(), place, agents, timeout))
    }

    /// What the site signed of the visitor.
    ///
    /// # Errors
    /// Its file cannot be read.
    pub fn identity(&self) -> Result<Option<String>, String> {
        let Some(path) = &self.identity_file else {
            return Ok(None);
        };
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("--identity-file: {}: {error}", path.display()))?;
        Ok(Some(text.trim().to_owned()))
    }
}
