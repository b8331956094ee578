//! The link to a gateway, against gateways that are out of the ordinary.

#![cfg(feature = "gateway")]
#![allow(clippy::unwrap_used)]

mod kept;
mod server;
mod upload;
mod waits;

use std::time::Duration;

use wotnot_core::{Client, Config, Gateway};

const DEADLINE: Duration = Duration::from_secs(60);

fn client(url: &str, background: bool) -> Client {
    let gateway = Gateway {
        background,
        ..Gateway::new(url, "shop-app")
    };
    Client::new(Config::through(gateway)).unwrap()
}
