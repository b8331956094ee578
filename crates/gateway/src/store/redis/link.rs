//! The way to the server: connects, and connects again when that broke; a request waits meanwhile, but not for long.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::cluster::ClusterClient;
use redis::cluster_async::ClusterConnection;
use redis::{
    Client, Cmd, ErrorKind, FromRedisValue, Pipeline, RedisError, RedisFuture, RedisResult,
    ServerErrorKind, Value,
};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::address::RedisAddress;
use super::connect::{
    ANSWERS_WITHIN, CONNECTS_WITHIN, at, certificates, client, config, infos, is_master, master,
    mode,
};
use super::life::Life;
use super::scripts::Call;
use crate::store::StoreError;

/// How long a request is tried.
const PATIENCE: Duration = Duration::from_secs(8);
const PAUSE: Duration = Duration::from_millis(100);

/// What kind of server answers at the address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    One,
    /// The master that Sentinels name.
    Watched(String),
    Cluster,
}

/// A connection, to one server or to all of a cluster.
#[derive(Clone)]
pub(super) enum Conn {
    One(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl ConnectionLike for Conn {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Conn::One(one) => one.req_packed_command(cmd),
            Conn::Cluster(cluster) => cluster.req_packed_command(cmd),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match self {
            Conn::One(one) => one.req_packed_commands(pipeline, offset, count),
            Conn::Cluster(cluster) => cluster.req_packed_commands(pipeline, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Conn::One(one) => one.get_db(),
            Conn::Cluster(cluster) => cluster.get_db(),
        }
    }
}

/// What is asked of the server.
pub(super) enum Request<'a> {
    Command(&'a Cmd),
    Script(&'a Call),
    Many(&'a Pipeline),
}

impl From<&RedisError> for StoreError {
    fn from(error: &RedisError) -> Self {
        let why = match (error.code(), error.detail()) {
            (Some(code), Some(detail)) => format!("{code} {detail}"),
            (Some(code), None) => code.to_owned(),
            _ => error.to_string(),
        };
        match is_final(error) {
            true => StoreError::Failed(why),
            false => StoreError::Away(why),
        }
    }
}

/// Whether the same request would be refused for as long as nobody changes the server or this program.
fn is_final(error: &RedisError) -> bool {
    match error.kind() {
        ErrorKind::UnexpectedReturnType | ErrorKind::InvalidClientConfig | ErrorKind::Client => {
            true
        }
        ErrorKind::Server(kind) => matches!(
            kind,
            ServerErrorKind::ResponseError
                | ServerErrorKind::ExecAbort
                | ServerErrorKind::CrossSlot
                | ServerErrorKind::NoPerm
                | ServerErrorKind::NoSub
                | ServerErrorKind::NotBusy
        ),
        _ => false,
    }
}

/// Whether another connection may do what this one did not: it broke, or leads to a server that is not the master any more.
fn is_broken(error: &RedisError) -> bool {
    match error.kind() {
        ErrorKind::Server(kind) => kind == ServerErrorKind::ReadOnly,
        // Memory is full, or the disk: those have codes of their own.
        ErrorKind::Extension => false,
        _ => true,
    }
}

pub(super) struct Link {
    pub address: RedisAddress,
    pub kind: Kind,
    held: Mutex<Option<(u64, Conn)>>,
    life: OnceLock<Arc<Life>>,
}

impl Link {
    /// Finds out what answers at the address.
    pub async fn open(address: RedisAddress) -> Result<Self, StoreError> {
        let mut refused = StoreError::Failed(format!("{address}: no host"));
        for seed in &address.seeds {
            match mode(&address, seed).await {
                Ok(mode) => {
                    let kind = match (mode.as_str(), &address.service) {
                        ("cluster", _) => Kind::Cluster,
                        ("sentinel", Some(service)) => Kind::Watched(service.clone()),
                        ("sentinel", None) => {
                            return Err(StoreError::Failed(format!(
                                "{address}: this is a Sentinel; say whose master is wanted: ?service=NAME at the end of the URL"
                            )));
                        }
                        _ => Kind::One,
                    };
                    return Ok(Self {
                        address,
                        kind,
                        held: Mutex::default(),
                        life: OnceLock::new(),
                    });
                }
                Err(error) => refused = at(&address, &error),
            }
        }
        Err(refused)
    }

    /// Another one to the same server.
    pub fn second(&self) -> Self {
        let life = OnceLock::new();
        if let Some(own) = self.life.get() {
            let _ = life.set(Arc::clone(own));
        }
        Self {
            address: self.address.clone(),
            kind: self.kind.clone(),
            held: Mutex::default(),
            life,
        }
    }

    /// From now on each connection is looked at before it is used: whether the server still holds what it acknowledged.
    pub fn watch(&self, life: Arc<Life>) {
        let _ = self.life.set(life);
    }

    pub fn is_cluster(&self) -> bool {
        self.kind == Kind::Cluster
    }

    pub async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, StoreError> {
        read(self.answer(Request::Command(command)).await?)
    }

    pub async fn run<T: FromRedisValue>(&self, call: &Call) -> Result<T, StoreError> {
        read(self.answer(Request::Script(call)).await?)
    }

    /// Asks until there is an answer, or patience ends.
    pub async fn answer(&self, request: Request<'_>) -> Result<Value, StoreError> {
        let until = Instant::now() + PATIENCE;
        loop {
            let error = match self.connection().await {
                Err(error) => error,
                Ok((number, mut conn)) => match once(&mut conn, &request).await {
                    Ok(value) => return Ok(value),
                    Err(error) => {
                        if is_broken(&error) {
                            self.drop_broken(number).await;
                        }
                        StoreError::from(&error)
                    }
                },
            };
            if matches!(error, StoreError::Failed(_)) || Instant::now() >= until {
                return Err(self.located(error));
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    fn located(&self, error: StoreError) -> StoreError {
        match error {
            StoreError::Away(why) => StoreError::Away(format!("{}: {why}", self.address)),
            StoreError::Failed(why) => StoreError::Failed(format!("{}: {why}", self.address)),
            other => other,
        }
    }

    /// The connection that is held, or another one.
    pub async fn connection(&self) -> Result<(u64, Conn), StoreError> {
        let mut held = self.held.lock().await;
        if let Some((number, conn)) = &*held {
            return Ok((*number, conn.clone()));
        }
        let mut conn = self
            .connect()
            .await
            .map_err(|error| StoreError::from(&error))?;
        if let Some(life) = self.life.get() {
            life.look(&mut conn).await?;
        }
        let number = fastrand::u64(..);
        *held = Some((number, conn.clone()));
        Ok((number, conn))
    }

    pub async fn drop_broken(&self, number: u64) {
        let mut held = self.held.lock().await;
        if held.as_ref().is_some_and(|(known, _)| *known == number) {
            *held = None;
        }
    }

    async fn connect(&self) -> RedisResult<Conn> {
        let address = &self.address;
        if self.kind == Kind::Cluster {
            let mut builder = ClusterClient::builder(infos(address)?)
                .connection_timeout(CONNECTS_WITHIN)
                .response_timeout(ANSWERS_WITHIN)
                .retries(3);
            if let Some(certificates) = certificates(address) {
                builder = builder.certs(certificates);
            }
            return Ok(Conn::Cluster(
                builder.build()?.get_async_connection().await?,
            ));
        }
        let client = self.client().await?;
        let config = config();
        let conn = client.get_multiplexed_async_connection_with_config(&config);
        Ok(Conn::One(conn.await?))
    }

    /// A client of the one server that counts, or of any one of a cluster.
    pub async fn client(&self) -> RedisResult<Client> {
        let address = &self.address;
        if let Kind::Watched(service) = &self.kind {
            return master(address, service).await;
        }
        let mut refused = RedisError::from((ErrorKind::Io, "none of the hosts is a master"));
        for seed in &address.seeds {
            let client = client(address, seed)?;
            if address.seeds.len() == 1 {
                return Ok(client);
            }
            match is_master(&client).await {
                Ok(is_master) if is_master || self.is_cluster() => return Ok(client),
                Ok(_) => {}
                Err(error) => refused = error,
            }
        }
        Err(refused)
    }
}

async fn once(conn: &mut Conn, request: &Request<'_>) -> RedisResult<Value> {
    match request {
        Request::Command(command) => command.query_async(conn).await,
        Request::Many(pipeline) => pipeline.query_async(conn).await,
        Request::Script(call) => match call.short().query_async(conn).await {
            Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                call.whole().query_async(conn).await
            }
            answer => answer,
        },
    }
}

/// The server's answer as what it should be.
pub(super) fn read<T: FromRedisValue>(value: Value) -> Result<T, StoreError> {
    redis::from_redis_value(value)
        .map_err(|error| StoreError::Failed(format!("the server's answer cannot be read: {error}")))
}
