//! The gateway with another store than its own, for as long as the process lives.

use std::sync::Arc;

use serde_json::Value;
use wotnot_gateway::config::limits::Limits;
use wotnot_gateway::store::sqlite::SqliteStore;
use wotnot_gateway::{Account, Config, Gateway, Hidden, STORE_FILE, Site};

use crate::redis::RedisStore;
use crate::seed::{ACCOUNT, HOOK_SECRET, HOOK_TOKEN, SITE};
use crate::{Arguments, Result};

/// What a rival keeps goes to Redis at `redis`; the conversations that it begins with are read from the file.
pub async fn run(arguments: &Arguments) -> Result<Value> {
    let mut config = Config::new(arguments.text("data")?);
    config.listen.public = arguments.text("listen")?.parse()?;
    config.limits = Limits::OFF;
    config.accounts.push(Account {
        name: ACCOUNT.into(),
        token: Hidden::new("account-token-of-the-bench"),
        webhook_tokens: vec![Hidden::new(HOOK_TOKEN)],
        webhook_secret: Hidden::new(HOOK_SECRET),
        base_url: None,
        bot_key_field: None,
        forward: Vec::new(),
    });
    let mut site = Site::new(SITE, ACCOUNT, "bench");
    site.limits = Limits::OFF;
    site.app = Some(SITE.into());
    config.sites.push(site);
    let file = SqliteStore::open(&config.data.join(STORE_FILE))?;
    let store = RedisStore::connect(arguments.text("redis")?, file).await?;
    let gateway = tokio::task::spawn_blocking(move || {
        let builder = Gateway::builder().config(config).store(Arc::new(store));
        builder.start()
    });
    let gateway = gateway.await??;
    println!("listening at {}", gateway.url());
    std::future::pending::<()>().await;
    drop(gateway);
    Ok(Value::Null)
}
