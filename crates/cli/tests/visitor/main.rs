//! The commands that talk through a gateway: chat, flow test, record, replay and doctor.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail the test"
)]

#[path = "../support/mod.rs"]
mod support;

mod chat;
mod doctor;
mod flow_test;
mod record;

use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use support::{Running, bare};
use wotnot_emulator::Emulator;
use wotnot_gateway::{Account, Config, Gateway, Hidden, OriginPattern, Site};

/// `wotnot gateway --dev` in a process of its own, on a free port.
struct Dev {
    _running: Running,
    url: String,
    _data: tempfile::TempDir,
}

impl Dev {
    fn start() -> Self {
        let data = tempfile::tempdir().unwrap();
        let mut command = bare(&["gateway", "--dev", "--port", "0", "--data"]);
        command.arg(data.path()).stderr(std::process::Stdio::null());
        let mut running = Running::start(command);
        let url = running.line();
        assert!(url.starts_with("http://127.0.0.1:"), "{url}");
        Self {
            _running: running,
            url,
            _data: data,
        }
    }

    /// The command, pointed at it by its environment alone.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = bare(arguments);
        command.env("WOTNOT_GATEWAY", &self.url);
        command
    }
}

const IDENTITY_KEY: &str = "hush-identity-key-of-the-test-32-bytes";
const ORIGIN: &str = "https://shop.example.com";

/// A gateway with the site `shop`, and the emulator behind it.
struct Shop {
    gateway: Gateway,
    emulator: Emulator,
    _data: tempfile::TempDir,
}

impl Shop {
    fn with(flow_name: &str, change: impl FnOnce(&mut Config)) -> Self {
        let emulator = support::emulator(flow_name);
        let data = tempfile::tempdir().unwrap();
        let mut config = Config::new(data.path());
        config.accounts.push(Account {
            name: "main".into(),
            token: Hidden::new(emulator.token()),
            webhook_tokens: vec![Hidden::new(support::WEBHOOK_TOKEN)],
            webhook_secret: Hidden::new("hush-secret"),
            base_url: Some(emulator.base_url()),
            bot_key_field: None,
            forward: Vec::new(),
        });
        config.files = Some(wotnot_gateway::config::Files::default());
        let mut site = Site::new("shop", "main", emulator.bot_keys()[0].clone());
        site.origins = vec![OriginPattern::parse(ORIGIN).unwrap()];
        site.app = Some("shop-app".into());
        site.identity_key = Some(Hidden::new(IDENTITY_KEY));
        site.variables_from_page = vec!["contact.name".into()];
        config.sites.push(site);
        change(&mut config);
        let gateway = Gateway::builder().config(config).start().unwrap();
        support::post_to(&emulator, &format!("{}hush-secret", gateway.hook_url()));
        Self {
            gateway,
            emulator,
            _data: data,
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = bare(arguments);
        command
            .env("WOTNOT_GATEWAY", self.gateway.url())
            .env("WOTNOT_APP", "shop-app");
        command
    }
}

/// What a site signs of its user.
fn identity(user: &str) -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let exp = now.unwrap().as_secs() + 240;
    let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!(
        "{}.{}",
        part(serde_json::json!({"alg": "HS256", "typ": "JWT"})),
        part(serde_json::json!({"sub": user, "exp": exp}))
    );
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, IDENTITY_KEY.as_bytes());
    let signature = ring::hmac::sign(&key, signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}
