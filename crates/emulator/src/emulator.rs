//! A running emulator: its thread, its addresses, and what a test can ask of it.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use crate::access::ControlAccess;
use crate::account::Account;
use crate::builder::Builder;
use crate::changes::Changes;
use crate::deploy::BotInfo;
use crate::engine::Times;
use crate::error::Error;
use crate::flow::Flow;
use crate::flow_files::FlowFiles;
use crate::outbox::{Outbox, Webhook};
use crate::profile::ServiceProfile;
use crate::seed::{Seed, hex};
use crate::shared::{Shared, run_timers};
use crate::source::{FaultSource, FlowSource};
use crate::watch::FileWatcher;

/// A running emulator. Dropping it stops it and frees its port.
pub struct Emulator {
    pub(crate) shared: Arc<Shared>,
    address: SocketAddr,
    token: String,
    seed: u64,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// No token shows.
impl std::fmt::Debug for Emulator {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Emulator")
            .field("address", &self.address)
            .field("seed", &self.seed)
            .finish_non_exhaustive()
    }
}

impl Builder {
    /// Starts the emulator in a thread of its own. It answers when this returns.
    ///
    /// # Errors
    /// A flow or fault file that is wrong, a webhook URL that cannot be used, or a port that is taken.
    pub fn start(self) -> Result<Emulator, Error> {
        Emulator::start(self)
    }
}

impl Emulator {
    /// Starts to put an emulator together.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    fn start(builder: Builder) -> Result<Self, Error> {
        let times = if builder.seed.is_some() {
            Times::Seeded
        } else {
            Times::Clock
        };
        let seed = Seed(builder.seed.unwrap_or_else(|| fastrand::u64(..)));
        let secret = builder
            .secret
            .unwrap_or_else(|| seed.hex(&["secret"], 64).into_bytes());
        let mut account = Account::new(seed, times, secret);
        let profile = match &builder.profile_file {
            Some(file) => ServiceProfile::of_file(file)?,
            None => builder.profile,
        };
        account.set_first_profile(profile);
        let watch = FileWatcher::new(builder.flows.iter().filter_map(FlowSource::path));
        let files = FlowFiles::default();
        for flow in load(builder.flows, &files)? {
            account.bots.deploy(flow, seed);
        }
        if account.bots.iter().next().is_none() {
            return Err(Error::NoBot);
        }
        let mut rules = builder.rules;
        for source in builder.faults {
            rules.extend(FaultSource::load(source)?.faults);
        }
        account.set_first_rules(rules);
        let token = account.issue_token(builder.token_lifetime);
        let address = builder.address.unwrap_or((Ipv4Addr::LOCALHOST, 0).into());
        let failed = |source| Error::Listen {
            address: address.to_string(),
            source,
        };
        let listener = TcpListener::bind(address).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let control = ControlAccess {
            token: random_token().map_err(failed)?,
            loopback: address.ip().is_loopback(),
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(failed)?;
        let changes = Arc::new(Changes::default());
        let outbox = Outbox::new(
            runtime.handle().clone(),
            builder.retry,
            builder.observer.clone(),
            changes.clone(),
        );
        outbox.set_retries(profile.webhook_retries);
        outbox.set_webhook(builder.webhook.clone())?;
        let shared = Arc::new(Shared::new(
            account,
            outbox,
            builder.observer,
            control,
            changes,
            files,
        ));
        let (stop, stopped) = oneshot::channel::<()>();
        let running = shared.clone();
        let thread = std::thread::Builder::new()
            .name("wotnot-emulator".into())
            .spawn(move || {
                runtime.block_on(async move {
                    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else {
                        return;
                    };
                    tokio::spawn(run_timers(running.clone()));
                    if let Some(every) = builder.watch {
                        tokio::spawn(watch.run(every, running.clone()));
                    }
                    if let Some(webhook) = builder.webhook {
                        let outbox = running.outbox.clone();
                        tokio::spawn(async move { outbox.test(&webhook).await });
                    }
                    tokio::select! {
                        () = crate::http::serve(listener, running) => {}
                        _ = stopped => {}
                    }
                });
            })
            .map_err(failed)?;
        Ok(Self {
            shared,
            address,
            token,
            seed: seed.0,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The base URL for clients, without a slash at its end.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where the control API is.
    #[must_use]
    pub fn control_url(&self) -> String {
        format!("http://{}/_emulator", self.address)
    }

    /// The emulator's page, with the control API's token behind the `#`, which browsers send to nobody.
    #[must_use]
    pub fn ui_url(&self) -> String {
        format!("{}/ui#token={}", self.control_url(), self.control_token())
    }

    /// The newest conversation's place in its flow, and its events as they come: a page that changes nothing, for a frame
    /// of a page of this machine.
    #[must_use]
    pub fn watch_url(&self) -> String {
        format!(
            "{}/ui/watch#token={}",
            self.control_url(),
            self.control_token()
        )
    }

    /// The control API's own token, for `Authorization: Bearer`: browsers send it, and everybody when
    /// the emulator listens beyond loopback.
    #[must_use]
    pub fn control_token(&self) -> &str {
        &self.shared.control.token
    }

    /// The account's token, for `Authorization: Bearer`.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The seed that ids are drawn from: given, or chosen at the start.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The bots, in the order in which they were first deployed.
    #[must_use]
    pub fn bots(&self) -> Vec<BotInfo> {
        self.shared
            .account()
            .bots
            .iter()
            .map(|bot| BotInfo::of(bot))
            .collect()
    }

    /// The bots' keys, in the order in which they were first deployed.
    #[must_use]
    pub fn bot_keys(&self) -> Vec<String> {
        self.bots().into_iter().map(|bot| bot.key).collect()
    }

    /// The webhook that events are sent to.
    #[must_use]
    pub fn webhook(&self) -> Option<Webhook> {
        self.shared.outbox.webhook()
    }

    /// Sends events from now on to this webhook, or nowhere.
    ///
    /// # Errors
    /// A URL that cannot be used.
    pub fn set_webhook(&self, webhook: Option<Webhook>) -> Result<(), Error> {
        Ok(self.shared.outbox.set_webhook(webhook)?)
    }
}

/// The flows of all sources, each of a bot of its own.
fn load(sources: Vec<FlowSource>, files: &FlowFiles) -> Result<Vec<Flow>, Error> {
    let mut flows: Vec<(String, Flow)> = Vec::new();
    for source in sources {
        let name = source.name();
        let is_file = source.path().is_some();
        let (flow, warnings) = source.check()?;
        if is_file {
            files.deployed(&name, &flow, warnings);
        }
        if let Some((first, _)) = flows
            .iter()
            .find(|(_, other)| other.bot.key == flow.bot.key)
        {
            return Err(Error::SameKey {
                key: flow.bot.key,
                first: first.clone(),
                second: name,
            });
        }
        flows.push((name, flow));
    }
    Ok(flows.into_iter().map(|(_, flow)| flow).collect())
}

/// Stops it: connections are closed, the thread is joined, the port is free.
impl Drop for Emulator {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn random_token() -> std::io::Result<String> {
    let mut bytes = [0_u8; 24];
    getrandom::fill(&mut bytes)?;
    Ok(hex(&bytes))
}
