//! The hops to a gateway, as its visitors go them. A session is begun, and what is kept of an anonymous visitor is
//! dropped again; no conversation is made.

use std::time::Duration;

use serde_json::Value;

use super::{Args, End, Hop, State, Way, proxy_note};
use crate::gateway::DEV_SITE;
use crate::profile;
use crate::visitor::link::{Body, Call, Link};
use crate::wire::fixture::{Answer, Kind};

/// A conversation that nobody has: to ask for it takes a token, and changes nothing.
const NOBODYS: &str = "/v1/conversations/c_doctor";

/// The hops behind the connection.
const BEHIND: [&str; 3] = ["gateway", "session", "token"];

/// Walks to the gateway.
pub fn walk(args: &Args, url: &str) -> Vec<Hop> {
    let link = match args.gateway.link(&args.target, DEV_SITE) {
        Ok(link) => link,
        Err(problem) => {
            let advice = "correct the setting that is named; `wotnot doctor --help` lists them";
            let mut hops = vec![Hop::failed("settings", url, problem, advice)];
            skip(&mut hops, &["dns", "tcp", "tls"], url, "settings");
            skip(&mut hops, &BEHIND, url, "settings");
            return hops;
        }
    };
    let source = profile::name().unwrap_or("they can be used");
    let mut hops = vec![Hop::ok("settings", url, source)];
    let way = Way {
        base_url: url,
        end: End::Connection,
        ca_file: args.target.ca_file.as_deref(),
        timeout: Duration::from_secs(args.target.timeout),
    };
    hops.extend(way.walk());
    hops.extend(proxy_note(args, url, "the hops behind it"));
    let failed = |hops: &[Hop]| {
        let failed = hops.iter().find(|hop| hop.state == State::Failed);
        failed.map(|hop| hop.hop)
    };
    if let Some(failed) = failed(&hops) {
        skip(&mut hops, &BEHIND, url, failed);
        return hops;
    }
    let place = match (&args.gateway.app, &args.gateway.origin) {
        (_, Some(origin)) => origin.clone(),
        (Some(app), None) => format!("app {app}"),
        (None, None) => format!("app {DEV_SITE}"),
    };
    behind(&link, url, &place, &mut hops);
    if let (Some(origin), None) = (&args.gateway.origin, failed(&hops)) {
        hops.push(cors(&link, origin));
    }
    if args.gateway.identity_file.is_none() && failed(&hops).is_none() {
        // Nobody needs this visitor. What is kept goes by itself some day too.
        let _ = link.erase();
    }
    hops
}

fn skip(hops: &mut Vec<Hop>, names: &[&'static str], target: &str, failed: &str) {
    for name in names {
        if hops.iter().all(|hop| hop.hop != *name) {
            hops.push(Hop::skipped(name, target, format!("needs `{failed}`")));
        }
    }
}

/// The hops of HTTP, until one fails.
fn behind(link: &Link, url: &str, place: &str, hops: &mut Vec<Hop>) {
    let begun = link.ask(&Call {
        kind: Some(Kind::Session),
        method: "POST",
        path: "/v1/sessions",
        body: Body::Json(&link.introduction()),
    });
    let answer = match begun {
        Ok(answer) => answer,
        Err(error) => {
            let advice = "what listens there may be no web server, or something between cuts the answer off; the proxy of --proxy or HTTPS_PROXY counts here";
            hops.push(Hop::failed("gateway", url, error.message(), advice));
            return skip(hops, &BEHIND, url, "gateway");
        }
    };
    let session = match is_gateway(&answer) {
        true => {
            hops.push(Hop::ok("gateway", url, "a gateway answers"));
            begin(link, place, &answer)
        }
        false => {
            hops.push(no_gateway(url, &answer));
            return skip(hops, &BEHIND, url, "gateway");
        }
    };
    let is_well = session.state == State::Ok;
    hops.push(session);
    if !is_well {
        return skip(hops, &BEHIND, url, "session");
    }
    hops.push(token(link));
}

fn word(answer: &Answer) -> &str {
    answer.body["error"]["code"].as_str().unwrap_or_default()
}

fn is_gateway(answer: &Answer) -> bool {
    answer.body["token"].is_string() || !word(answer).is_empty()
}

fn no_gateway(url: &str, answer: &Answer) -> Hop {
    let status = answer.status;
    let (detail, advice) = match status {
        300..=399 => (
            "a redirection, which is not followed",
            "give the address that it leads to, with https where it does",
        ),
        502..=504 => (
            "a proxy answers, and reaches no gateway behind it",
            "does the gateway run, and does the proxy lead to its `listen.public`?",
        ),
        _ => (
            "what answers is no gateway",
            "give the scheme and host of `listen.public`, or of the proxy before it; a path only where the proxy has one",
        ),
    };
    Hop::failed("gateway", url, format!("{status}: {detail}"), advice)
}

fn begin(link: &Link, place: &str, answer: &Answer) -> Hop {
    if answer.body["token"].is_string() {
        return match link.keep(&answer.body) {
            Ok(()) => Hop::ok("session", place, described(&answer.body)),
            Err(error) => Hop::failed("session", place, error.message(), "is it a gateway?"),
        };
    }
    let advice = match word(answer) {
        "origin_not_allowed" => {
            "name the site with --app or --origin, as `app` or `origins` of the configuration have it; `wotnot gateway routes URL` says which site a page meets"
        }
        "identity_invalid" => {
            "sign {sub, exp} again, HS256 with the site's identity_key; it counts for five minutes"
        }
        "challenge_required" => "the site has more visitors than its limit now; that passes",
        "rate_limited" => "there were too many sessions from here; wait a minute",
        "unavailable" => {
            "the site is turned off (`enabled`), or the gateway stops or its store failed: look at /readyz and its log"
        }
        _ => "the gateway's log says more",
    };
    let message = answer.body["error"]["message"].as_str();
    let detail = format!(
        "{} {}: {}",
        answer.status,
        word(answer),
        message.unwrap_or_default()
    );
    Hop::failed("session", place, detail, advice)
}

/// What a session says of the site.
fn described(session: &Value) -> String {
    let can = |name: &str| session["capabilities"][name] == true;
    let files = match can("files") {
        true => "files are taken",
        false => "no files are taken",
    };
    let first = match can("greeting") {
        true => "the site speaks first",
        false => "the visitor speaks first",
    };
    format!("begun; {first}, {files}")
}

/// Whether the token gets through and counts.
fn token(link: &Link) -> Hop {
    let asked = link.ask(&Call {
        kind: None,
        method: "GET",
        path: NOBODYS,
        body: Body::Empty,
    });
    match asked {
        Ok(answer) if answer.status == 404 && word(&answer) == "not_found" => {
            Hop::ok("token", "", "the gateway takes it")
        }
        Ok(answer) if answer.status == 401 => Hop::failed(
            "token",
            "",
            format!(
                "401 {}: the gateway does not take its own token",
                word(&answer)
            ),
            "let the proxy before the gateway pass `Authorization` on; and all gateways behind it must have the same token_keys_file",
        ),
        Ok(answer) => Hop::failed(
            "token",
            "",
            format!("{} {}", answer.status, word(&answer)),
            "something between answers in the gateway's place: look at the proxy's rules for /v1/",
        ),
        Err(error) => Hop::failed(
            "token",
            "",
            error.message(),
            "the connection broke between two calls",
        ),
    }
}

/// Whether a browser would let the page make the calls.
fn cors(link: &Link, origin: &str) -> Hop {
    let allowed = match link.preflight("/v1/conversations") {
        Ok(allowed) => allowed,
        Err(error) => {
            let advice = "let the proxy before the gateway pass OPTIONS on";
            return Hop::failed("cors", origin, error.message(), advice);
        }
    };
    match allowed {
        Some(allowed) if allowed == origin.trim_end_matches('/') => {
            Hop::ok("cors", origin, "browsers let the page make its calls")
        }
        other => {
            let other = other.unwrap_or_else(|| "none".to_owned());
            let advice = "let the proxy before the gateway pass `Origin` on, and set no Access-Control headers of its own";
            let detail = format!("Access-Control-Allow-Origin is {other}");
            Hop::failed("cors", origin, detail, advice)
        }
    }
}
