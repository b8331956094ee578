//! A gateway and an emulator, and a browser made of a few calls.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use wotnot_emulator::{Emulator, Webhook, WebhookRetry};
use wotnot_gateway::config::limits::Limits;
use wotnot_gateway::{Account, Config, Gateway, Hidden, OriginPattern, Site};

use crate::call::try_call_with;
pub use crate::call::{Answer, agent, call, try_call_any};
pub use crate::stream::{Frame, Stream, text_is};

pub const DEADLINE: Duration = Duration::from_secs(60);
pub const ORIGIN: &str = "https://shop.example.com";
pub const HOOK_SECRET: &str = "hook-secret-of-the-test";
pub const IDENTITY_KEY: &str = "identity-key-of-the-test-of-32-bytes";
pub const HOOK_TOKEN: &str = "webhook-token-of-the-test";

const FLOW: &str = include_str!("../../../../flows/demo.yaml");

pub const TALK: &str = "
bot: {name: Talk, key: lead-bot}
start: ask
blocks:
  ask:   {type: input, text: 'Say something', save_to: conversation.said, next: again}
  again: {type: message, text: 'You said {{conversation.said}}', next: ask}
";

pub struct World {
    pub gateway: Option<Gateway>,
    pub emulator: Emulator,
    pub config: Config,
    _folder: TempDir,
}

impl World {
    /// The sample bot, and the site `shop` for [`ORIGIN`].
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    pub fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::build(Emulator::builder().flow_yaml(FLOW), change)
    }

    /// A bot that answers whatever is said, and evidence that is not waited for long. The vendor
    /// gives no ids of messages, as it promises none.
    pub fn talkative(change: impl FnOnce(&mut Config)) -> Self {
        let emulator = Emulator::builder()
            .flow_yaml(TALK)
            .seed(4711)
            .without_message_ids();
        Self::build(emulator, |config| {
            config.sending.evidence_ms = 400;
            config.sending.timeout_ms = 2_000;
            change(config);
        })
    }

    pub fn build(emulator: wotnot_emulator::Builder, change: impl FnOnce(&mut Config)) -> Self {
        let emulator = emulator
            .webhook_retry(WebhookRetry {
                first_pause: Duration::from_millis(20),
                longest_pause: Duration::from_millis(200),
                attempts: 200,
                ..WebhookRetry::default()
            })
            .start()
            .unwrap();
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::new(folder.path());
        config.accounts.push(Account {
            name: "main".into(),
            token: Hidden::new(emulator.token()),
            webhook_tokens: vec![Hidden::new(HOOK_TOKEN)],
            webhook_secret: Hidden::new(HOOK_SECRET),
            base_url: Some(emulator.base_url()),
            bot_key_field: None,
            forward: Vec::new(),
        });
        config.limits = Limits::OFF;
        let mut site = Site::new("shop", "main", "lead-bot");
        site.limits = Limits::OFF;
        site.origins = vec![OriginPattern::parse(ORIGIN).unwrap()];
        site.app = Some("shop-app".into());
        site.identity_key = Some(Hidden::new(IDENTITY_KEY));
        site.variables_from_page = vec!["contact.name".into()];
        config.sites.push(site);
        change(&mut config);
        let mut world = Self {
            gateway: None,
            emulator,
            config,
            _folder: folder,
        };
        world.start();
        world
    }

    /// Starts the gateway (again), and points the vendor at it.
    pub fn start(&mut self) {
        let gateway = Gateway::builder()
            .config(self.config.clone())
            .start()
            .unwrap();
        self.point_vendor_at(&gateway);
        self.gateway = Some(gateway);
    }

    pub fn point_vendor_at(&self, gateway: &Gateway) {
        let webhook = Webhook {
            url: format!("{}{HOOK_SECRET}", gateway.hook_url()),
            token: Some(HOOK_TOKEN.into()),
            ..Webhook::default()
        };
        self.emulator.set_webhook(Some(webhook)).unwrap();
    }

    pub fn faults(&self, rules: &str) {
        self.emulator
            .set_faults_yaml(&format!("faults:\n{rules}"))
            .unwrap();
    }

    /// How often the vendor heard the visitor say this.
    pub fn heard(&self, text: &str) -> usize {
        self.all_heard().get(text).copied().unwrap_or(0)
    }

    /// Everything that the vendor heard visitors say, and how often.
    pub fn all_heard(&self) -> HashMap<String, usize> {
        let mut heard = HashMap::new();
        let transcripts = self.emulator.transcripts();
        for entry in transcripts.iter().flat_map(|it| &it.entries) {
            let payload = &entry.event["event"]["payload"];
            if payload["message_by"]["type"] == "visitor"
                && let Some(text) = payload["message"]["text"].as_str()
            {
                *heard.entry(text.to_owned()).or_default() += 1;
            }
        }
        heard
    }

    /// The store's file, for what cannot be waited for.
    pub fn store(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.config.data.join(wotnot_gateway::STORE_FILE)).unwrap()
    }

    /// In how many of the store's tables these words are.
    pub fn stored(&self, words: &str) -> usize {
        let store = self.store();
        [("log", "entries"), ("raw", "bodies"), ("parked", "raw")]
            .iter()
            .filter(|(table, column)| {
                let sql = format!(
                    "SELECT count(*) FROM {table} WHERE instr(CAST({column} AS TEXT), ?1) > 0"
                );
                let found: i64 = store.query_row(&sql, [words], |row| row.get(0)).unwrap();
                found > 0
            })
            .count()
    }

    pub fn gateway(&self) -> &Gateway {
        self.gateway.as_ref().unwrap()
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.gateway().url())
    }

    pub fn visitor(&self) -> Browser<'_> {
        self.session(&json!({"site": "shop", "locale": "en", "timezone": "Asia/Kolkata"}))
    }

    /// A visitor whom the site identifies: the same user has the same id in every run.
    pub fn user(&self, number: u64) -> Browser<'_> {
        self.session(&json!({"site": "shop", "identity": identity(number)}))
    }

    pub fn session(&self, body: &Value) -> Browser<'_> {
        let session = self.post("/v1/sessions", &[("origin", ORIGIN)], body);
        assert_eq!(session.status, 201, "{}", session.body);
        self.again(session.body["token"].as_str().unwrap(), &session.body)
    }

    /// A page that has this session already.
    pub fn again(&self, token: &str, session: &Value) -> Browser<'_> {
        Browser {
            world: self,
            base: self.url(""),
            token: token.to_owned(),
            session: session.clone(),
        }
    }

    pub fn post(&self, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        call("POST", &self.url(path), headers, Some(&body.to_string()))
    }
}

/// What a site signs of its user.
pub fn identity(number: u64) -> String {
    let exp = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs()
        + 240;
    jsonwebtoken::encode(
        &jsonwebtoken::Header::default(),
        &json!({"sub": format!("user-{number}"), "exp": exp}),
        &jsonwebtoken::EncodingKey::from_secret(IDENTITY_KEY.as_bytes()),
    )
    .unwrap()
}

/// A page with a session.
pub struct Browser<'a> {
    pub world: &'a World,
    /// The gateway that it calls.
    base: String,
    pub token: String,
    pub session: Value,
}

impl<'a> Browser<'a> {
    /// The same page, calling another gateway.
    pub fn at(&self, gateway: &Gateway) -> Browser<'a> {
        Browser {
            world: self.world,
            base: gateway.url(),
            token: self.token.clone(),
            session: self.session.clone(),
        }
    }

    pub fn headers(&self) -> [(&str, String); 2] {
        [
            ("origin", ORIGIN.to_owned()),
            ("authorization", format!("Bearer {}", self.token)),
        ]
    }

    pub fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let body = body.map(|body| body.to_string().into_bytes());
        self.send_bytes(method, path, &[], body.as_deref())
    }

    pub fn send_bytes(
        &self,
        method: &str,
        path: &str,
        more: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Answer {
        let headers = self.headers();
        let own = headers.iter().map(|(name, value)| (*name, value.as_str()));
        let headers: Vec<(&str, &str)> = own.chain(more.iter().copied()).collect();
        let url = format!("{}{path}", self.base);
        try_call_with(method, &url, &headers, body).expect("no answer")
    }

    pub fn put(&self, path: &str, bytes: &[u8]) -> Answer {
        self.send_bytes("PUT", path, &[], Some(bytes))
    }

    pub fn patch(&self, path: &str, offset: &str, bytes: &[u8]) -> Answer {
        self.send_bytes("PATCH", path, &[("upload-offset", offset)], Some(bytes))
    }

    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, Some(body))
    }

    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None)
    }

    pub fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, None)
    }

    /// Starts a conversation; gives its path.
    pub fn start(&self, client_id: &str, text: &str) -> String {
        let begun = self.post(
            "/v1/conversations",
            &json!({"client_id": client_id, "text": text,
                    "variables": {"contact": {"name": "Asha", "plan": "not listed"}}}),
        );
        assert_eq!(begun.status, 202, "{}", begun.body);
        let id = begun.body["conversation"]["id"].as_str().unwrap();
        format!("/v1/conversations/{id}")
    }

    pub fn say(&self, path: &str, body: &Value) -> Answer {
        self.post(&format!("{path}/messages"), body)
    }

    pub fn snapshot(&self, path: &str) -> Value {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    }

    /// Waits until the snapshot is as wanted.
    pub fn wait(&self, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let until = Instant::now() + DEADLINE;
        loop {
            let snapshot = self.snapshot(path);
            if wanted(&snapshot) {
                return snapshot;
            }
            assert!(Instant::now() < until, "never as wanted: {snapshot:#}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until the message has one of these states; gives it.
    pub fn wait_state(&self, path: &str, client_id: &str, states: &[&str]) -> String {
        let state = |snapshot: &Value| {
            let messages = snapshot["messages"].as_array()?;
            let own = messages.iter().find(|it| it["client_id"] == client_id)?;
            Some(own["state"].as_str()?.to_owned())
        };
        let wanted = |snapshot: &Value| {
            state(snapshot).is_some_and(|state| states.contains(&state.as_str()))
        };
        state(&self.wait(path, wanted)).unwrap()
    }

    pub fn resolve(&self, path: &str, client_id: &str, action: &str) -> Answer {
        self.post(
            &format!("{path}/messages/{client_id}/resolve"),
            &json!({"action": action}),
        )
    }

    /// Opens a stream.
    pub fn stream(&self, path: &str, after: Option<&str>) -> Stream {
        let after = after.map(|after| format!("?after={after}"));
        let url = format!("{}{path}/events{}", self.base, after.unwrap_or_default());
        let mut request = ureq::http::Request::builder()
            .uri(url)
            .header("accept", "text/event-stream");
        for (name, value) in self.headers() {
            request = request.header(name, value);
        }
        let answer = agent().run(request.body(()).unwrap()).unwrap();
        assert_eq!(answer.status(), 200);
        let kind = answer.headers()["content-type"].clone();
        assert_eq!(kind, "text/event-stream");
        Stream::read(answer.into_body().into_reader())
    }
}

/// Waits for a condition.
pub fn wait_for(condition: impl Fn() -> bool) {
    let until = Instant::now() + DEADLINE;
    while !condition() {
        assert!(Instant::now() < until, "it never came so far");
        std::thread::sleep(Duration::from_millis(20));
    }
}
