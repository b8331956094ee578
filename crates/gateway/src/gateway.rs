//! A running gateway: its threads, its addresses, and how it ends.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::ServerConfig;
use tokio::runtime::Runtime;

use crate::api::{self, Calls};
use crate::app::{self, App};
use crate::config::{Config, Site, TokenKey};
use crate::server::{self, Listening};
use crate::sites::Sites;
use crate::store::Store;
use crate::store::redis::RedisStore;
use crate::store::sqlite::SqliteStore;
use crate::tls::{Certificate, TlsFiles};
use crate::tokens::keys;
use crate::{Error, admin, elsewhere, forward, outbox, unread, widget};

/// The name of the store's file in the data folder.
pub const STORE_FILE: &str = "gateway.db";

/// How long it waits at most for streams to end when it is dropped.
const DROP_GRACE: Duration = Duration::from_secs(2);

/// How long it may take to say to the store that it goes.
const LEAVES_WITHIN: Duration = Duration::from_secs(1);

/// Puts a gateway together.
#[derive(Default)]
pub struct Builder {
    config: Option<Config>,
    store: Option<Arc<dyn Store>>,
    page: Option<String>,
}

impl Builder {
    /// The configuration. Required.
    #[must_use]
    pub fn config(mut self, config: Config) -> Self {
        self.config = Some(config);
        self
    }

    /// Another store than the file of SQLite in the data folder.
    #[must_use]
    pub fn store(mut self, store: Arc<dyn Store>) -> Self {
        self.store = Some(store);
        self
    }

    /// Serves this page of HTML at `/`, for development: to browsers of this machine alone.
    #[must_use]
    pub fn page(mut self, html: impl Into<String>) -> Self {
        self.page = Some(html.into());
        self
    }

    /// Starts it in threads of its own. It answers when this returns.
    ///
    /// # Errors
    /// A configuration that cannot be used, a store that cannot be opened, a port that is taken.
    pub fn start(self) -> Result<Gateway, Error> {
        let config = self
            .config
            .ok_or_else(|| Error::Config("there is no configuration".into()))?;
        std::fs::create_dir_all(&config.data).map_err(|error| data_error(&config.data, &error))?;
        let certificate = certificate(&config)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .thread_name("wotnot-gateway")
            .enable_all()
            .build()?;
        let store = match (self.store, &config.store) {
            (Some(store), _) => store,
            (None, Some(address)) => Arc::new(runtime.block_on(RedisStore::open(address.clone()))?),
            (None, None) => Arc::new(SqliteStore::open(&config.data.join(STORE_FILE))?),
        };
        let (keys, secret) = runtime.block_on(secrets(&config, &*store))?;
        let listeners = {
            let _inside = runtime.enter();
            Listeners::bind(&config)?
        };
        let (public, hook, admin) = listeners.addresses();
        let url = format!("{}://{public}", scheme(certificate.as_ref()));
        let app = App::new(&config, &keys, &secret, &url, store);
        let app = Arc::new(runtime.block_on(app)?);
        listeners.serve(&runtime, &app, certificate.as_ref(), self.page);
        if let Some(signals) = app.store.signals() {
            runtime.spawn(elsewhere::follow(Arc::clone(&app), signals));
        }
        runtime.spawn(app::sweep(Arc::clone(&app)));
        runtime.block_on(outbox::recover(&app))?;
        runtime.block_on(async {
            forward::wake_all(&app);
            unread::wake_all(&app);
        });
        Ok(Gateway {
            app,
            keys,
            certificate,
            config,
            runtime: Some(runtime),
            public,
            hook,
            admin,
        })
    }
}

fn scheme<T>(certificate: Option<&T>) -> &'static str {
    match certificate {
        Some(_) => "https",
        None => "http",
    }
}

fn data_error(folder: &Path, error: &std::io::Error) -> Error {
    Error::Config(format!("data: {}: {error}", folder.display()))
}

/// The keys that sign visitors' tokens, and what marks and links are made with. Those that the configuration does not
/// name are in the data folder; processes that share a store have the same ones.
async fn secrets(config: &Config, store: &dyn Store) -> Result<(Vec<TokenKey>, String), Error> {
    let data = |error| data_error(&config.data, &error);
    let keys = match config.token_keys.is_empty() {
        true => {
            let own = own_keys(&config.data)?;
            let shared = store.shared_secret(keys::FILE, own).await?;
            keys::read(&shared).map_err(data)?
        }
        false => config.token_keys.clone(),
    };
    let own = keys::own_secret(&config.data).map_err(data)?;
    Ok((keys, store.shared_secret(keys::SECRET_FILE, own).await?))
}

fn own_keys(data: &Path) -> Result<String, Error> {
    keys::load_or_make(data).map_err(|error| data_error(data, &error))
}

fn certificate(config: &Config) -> Result<Option<Arc<Certificate>>, Error> {
    let Some(files) = &config.tls else {
        return Ok(None);
    };
    Ok(Some(Arc::new(Certificate::new(load(files)?))))
}

fn load(files: &TlsFiles) -> Result<Arc<ServerConfig>, Error> {
    files
        .load()
        .map_err(|why| Error::Config(format!("tls.{why}")))
}

/// The ports, taken before anything else is started.
struct Listeners {
    public: Listening,
    hook: Option<Listening>,
    admin: Option<Listening>,
}

impl Listeners {
    fn bind(config: &Config) -> Result<Self, Error> {
        let listen = &config.listen;
        let hook = listen.hook.filter(|hook| *hook != listen.public);
        Ok(Self {
            public: server::bind(listen.public)?,
            hook: hook.map(server::bind).transpose()?,
            admin: listen.admin.map(server::bind).transpose()?,
        })
    }

    fn addresses(&self) -> (SocketAddr, SocketAddr, Option<SocketAddr>) {
        let public = self.public.address;
        (
            public,
            self.hook.as_ref().map_or(public, |hook| hook.address),
            self.admin.as_ref().map(|admin| admin.address),
        )
    }

    fn serve(
        self,
        runtime: &Runtime,
        app: &Arc<App>,
        certificate: Option<&Arc<Certificate>>,
        page: Option<String>,
    ) {
        let tls = || certificate.cloned();
        let mut public = api::public(app).merge(widget::router(widget::FILES));
        if let Some(page) = page {
            public = public.merge(api::page(page));
        }
        let calls = |router| Calls::of(api::watched(app, router));
        let public = match self.hook {
            Some(hook) => {
                let posts = calls(api::hook(app)).with_hook(app);
                runtime.spawn(server::serve(hook, posts, tls()));
                calls(public)
            }
            None => calls(public.merge(api::hook(app))).with_hook(app),
        };
        runtime.spawn(server::serve(self.public, public, tls()));
        if let Some(listening) = self.admin {
            let calls = Calls::of(admin::router(app));
            runtime.spawn(server::serve(listening, calls, None));
        }
    }
}

/// A running gateway. Dropping it stops it and frees its ports.
pub struct Gateway {
    app: Arc<App>,
    /// What signed visitors' tokens when it started.
    keys: Vec<TokenKey>,
    certificate: Option<Arc<Certificate>>,
    /// As it was when it started.
    config: Config,
    runtime: Option<Runtime>,
    public: SocketAddr,
    hook: SocketAddr,
    admin: Option<SocketAddr>,
}

impl Gateway {
    /// Starts to put a gateway together.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Where browsers and apps reach it, without a slash at its end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme(), self.public)
    }

    /// Where the vendor posts to; the account's `webhook_secret` follows `/hook/`.
    #[must_use]
    pub fn hook_url(&self) -> String {
        format!("{}://{}/hook/", self.scheme(), self.hook)
    }

    fn scheme(&self) -> &'static str {
        scheme(self.certificate.as_ref())
    }

    /// Where `/healthz`, `/readyz` and `/metrics` are.
    #[must_use]
    pub fn admin_url(&self) -> Option<String> {
        self.admin.map(|admin| format!("http://{admin}"))
    }

    /// Why it cannot go on, once that is so: the process should end.
    #[must_use]
    pub fn failure(&self) -> Option<String> {
        self.app.store.failure().map(|failure| failure.to_string())
    }

    /// Entries that a reader was to get and did not: 0, or a fault of the gateway.
    #[must_use]
    pub fn gaps(&self) -> u64 {
        self.app.counters.gaps.get()
    }

    /// Events of the vendor's that belonged to no conversation here.
    #[must_use]
    pub fn dead_letters(&self) -> u64 {
        self.app.counters.dead_letters.get()
    }

    /// Takes other sites from now on; conversations that run keep their own.
    pub fn set_sites(&self, sites: Vec<Site>) {
        self.app.set_sites(Sites::new(sites));
    }

    /// Takes the sites, limits, accounts, keys and the certificate of this configuration from now on, all of them or, after
    /// an error, none. Conversations that run keep their own site. What else differs from the
    /// configuration that it was started with waits for the next start; the log names it.
    ///
    /// # Errors
    /// Keys that cannot be read, an account that cannot be used.
    pub fn reload(&self, config: &Config) -> Result<(), Error> {
        let own = &self.config;
        let keys = match (config.token_keys.is_empty(), own.token_keys.is_empty()) {
            (false, _) => config.token_keys.clone(),
            // Its own, which it made or shares with others.
            (true, true) => self.keys.clone(),
            (true, false) => {
                keys::read(&own_keys(&own.data)?).map_err(|error| data_error(&own.data, &error))?
            }
        };
        let upstreams = app::upstreams(&config.accounts)?;
        let tls = config.tls.as_ref().map(load).transpose()?;
        for (name, differs) in [
            ("data", own.data != config.data),
            ("store", own.store != config.store),
            ("listen", own.listen != config.listen),
            ("tls", own.tls.is_some() != config.tls.is_some()),
            ("sending", own.sending != config.sending),
            ("keep", own.keep != config.keep),
            ("files", own.files != config.files),
        ] {
            if differs {
                tracing::warn!(name, "this counts from the next start on");
            }
        }
        self.app.tokens.set_keys(&keys);
        if let (Some(certificate), Some(tls)) = (&self.certificate, tls) {
            certificate.set(tls);
        }
        self.app.set_upstreams(upstreams);
        if let Some(runtime) = &self.runtime {
            let _inside = runtime.enter();
            forward::wake_all(&self.app);
            unread::wake_all(&self.app);
        }
        self.app.set_limits(config.limits);
        self.app.set_sites(Sites::new(config.sites.clone()));
        Ok(())
    }

    /// Takes a visitor's tokens back.
    ///
    /// # Errors
    /// The store failed.
    pub fn revoke(&self, visitor: &str) -> Result<(), Error> {
        match &self.runtime {
            Some(runtime) => Ok(runtime.block_on(self.app.revoke(visitor))?),
            None => Ok(()),
        }
    }

    /// Drains and stops: `/readyz` says 503, readers are asked to reconnect a while later, what is
    /// queued waits for the next start, and calls that are under way end, as far as they do within
    /// `grace`.
    pub fn stop(mut self, grace: Duration) {
        self.end(grace);
    }

    fn end(&mut self, grace: Duration) {
        let Some(runtime) = self.runtime.take() else {
            return;
        };
        self.app.stopping.send_replace(true);
        let until = Instant::now() + grace;
        let counters = &self.app.counters;
        let open = || {
            let calls = counters.open_requests.get() + counters.open_calls.get();
            calls + counters.streams.get()
        };
        while open() > 0 && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(10));
        }
        let left = runtime
            .block_on(async { tokio::time::timeout(LEAVES_WITHIN, self.app.store.leave()).await });
        if !matches!(left, Ok(Ok(()))) {
            tracing::warn!("the store was not left; others take up what is unfinished later");
        }
        tracing::info!(cut_off = open(), "stopped");
        for upstream in self.app.upstreams().values() {
            upstream.client.close();
        }
        runtime.shutdown_timeout(Duration::from_secs(1));
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.end(DROP_GRACE);
    }
}
