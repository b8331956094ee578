//! Who asks for too much is refused, and nobody else.

use serde_json::{Value, json};
use wotnot_gateway::config::limits::{Limits, Rates};
use wotnot_gateway::{Hidden, Site};

use crate::harness::{Answer, IDENTITY_KEY, ORIGIN, World, agent, call, identity, wait_for};

const KINDS: [&str; 4] = ["sessions", "starts", "messages", "streams"];
/// One each, so that the next one is a minute away.
const SCOPES: [(&str, Rates); 3] = [
    ("visitor", Rates::at_most(1, 0, 0)),
    ("address", Rates::at_most(0, 1, 0)),
    ("site", Rates::at_most(0, 0, 1)),
];
const HOME: &str = "192.0.2.1";
const AWAY: &str = "192.0.2.2";

/// A site for each kind and scope, called after them, that one proxy stands in front of.
fn world() -> World {
    World::with(|config| {
        config.listen.trusted_proxies = 1;
        for kind in KINDS {
            for (scope, rates) in SCOPES {
                let mut site = Site::new(format!("{kind}-{scope}"), "main", "lead-bot");
                site.app = Some(site.name.clone());
                site.identity_key = Some(Hidden::new(IDENTITY_KEY));
                site.limits = limits(kind, rates);
                config.sites.push(site);
            }
        }
    })
}

fn limits(kind: &str, rates: Rates) -> Limits {
    let mut limits = Limits::OFF;
    match kind {
        "sessions" => limits.sessions = rates,
        "starts" => limits.starts = rates,
        "messages" => limits.messages = rates,
        _ => limits.streams = rates,
    }
    limits
}

fn session(world: &World, app: &str, user: u64, address: &str) -> Answer {
    let body = json!({"app": app, "identity": identity(user)});
    world.post("/v1/sessions", &[("x-forwarded-for", address)], &body)
}

/// A visitor of an app, wherever they call from.
struct Visitor<'a> {
    world: &'a World,
    bearer: String,
    path: String,
}

impl<'a> Visitor<'a> {
    fn new(world: &'a World, app: &str, user: u64) -> Self {
        let session = session(world, app, user, HOME);
        assert_eq!(session.status, 201, "{}", session.body);
        Self {
            world,
            bearer: format!("Bearer {}", session.body["token"].as_str().unwrap()),
            path: String::new(),
        }
    }

    /// One who has begun.
    fn talking(world: &'a World, app: &str, user: u64) -> Self {
        let mut visitor = Self::new(world, app, user);
        let begun = visitor.start(HOME);
        assert_eq!(begun.status, 202, "{}", begun.body);
        let id = begun.body["conversation"]["id"].as_str().unwrap();
        visitor.path = format!("/v1/conversations/{id}");
        visitor
    }

    fn headers<'h>(&'h self, address: &'h str) -> [(&'h str, &'h str); 2] {
        [
            ("authorization", &self.bearer),
            ("x-forwarded-for", address),
        ]
    }

    fn start(&self, address: &str) -> Answer {
        let body = json!({"client_id": "m1", "text": "Hello"});
        self.world
            .post("/v1/conversations", &self.headers(address), &body)
    }

    fn say(&self, address: &str, text: &str) -> Answer {
        let path = format!("{}/messages", self.path);
        let body = json!({"client_id": text, "text": text});
        self.world.post(&path, &self.headers(address), &body)
    }

    fn poll(&self, address: &str) -> Answer {
        let url = self.world.url(&format!("{}/events?wait=0", self.path));
        call("GET", &url, &self.headers(address), None)
    }

    /// A stream that is open until it is dropped.
    fn stream(&self, address: &str) -> ureq::http::Response<ureq::Body> {
        let url = self.world.url(&format!("{}/events", self.path));
        let mut request = ureq::http::Request::builder()
            .uri(url)
            .header("accept", "text/event-stream");
        for (name, value) in self.headers(address) {
            request = request.header(name, value);
        }
        agent().run(request.body(()).unwrap()).unwrap()
    }
}

fn assert_refused(answer: &Answer, code: &str, scope: &str) {
    let error = &answer.body["error"];
    assert_eq!((answer.status, answer.code()), (429, code), "{scope}");
    assert!(error["message"].as_str().unwrap().contains(scope));
    assert_eq!(error["retryable"], true);
    let wait_ms = error["retry_after_ms"].as_u64().unwrap();
    assert!((1..=90_000).contains(&wait_ms), "{wait_ms}");
    let seconds = answer.headers["retry-after"].to_str().unwrap();
    assert_eq!(seconds, wait_ms.div_ceil(1_000).to_string());
}

/// Asks twice in ways that count together, and once more in one that does not.
fn assert_counts(scope: &str, ask: impl Fn(u64, &str) -> Answer) {
    let (second, other) = match scope {
        "visitor" => ((1, AWAY), Some((2, HOME))),
        "address" => ((2, HOME), Some((1, AWAY))),
        _ => ((2, AWAY), None),
    };
    let first = ask(1, HOME);
    assert_eq!(first.status / 100, 2, "{scope}: {}", first.body);
    assert_refused(&ask(second.0, second.1), "rate_limited", scope);
    if let Some((visitor, address)) = other {
        let code = ask(visitor, address);
        assert_ne!(code.status, 429, "{scope}");
    }
}

#[test]
fn sessions_starts_and_messages_have_limits_of_visitors_addresses_and_sites() {
    let world = world();
    for (scope, _) in SCOPES {
        let app = format!("sessions-{scope}");
        assert_counts(scope, |user, address| session(&world, &app, user, address));

        let app = format!("starts-{scope}");
        let (one, two) = (Visitor::new(&world, &app, 1), Visitor::new(&world, &app, 2));
        assert_counts(scope, |user, address| match user {
            1 => one.start(address),
            _ => two.start(address),
        });

        let app = format!("messages-{scope}");
        let (one, two) = (
            Visitor::talking(&world, &app, 3),
            Visitor::talking(&world, &app, 4),
        );
        assert_counts(scope, |user, address| match user {
            1 => one.say(address, "taken"),
            _ => two.say(address, "taken too"),
        });
        // What was refused is nowhere, not even as a message that waits.
        let refused = one.say(HOME, "refused");
        assert_refused(&refused, "rate_limited", scope);
        let url = world.url(&one.path);
        let snapshot = call("GET", &url, &one.headers(HOME), None);
        assert!(snapshot.body.to_string().contains("taken"));
        assert!(!snapshot.body.to_string().contains("refused"));
    }
}

#[test]
fn streams_and_polls_have_limits_and_a_closed_stream_makes_room() {
    let world = world();
    for (scope, _) in SCOPES {
        let app = format!("streams-{scope}");
        let one = Visitor::talking(&world, &app, 5);
        let two = Visitor::talking(&world, &app, 6);
        let (second, other) = match scope {
            "visitor" => ((&one, AWAY), Some((&two, HOME))),
            "address" => ((&two, HOME), Some((&one, AWAY))),
            _ => ((&two, AWAY), None),
        };
        let open = one.stream(HOME);
        assert_eq!(open.status(), 200);
        assert_refused(&second.0.poll(second.1), "too_many_streams", scope);
        assert_eq!(second.0.stream(second.1).status(), 429);
        if let Some((visitor, address)) = other {
            assert_eq!(visitor.poll(address).status / 100, 2, "{scope}");
        }
        drop(open);
        wait_for(|| second.0.poll(second.1).status / 100 == 2);
    }
}

#[test]
fn an_address_is_what_a_trusted_proxy_saw() {
    let refused = |proxies, lines: [&str; 2]| {
        let world = World::with(|config| {
            config.listen.trusted_proxies = proxies;
            config.sites[0].limits.sessions = Rates::at_most(0, 1, 0);
        });
        let body = json!({"app": "shop-app"});
        let [first, second] = lines.map(|line| {
            let headers = [("x-forwarded-for", line)];
            world.post("/v1/sessions", &headers, &body).status
        });
        assert_eq!(first, 201);
        second == 429
    };
    // Nobody is trusted: the header is anybody's to make up.
    assert!(refused(0, [HOME, AWAY]));
    assert!(!refused(1, [HOME, AWAY]));
    assert!(refused(1, [HOME, "198.51.100.7, 192.0.2.1"]));
    assert!(refused(
        2,
        ["192.0.2.1, 10.0.0.1", "198.51.100.7, 192.0.2.1, 10.0.0.2"]
    ));
    assert!(refused(1, ["2001:db8:0:1::1", "2001:db8:0:1:ffff::2"]));
    assert!(!refused(1, ["2001:db8:0:1::1", "2001:db8:0:2::1"]));
}

#[test]
fn refreshed_sessions_count_for_their_address() {
    let world = World::with(|config| config.limits.sessions = Rates::at_most(0, 1, 0));
    let browser = world.visitor();
    let refresh = |session: &Value| {
        let body = json!({"refresh": session["refresh"]});
        world.post("/v1/sessions/refresh", &[("origin", ORIGIN)], &body)
    };
    let refreshed = refresh(&browser.session);
    assert_eq!(refreshed.status, 201, "{}", refreshed.body);
    assert_refused(&refresh(&refreshed.body), "rate_limited", "address");
    // Another figure counts at once, and the token that was refused is not used up.
    let mut config = world.config.clone();
    config.limits = Limits::OFF;
    world.gateway().reload(&config).unwrap();
    assert_eq!(refresh(&refreshed.body).status, 201);
}

#[test]
fn a_site_that_is_turned_off_does_nothing_but_erase() {
    let world = World::new();
    let browser = world.visitor();
    let path = browser.start("m1", "Hello");
    let switch = |enabled| {
        let mut sites = world.config.sites.clone();
        sites[0].enabled = enabled;
        world.gateway().set_sites(sites);
    };
    switch(false);
    let at_home = [("origin", ORIGIN)];
    let message = json!({"client_id": "m2", "text": "off"});
    let refresh = json!({"refresh": browser.session["refresh"]});
    for answer in [
        world.post("/v1/sessions", &at_home, &json!({"site": "shop"})),
        world.post("/v1/sessions/refresh", &at_home, &refresh),
        browser.post("/v1/conversations", &message),
        browser.say(&path, &message),
        browser.get(&path),
        browser.get(&format!("{path}/events?wait=0")),
    ] {
        assert_eq!((answer.status, answer.code()), (503, "unavailable"));
    }
    switch(true);
    assert_eq!(browser.get(&path).status, 200);
    assert_eq!(browser.say(&path, &message).status, 202);
    switch(false);
    assert_eq!(browser.delete("/v1/visitor").status, 202);
}

#[test]
fn a_text_has_4_000_characters_at_most_and_a_body_64_kb() {
    let world = World::new();
    let browser = world.visitor();
    let long = "ü".repeat(4_001);
    let begun = browser.post(
        "/v1/conversations",
        &json!({"client_id": "m1", "text": long}),
    );
    assert_eq!((begun.status, begun.code()), (422, "invalid_answer"));
    let path = browser.start("m1", &"ü".repeat(4_000));
    for field in ["text", "date"] {
        let said = browser.say(&path, &json!({"client_id": "m2", field: long}));
        assert_eq!((said.status, said.code()), (422, "invalid_answer"));
        assert_eq!(said.body["error"]["field"], field);
    }
    for (field, value) in [
        ("fields", json!([{"key": "name", "value": long}])),
        ("variables", json!({"contact.name": {"first": long}})),
    ] {
        let said = browser.say(&path, &json!({"client_id": "m2", field: value}));
        assert_eq!((said.status, said.code()), (422, "invalid_answer"));
        let error = &said.body["error"];
        assert_eq!(error["field"], field);
        assert_eq!(error["reason"], "longer than 4,000 characters");
    }
    // The largest body is read, and one byte more is not.
    let body = |length: usize| {
        let empty = json!({"client_id": "m2", "text": ""}).to_string().len();
        json!({"client_id": "m2", "text": "x".repeat(length - empty)})
    };
    assert_eq!(browser.say(&path, &body(65_536)).code(), "invalid_answer");
    assert_eq!(browser.say(&path, &body(65_537)).code(), "too_large");
}
