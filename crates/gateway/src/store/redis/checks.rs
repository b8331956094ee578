//! What the server must be like, so that what it acknowledged stays: looked at before anything is kept there.

use redis::FromRedisValue;
use redis::cluster_routing::{MultipleNodeRoutingInfo, RoutingInfo};

use super::address::RedisAddress;
use super::connect::{at, field};
use super::link::Conn;
use crate::store::StoreError;

/// The oldest version whose scripts and streams are enough.
const OLDEST: (u32, u32) = (6, 2);
/// The version from which on a flush can be asked for.
const HAS_WAITAOF: (u32, u32) = (7, 2);

/// Whether flushes are to be asked for.
///
/// # Errors
/// The server would lose what it acknowledged; the error says what to set.
pub(super) async fn check(address: &RedisAddress, conn: &mut Conn) -> Result<bool, StoreError> {
    let refused = |why: String| StoreError::Failed(format!("{address}: {why}"));
    let mut asks = true;
    let infos = everywhere(conn, &["INFO", "everything"]).await;
    let infos: Vec<String> = infos.map_err(|error| at(address, &error))?;
    for info in infos {
        let version = field(&info, "redis_version").unwrap_or_default();
        let version = field(&info, "valkey_version").unwrap_or(version);
        let mut numbers = version
            .split('.')
            .map_while(|part| part.parse::<u32>().ok());
        let version = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
        if version < OLDEST {
            return Err(refused(format!(
                "Redis {}.{} or later is needed, this is {}.{}",
                OLDEST.0, OLDEST.1, version.0, version.1
            )));
        }
        if field(&info, "aof_enabled") != Some("1") {
            return Err(refused(
                "it keeps nothing that survives a crash: set `appendonly yes`".into(),
            ));
        }
        match field(&info, "maxmemory_policy") {
            Some("noeviction") => {}
            found => {
                return Err(refused(format!(
                    "it drops conversations when its memory is full: set `maxmemory-policy noeviction`, which is {} now",
                    found.unwrap_or("unknown")
                )));
            }
        }
        asks &= version >= HAS_WAITAOF;
    }
    if asks && matches!(conn, Conn::One(_)) {
        return Ok(true);
    }
    let always = everywhere(conn, &["CONFIG", "GET", "appendfsync"]).await;
    let always: Vec<Vec<String>> = always.map_err(|error| {
        refused(format!(
            "whether it flushes each write cannot be seen ({}): let the user do `+config|get`",
            error.code().unwrap_or("no answer")
        ))
    })?;
    match always.iter().all(|it| it.get(1).is_some_and(|policy| policy == "always")) {
        true => Ok(false),
        false => Err(refused(
            "it acknowledges what is not on its disk: set `appendfsync always`, or use one server of 7.2 or later".into(),
        )),
    }
}

/// The answers of the server, or of each master of a cluster.
async fn everywhere<T: FromRedisValue>(
    conn: &mut Conn,
    words: &[&str],
) -> redis::RedisResult<Vec<T>> {
    let mut command = redis::Cmd::new();
    for word in words {
        command.arg(*word);
    }
    match conn {
        Conn::One(_) => Ok(vec![command.query_async(conn).await?]),
        Conn::Cluster(cluster) => {
            let all = RoutingInfo::MultiNode((MultipleNodeRoutingInfo::AllMasters, None));
            let answers = cluster.route_command(command, all).await?;
            let answers: Vec<(String, redis::Value)> = redis::from_redis_value(answers)?;
            let read =
                |(_, answer)| -> redis::RedisResult<T> { Ok(redis::from_redis_value(answer)?) };
            answers.into_iter().map(read).collect()
        }
    }
}
