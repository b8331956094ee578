//! A visitor of a gateway, as a page or an app is one: nothing of the account is needed. The one place for
//! `chat`, `record`, `doctor` and `flow test`.

pub mod channel;
mod deliveries;
pub mod files;
mod trouble;

use std::path::PathBuf;
use std::time::Duration;

use wotnot_core::{Code, Config, Error, Secret};

use crate::forward::Endpoint;
use crate::target::Target;

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

    /// The configuration of a client there, whose background thread reads what comes; `app` is for who names
    /// neither an app nor an origin.
    ///
    /// # Errors
    /// The settings cannot be used; the text names the argument.
    pub fn config(&self, target: &Target, app: &str) -> Result<Config, String> {
        let (Some(endpoint), Some(url)) = (&self.gateway, self.url()) else {
            return Err("--gateway: there is no URL of a gateway".to_owned());
        };
        if endpoint.is_exposed() && !target.allow_http {
            return Err(format!(
                "--gateway {url}: what is said would travel in the clear; use https, or give --allow-http"
            ));
        }
        let app = match (&self.app, &self.origin) {
            (Some(app), _) => app.as_str(),
            (None, Some(_)) => "",
            (None, None) => app,
        };
        let mut config = Config::through(wotnot_core::Gateway {
            identity: self.identity()?.map(Secret::new),
            origin: self.origin.clone(),
            background: true,
            ..wotnot_core::Gateway::new(url, app)
        });
        config.timeout = Duration::from_secs(target.timeout);
        config.tls.ca_file.clone_from(&target.ca_file);
        config.allow_http = target.allow_http;
        config.proxy = target.proxy();
        Ok(config)
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

/// The error of a gateway that lets nobody in, in the words of the command's arguments.
pub fn explained(error: &Error, url: &str) -> String {
    let message = error.message();
    match (error.code(), error.http_status()) {
        (Code::Network | Code::Tls | Code::Proxy | Code::RequestTimeout, _) => {
            format!("the gateway at {url} cannot be reached: {message}")
        }
        (Code::ProtocolError | Code::ServerError, Some(status)) if error.api_code().is_none() => {
            format!("{url} answers {status}, and not as a gateway does; is the URL right?")
        }
        _ => message.to_owned(),
    }
}
