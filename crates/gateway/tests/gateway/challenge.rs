//! More sessions than a site's figure: who shows work, or a CAPTCHA, is let in.

use ring::digest::{SHA256, digest};
use serde_json::{Value, json};
use wotnot_gateway::config::limits::Rates;
use wotnot_gateway::{Challenge, Hidden};

use crate::forward::Crm;
use crate::harness::{Answer, ORIGIN, World};

/// A site that takes one session a minute, so many of an address.
fn world(challenge: Challenge, of_address: u32) -> World {
    World::with(|config| {
        config.sites[0].limits.sessions = Rates::at_most(0, of_address, 1);
        config.sites[0].challenge = challenge;
    })
}

fn session(world: &World, challenge: Option<Value>) -> Answer {
    let mut body = json!({"site": "shop"});
    if let Some(challenge) = challenge {
        body["challenge"] = challenge;
    }
    world.post("/v1/sessions", &[("origin", ORIGIN)], &body)
}

fn asked(answer: &Answer) -> Value {
    assert_eq!(answer.status, 428, "{}", answer.body);
    assert_eq!(answer.code(), "challenge_required");
    answer.body["error"]["challenge"].clone()
}

/// As docs/gateway.md says that a browser does it.
fn solve(challenge: &Value) -> Value {
    let puzzle = challenge["puzzle"].as_str().unwrap();
    let bits = challenge["bits"].as_u64().unwrap();
    let is_good = |answer: &u64| {
        let hash = digest(&SHA256, format!("{puzzle}.{answer}").as_bytes());
        let bit = |at: u64| hash.as_ref()[at as usize / 8] >> (7 - at % 8) & 1;
        (0..bits).all(|at| bit(at) == 0)
    };
    let answer = (0..).find(is_good).unwrap();
    json!({"puzzle": puzzle, "answer": answer.to_string()})
}

#[test]
fn work_lets_a_visitor_in_once() {
    let world = world(Challenge::Pow { bits: 10 }, 0);
    // Nobody is asked before the figure is passed.
    assert_eq!(session(&world, None).status, 201);
    let challenge = asked(&session(&world, None));
    assert_eq!(challenge["kind"], "pow");
    assert_eq!(
        (&challenge["bits"], &challenge["expires_in"]),
        (&json!(10), &json!(300))
    );
    let solution = solve(&challenge);
    let let_in = session(&world, Some(solution.clone()));
    assert_eq!(let_in.status, 201, "{}", let_in.body);
    assert!(let_in.body["token"].is_string());
    let another = asked(&session(&world, Some(solution)));
    assert_ne!(another["puzzle"], challenge["puzzle"]);
    for wrong in [
        json!({"puzzle": another["puzzle"], "answer": "no work"}),
        json!({"puzzle": "1.0.x.y", "answer": "0"}),
        json!({"answer": "0"}),
    ] {
        asked(&session(&world, Some(wrong)));
    }
    let unreadable = session(&world, Some(json!({"puzzle": 3})));
    assert_eq!(unreadable.code(), "invalid_request");
}

#[test]
fn no_work_lifts_the_figure_of_an_address_and_a_site_without_a_challenge_asks_for_none() {
    for (challenge, of_address) in [(Challenge::Pow { bits: 8 }, 1), (Challenge::Off, 0)] {
        let world = world(challenge, of_address);
        assert_eq!(session(&world, None).status, 201);
        let refused = session(&world, Some(json!({"answer": "0"})));
        assert_eq!((refused.status, refused.code()), (429, "rate_limited"));
    }
}

#[test]
fn a_captchas_service_is_asked_whether_an_answer_is_good() {
    let hook = |crm: &Crm| Challenge::Hook {
        receiver: crm.receiver(),
        secret: Some(Hidden::new("s&1")),
    };
    let good = Crm::saying(&[], r#"{"success": true}"#);
    let asking = world(hook(&good), 0);
    assert_eq!(session(&asking, None).status, 201);
    assert_eq!(asked(&session(&asking, None)), json!({"kind": "hook"}));
    assert!(good.got().is_empty());
    let answer = json!({"answer": "captcha=1"});
    assert_eq!(session(&asking, Some(answer.clone())).status, 201);
    assert_eq!(good.got()[0].body, "secret=s%261&response=captcha%3D1");
    asked(&session(&asking, Some(answer.clone())));

    let bad = Crm::saying(&[500], r#"{"success": false}"#);
    let refusing = world(hook(&bad), 0);
    assert_eq!(session(&refusing, None).status, 201);
    // The service is down, then says no: nobody gets in either way.
    let down = session(&refusing, Some(answer.clone()));
    assert_eq!((down.status, down.code()), (503, "unavailable"));
    asked(&session(&refusing, Some(answer)));
}
