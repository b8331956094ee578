//! Each refusal that the description promises, provoked at each call that may give it.

mod files;
mod limits;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use wotnot_gateway::config::Files;
use wotnot_gateway::config::limits::{Limits, Rates};
use wotnot_gateway::{Challenge, ErrorCode, OriginPattern, Site};

use crate::harness::{Answer, HOOK_SECRET, HOOK_TOKEN, ORIGIN, World, call, identity};
use crate::openapi::document;
use crate::token_abuse::{keys, minted};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
const CONVERSATION: &str = "/v1/conversations/{id}";
const FILE: &str = "/v1/files/{id}";
const NARROW: &str = "https://narrow.example.com";

/// A call, and one of its codes.
type Case = (String, String, &'static str);

/// What was provoked so far.
#[derive(Default)]
struct Provoked(BTreeSet<Case>);

impl Provoked {
    fn note(&mut self, method: &str, path: &str, answer: &Answer, code: &'static str) {
        let of = ErrorCode::ALL.iter().find(|it| it.name() == code).unwrap();
        assert_eq!(
            (answer.status, answer.code()),
            (of.status(), code),
            "{method} {path}: {}",
            answer.body
        );
        self.0.insert((method.to_owned(), path.to_owned(), code));
    }
}

/// Every code of every call in the description. `internal` is a fault of the gateway's own: nothing
/// that a caller does should provoke it.
fn described() -> BTreeSet<(String, String, String)> {
    let mut cases = BTreeSet::new();
    for (path, item) in document()["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let mut codes = Vec::new();
            collect_codes(&operation["responses"], &mut codes);
            let method = method.to_ascii_uppercase();
            let codes = codes.into_iter().filter(|code| code != "internal");
            cases.extend(codes.map(|code| (method.clone(), path.clone(), code)));
        }
    }
    cases
}

fn collect_codes(value: &Value, codes: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            let listed = fields.get("code").and_then(|code| code["enum"].as_array());
            codes.extend(
                listed
                    .into_iter()
                    .flatten()
                    .map(|it| it.as_str().unwrap().to_owned()),
            );
            fields.values().for_each(|it| collect_codes(it, codes));
        }
        Value::Array(values) => values.iter().for_each(|it| collect_codes(it, codes)),
        _ => {}
    }
}

/// Calls that need a token, with names of nothing in place of `{id}`.
fn with_token() -> Vec<(String, String)> {
    let mut calls = Vec::new();
    for (path, item) in document()["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if operation["security"].is_array() {
                calls.push((method.to_ascii_uppercase(), path.clone()));
            }
        }
    }
    calls
}

/// The site `shop` without limits, and `narrow`, whose visitors have one of everything a minute.
fn world() -> World {
    World::with(|config| {
        config.token_keys = keys();
        config.listen.trusted_proxies = 1;
        config.files = Some(Files {
            largest_mb: 1,
            scanner: ["sh", "-c", "! grep -q virus \"$1\"", "scanner"]
                .map(String::from)
                .to_vec(),
            ..Files::default()
        });
        let one = Rates::at_most(1, 0, 0);
        let mut narrow = Site::new("narrow", "main", "lead-bot");
        narrow.origins = vec![OriginPattern::parse(NARROW).unwrap()];
        narrow.identity_key = config.sites[0].identity_key.clone();
        narrow.limits = Limits {
            sessions: one,
            starts: one,
            messages: one,
            streams: one,
            uploads: one,
        };
        config.sites.push(narrow);
        let mut busy = Site::new("busy", "main", "lead-bot");
        busy.app = Some("busy-app".into());
        busy.limits.sessions = Rates::at_most(0, 0, 1);
        busy.challenge = Challenge::Pow { bits: 24 };
        config.sites.push(busy);
        config.limits.sessions = Rates::at_most(0, 8, 0);
    })
}

#[test]
fn every_refusal_that_is_described_can_be_provoked_and_has_its_status() {
    let world = world();
    let mut provoked = Provoked::default();
    of_tokens(&world, &mut provoked);
    of_sessions(&world, &mut provoked);
    of_conversations(&world, &mut provoked);
    files::of_files(&world, &mut provoked);
    limits::of_limits(&world, &mut provoked);
    of_the_hook(&world, &mut provoked);
    of_a_store_that_failed(&world, &mut provoked);
    let provoked: BTreeSet<_> = provoked
        .0
        .into_iter()
        .map(|(method, path, code)| (method, path, code.to_owned()))
        .collect();
    let described = described();
    assert!(described.len() > 100, "{described:#?}");
    let missing: Vec<_> = described.difference(&provoked).collect();
    assert!(missing.is_empty(), "never provoked: {missing:#?}");
    let more: Vec<_> = provoked.difference(&described).collect();
    assert!(more.is_empty(), "not described: {more:#?}");
}

fn of_tokens(world: &World, provoked: &mut Provoked) {
    let browser = world.visitor();
    let visitor = browser.session["visitor"]["id"].as_str().unwrap();
    let expired = minted(visitor, |claims, _| {
        claims["iat"] = json!(1_000);
        claims["exp"] = json!(1_900);
    });
    let revoked = world.visitor();
    world
        .gateway()
        .revoke(revoked.session["visitor"]["id"].as_str().unwrap())
        .unwrap();
    for (method, path) in with_token() {
        let url = world.url(&path.replace(['{', '}'], ""));
        let body = matches!(method.as_str(), "POST" | "PUT" | "PATCH").then_some("{}");
        let mut refused = |token: &str, origin: &str, code| {
            let bearer = format!("Bearer {token}");
            let headers = [("authorization", bearer.as_str()), ("origin", origin)];
            provoked.note(&method, &path, &call(&method, &url, &headers, body), code);
        };
        refused("x", ORIGIN, "unauthorized");
        refused(&expired, ORIGIN, "token_expired");
        refused(&revoked.token, ORIGIN, "token_revoked");
        refused(&browser.token, NARROW, "origin_not_allowed");
    }
}

fn large() -> Value {
    json!({"client_id": "m", "text": "x".repeat(64 * 1024 + 1)})
}

fn of_sessions(world: &World, provoked: &mut Provoked) {
    let path = "/v1/sessions";
    let start = |origin: &str, body: Value| world.post(path, &[("origin", origin)], &body);
    for (origin, body, code) in [
        (ORIGIN, json!([]), "invalid_request"),
        (ORIGIN, json!({"identity": "x"}), "identity_invalid"),
        ("https://evil.example.com", json!({}), "origin_not_allowed"),
        (ORIGIN, large(), "too_large"),
    ] {
        provoked.note("POST", path, &start(origin, body), code);
    }
    let app = || world.post(path, &[], &json!({"app": "busy-app"}));
    assert_eq!(app().status, 201);
    provoked.note("POST", path, &app(), "challenge_required");
    let known = json!({"identity": identity(1)});
    assert_eq!(start(NARROW, known.clone()).status, 201);
    provoked.note("POST", path, &start(NARROW, known), "rate_limited");

    let path = "/v1/sessions/refresh";
    let browser = world.visitor();
    let refresh = |body: &Value| world.post(path, &[("origin", ORIGIN)], body);
    let own = json!({"refresh": browser.session["refresh"]});
    let elsewhere = world.post(path, &[("origin", NARROW)], &own);
    provoked.note("POST", path, &elsewhere, "origin_not_allowed");
    for (body, code) in [
        (json!({}), "invalid_request"),
        (json!({"refresh": "x.y"}), "refresh_expired"),
        (large(), "too_large"),
    ] {
        provoked.note("POST", path, &refresh(&body), code);
    }
    // It was used long ago, and so was the one that came of it.
    let next = refresh(&own);
    assert_eq!(next.status, 201);
    let next = json!({"refresh": next.body["refresh"]});
    assert_eq!(refresh(&next).status, 201);
    let used = world.store().execute(
        "UPDATE refresh SET used_ms = 5 WHERE used_ms IS NOT NULL",
        [],
    );
    assert_eq!(used, Ok(2));
    provoked.note("POST", path, &refresh(&own), "refresh_reused");
    // From an address of its own, so that nothing below is held up.
    let away = [("origin", ORIGIN), ("x-forwarded-for", "192.0.2.9")];
    let mut last = world.post(path, &away, &own);
    while last.code() != "rate_limited" {
        assert_eq!(last.code(), "refresh_expired");
        last = world.post(path, &away, &own);
    }
    provoked.note("POST", path, &last, "rate_limited");
}

fn of_conversations(world: &World, provoked: &mut Provoked) {
    let browser = world.visitor();
    let start = |body: &Value| browser.post("/v1/conversations", body);
    let long = json!({"client_id": "m1", "text": "x".repeat(4_001)});
    let mut started = |body: &Value, code| {
        provoked.note("POST", "/v1/conversations", &start(body), code);
    };
    started(&json!({"text": "x"}), "invalid_request");
    started(&long, "invalid_answer");
    started(&large(), "too_large");
    let path = browser.start("m1", "Hello");
    started(
        &json!({"client_id": "m1", "text": "x"}),
        "client_id_conflict",
    );
    started(
        &json!({"client_id": "m2", "text": "x"}),
        "conversation_open",
    );

    let nothing = "/v1/conversations/c_nothing";
    for (below, query) in [
        ("", "?limit=x"),
        ("/events", "?wait=x"),
        ("/transcript", "?format=x"),
    ] {
        let pattern = format!("{CONVERSATION}{below}");
        let wrong = browser.get(&format!("{path}{below}{query}"));
        provoked.note("GET", &pattern, &wrong, "invalid_request");
        let missing = browser.get(&format!("{nothing}{below}"));
        provoked.note("GET", &pattern, &missing, "not_found");
    }
    let pattern = format!("{CONVERSATION}/events");
    let cursor = browser.get(&format!("{path}/events?after=x"));
    provoked.note("GET", &pattern, &cursor, "invalid_cursor");

    let choice = browser.wait(&path, |it| it["prompt"]["kind"] == "choice");
    let seq = choice["prompt"]["seq"].clone();
    let pattern = format!("{CONVERSATION}/messages");
    let option =
        |id: &str, option: &str| json!({"client_id": id, "answer_to": seq, "option": option});
    let mut said = |path: &str, body: &Value, code| {
        provoked.note("POST", &pattern, &browser.say(path, body), code);
    };
    said(&path, &json!({"client_id": "m2"}), "invalid_request");
    said(&path, &option("m2", "o9"), "invalid_answer");
    said(&path, &large(), "too_large");
    said(
        nothing,
        &json!({"client_id": "m2", "text": "x"}),
        "not_found",
    );
    said(
        &path,
        &json!({"client_id": "m1", "text": "x"}),
        "client_id_conflict",
    );
    assert_eq!(browser.say(&path, &option("m2", "o1")).status, 202);
    said(&path, &option("m3", "o1"), "prompt_superseded");
    let slider = browser.wait(&path, |it| it["prompt"]["kind"] == "slider");
    let seq = slider["prompt"]["seq"].clone();
    let body = json!({"client_id": "m3", "answer_to": seq, "value": 30});
    assert_eq!(browser.say(&path, &body).status, 202);
    browser.wait(&path, |it| it["state"] == "ended");
    said(&path, &json!({"client_id": "m4", "text": "x"}), "ended");

    let pattern = format!("{CONVERSATION}/messages/{{client_id}}/resolve");
    let mut resolved = |id: &str, body: &Value, code| {
        let answer = browser.post(&format!("{path}/messages/{id}/resolve"), body);
        provoked.note("POST", &pattern, &answer, code);
    };
    resolved("m1", &json!({"action": "guess"}), "invalid_request");
    resolved("m9", &json!({"action": "resend"}), "not_found");
    resolved("m1", &json!({"action": "resend"}), "not_unconfirmed");
    resolved("m1", &large(), "too_large");
}

fn of_the_hook(world: &World, provoked: &mut Provoked) {
    let pattern = "/hook/{secret}";
    let hook = world.url(&format!("/hook/{HOOK_SECRET}"));
    let wrong = call("POST", &world.url("/hook/x"), &[], Some("{}"));
    provoked.note("POST", pattern, &wrong, "unauthorized");
    let large = call("POST", &hook, &[], Some(&"x".repeat(1024 * 1024 + 1)));
    provoked.note("POST", pattern, &large, "too_large");
    let browser = world.visitor();
    let no_text = browser.send_bytes("POST", &format!("/hook/{HOOK_SECRET}"), &[], Some(b"\xff"));
    provoked.note("POST", pattern, &no_text, "invalid_request");
}

/// The last one: nothing works after it.
fn of_a_store_that_failed(world: &World, provoked: &mut Provoked) {
    let browser = world.visitor();
    let path = browser.start("m1", "Hello");
    browser.wait_state(&path, "m1", &["accepted"]);
    let own = files::begun(&browser, PNG.len());
    assert_eq!(browser.put(&own, PNG).status, 200);
    let done = browser.post(&format!("{own}/complete"), &json!({}));
    let link = done.body["file"]["url"].as_str().unwrap().to_owned();
    let refresh = browser.session["refresh"].clone();
    let tables = world.store();
    let names: Vec<String> = {
        let mut tables = tables
            .prepare(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
            )
            .unwrap();
        let names = tables.query_map([], |row| row.get(0)).unwrap();
        names.map(Result::unwrap).collect()
    };
    for name in names {
        tables.execute(&format!("DROP TABLE {name}"), []).unwrap();
    }
    let event = json!({"token": HOOK_TOKEN, "events": [
        {"event": {"type": "note", "payload": {}}, "conversation": {"key": "x"}, "visitor": {"key": "y_1"}}]});
    let bodies = [
        ("/v1/sessions", json!({})),
        ("/v1/sessions/refresh", json!({"refresh": refresh})),
        ("/v1/conversations", json!({"client_id": "m7", "text": "x"})),
        (
            "/v1/conversations/{id}/messages",
            json!({"client_id": "m7", "text": "x"}),
        ),
        (
            "/v1/conversations/{id}/messages/{client_id}/resolve",
            json!({"action": "resend"}),
        ),
        (
            "/v1/files",
            json!({"name": "a", "type": "image/png", "size": 5}),
        ),
        ("/hook/{secret}", event),
    ];
    let conversation = path.rsplit('/').next().unwrap();
    for (pattern, item) in document()["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            let method = method.to_ascii_uppercase();
            let id = match pattern.starts_with("/v1/files") {
                true => own.rsplit('/').next().unwrap(),
                false if pattern.ends_with("/messages") => conversation,
                // One that is not held in memory.
                false => "c_unknown",
            };
            let path = match pattern.as_str() {
                "/files/{id}" => link.trim_start_matches(&world.gateway().url()).to_owned(),
                other => other
                    .replace("{id}", id)
                    .replace("{client_id}", "m1")
                    .replace("{secret}", HOOK_SECRET),
            };
            let body = bodies
                .iter()
                .find(|(of, _)| of == pattern)
                .map(|(_, body)| body);
            let body = body.map(|body| body.to_string().into_bytes());
            let body = match method.as_str() {
                "PUT" | "PATCH" => Some(PNG.to_vec()),
                "POST" => body.or(Some(b"{}".to_vec())),
                _ => None,
            };
            let headers = [("upload-offset", "0")];
            let answer = browser.send_bytes(&method, &path, &headers, body.as_deref());
            provoked.note(&method, pattern, &answer, "unavailable");
        }
    }
}
