//! Tokens that were forged, changed, stolen or kept too long, over real calls: refused, each with its code.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use wotnot_gateway::config::TokenKey;
use wotnot_gateway::{Hidden, OriginPattern};

use crate::harness::{ORIGIN, World, call, identity};

const KEY: &str = "key-of-the-test-that-signs-tokens-of-visitors";

/// Keys that the test knows.
pub fn keys() -> Vec<TokenKey> {
    vec![TokenKey {
        id: "k1".into(),
        key: Hidden::new(KEY),
    }]
}

/// A token of this visitor's for the site `shop`, changed and then signed as the gateway signs.
pub fn minted(visitor: &str, change: impl FnOnce(&mut Value, &mut Header)) -> String {
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let mut claims = json!({"site": "shop", "sub": visitor, "origin": ORIGIN, "kind": "web",
                            "rev": 0, "iat": now, "exp": now + 900});
    let mut header = Header {
        typ: Some("wotnot-visitor+jwt".into()),
        kid: Some("k1".into()),
        ..Header::new(Algorithm::HS256)
    };
    change(&mut claims, &mut header);
    let key = match header.kid.as_deref() {
        Some("other") => EncodingKey::from_secret(b"another-key-that-signs-tokens-of-visitors"),
        _ => EncodingKey::from_secret(KEY.as_bytes()),
    };
    jsonwebtoken::encode(&header, &claims, &key).unwrap()
}

/// The same with another algorithm in its header. A signature is not checked before that is.
fn with_algorithm(token: &str, name: &str) -> String {
    let header = json!({"alg": name, "typ": "wotnot-visitor+jwt", "kid": "k1"});
    let header = URL_SAFE_NO_PAD.encode(header.to_string());
    let (_, rest) = token.split_once('.').unwrap();
    format!("{header}.{rest}")
}

#[test]
fn every_abuse_of_a_token_is_refused_with_its_code_and_changes_nothing() {
    let world = World::with(|config| {
        config.token_keys = keys();
        let mut blog = config.sites[0].clone();
        blog.name = "blog".into();
        blog.app = Some("blog-app".into());
        blog.origins = vec![OriginPattern::parse("https://blog.example.com").unwrap()];
        config.sites.push(blog);
    });
    let (mine, other) = (world.visitor(), world.visitor());
    let path = mine.start("m1", "Hello");
    mine.wait_state(&path, "m1", &["accepted"]);
    let (me, them) = (
        mine.session["visitor"]["id"].as_str().unwrap(),
        other.session["visitor"]["id"].as_str().unwrap(),
    );
    let good = minted(me, |_, _| {});
    let claim = |name: &'static str, value: Value| minted(me, |claims, _| claims[name] = value);
    let header = |change: fn(&mut Header)| minted(me, |_, header| change(header));
    let shifted = |by: i64| {
        minted(me, |claims, _| {
            for name in ["iat", "exp"] {
                claims[name] = json!(claims[name].as_i64().unwrap() + by);
            }
        })
    };
    let (head, tail) = good.split_at(good.len() - 10);
    let flipped = format!(
        "{head}{}{}",
        if tail.starts_with('A') { 'B' } else { 'A' },
        &tail[1..]
    );
    let refresh = mine.session["refresh"].as_str().unwrap().to_owned();
    let cases = [
        (
            "signed by another key",
            header(|it| it.kid = Some("other".into())),
            401,
            "unauthorized",
        ),
        ("of no key", header(|it| it.kid = None), 401, "unauthorized"),
        (
            "of a key that is gone",
            header(|it| it.kid = Some("k0".into())),
            401,
            "unauthorized",
        ),
        (
            "of another kind",
            header(|it| it.typ = Some("JWT".into())),
            401,
            "unauthorized",
        ),
        (
            "of another algorithm",
            with_algorithm(&good, "HS512"),
            401,
            "unauthorized",
        ),
        (
            "that says `none`",
            with_algorithm(&good, "none"),
            401,
            "unauthorized",
        ),
        (
            "that says `None`",
            with_algorithm(&good, "None"),
            401,
            "unauthorized",
        ),
        (
            "that says RS256",
            with_algorithm(&good, "RS256"),
            401,
            "unauthorized",
        ),
        (
            "that says ES256",
            with_algorithm(&good, "ES256"),
            401,
            "unauthorized",
        ),
        (
            "without its signature",
            good.rsplit_once('.').unwrap().0.to_owned() + ".",
            401,
            "unauthorized",
        ),
        ("changed by a bit", flipped, 401, "unauthorized"),
        ("expired", shifted(-2_000), 401, "token_expired"),
        ("of the future", shifted(2_000), 401, "unauthorized"),
        (
            "that lives longer",
            claim("exp", json!(u32::MAX)),
            401,
            "unauthorized",
        ),
        (
            "that never ends",
            claim("exp", Value::Null),
            401,
            "unauthorized",
        ),
        (
            "of a site that is gone",
            claim("site", json!("gone")),
            401,
            "unauthorized",
        ),
        (
            "stolen from another site",
            claim("site", json!("blog")),
            403,
            "origin_not_allowed",
        ),
        (
            "of another origin",
            claim("origin", json!("https://blog.example.com")),
            403,
            "origin_not_allowed",
        ),
        (
            "of an app",
            minted(me, |claims, _| {
                claims["kind"] = json!("native");
                claims["origin"] = json!("app:shop-app");
            }),
            403,
            "origin_not_allowed",
        ),
        (
            "of a number that was taken back",
            claim("rev", json!(7)),
            401,
            "token_revoked",
        ),
        (
            "of another visitor",
            minted(them, |_, _| {}),
            404,
            "not_found",
        ),
        ("that is a refresh token", refresh, 401, "unauthorized"),
        (
            "that is a site's identity",
            identity(1),
            401,
            "unauthorized",
        ),
        ("of 8 KB", "x".repeat(8_000), 401, "unauthorized"),
    ];
    for (what, token, status, code) in cases {
        let bearer = format!("Bearer {token}");
        let headers = [("origin", ORIGIN), ("authorization", bearer.as_str())];
        let body = json!({"client_id": "x", "text": "x"});
        for answer in [
            world.post(&format!("{path}/messages"), &headers, &body),
            call("GET", &world.url(&path), &headers, None),
            call("GET", &world.url(&format!("{path}/events")), &headers, None),
        ] {
            assert_eq!((answer.status, answer.code()), (status, code), "{what}");
            assert!(!answer.body.to_string().contains(&token), "{what}");
        }
    }
    // A page of the same origin with a good token, for what the cases are to differ from.
    let bearer = format!("Bearer {good}");
    let headers = [("origin", ORIGIN), ("authorization", bearer.as_str())];
    let snapshot = call("GET", &world.url(&path), &headers, None);
    assert_eq!(snapshot.status, 200);
    assert!(!snapshot.body.to_string().contains(r#""text":"x""#));
    assert_eq!(world.emulator.requests().len(), 1, "nothing was sent on");
}
