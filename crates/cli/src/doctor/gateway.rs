//! The hops to a gateway, as its visitors go them. A session is begun, and what is kept of an anonymous visitor is
//! dropped again; no conversation is made.

use std::time::Duration;

use serde_json::Value;
use ureq::http::Request;
use wotnot_core::{CallOptions, Client, Code, Error, Forget, TranscriptFormat};

use super::{Args, End, Hop, State, Way, proxy_note};
use crate::agent::agent;
use crate::gateway::DEV_SITE;
use crate::profile;

/// A conversation that nobody has: to ask for it takes a token, and changes nothing.
const NOBODYS: &str = "c_doctor";

/// The hops behind the connection.
const BEHIND: [&str; 3] = ["gateway", "session", "token"];

/// Walks to the gateway.
pub fn walk(args: &Args, url: &str) -> Vec<Hop> {
    let client = match client(args) {
        Ok(client) => client,
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
    behind(&client, url, &place, &mut hops);
    if let (Some(origin), None) = (&args.gateway.origin, failed(&hops)) {
        hops.push(cors(args, url, origin));
    }
    if args.gateway.identity_file.is_none() && failed(&hops).is_none() {
        // Nobody needs this visitor. What is kept goes by itself some day too.
        let _ = client.forget(Forget::Conversation(""));
    }
    hops
}

/// A client that asks once: what is busy or broken is the finding.
fn client(args: &Args) -> Result<Client, String> {
    let mut config = args.gateway.config(&args.target, DEV_SITE)?;
    config.retry.max_attempts = 1;
    if let Some(gateway) = &mut config.gateway {
        gateway.background = false;
    }
    Client::new(config).map_err(|error| error.message().to_owned())
}

fn skip(hops: &mut Vec<Hop>, names: &[&'static str], target: &str, failed: &str) {
    for name in names {
        if hops.iter().all(|hop| hop.hop != *name) {
            hops.push(Hop::skipped(name, target, format!("needs `{failed}`")));
        }
    }
}

/// The hops of HTTP, until one fails.
fn behind(client: &Client, url: &str, place: &str, hops: &mut Vec<Hop>) {
    let session = match client.begin_session() {
        Ok(session) => Hop::ok("session", place, described(&session)),
        Err(error) if error.api_code().is_some() => refused(place, &error),
        Err(error) => {
            hops.push(no_gateway(url, &error));
            return skip(hops, &BEHIND, url, "gateway");
        }
    };
    hops.push(Hop::ok("gateway", url, "a gateway answers"));
    let is_well = session.state == State::Ok;
    hops.push(session);
    if !is_well {
        return skip(hops, &BEHIND, url, "session");
    }
    hops.push(token(client));
}

fn no_gateway(url: &str, error: &Error) -> Hop {
    let Some(status) = error.http_status() else {
        let advice = "what listens there may be no web server, or something between cuts the answer off; the proxy of --proxy or HTTPS_PROXY counts here";
        return Hop::failed("gateway", url, error.message(), advice);
    };
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

/// The status of a refusal, the gateway's word and the rest of what it says.
fn detail(error: &Error) -> String {
    let status = error.http_status().unwrap_or_default();
    let (word, message) = (error.api_code().unwrap_or_default(), error.message());
    let said = message.strip_prefix(&format!("the gateway says `{word}`: "));
    format!("{status} {word}: {}", said.unwrap_or(message))
}

fn refused(place: &str, error: &Error) -> Hop {
    let advice = match error.api_code().unwrap_or_default() {
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
    Hop::failed("session", place, detail(error), advice)
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
fn token(client: &Client) -> Hop {
    let asked = client.transcript(NOBODYS, TranscriptFormat::Json, &CallOptions::default());
    match asked {
        Err(error) if error.api_code() == Some("not_found") => {
            Hop::ok("token", "", "the gateway takes it")
        }
        Err(error) if error.code() == Code::Unauthorized => Hop::failed(
            "token",
            "",
            detail(&error),
            "let the proxy before the gateway pass `Authorization` on; and all gateways behind it must have the same token_keys_file",
        ),
        Err(error) if error.http_status().is_none() => Hop::failed(
            "token",
            "",
            error.message(),
            "the connection broke between two calls",
        ),
        other => Hop::failed(
            "token",
            "",
            other.map_or_else(
                |error| detail(&error),
                |_| "nobody's conversation is there".to_owned(),
            ),
            "something between answers in the gateway's place: look at the proxy's rules for /v1/",
        ),
    }
}

/// Whether a browser would let the page make the calls.
fn cors(args: &Args, url: &str, origin: &str) -> Hop {
    let allowed = match preflight(args, url, origin) {
        Ok(allowed) => allowed,
        Err(problem) => {
            let advice = "let the proxy before the gateway pass OPTIONS on";
            return Hop::failed("cors", origin, problem, advice);
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

/// Which origin may make a call with a token, as a browser asks before it does.
fn preflight(args: &Args, url: &str, origin: &str) -> Result<Option<String>, String> {
    let target = &args.target;
    let timeout = Duration::from_secs(target.timeout);
    let agent = agent(url, &target.proxy(), target.ca_file.as_deref(), timeout)?;
    let request = Request::builder()
        .method("OPTIONS")
        .uri(format!("{url}/v1/conversations"))
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header(
            "access-control-request-headers",
            "authorization, content-type",
        )
        .body(());
    let answer = request
        .map_err(ureq::Error::from)
        .and_then(|request| agent.run(request))
        .map_err(|error| error.to_string())?;
    let allowed = answer.headers().get("access-control-allow-origin");
    Ok(allowed.and_then(|it| Some(it.to_str().ok()?.to_owned())))
}
