//! Puts an emulator together: flows, webhook, seed, faults and where to listen.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use crate::activity::{Activity, Observer};
use crate::fault::Rule;
use crate::flow::Flow;
use crate::outbox::{Webhook, WebhookRetry};
use crate::profile::ServiceProfile;
use crate::source::{FaultSource, FlowSource};

/// Builds an [`Emulator`](crate::Emulator).
#[derive(Default)]
pub struct Builder {
    pub(crate) flows: Vec<FlowSource>,
    pub(crate) webhook: Option<Webhook>,
    pub(crate) retry: WebhookRetry,
    pub(crate) seed: Option<u64>,
    pub(crate) secret: Option<Vec<u8>>,
    pub(crate) token_lifetime: Option<Duration>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) faults: Vec<FaultSource>,
    pub(crate) address: Option<SocketAddr>,
    pub(crate) observer: Option<Observer>,
    pub(crate) watch: Option<Duration>,
    pub(crate) profile: ServiceProfile,
    pub(crate) profile_file: Option<PathBuf>,
}

impl Builder {
    /// Deploys the flow in this file.
    #[must_use]
    pub fn flow_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.flows.push(FlowSource::File(path.into()));
        self
    }

    /// Deploys the flow in this YAML text.
    #[must_use]
    pub fn flow_yaml(mut self, yaml: impl Into<String>) -> Self {
        self.flows.push(FlowSource::Yaml(yaml.into()));
        self
    }

    /// Deploys this flow.
    #[must_use]
    pub fn flow(mut self, flow: Flow) -> Self {
        self.flows.push(FlowSource::Flow(Box::new(flow)));
        self
    }

    /// Deploys flow files again when they change, looked at this often.
    #[must_use]
    pub fn watch(mut self, every: Duration) -> Self {
        self.watch = Some(every);
        self
    }

    /// Leaves out the id and the time of messages in events: the service promises neither.
    #[must_use]
    pub fn without_message_ids(mut self) -> Self {
        self.profile.message_ids = false;
        self
    }

    /// How the service behaves where nothing public says so.
    #[must_use]
    pub fn service_profile(mut self, profile: ServiceProfile) -> Self {
        self.profile = profile;
        self.profile_file = None;
        self
    }

    /// The same, from this file.
    #[must_use]
    pub fn service_profile_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.profile_file = Some(path.into());
        self
    }

    /// Sends events to this `http://` URL, with this token.
    #[must_use]
    pub fn webhook(self, url: impl Into<String>, token: impl Into<String>) -> Self {
        self.webhook_with(Webhook {
            url: url.into(),
            token: Some(token.into()),
            ..Webhook::default()
        })
    }

    /// Sends events to this webhook.
    #[must_use]
    pub fn webhook_with(mut self, webhook: Webhook) -> Self {
        self.webhook = Some(webhook);
        self
    }

    /// How deliveries are tried again.
    #[must_use]
    pub fn webhook_retry(mut self, retry: WebhookRetry) -> Self {
        self.retry = retry;
        self
    }

    /// Draws every id, time and chance from this seed: the same calls give the same transcripts.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Signs and checks tokens with this secret, instead of one that is drawn.
    #[must_use]
    pub fn secret(mut self, secret: impl Into<Vec<u8>>) -> Self {
        self.secret = Some(secret.into());
        self
    }

    /// The token ends after so long, on the emulator's clock; never when this is left out.
    #[must_use]
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.token_lifetime = Some(lifetime);
        self
    }

    /// Adds fault rules.
    #[must_use]
    pub fn faults(mut self, rules: impl IntoIterator<Item = Rule>) -> Self {
        self.rules.extend(rules);
        self
    }

    /// Adds the fault rules in this file.
    #[must_use]
    pub fn faults_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.faults.push(FaultSource::File(path.into()));
        self
    }

    /// Adds the fault rules in this YAML (or JSON) text.
    #[must_use]
    pub fn faults_yaml(mut self, yaml: impl Into<String>) -> Self {
        self.faults.push(FaultSource::Yaml(yaml.into()));
        self
    }

    /// Listens on this port of 127.0.0.1; 0, the default, lets the system choose.
    #[must_use]
    pub fn port(self, port: u16) -> Self {
        self.listen((IpAddr::V4(Ipv4Addr::LOCALHOST), port))
    }

    /// Listens here. Beyond loopback the control API asks for its own token.
    #[must_use]
    pub fn listen(mut self, address: impl Into<SocketAddr>) -> Self {
        self.address = Some(address.into());
        self
    }

    /// Calls this for everything that happens.
    #[must_use]
    pub fn observer(mut self, observer: impl Fn(&Activity) + Send + Sync + 'static) -> Self {
        self.observer = Some(std::sync::Arc::new(observer));
        self
    }
}
