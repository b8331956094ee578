//! The control API over HTTP, and whether its description is true.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use serde_json::{Value, json};
use wotnot_emulator::{ClockMode, Emulator, WebhookRetry};

use crate::support::{
    ECHO, Sink, Visitor, call, control, emulator_of, flow_of, get, text, wait_for,
};

#[test]
fn health_bots_conversations_requests_and_transcripts_can_be_looked_at() {
    let emulator = emulator_of(ECHO);
    let visitor = Visitor::start(&emulator, "v");
    let health = get(&emulator, "/health");
    assert_eq!(
        (&health["ok"], &health["conversations"]),
        (&json!(true), &json!(1))
    );
    assert_eq!(health["seed"], emulator.seed());
    assert_eq!(
        get(&emulator, "/bots"),
        json!({"bots": [{"name": "Test", "key": "test-bot", "version": 1}]})
    );
    let listed = get(&emulator, "/conversations");
    assert_eq!(
        listed["conversations"][0]["conversation"],
        visitor.conversation
    );
    assert_eq!(listed["hash"], emulator.transcript_hash());
    let transcript = get(
        &emulator,
        &format!("/conversations/{}", visitor.conversation),
    );
    assert_eq!(transcript["block"], "name");
    assert_eq!(
        transcript["entries"][0]["event"]["event"]["type"],
        "conversation_create"
    );
    let requests = get(&emulator, "/requests");
    assert_eq!(requests["requests"][0]["path"], "/api/v1/conversations");
    assert_eq!(requests["requests"][0]["body"]["channel"], "API");
    assert_eq!(
        control(&emulator, "GET", "/conversations/none", "").status,
        404
    );
    assert_eq!(control(&emulator, "GET", "/nothing", "").status, 404);
    assert_eq!(control(&emulator, "GET", "/reset", "").status, 405);
}

#[test]
fn a_reset_puts_back_all_but_the_bots() {
    let emulator = Emulator::builder()
        .flow_yaml(flow_of(ECHO))
        .faults_yaml(r#"{"faults": [{"fault": "delay", "delay_ms": 1, "times": 1}]}"#)
        .start()
        .unwrap();
    let visitor = Visitor::start(&emulator, "v");
    let rules = r#"{"faults": [{"fault": "server_error", "skip": 1}]}"#;
    assert_eq!(control(&emulator, "PUT", "/faults", rules).status, 200);
    let frozen = r#"{"mode": "frozen", "now": "2031-01-01T00:00:00Z"}"#;
    assert_eq!(control(&emulator, "POST", "/clock", frozen).status, 200);
    visitor.say(&text("x"));
    assert_eq!(control(&emulator, "POST", "/reset", "").status, 200);
    assert_eq!(get(&emulator, "/conversations")["conversations"], json!([]));
    assert_eq!(get(&emulator, "/requests")["requests"], json!([]));
    let faults = get(&emulator, "/faults");
    assert_eq!(
        (
            &faults["faults"][0]["rule"]["fault"],
            &faults["faults"][0]["matched"]
        ),
        (&json!("delay"), &json!(0)),
        "the rules of the start, and nothing counted"
    );
    let clock = get(&emulator, "/clock");
    assert_eq!(clock["mode"], "running");
    assert!(
        !clock["now"].as_str().unwrap().starts_with("2031"),
        "{clock}"
    );
    assert_eq!(get(&emulator, "/bots")["bots"].as_array().unwrap().len(), 1);
    assert_eq!(visitor.send(&text("x")).unwrap().status, 400);
}

#[test]
fn flows_faults_clock_agents_and_webhooks_can_be_driven() {
    let emulator = emulator_of(ECHO);
    let visitor = Visitor::start(&emulator, "v");
    let id = &visitor.conversation;

    let deployed = control(&emulator, "POST", "/deploy", &flow_of(ECHO));
    assert_eq!(
        (deployed.status, &deployed.json()["bot"]["version"]),
        (200, &json!(2))
    );
    let broken = control(&emulator, "POST", "/deploy", "bot: 7");
    assert_eq!(broken.status, 422);
    assert!(broken.json()["findings"][0]["line"].is_u64());

    let rules = "faults:\n  - {fault: server_error, times: 1}\n";
    assert_eq!(control(&emulator, "PUT", "/faults", rules).status, 200);
    assert_eq!(visitor.send(&text("x")).unwrap().status, 500);
    assert_eq!(get(&emulator, "/faults")["faults"][0]["struck"], 1);
    assert_eq!(
        control(&emulator, "PUT", "/faults", "faults: 7").status,
        422
    );

    let frozen = control(&emulator, "POST", "/clock", r#"{"mode": "frozen"}"#).json();
    let later = control(&emulator, "POST", "/clock", r#"{"advance_ms": 1000}"#).json();
    assert_eq!(frozen["mode"], "frozen");
    assert_ne!(frozen["now"], later["now"]);
    assert_eq!(get(&emulator, "/clock"), later);
    let set = r#"{"now": "2026-02-03T04:05:06.007Z", "advance_ms": 1}"#;
    assert_eq!(
        control(&emulator, "POST", "/clock", set).json(),
        json!({"mode": "frozen", "now": "2026-02-03 04:05:06.008000"})
    );
    for wrong in [
        r#"{"mode": "backwards"}"#,
        r#"{"now": "soon"}"#,
        r#"{"now": 1}"#,
    ] {
        assert_eq!(control(&emulator, "POST", "/clock", wrong).status, 422);
    }

    let reply = control(
        &emulator,
        "POST",
        &format!("/conversations/{id}/agent"),
        r#"{"text": "Hi"}"#,
    );
    assert_eq!(reply.status, 200);
    assert_eq!(visitor.words().last().unwrap(), "Hi");
    assert_eq!(
        control(
            &emulator,
            "POST",
            "/conversations/x/agent",
            r#"{"text": "Hi"}"#
        )
        .status,
        404
    );
    assert_eq!(
        control(
            &emulator,
            "POST",
            &format!("/conversations/{id}/agent"),
            "{}"
        )
        .status,
        422
    );
    assert_eq!(
        control(&emulator, "POST", &format!("/conversations/{id}/close"), "").status,
        200
    );
    assert_eq!(visitor.place(), "ended");
    assert_eq!(
        control(&emulator, "POST", "/conversations/x/close", "").status,
        404
    );
}

#[test]
fn a_webhook_is_saved_only_when_it_passes_the_test() {
    let emulator = emulator_of(ECHO);
    let sink = Sink::new();
    let deaf = Sink::answering(|_, _| (200, "{}".into()));
    let put = |url: &str, query: &str| {
        let body = json!({"url": url, "token": "hook-token"}).to_string();
        control(&emulator, "PUT", &format!("/webhook{query}"), &body)
    };
    let refused = put(&deaf.url(), "");
    assert_eq!(refused.status, 422);
    assert!(
        refused.json()["error"]
            .as_str()
            .unwrap()
            .contains("the same token")
    );
    assert_eq!(get(&emulator, "/webhook")["webhook"], Value::Null);
    assert_eq!(put(&deaf.url(), "?test=skip").status, 200);
    assert_eq!(put("nonsense", "?test=skip").status, 422);
    assert_eq!(put(&sink.url(), "").status, 200);
    let saved = get(&emulator, "/webhook");
    assert_eq!(saved["webhook"]["url"], sink.url());
    assert!(!saved.to_string().contains("hook-token"));
    let visitor = Visitor::start(&emulator, "v");
    let count = visitor.delivered(&sink).len();
    let resend = format!("/conversations/{}/events/1/resend", visitor.conversation);
    assert_eq!(control(&emulator, "POST", &resend, "").status, 200);
    wait_for("the event again", || {
        (sink.events_of(&visitor.conversation).len() > count).then_some(())
    });
    let no_event = format!("/conversations/{}/events/x/resend", visitor.conversation);
    assert_eq!(control(&emulator, "POST", &no_event, "").status, 404);
    assert_eq!(control(&emulator, "DELETE", "/webhook", "").status, 200);
    assert_eq!(get(&emulator, "/webhook")["webhook"], Value::Null);
}

#[test]
fn dead_letters_are_listed() {
    let sink = Sink::answering(|_, _| (404, String::new()));
    let emulator = Emulator::builder()
        .flow_yaml(flow_of(ECHO))
        .webhook_retry(WebhookRetry {
            first_pause: Duration::from_millis(1),
            attempts: 2,
            ..WebhookRetry::default()
        })
        .webhook(sink.url(), "t")
        .start()
        .unwrap();
    Visitor::start(&emulator, "v");
    let letters = wait_for("four dead letters", || {
        let letters = get(&emulator, "/dead-letters")["dead_letters"].clone();
        (letters.as_array()?.len() == 4).then_some(letters)
    });
    assert_eq!(
        (&letters[0]["reason"], &letters[0]["attempts"]),
        (&json!("HTTP 404"), &json!(2))
    );
}

#[test]
fn a_state_is_taken_over_by_another_emulator() {
    let blocks = "
  ask: {type: buttons, text: Which?, save_to: contact.it, buttons: [{title: A, next: wait}]}
  wait: {type: delay, seconds: 60, next: done}";
    let first = emulator_of(blocks);
    let begun = Visitor::start(&first, "v");
    let key = begun.last()["payload"]["buttons"][0]["key"].clone();
    first.deploy_yaml(&flow_of(ECHO)).unwrap();
    let state = control(&first, "GET", "/state", "").body;

    let second = emulator_of(ECHO);
    Visitor::start(&second, "forgotten");
    let answer = control(&second, "PUT", "/state", &state);
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(second.transcript_hash(), first.transcript_hash());
    assert_eq!(second.transcripts().len(), 1);
    assert_eq!(second.bots()[0].version, 2);
    let goes_on = Visitor {
        emulator: &second,
        conversation: begun.conversation.clone(),
    };
    goes_on.say(&json!({"type": "button.response",
        "data": {"body": "A", "key": key, "callback": "", "next_dialog": "wait"}}));
    assert_eq!(goes_on.place(), "waiting");
    second.advance_clock(Duration::from_secs(60));
    assert_eq!(goes_on.words().last().unwrap(), "Done");
    assert_eq!(
        Visitor::start(&second, "v").words(),
        ["Hi", "Your name?"],
        "on the newest version"
    );

    for broken in [
        "{}",
        "7",
        &state.replacen("\"format\":1", "\"format\":9", 1),
    ] {
        assert_eq!(control(&second, "PUT", "/state", broken).status, 422);
    }
    assert_eq!(
        second.transcripts().len(),
        2,
        "a state that is refused changes nothing"
    );
    second.set_clock(ClockMode::Frozen);
    let again = second.export_state();
    second.import_state(&again).unwrap();
    assert_eq!(second.export_state(), again);
}

#[test]
fn beyond_loopback_the_control_api_asks_for_its_token() {
    let everywhere = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
    let emulator = Emulator::builder()
        .flow_yaml(flow_of(ECHO))
        .listen(everywhere)
        .start()
        .unwrap();
    let url = format!(
        "http://127.0.0.1:{}/_emulator/health",
        emulator.address().port()
    );
    let with = |token: &str| {
        call("GET", &url, &[("authorization", token)], b"")
            .unwrap()
            .status
    };
    assert_eq!(call("GET", &url, &[], b"").unwrap().status, 401);
    assert_eq!(with(&format!("Bearer {}", emulator.token())), 401);
    assert_eq!(with(&format!("Bearer {}", emulator.control_token())), 200);
}

#[test]
fn the_description_names_every_route_and_every_answer_keeps_to_it() {
    let text = include_str!("../../../../docs/schema/emulator.openapi.yaml");
    let description: Value = serde_saphyr::from_str(text).unwrap();
    let described = description["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, methods)| {
            let names = methods
                .as_object()
                .unwrap()
                .keys()
                .filter(|name| *name != "parameters");
            names.map(move |method| format!("{} {path}", method.to_uppercase()))
        });
    let mut described: Vec<String> = described.collect();
    let mut served: Vec<String> = wotnot_emulator::control_routes()
        .iter()
        .map(|(method, path)| format!("{method} {path}"))
        .collect();
    described.sort();
    served.sort();
    assert_eq!(described, served);

    let emulator = emulator_of(ECHO);
    let visitor = Visitor::start(&emulator, "v");
    for (method, path) in wotnot_emulator::control_routes() {
        if method != "GET" {
            continue;
        }
        let real = path.replace("{id}", &visitor.conversation);
        let real = real.replace("{key}", "test-bot");
        let query = match path.ends_with("/changes") {
            true => "?wait_ms=0",
            false => "",
        };
        let url = format!("{}{real}{query}", emulator.base_url());
        let answer = call("GET", &url, &[], b"").unwrap();
        let mut response = &description["paths"][path]["get"]["responses"]["200"];
        if let Some(shared) = response["$ref"].as_str() {
            response = description.pointer(shared.trim_start_matches('#')).unwrap();
        }
        let kind = answer.header("content-type").unwrap();
        let mut schema = response["content"][kind]["schema"].clone();
        assert!(schema.is_object(), "{path} has no schema for {kind}");
        let answer = match kind {
            "application/json" => answer.json(),
            _ => Value::from(answer.body),
        };
        schema["components"] = description["components"].clone();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let errors: Vec<String> = validator
            .iter_errors(&answer)
            .map(|it| it.to_string())
            .collect();
        assert!(errors.is_empty(), "{method} {path}: {errors:?}");
    }
}
