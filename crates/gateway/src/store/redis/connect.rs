//! Clients for an address: of one server, of a cluster's servers, of the master that Sentinels name.

use std::time::Duration;

use redis::sentinel::{SentinelClientBuilder, SentinelServerType};
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo, RedisError,
    RedisResult, TlsCertificates, TlsMode,
};

use super::address::RedisAddress;
use crate::store::StoreError;

pub(super) const CONNECTS_WITHIN: Duration = Duration::from_secs(3);
/// A server that says nothing for so long is taken for gone.
pub(super) const ANSWERS_WITHIN: Duration = Duration::from_secs(4);

pub(super) async fn master(address: &RedisAddress, service: &str) -> RedisResult<Client> {
    let seeds = address.seeds.iter().cloned();
    let mut builder = SentinelClientBuilder::new(seeds, service, SentinelServerType::Master)?
        .set_client_to_redis_db(address.login.db());
    if let Some(user) = address.login.username() {
        builder = builder.set_client_to_redis_username(user);
    }
    if let Some(password) = address.login.password() {
        builder = builder.set_client_to_redis_password(password);
    }
    if address.is_tls() {
        builder = builder.set_client_to_redis_tls_mode(TlsMode::Secure);
        if let Some(certificates) = certificates(address) {
            builder = builder
                .set_client_to_redis_certificates(certificates.clone())
                .set_client_to_sentinel_certificates(certificates);
        }
    }
    builder.build()?.async_get_client().await
}

pub(super) fn certificates(address: &RedisAddress) -> Option<TlsCertificates> {
    address.roots.as_ref().map(|roots| TlsCertificates {
        client_tls: None,
        root_cert: Some(roots.to_vec()),
    })
}

fn info(address: &RedisAddress, seed: &ConnectionAddr) -> RedisResult<ConnectionInfo> {
    let info = seed.clone().into_connection_info()?;
    Ok(info.set_redis_settings(address.login.clone()))
}

pub(super) fn infos(address: &RedisAddress) -> RedisResult<Vec<ConnectionInfo>> {
    address
        .seeds
        .iter()
        .map(|seed| info(address, seed))
        .collect()
}

pub(super) fn client(address: &RedisAddress, seed: &ConnectionAddr) -> RedisResult<Client> {
    let info = info(address, seed)?;
    match certificates(address) {
        Some(certificates) => Client::build_with_tls(info, certificates),
        None => Client::open(info),
    }
}

pub(super) fn config() -> AsyncConnectionConfig {
    AsyncConnectionConfig::new()
        .set_connection_timeout(Some(CONNECTS_WITHIN))
        .set_response_timeout(Some(ANSWERS_WITHIN))
}

/// `standalone`, `cluster` or `sentinel`.
pub(super) async fn mode(address: &RedisAddress, seed: &ConnectionAddr) -> RedisResult<String> {
    // Sentinels have users of their own.
    let client = match &address.service {
        None => client(address, seed)?,
        Some(_) => {
            let open = RedisAddress {
                login: redis::RedisConnectionInfo::default(),
                ..address.clone()
            };
            self::client(&open, seed)?
        }
    };
    let mut conn = client
        .get_multiplexed_async_connection_with_config(&config())
        .await?;
    let info: String = redis::cmd("INFO")
        .arg("server")
        .query_async(&mut conn)
        .await?;
    Ok(field(&info, "redis_mode")
        .unwrap_or("standalone")
        .to_owned())
}

/// Whether a server takes writes, as far as it knows.
pub(super) async fn is_master(client: &Client) -> RedisResult<bool> {
    let config = config();
    let mut conn = client
        .get_multiplexed_async_connection_with_config(&config)
        .await?;
    let info: String = redis::cmd("INFO")
        .arg("replication")
        .query_async(&mut conn)
        .await?;
    Ok(field(&info, "role") == Some("master"))
}

/// A line of `INFO`.
pub(super) fn field<'a>(info: &'a str, name: &str) -> Option<&'a str> {
    info.lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
        .map(str::trim)
}

/// Where a problem is.
pub(super) fn at(address: &RedisAddress, error: &RedisError) -> StoreError {
    match StoreError::from(error) {
        StoreError::Failed(why) | StoreError::Away(why) => {
            StoreError::Failed(format!("{address}: {why}"))
        }
        other => other,
    }
}
