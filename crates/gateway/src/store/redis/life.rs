//! The store's life: whether the server still holds what it acknowledged. Where it does not, as after a fail-over to a
//! replica that was behind, another life begins: readers then get a `reset`, and no number means two things.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use redis::{FromRedisValue, RedisResult};

use tokio::sync::mpsc::UnboundedSender;

use super::connect::field;
use super::keys;
use super::link::Conn;
use super::scripts::{Call, LIFE};
use crate::config::random_hex;
use crate::store::{Signal, StoreError};

/// The form of the keys that this version reads and writes.
pub(super) const FORM: &str = "1";
/// How long nodes have to say what was acknowledged to them, once the server was started again.
const ALL_SAY_WITHIN: Duration = Duration::from_secs(1);

pub(super) struct Life {
    incarnation: Mutex<Arc<str>>,
    /// What the server counted in the newest of its answers.
    acknowledged: AtomicU64,
    /// Who has to know that another one began.
    signals: UnboundedSender<Signal>,
}

impl Life {
    /// Begins one, or takes part in the one that there is.
    pub async fn join(
        conn: &mut Conn,
        signals: UnboundedSender<Signal>,
    ) -> Result<Self, StoreError> {
        let life = Self {
            incarnation: Mutex::new("".into()),
            acknowledged: AtomicU64::new(0),
            signals,
        };
        life.look(conn).await?;
        Ok(life)
    }

    pub fn incarnation(&self) -> Arc<str> {
        Arc::clone(
            &self
                .incarnation
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }

    /// The server kept something, and counted so far.
    pub fn acknowledged(&self, count: u64) {
        self.acknowledged.fetch_max(count, Ordering::AcqRel);
    }

    /// Looks at the server at the other end of a connection; whether another life began.
    pub async fn look(&self, conn: &mut Conn) -> Result<bool, StoreError> {
        let mut all_said = false;
        loop {
            let (run, replication, before) = match conn {
                Conn::One(_) => identity(conn)
                    .await
                    .map_err(|error| StoreError::from(&error))?,
                Conn::Cluster(_) => cluster_identity(conn)
                    .await
                    .map_err(|error| StoreError::from(&error))?,
            };
            let fresh = random_hex(4).map_err(|error| StoreError::Failed(error.to_string()))?;
            let call = LIFE
                .on([keys::LIFE])
                .arg(FORM)
                .arg(run)
                .arg(replication)
                .arg(before)
                .arg(self.acknowledged.load(Ordering::Acquire))
                .arg(fresh)
                .arg(if all_said { "1" } else { "" });
            let answer: RedisResult<(String, String, u64)> = ask(conn, &call).await;
            let (what, incarnation, count) = answer.map_err(|error| StoreError::from(&error))?;
            match what.as_str() {
                "wait" => {
                    all_said = true;
                    tokio::time::sleep(ALL_SAY_WITHIN).await;
                }
                "form" => {
                    return Err(StoreError::Failed(format!(
                        "what is kept there has the form {incarnation}, this version reads {FORM}: run the version that wrote it, or another database"
                    )));
                }
                _ => {
                    if what == "began" {
                        self.acknowledged.store(count, Ordering::Release);
                    }
                    return Ok(self.take(&incarnation));
                }
            }
        }
    }

    pub fn take(&self, incarnation: &str) -> bool {
        let mut held = self
            .incarnation
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let another = **held != *incarnation;
        if another {
            if !held.is_empty() {
                tracing::warn!("the store lost what it had acknowledged; readers take a snapshot");
                let _ = self.signals.send(Signal::Life);
            }
            *held = incarnation.into();
        }
        another
    }
}

async fn ask<T: FromRedisValue>(conn: &mut Conn, call: &Call) -> RedisResult<T> {
    match call.short().query_async(conn).await {
        Err(error) if error.code() == Some("NOSCRIPT") => call.whole().query_async(conn).await,
        answer => answer,
    }
}

/// The run of the server, and its replication ids: its own and, once it was a replica, its master's before.
async fn identity(conn: &mut Conn) -> RedisResult<(String, String, String)> {
    let info: String = redis::cmd("INFO").arg("server").query_async(conn).await?;
    let replication: String = redis::cmd("INFO")
        .arg("replication")
        .query_async(conn)
        .await?;
    let of = |info: &str, name| field(info, name).unwrap_or_default().to_owned();
    Ok((
        of(&info, "run_id"),
        of(&replication, "master_replid"),
        of(&replication, "master_replid2"),
    ))
}

/// The same of a cluster: the masters that serve it. When another one takes over, nobody knows what it had not been sent.
async fn cluster_identity(conn: &mut Conn) -> RedisResult<(String, String, String)> {
    let nodes: String = redis::cmd("CLUSTER").arg("NODES").query_async(conn).await?;
    let mut masters: Vec<&str> = nodes
        .lines()
        .filter(|line| {
            let mut parts = line.split(' ');
            let flags = parts.nth(2).unwrap_or_default();
            // One that serves no slots holds nothing.
            flags.split(',').any(|flag| flag == "master") && parts.nth(5).is_some()
        })
        .filter_map(|line| line.split(' ').next())
        .collect();
    masters.sort_unstable();
    let masters = masters.join(",");
    Ok((masters, "cluster".into(), "cluster".into()))
}
