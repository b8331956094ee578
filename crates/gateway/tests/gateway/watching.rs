//! What those who run a gateway see of it.

use std::net::Ipv4Addr;

use serde_json::json;

use crate::harness::{HOOK_SECRET, HOOK_TOKEN, World, call, wait_for};

const PAGE: &str = include_str!("../../../../docs/gateway-operation.md");

fn watched() -> World {
    World::talkative(|config| config.listen.admin = Some((Ipv4Addr::LOCALHOST, 0).into()))
}

fn admin(world: &World, path: &str) -> (u16, String) {
    let url = format!("{}{path}", world.gateway().admin_url().unwrap());
    let answer = call("GET", &url, &[], None);
    (answer.status, answer.body.as_str().unwrap().to_owned())
}

#[test]
fn metrics_count_what_happened_under_documented_names_and_say_nothing_else() {
    let world = watched();
    let browser = world.visitor();
    let path = browser.start("m1", "MARK-first-words");
    browser.wait_state(&path, "m1", &["accepted"]);
    assert_eq!(browser.get("/v1/MARK-path").status, 404);
    let wrong = format!("{}MARK-secret", world.gateway().hook_url());
    assert_eq!(call("POST", &wrong, &[], Some("MARK-body")).status, 401);
    let hook = format!("{}{HOOK_SECRET}", world.gateway().hook_url());
    let auth = [("authorization", "Bearer MARK-token")];
    let refused = call(
        "POST",
        &hook,
        &auth,
        Some(&json!({"events": []}).to_string()),
    );
    assert_eq!(refused.status, 401);

    let has = |line: &str| admin(&world, "/metrics").1.lines().any(|it| it == line);
    wait_for(|| has("wotnot_gateway_vendor_calls_total{account=\"main\",verdict=\"accepted\"} 1"));
    for line in [
        "wotnot_gateway_gap_total 0",
        "wotnot_gateway_streams 0",
        "wotnot_gateway_posts_total{account=\"main\",outcome=\"refused\"} 1",
        "wotnot_gateway_requests_total{method=\"GET\",route=\"none\",status=\"404\"} 1",
        "wotnot_gateway_requests_total{method=\"POST\",route=\"/v1/conversations\",status=\"202\"} 1",
        "wotnot_gateway_request_seconds_count{route=\"/v1/conversations\"} 1",
    ] {
        assert!(
            has(line),
            "{line} is not in\n{}",
            admin(&world, "/metrics").1
        );
    }
    let stream = browser.stream(&path, None);
    stream.next();
    assert!(has("wotnot_gateway_streams 1"));

    let (status, text) = admin(&world, "/metrics");
    assert_eq!(status, 200);
    assert!(text.ends_with("# EOF\n"));
    for secret in ["MARK", HOOK_SECRET, HOOK_TOKEN, &browser.token, &path] {
        assert!(!text.contains(secret), "{text}");
    }
    // OpenMetrics gives a counter's name without `_total`.
    let names = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    for name in names.map(|line| line.split_once(' ').unwrap().0) {
        assert!(
            PAGE.contains(&format!("`{name}")),
            "{name} is not documented"
        );
    }
}
