//! What is wrong in a post or a call is refused with its code; nothing is lost, and nothing is sent on.

use serde_json::{Value, json};
use wotnot_emulator::Emulator;
use wotnot_gateway::{Account, Hidden};

use crate::harness::{Answer, HOOK_SECRET, HOOK_TOKEN, TALK, World, call};

fn event(words: &str) -> Value {
    json!({"event": {"type": "message", "payload": {
               "message_by": {"type": "bot"}, "message": {"type": "text", "text": words}}},
           "conversation": {"key": "vendor-1"}, "visitor": {"key": "v_1_777"}})
}

#[test]
fn a_post_of_the_vendor_s_that_is_none_is_refused_and_nothing_of_it_is_kept() {
    let world = World::new();
    let hook = world.url(&format!("/hook/{HOOK_SECRET}"));
    let with_token = |events: Value| json!({"token": HOOK_TOKEN, "events": events}).to_string();
    let good = with_token(json!([event("MARK-words")]));
    let cut = &good[..good.len() - 4];
    for (body, status) in [
        ("", 400),
        ("no JSON", 400),
        ("<html>MARK-words</html>", 400),
        (cut, 400),
        ("[]", 400),
        ("null", 400),
        ("\"MARK-words\"", 400),
        (with_token(json!("MARK-words")).as_str(), 400),
        (with_token(json!({"MARK-words": 1})).as_str(), 400),
        (
            json!({"events": [event("MARK-words")]})
                .to_string()
                .as_str(),
            401,
        ),
        (
            json!({"token": 7, "events": [event("MARK-words")]})
                .to_string()
                .as_str(),
            400,
        ),
        (
            json!({"token": "MARK", "events": [event("MARK-words")]})
                .to_string()
                .as_str(),
            401,
        ),
        (&"[".repeat(500_000), 400),
    ] {
        let answer = call("POST", &hook, &[], Some(body));
        let shown: String = body.chars().take(80).collect();
        assert_eq!(answer.status, status, "{shown}: {}", answer.body);
        assert!(!answer.body.to_string().contains("MARK"), "{}", answer.body);
    }
    assert_eq!(world.stored("MARK-words"), 0);
    assert_eq!(call("POST", &hook, &[], Some(&good)).status, 200);
    assert_eq!(
        world.stored("MARK-words"),
        1,
        "it waits for its conversation"
    );
}

#[test]
fn the_token_of_another_account_does_not_count() {
    let world = World::with(|config| {
        config.accounts.push(Account {
            name: "second".into(),
            token: Hidden::new("token-of-the-second-account"),
            webhook_tokens: vec![Hidden::new("webhook-token-of-the-second")],
            webhook_secret: Hidden::new("hook-secret-of-the-second"),
            base_url: config.accounts[0].base_url.clone(),
            bot_key_field: None,
            forward: Vec::new(),
        });
    });
    let post = |secret: &str, token: &str| -> Answer {
        let body = json!({"token": token, "events": [event("MARK-words")]});
        world.post(&format!("/hook/{secret}"), &[], &body)
    };
    let (first, second) = (HOOK_SECRET, "hook-secret-of-the-second");
    assert_eq!(post(first, "webhook-token-of-the-second").status, 401);
    assert_eq!(post(second, HOOK_TOKEN).status, 401);
    assert_eq!(world.stored("MARK-words"), 0);
    assert_eq!(post(second, "webhook-token-of-the-second").status, 200);

    // An account that names another one's conversation reaches nobody with it.
    let browser = world.visitor();
    let path = browser.start("m1", "Hello");
    browser.wait(&path, |it| it["prompt"]["kind"] == "choice");
    let vendor_id = world.emulator.transcripts()[0].conversation.clone();
    let mut foreign = event("MARK-of-the-second");
    foreign["conversation"]["key"] = json!(vendor_id);
    let body = json!({"token": "webhook-token-of-the-second", "events": [foreign]});
    let taken = world.post(&format!("/hook/{second}"), &[], &body);
    assert_eq!(taken.status, 200);
    let shown = browser.snapshot(&path).to_string();
    assert!(!shown.contains("MARK-of-the-second"), "{shown}");
}

#[test]
fn events_of_bots_and_conversations_that_are_not_known_disturb_nobody() {
    let world = World::build(Emulator::builder().flow_yaml(TALK), |_| {});
    let browser = world.visitor();
    let path = browser.start("m1", "Hello");
    browser.wait(&path, |it| it["prompt"]["kind"] == "text");
    let known = world.emulator.transcripts()[0].conversation.clone();
    let mut own = event("Meant for you");
    own["conversation"]["key"] = json!(known);
    let mut odd = event("x");
    odd["event"]["type"] = json!("never heard of");
    let mut numbered = event("x");
    numbered["conversation"]["key"] = json!(17);
    let events = json!([
        event("MARK-elsewhere"), {"event": {}}, 7, null, "x", [], odd, numbered,
        {"event": {"type": "bot_published", "payload": {"bot": "unknown-bot"}}}, own]);
    let body = json!({"token": HOOK_TOKEN, "events": events});
    let taken = world.post(&format!("/hook/{HOOK_SECRET}"), &[], &body);
    assert_eq!(taken.status, 200, "{}", taken.body);
    let shown = browser.wait(&path, |it| it.to_string().contains("Meant for you"));
    assert!(!shown.to_string().contains("MARK-elsewhere"), "{shown:#}");
    assert_eq!(world.gateway().gaps(), 0);
}

/// A value of each type of JSON.
fn values() -> [Value; 9] {
    [
        Value::Null,
        json!(true),
        json!(7),
        json!(-1.5),
        json!(1e300),
        json!("\u{0}"),
        json!([]),
        json!([null, {"a": []}]),
        json!({"a": {"b": [1]}}),
    ]
}

#[test]
fn a_field_of_any_wrong_type_is_refused_and_nothing_is_sent_on() {
    let world = World::new();
    let browser = world.visitor();
    let path = browser.start("m1", "Hello");
    let choice = browser.wait(&path, |it| it["prompt"]["kind"] == "choice");
    let seq = choice["prompt"]["seq"].clone();
    let messages = format!("{path}/messages");
    let resolve = format!("{messages}/m1/resolve");
    let good = [
        ("/v1/sessions/refresh", json!({"refresh": "a.b"})),
        ("/v1/conversations", json!({"client_id": "m2", "text": "x"})),
        (
            &messages,
            json!({"client_id": "m2", "answer_to": seq, "option": "o9"}),
        ),
        (&resolve, json!({"action": "resend"})),
        (
            "/v1/files",
            json!({"name": "a", "type": "image/png", "size": 5}),
        ),
    ];
    let mut refused = 0;
    let mut is_refused = |path: &str, body: &Value| {
        let answer = browser.post(path, body);
        let is_refused = matches!(answer.status, 400..=422) && !answer.code().is_empty();
        assert!(
            is_refused,
            "{path} {body}: {} {}",
            answer.status, answer.body
        );
        refused += 1;
    };
    for (path, good) in &good {
        for value in values() {
            is_refused(path, &value);
            for (name, right) in good.as_object().unwrap() {
                // A string of another wording, or a number that may be one.
                if value.is_string() && right.is_string() || value == 7 && right.is_u64() {
                    continue;
                }
                let mut body = good.clone();
                body[name.as_str()] = value.clone();
                is_refused(path, &body);
            }
            let mut more = good.clone();
            more["never heard of"] = value;
            is_refused(path, &more);
        }
    }
    // What the answer to a question may be besides an option.
    for name in [
        "text",
        "options",
        "value",
        "fields",
        "files",
        "date",
        "variables",
    ] {
        let is_text = matches!(name, "text" | "date");
        for value in values()
            .into_iter()
            .filter(|it| !is_text || !it.is_string())
        {
            let mut body = json!({"client_id": "m2", "answer_to": seq});
            body[name] = value;
            is_refused(&messages, &body);
        }
    }
    assert!(refused > 200, "{refused}");
    let after = browser.snapshot(&path);
    assert_eq!(after["cursor"], choice["cursor"]);
    assert_eq!(world.emulator.requests().len(), 1);
    // The question still waits.
    let body = json!({"client_id": "m2", "answer_to": seq, "option": "o1"});
    assert_eq!(browser.say(&path, &body).status, 202);
}

#[test]
fn what_is_another_visitor_s_is_not_there() {
    let world = World::with(|config| config.files = Some(Default::default()));
    let (mine, other) = (world.visitor(), world.visitor());
    let path = mine.start("m1", "Hello");
    mine.wait_state(&path, "m1", &["accepted"]);
    let file = mine.post(
        "/v1/files",
        &json!({"name": "a.txt", "type": "text/plain", "size": 2}),
    );
    let file = file.body["upload"]["url"].as_str().unwrap();
    let requests = world.emulator.requests().len();
    for (method, path, body) in [
        ("GET", path.clone(), None),
        ("GET", format!("{path}/events"), None),
        ("GET", format!("{path}/transcript"), None),
        ("GET", format!("{path}/transcript?format=html"), None),
        (
            "POST",
            format!("{path}/messages"),
            Some(json!({"client_id": "m2", "text": "x"})),
        ),
        (
            "POST",
            format!("{path}/messages/m1/resolve"),
            Some(json!({"action": "resend"})),
        ),
        ("GET", file.to_owned(), None),
        ("PUT", file.to_owned(), Some(json!(1))),
        ("POST", format!("{file}/complete"), Some(json!({}))),
    ] {
        let answer = other.send(method, &path, body.as_ref());
        assert_eq!(
            (answer.status, answer.code()),
            (404, "not_found"),
            "{method} {path}"
        );
    }
    assert_eq!(mine.get(file).body["file"]["offset"], 0);
    assert_eq!(world.emulator.requests().len(), requests);
}
