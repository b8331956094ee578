//! The account's webhook, and how deliveries to it are tried again.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Where the webhook's token is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenPlace {
    /// In the body, as the service does.
    #[default]
    Body,
    /// In the body and as `Authorization: Bearer`.
    BodyAndHeader,
}

/// The account's webhook.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// An `http://` URL.
    pub url: String,
    /// The shared token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// Where the token is sent.
    #[serde(default)]
    pub token_in: TokenPlace,
}

/// The token does not show.
impl std::fmt::Debug for Webhook {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Webhook")
            .field("url", &self.url)
            .field("token", &self.token.as_ref().map(|_| "***"))
            .field("token_in", &self.token_in)
            .finish()
    }
}

/// How deliveries are tried again. The emulator's driven clock has no say in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WebhookRetry {
    /// How long the endpoint has for an answer.
    pub timeout: Duration,
    /// The first pause; each later one is twice as long.
    pub first_pause: Duration,
    /// The longest pause.
    pub longest_pause: Duration,
    /// After so many failures a delivery is a dead letter.
    pub attempts: u32,
}

impl Default for WebhookRetry {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(10),
            first_pause: Duration::from_millis(100),
            longest_pause: Duration::from_secs(5),
            attempts: 15,
        }
    }
}
