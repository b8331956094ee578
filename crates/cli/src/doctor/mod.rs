//! `wotnot doctor`: walks the hops to the service and back, and says which one fails and what to do.
//! It sends no message: the one request that it makes holds an empty object.

mod answer;
mod drift;
mod gateway;
mod hops;
mod token;
mod webhook;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use http::Uri;
use serde::Serialize;
use wotnot_core::{Client, Config};

use crate::target::{Events, Target};
use crate::visitor::Gateway;
use crate::{exit, output, profile, screen};

/// Both hosts that the vendor's pages name.
const VENDOR_HOSTS: [&str; 2] = ["https://app.wotnot.io", "https://api.wotnot.io"];

const AFTER_HELP: &str = "\
Hops: settings, token, dns, tcp, tls, api, webhook. A hop that needs a failed one is skipped.
No message is sent and no conversation is made: the one request of `api` holds an empty object.
With --gateway: settings, dns, tcp, tls, gateway, session, token; and cors with --origin. A session is begun, and what
the gateway keeps of an anonymous visitor is dropped again.

Exit codes:
  0  every hop that could be checked works
  1  a hop failed, or --drift found a field
  2  wrong arguments
  7  the output could not be written, as on a full disk";

/// Arguments of `wotnot doctor`.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Args {
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    events: Events,
    #[command(flatten)]
    gateway: Gateway,
    /// Also check both hosts that the vendor documents; no token is sent to them
    #[arg(long)]
    vendor_hosts: bool,
    /// Wait this long for a post of the service, and say whether it was taken; have it send one meanwhile
    #[arg(long, value_name = "SECONDS", default_value_t = 0, value_parser = clap::value_parser!(u64).range(..=3600))]
    wait: u64,
    /// Make no connection: list the fields of a recording that the library does not know, and those that it misses
    #[arg(long, value_name = "FIXTURE")]
    drift: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// How a hop is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Well.
    Ok,
    /// Not well: see the advice.
    Failed,
    /// Not looked at.
    Skipped,
}

/// One hop.
#[derive(Clone, Debug, Serialize)]
pub struct Hop {
    /// Its name.
    pub hop: &'static str,
    /// What was looked at.
    pub target: String,
    /// How it is.
    pub state: State,
    /// What was found.
    pub detail: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

impl Hop {
    /// A hop that is well.
    pub fn ok(hop: &'static str, target: &str, detail: impl Into<String>) -> Self {
        Self::new(hop, target, State::Ok, detail, None)
    }

    /// A hop that is not, and what to do.
    pub fn failed(
        hop: &'static str,
        target: &str,
        detail: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self::new(hop, target, State::Failed, detail, Some(advice.into()))
    }

    /// A hop that was not looked at, and why.
    pub fn skipped(hop: &'static str, target: &str, why: impl Into<String>) -> Self {
        Self::new(hop, target, State::Skipped, why, None)
    }

    fn new(
        hop: &'static str,
        target: &str,
        state: State,
        detail: impl Into<String>,
        advice: Option<String>,
    ) -> Self {
        Self {
            hop,
            target: without_user(target),
            state,
            detail: screen::visible(&detail.into()),
            advice,
        }
    }
}

/// A URL without the user and the password that it may hold, to its mistake.
fn without_user(url: &str) -> String {
    match (url.find("://"), url.rfind('@')) {
        (Some(scheme), Some(at)) if at > scheme => {
            let scheme = url.get(..scheme + 3).unwrap_or_default();
            format!("{scheme}{}", url.get(at + 1..).unwrap_or_default())
        }
        _ => url.to_owned(),
    }
}

/// Runs the command.
pub fn run(args: Args) -> ExitCode {
    if let Some(fixture) = &args.drift {
        return drift::run(fixture, args.json);
    }
    if args.gateway.url().is_some() && (args.vendor_hosts || args.wait > 0) {
        let problem = "--wait and --vendor-hosts: there is neither a webhook nor the vendor on the way to a gateway";
        return exit::fail("doctor", problem, exit::USAGE);
    }
    let hops = match args.gateway.url() {
        Some(url) => gateway::walk(&args, &url),
        None => walk(&args),
    };
    let well = hops.iter().all(|hop| hop.state != State::Failed);
    let text = if args.json {
        serde_json::json!({"ok": well, "hops": hops}).to_string()
    } else {
        let last = screen::note(match well {
            true => "every hop that could be checked works",
            false => "see the arrows above",
        });
        let lines: Vec<String> = hops.iter().map(shown).chain([last]).collect();
        lines.join("\n")
    };
    let code = if well { 0 } else { exit::FAILED };
    output::end("doctor", code, output::line(&text))
}

/// One line for a hop, and a second one for what to do.
fn shown(hop: &Hop) -> String {
    let (style, word) = match hop.state {
        State::Ok => (screen::VISITOR, "ok"),
        State::Failed => (screen::TROUBLE, "FAILED"),
        State::Skipped => (screen::QUIET, "skipped"),
    };
    let target = match hop.target.as_str() {
        "" => String::new(),
        target => format!("{}: ", screen::visible(target)),
    };
    let mut text = format!(
        "{style}{word:<7}{style:#} {:<8} {target}{}",
        hop.hop, hop.detail
    );
    if let Some(advice) = &hop.advice {
        text.push_str(&format!("\n                 -> {advice}"));
    }
    text
}

fn walk(args: &Args) -> Vec<Hop> {
    let base_url = args.target.base_url.trim_end_matches('/');
    let account = args.target.token();
    let mut hops = vec![settings(args, account.as_deref().ok())];
    let settled = hops.iter().all(|hop| hop.state == State::Ok);
    hops.push(match &account {
        Ok(token) => token::check(token),
        Err(problem) => Hop::failed(
            "token",
            "",
            problem,
            "copy the token from the API channel's page in the vendor's settings",
        ),
    });
    let timeout = Duration::from_secs(args.target.timeout);
    if settled {
        let way = Way {
            base_url,
            end: End::Api(account.as_deref().ok()),
            ca_file: args.target.ca_file.as_deref(),
            timeout,
        };
        hops.extend(way.walk());
        hops.extend(proxy_note(args, base_url, "`wotnot send`"));
    } else {
        for hop in ["dns", "tcp", "tls", "api"] {
            hops.push(Hop::skipped(hop, base_url, "needs `settings`"));
        }
    }
    hops.push(webhook::check(
        &args.events,
        timeout,
        Duration::from_secs(args.wait),
    ));
    if args.vendor_hosts {
        for host in VENDOR_HOSTS {
            let way = Way {
                base_url: host,
                end: End::Api(None),
                ca_file: args.target.ca_file.as_deref(),
                timeout,
            };
            hops.extend(way.walk());
        }
    }
    hops
}

/// What the library itself says about the settings; it sends nothing for that.
fn settings(args: &Args, token: Option<&str>) -> Hop {
    let base_url = &args.target.base_url;
    let advice = "correct the setting that is named; `wotnot doctor --help` lists them";
    // Without a token the other settings can still be checked; the hop `token` reports that it is missing.
    let mut config = match args.target.config() {
        Ok(config) => config,
        Err(_) => Config {
            base_url: base_url.clone(),
            allow_http: args.target.allow_http,
            ..Config::new(token.unwrap_or("none"))
        },
    };
    config.webhook = None;
    match Client::new(config) {
        Ok(_) => {
            let source = match profile::name() {
                Some(name) => format!("the library takes them; {name}"),
                None => "the library takes them".to_owned(),
            };
            Hop::ok("settings", base_url, source)
        }
        Err(error) if error.message().starts_with("token:") => {
            Hop::ok("settings", base_url, "the library takes all but the token")
        }
        Err(error) => Hop::failed("settings", base_url, error.message(), advice),
    }
}

/// Says that calls take another way than the one that was walked.
fn proxy_note(args: &Args, base_url: &str, judge_by: &str) -> Option<Hop> {
    let config = Config {
        base_url: base_url.to_owned(),
        proxy: args.target.proxy(),
        allow_http: true,
        // Nothing is sent.
        ..Config::new("none")
    };
    let host = Uri::try_from(base_url).ok()?.host()?.to_owned();
    Client::new(config).ok()?.uses_proxy().then(|| {
        let why = format!(
            "calls go through a proxy, but the direct way was walked: where only the proxy leads out, judge by {judge_by} instead"
        );
        Hop::skipped("proxy", &host, why)
    })
}

/// What a way leads to.
#[derive(Clone, Copy)]
enum End<'a> {
    /// The API, which is asked with the token where there is one.
    Api(Option<&'a str>),
    /// A server that others speak to.
    Connection,
}

/// The way to one server.
struct Way<'a> {
    base_url: &'a str,
    end: End<'a>,
    ca_file: Option<&'a std::path::Path>,
    timeout: Duration,
}

impl Way<'_> {
    fn walk(&self) -> Vec<Hop> {
        let mut walked = Vec::new();
        let stopped_at = self.try_walk(&mut walked).err();
        if let Some(failed) = stopped_at {
            let last = matches!(self.end, End::Api(_)).then_some("api");
            for hop in ["dns", "tcp", "tls"].into_iter().chain(last) {
                if walked.iter().all(|each: &Hop| each.hop != hop) {
                    let why = format!("needs `{failed}`");
                    walked.push(Hop::skipped(hop, self.base_url, why));
                }
            }
        }
        walked
    }

    /// Walks until a hop fails, and gives its name.
    fn try_walk(&self, walked: &mut Vec<Hop>) -> Result<(), &'static str> {
        let Ok(uri) = Uri::try_from(self.base_url) else {
            return Err("settings");
        };
        let host = uri.host().unwrap_or_default();
        let secure = uri.scheme_str() == Some("https");
        let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
        let mut take = |result: Result<(Hop, ()), Hop>| match result {
            Ok((hop, ())) => {
                walked.push(hop);
                Ok(())
            }
            Err(hop) => {
                let name = hop.hop;
                walked.push(hop);
                Err(name)
            }
        };
        let (addresses, found) = split(hops::dns(host, port));
        take(found)?;
        let (socket, connected) = split(hops::tcp(
            host,
            &addresses.unwrap_or_default(),
            self.timeout,
        ));
        take(connected)?;
        let Some(socket) = socket else {
            return Err("tcp");
        };
        let stream: Box<dyn answer::Stream> = if secure {
            let (stream, shaken) = split(hops::tls(host, socket, self.ca_file));
            take(shaken)?;
            match stream {
                Some(stream) => Box::new(stream),
                None => return Err("tls"),
            }
        } else {
            let skipped = Hop::skipped("tls", host, "the base URL is http");
            take(Ok((skipped, ())))?;
            Box::new(socket)
        };
        let End::Api(token) = self.end else {
            return Ok(());
        };
        let hop = answer::check(stream, &uri, token);
        match hop.state {
            State::Failed => take(Err(hop)),
            _ => take(Ok((hop, ()))),
        }
    }
}

/// What a hop leads to, and the hop.
fn split<T>(result: Result<(Hop, T), Hop>) -> (Option<T>, Result<(Hop, ()), Hop>) {
    match result {
        Ok((hop, value)) => (Some(value), Ok((hop, ()))),
        Err(hop) => (None, Err(hop)),
    }
}
