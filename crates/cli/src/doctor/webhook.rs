//! The way back: opens the listener, and posts the vendor's test to it on this machine.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use serde_json::json;
use wotnot_core::{Client, Config, EventFilter};

use super::{Hop, answer};
use crate::refused::{LOOK_EVERY, Refusals};
use crate::target::Events;

/// Looks at the listener, and waits so long for a post of the service.
pub fn check(events: &Events, timeout: Duration, wait: Duration) -> Hop {
    let place = format!("{}{}", events.listen, events.webhook_path);
    let token = match events.token() {
        Ok(token) => token,
        Err(problem) if events.webhook_token_file.is_some() => {
            return Hop::failed(
                "webhook",
                &place,
                problem,
                "make the file readable, with the token alone in it",
            );
        }
        Err(_) => {
            return Hop::skipped(
                "webhook",
                &place,
                "no webhook token is set (WOTNOT_WEBHOOK_TOKEN), so no events are taken",
            );
        }
    };
    let mut config = Config::new("not-used");
    config.webhook = events.webhook().ok();
    let client = match Client::new(config) {
        Ok(client) => client,
        Err(error) => {
            return Hop::failed(
                "webhook",
                &place,
                error.message(),
                "stop what listens there, or choose another address with --listen",
            );
        }
    };
    let url = client.status().ok().and_then(|status| status.webhook_url);
    let url = url.unwrap_or_default();
    match exchange(&url, &events.webhook_path, &token, timeout) {
        Ok(()) => posted(&client, &url, wait),
        Err(problem) => Hop::failed(
            "webhook",
            &url,
            problem,
            "something on this machine stands between, such as a firewall: let loopback through",
        ),
    }
}

/// What became of the service's own posts; the test on this machine is none of them.
fn posted(client: &Client, url: &str, wait: Duration) -> Hop {
    let deadline = Instant::now() + wait;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let came = client.receive_wanted(EventFilter::Any, Some(left.min(LOOK_EVERY)), None);
        if let Some(news) = Refusals::default().news(client) {
            let advice = "correct what is set at the service, or here; this listener answered it";
            return Hop::failed("webhook", url, news, advice);
        }
        if came.is_ok() {
            return Hop::ok(
                "webhook",
                url,
                "an event of the service came, and was taken",
            );
        }
        if left.is_zero() {
            break;
        }
    }
    match wait.is_zero() {
        true => Hop::ok(
            "webhook",
            url,
            "the listener answers the vendor's test on this machine; the vendor must reach it by a public https address of yours",
        ),
        false => Hop::failed(
            "webhook",
            url,
            format!("no event came within {} s", wait.as_secs()),
            "say something in a conversation meanwhile; and see that the URL set at the service leads to this listener",
        ),
    }
}

/// Posts the token and no events; the answer must be 200 with the same token.
fn exchange(url: &str, path: &str, token: &str, timeout: Duration) -> Result<(), String> {
    let uri: http::Uri = url
        .parse()
        .map_err(|_| "the listener has no address".to_owned())?;
    let authority = uri.authority().map(|it| it.as_str()).unwrap_or_default();
    let address: SocketAddr = authority
        .parse()
        .map_err(|_| "the listener has no address".to_owned())?;
    let stream = TcpStream::connect_timeout(&reachable(address), timeout)
        .map_err(|error| format!("it cannot be reached: {error}"))?;
    stream
        .set_read_timeout(Some(timeout))
        .map_err(|error| error.to_string())?;
    let body = json!({ "token": token }).to_string();
    let answer = answer::post(Box::new(stream), authority, path, "", &body)
        .map_err(|error| format!("it gives no answer: {error}"))?;
    let given: Option<serde_json::Value> = serde_json::from_slice(&answer.body).ok();
    match given.is_some_and(|given| given["token"] == token) && answer.status == 200 {
        true => Ok(()),
        false => Err(format!(
            "it answers {} instead of 200 with the token",
            answer.status
        )),
    }
}

/// An address that listens everywhere is reached by loopback.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}
