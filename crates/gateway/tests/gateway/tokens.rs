//! Tokens that do not count: each is refused with its own code.

use serde_json::{Value, json};

use crate::harness::{ORIGIN, World, call};

#[test]
fn what_does_not_count_is_refused_with_its_code() {
    let world = World::with(|config| {
        let mut other = config.sites[0].clone();
        other.name = "blog".into();
        other.app = None;
        other.origins = vec!["https://blog.example.com"]
            .into_iter()
            .map(|origin| wotnot_gateway::OriginPattern::parse(origin).unwrap())
            .collect();
        config.sites.push(other);
    });
    let (mine, theirs) = (world.visitor(), world.visitor());
    let path = mine.start("m1", "Hello");
    let other_path = theirs.start("m1", "Hello");
    let bearer = format!("Bearer {}", mine.token);
    let alg_none = "Bearer eyJhbGciOiJub25lIn0.e30.";
    let forged = {
        let mut parts: Vec<&str> = mine.token.split('.').collect();
        let signature = "A".repeat(parts[2].len());
        parts[2] = &signature;
        format!("Bearer {}", parts.join("."))
    };
    let get = |path: &str, headers: &[(&str, &str)]| call("GET", &world.url(path), headers, None);
    let post = |path: &str, headers: &[(&str, &str)]| {
        world.post(
            &format!("{path}/messages"),
            headers,
            &json!({"client_id": "x", "text": "x"}),
        )
    };
    let at_home = ("origin", ORIGIN);
    let cases = [
        (get(&path, &[at_home]), 401, "unauthorized"),
        (
            get(&path, &[at_home, ("authorization", "Basic x")]),
            401,
            "unauthorized",
        ),
        (
            get(&path, &[at_home, ("authorization", alg_none)]),
            401,
            "unauthorized",
        ),
        (
            get(&path, &[at_home, ("authorization", &forged)]),
            401,
            "unauthorized",
        ),
        (
            get(
                &path,
                &[
                    ("origin", "https://evil.example.com"),
                    ("authorization", &bearer),
                ],
            ),
            403,
            "origin_not_allowed",
        ),
        (
            get(
                &path,
                &[
                    ("origin", "https://blog.example.com"),
                    ("authorization", &bearer),
                ],
            ),
            403,
            "origin_not_allowed",
        ),
        (
            get(&path, &[("origin", "null"), ("authorization", &bearer)]),
            403,
            "origin_not_allowed",
        ),
        (
            post(&path, &[("authorization", &bearer)]),
            403,
            "origin_not_allowed",
        ),
        (
            get(&other_path, &[at_home, ("authorization", &bearer)]),
            404,
            "not_found",
        ),
        (
            post(&other_path, &[at_home, ("authorization", &bearer)]),
            404,
            "not_found",
        ),
        (
            get(
                "/v1/conversations/c_nothing",
                &[at_home, ("authorization", &bearer)],
            ),
            404,
            "not_found",
        ),
    ];
    for (number, (answer, status, code)) in cases.into_iter().enumerate() {
        assert_eq!(
            (answer.status, answer.code()),
            (status, code),
            "case {number}"
        );
    }
    // Browsers leave the origin out of what they only get from their own host.
    assert_eq!(get(&path, &[("authorization", &bearer)]).status, 200);

    let visitor = mine.session["visitor"]["id"].as_str().unwrap();
    world.gateway().revoke(visitor).unwrap();
    let revoked = get(&path, &[at_home, ("authorization", &bearer)]);
    assert_eq!((revoked.status, revoked.code()), (401, "token_revoked"));
    let refresh = json!({"refresh": mine.session["refresh"]});
    let ended = world.post("/v1/sessions/refresh", &[at_home], &refresh);
    assert_eq!((ended.status, ended.code()), (401, "refresh_expired"));
}

#[test]
fn sessions_are_for_the_origins_that_sites_list() {
    let world = World::new();
    let start = |origin: Option<&str>, body: Value| {
        let headers: Vec<(&str, &str)> = origin
            .map(|origin| ("origin", origin))
            .into_iter()
            .collect();
        world.post("/v1/sessions", &headers, &body)
    };
    for (origin, body, status) in [
        (Some(ORIGIN), json!({"site": "shop"}), 201),
        (Some(ORIGIN), json!({}), 201),
        (None, json!({"app": "shop-app"}), 201),
        (None, json!({"app": "other"}), 403),
        (None, json!({"site": "shop"}), 403),
        // A page does not pass for an app.
        (
            Some("https://evil.example.com"),
            json!({"app": "shop-app"}),
            403,
        ),
        (
            Some("https://evil.example.com"),
            json!({"site": "shop"}),
            403,
        ),
        (Some("null"), json!({"site": "shop"}), 403),
        (Some(ORIGIN), json!({"site": "blog"}), 403),
        (Some(ORIGIN), json!({"site": "shop", "sight": 1}), 400),
        (
            Some(ORIGIN),
            json!({"site": "shop", "identity": "x.y.z"}),
            401,
        ),
        (Some(ORIGIN), json!([]), 400),
    ] {
        let answer = start(origin, body.clone());
        assert_eq!(answer.status, status, "{origin:?} {body}: {}", answer.body);
    }
    let allowed = start(Some(ORIGIN), json!({})).headers;
    assert_eq!(allowed["access-control-allow-origin"], ORIGIN);
    // A page that no site lists reads why it gets no session, and nothing else.
    let evil = "https://evil.example.com";
    let refused = start(Some(evil), json!({}));
    assert_eq!(refused.code(), "origin_not_allowed");
    assert_eq!(refused.headers["access-control-allow-origin"], evil);
    let unread = start(Some(evil), json!([])).headers;
    assert!(!unread.contains_key("access-control-allow-origin"));
    let elsewhere = world.post("/v1/conversations", &[("origin", evil)], &json!({}));
    assert!(
        !elsewhere
            .headers
            .contains_key("access-control-allow-origin")
    );
}

#[test]
fn a_refresh_token_that_is_used_again_too_late_ends_the_session() {
    let world = World::new();
    let browser = world.visitor();
    let refresh = |token: &Value, origin: &str| {
        world.post(
            "/v1/sessions/refresh",
            &[("origin", origin)],
            &json!({"refresh": token}),
        )
    };
    let first = &browser.session["refresh"];
    let elsewhere = refresh(first, "https://evil.example.com");
    assert_eq!(elsewhere.code(), "origin_not_allowed");
    let second = refresh(first, ORIGIN);
    assert_eq!(second.status, 201);
    assert_eq!(second.body["visitor"], browser.session["visitor"]);
    assert_ne!(&second.body["refresh"], first);
    // A lost answer, or a second tab.
    assert_eq!(refresh(first, ORIGIN).status, 201);
    for wrong in [json!("x"), json!("a.b"), json!("")] {
        assert!(refresh(&wrong, ORIGIN).status >= 400, "{wrong}");
    }
}
